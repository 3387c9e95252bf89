namespace FeatureMap.Data;

/// <summary>Keeps what was done to the images of a set, and says it in a few sentences. Each image has a place of its own, so threads need no lock.</summary>
internal sealed class ImageChanges(Shape shape, ClassFolderOptions options, int count)
{
    private const int MostNamed = 3, MostProportion = 4, MostEnlarged = 8;
    private readonly ImageHeader?[] headers = new ImageHeader?[count];

    /// <summary>Notes an image that became one of the shape.</summary>
    public void Add(int position, ImageHeader header) => headers[position] = header;

    /// <summary>Whether images of other sizes were made to fit.</summary>
    public bool IsScaled => headers.Any(header => header is { } one && IsOther(one));

    /// <summary>Whether gray images became colourful beside others.</summary>
    public bool IsRecoloured => options.Colours == ImageColours.Keep && shape.Channels == 3 && headers.Any(header => header?.Channels == 1);

    /// <summary>Sentences on it; none where nothing was done but what was asked for.</summary>
    /// <param name="fileOf">The file at a position.</param>
    public IEnumerable<string> Notes(Func<int, string> fileOf)
    {
        var read = headers.OfType<ImageHeader>().ToArray();
        var cut = read.Count(header => IsOther(header) && (long)header.Height * shape.Width != (long)header.Width * shape.Height);
        if (options.Size is null && IsScaled) yield return Sizes(read) + (cut == 0 ? "." : $"; {Fitted(cut)}.");
        else if (cut > 0) yield return $"{cut:N0} of {read.Length:N0} images have other proportions than {Words(shape.Width, shape.Height)}: {Fitted(cut)}.";
        foreach (var note in Extremes(fileOf))
            yield return note;
        var turned = headers.Index().Where(header => header.Item is { Orientation: not Orientation.Upright }).Select(header => header.Index).ToArray();
        if (turned.Length > 0)
            yield return $"{turned.Length:N0} {(turned.Length == 1 ? "image was" : "images were")} turned upright as the Exif data say: {Named(turned, fileOf)}.";
        var gray = read.Count(header => header.Channels == 1);
        if (IsRecoloured) yield return $"{gray:N0} of {read.Length:N0} images are gray and became images in colour like the others (image-colours=gray for the reverse).";
    }

    // Strips of which nearly nothing is seen, and specks that become one colour.
    private IEnumerable<string> Extremes(Func<int, string> fileOf)
    {
        var strips = Places(header => options.FitOrDefault.Kind == ImageFitKind.Crop && IsOther(header)
            && Math.Max((double)header.Width * shape.Height,
            (double)header.Height * shape.Width) > MostProportion * Math.Min((double)header.Width * shape.Height,
            (double)header.Height * shape.Width));
        if (strips.Length > 0)
            yield return $"Of {strips.Length:N0} {(strips.Length == 1 ? "image that is a strip" : "images that are strips")}, less than "
                + $"a quarter is seen: {Named(strips, fileOf)} (fit=pad shows all of it).";
        var specks = Places(header => MostEnlarged * header.Height < shape.Height && MostEnlarged * header.Width < shape.Width);
        if (specks.Length > 0)
            yield return $"{specks.Length:N0} {(specks.Length == 1 ? "image was" : "images were")} enlarged more than {MostEnlarged} "
                + $"times: {Named(specks, fileOf)}.";

        int[] Places(Func<ImageHeader, bool> isSo) => [.. headers.Index().Where(one => one.Item is { } header && isSo(header))
            .Select(one => one.Index)];
    }

    private bool IsOther(ImageHeader header) => header.Height != shape.Height || header.Width != shape.Width;

    private string Sizes(ImageHeader[] read)
    {
        var sizes = read.Select(header => (header.Height, header.Width)).Distinct().OrderBy(size => (long)size.Height * size.Width).ThenBy(size => size.Height).ToArray();
        var found = sizes.Length == 1 ? $"{Words(sizes[0].Width, sizes[0].Height)} pixels"
            : $"{sizes.Length:N0} sizes, from {Words(sizes[0].Width, sizes[0].Height)} to {Words(sizes[^1].Width, sizes[^1].Height)} pixels (width x height)";
        return $"The {read.Length:N0} images have {found}; all were scaled to {Words(shape.Width, shape.Height)} (image-size={shape.Height}; set another where details matter)";
    }

    private string Fitted(int images) => options.FitOrDefault switch
    {
        { Kind: ImageFitKind.Crop } crop => $"of {images:N0} of them the middle was taken (fit={crop})",
        { Kind: ImageFitKind.Pad } pad => $"{images:N0} of them stand between bars (fit={pad})",
        _ => $"{images:N0} of them are distorted (fit=squash)",
    };

    private static string Named(int[] positions, Func<int, string> fileOf) =>
        string.Join(", ", positions.Take(MostNamed).Select(fileOf)) + (positions.Length > MostNamed ? $" and {positions.Length - MostNamed:N0} more" : "");

    private static string Words(int width, int height) => $"{width:N0} x {height:N0}";
}
