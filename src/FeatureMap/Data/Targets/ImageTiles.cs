namespace FeatureMap.Data;

/// <summary>Cuts the images of a set, with their targets, into tiles.</summary>
public static class ImageTiles
{
    /// <summary>
    /// Tiles that cover each image once without overlap, row by row: how a network for patches is judged on large images while it trains. At the seams it sees less of the surroundings than
    /// it would in the whole image, so its score there is a little worse than that of a prediction of the whole.
    /// </summary>
    /// <param name="set">The images, with or without targets.</param>
    /// <param name="height">Rows of a tile; they must divide those of the images.</param>
    /// <param name="width">Columns of a tile.</param>
    /// <exception cref="ShapeException">The tiles do not fit into the images, or the targets cannot be cut with them.</exception>
    public static ImageSet Tiles(this ImageSet set, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(set);
        var shape = set.ImageShape;
        if (height < 1 || width < 1 || shape.Height % height != 0 || shape.Width % width != 0)
            throw new ShapeException($"Tiles of {height}x{width} do not cover images of {shape} without a rest: {shape.Height} = {Division(shape.Height, height)} rows, {shape.Width} = {Division(shape.Width, width)} columns. Choose sides that divide those of the images.");
        int down = shape.Height / height, across = shape.Width / width, perImage = down * across;
        var tile = new Shape(shape.Channels, height, width);
        var pixels = new byte[checked(set.Count * perImage * tile.Count)];
        for (var image = 0; image < set.Count; image++)
            Cut(set.Pixels(image), shape, tile, pixels.AsSpan(image * perImage * tile.Count));
        string[]? files = set.FileOf(0) is null ? null : [.. Enumerable.Range(0, set.Count * perImage).Select(i => set.FileOf(i / perImage)!)];
        if (set.Targets is { } targets) return new ImageSet(set.Name, tile, pixels, CutTargets(set, targets, down, across)).FromFiles(files, set.Notice);
        var labels = new int[set.Count * perImage];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = set.Label(i / perImage);
        return new ImageSet(set.Name, tile, pixels, labels, set.ClassNames).FromFiles(files, set.Notice);
    }

    private static TargetSet CutTargets(ImageSet set, TargetSet targets, int down, int across)
    {
        var stored = targets.StoredShape;
        if (targets.Kind == TargetKind.Numbers || stored.Height % down != 0 || stored.Width % across != 0)
            throw new ShapeException($"The targets of {set.Name} ({targets}) cannot be cut into {down} x {across} tiles with their images.");
        var tile = new Shape(stored.Channels, stored.Height / down, stored.Width / across);
        var bytes = new byte[checked(set.Count * stored.Count)];
        for (var image = 0; image < set.Count; image++)
            Cut(targets.Bytes(set.TargetOf(image)), stored, tile, bytes.AsSpan(image * stored.Count));
        return targets.Kind == TargetKind.Image ? TargetSet.Images(tile, bytes) : TargetSet.LabelMaps(tile.Height, tile.Width, bytes, targets.ClassNames, targets.IgnoreValue);
    }

    private static void Cut(ReadOnlySpan<byte> source, Shape shape, Shape tile, Span<byte> destination)
    {
        for (var top = 0; top < shape.Height; top += tile.Height)
            for (var left = 0; left < shape.Width; left += tile.Width)
                for (var channel = 0; channel < shape.Channels; channel++)
                    for (var y = 0; y < tile.Height; y++)
                    {
                        source.Slice((channel * shape.Area) + ((top + y) * shape.Width) + left, tile.Width).CopyTo(destination);
                        destination = destination[tile.Width..];
                    }
    }

    private static string Division(int whole, int part) => part < 1 ? $"{whole} / {part}" : $"{whole / part} x {part} + {whole % part}";
}
