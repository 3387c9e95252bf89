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
        return Cut(set, new(shape.Channels, height, width), Starts(shape.Height, height), Starts(shape.Width, width));
    }

    /// <summary>
    /// Tiles that cover each image, row by row, as few as do: where their sides do not divide those of the images, neighbours have some
    /// pixels in common, which then count more than once.
    /// </summary>
    /// <param name="set">The images, with or without targets.</param>
    /// <param name="height">Rows of a tile.</param>
    /// <param name="width">Columns of a tile.</param>
    /// <exception cref="ShapeException">A tile is larger than the images, or the targets cannot be cut with them.</exception>
    public static ImageSet CoveringTiles(this ImageSet set, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(set);
        var (shape, tile) = (set.ImageShape, new Shape(set.ImageShape.Channels, height, width));
        if (height < 1 || width < 1 || height > shape.Height || width > shape.Width)
            throw new ShapeException($"Tiles of {height}x{width} cannot be cut out of the images of {set.Name}, which are {shape} "
                + "(channels x height x width). Take smaller tiles.");
        return Cut(set, tile, Starts(shape.Height, tile.Height), Starts(shape.Width, tile.Width));
    }

    // At even distances, from the first pixel to the last.
    private static int[] Starts(int length, int tile)
    {
        var count = (length + tile - 1) / tile;
        return [.. Enumerable.Range(0, count).Select(number => count == 1 ? 0 : (int)((long)number * (length - tile) / (count - 1)))];
    }

    private static ImageSet Cut(ImageSet set, Shape tile, int[] rows, int[] columns)
    {
        var perImage = rows.Length * columns.Length;
        var pixels = new byte[checked(set.Count * perImage * tile.Count)];
        for (var image = 0; image < set.Count; image++)
            Cut(set.Pixels(image), set.ImageShape, tile, rows, columns, pixels.AsSpan(image * perImage * tile.Count));
        string[]? files = set.FileOf(0) is null ? null : [.. Enumerable.Range(0, set.Count * perImage).Select(i => set.FileOf(i / perImage)!)];
        if (set.Targets is { } targets)
            return new ImageSet(set.Name, tile, pixels, CutTargets(set, targets, tile, rows, columns)).FromFiles(files, set.Notice);
        var labels = new int[set.Count * perImage];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = set.Label(i / perImage);
        return new ImageSet(set.Name, tile, pixels, labels, set.ClassNames).FromFiles(files, set.Notice);
    }

    private static TargetSet CutTargets(ImageSet set, TargetSet targets, Shape tile, int[] rows, int[] columns)
    {
        var (stored, shape) = (targets.StoredShape, set.ImageShape);
        bool IsWhole(int image, int side, int of) => (long)image * side % of == 0;
        if (targets.AreNumbers || rows.Append(tile.Height).Any(row => !IsWhole(row, stored.Height, shape.Height))
            || columns.Append(tile.Width).Any(column => !IsWhole(column, stored.Width, shape.Width)))
            throw new ShapeException($"The targets of {set.Name} ({targets}) cannot be cut into {rows.Length} x {columns.Length} tiles "
                + $"with their images.");
        int Down(int row) => (int)((long)row * stored.Height / shape.Height);
        int Across(int column) => (int)((long)column * stored.Width / shape.Width);
        var target = new Shape(stored.Channels, Down(tile.Height), Across(tile.Width));
        var size = rows.Length * columns.Length * target.Count;
        var bytes = new byte[checked(set.Count * size)];
        for (var image = 0; image < set.Count; image++)
            Cut(targets.Bytes(set.TargetOf(image)), stored, target, Array.ConvertAll(rows, Down), Array.ConvertAll(columns, Across),
                bytes.AsSpan(image * size));
        return targets.Like(target, bytes);
    }

    private static void Cut(ReadOnlySpan<byte> source, Shape shape, Shape tile, int[] rows, int[] columns, Span<byte> destination)
    {
        foreach (var top in rows)
            foreach (var left in columns)
                for (var channel = 0; channel < shape.Channels; channel++)
                    for (var y = 0; y < tile.Height; y++)
                    {
                        source.Slice((channel * shape.Area) + ((top + y) * shape.Width) + left, tile.Width).CopyTo(destination);
                        destination = destination[tile.Width..];
                    }
    }

    private static string Division(int whole, int part) => part < 1 ? $"{whole} / {part}" : $"{whole / part} x {part} + {whole % part}";
}
