namespace FeatureMap.Data;

/// <summary>What the headers of image files say, and the shape that all of them get where nobody chose one.</summary>
internal sealed class ImageSurvey
{
    private readonly List<ImageHeader> headers;

    private ImageSurvey(List<ImageHeader> headers) => this.headers = headers;

    /// <summary>Reads the headers of files. What cannot be read is passed over here; it comes again when it is decoded.</summary>
    public static ImageSurvey Of(FileTree tree, IReadOnlyList<int> wanted, CancellationToken cancellation)
    {
        var found = new ImageHeader?[wanted.Count];
        new OrderedReading(tree, wanted, cancellation).Run((position, content) =>
        {
            try
            {
                if (content.Error is null) found[position] = ImageHeader.Parse(content.Content, "", tree.Decoder);
            }
            catch (DataException)
            {
            }
        });
        return new([.. found.OfType<ImageHeader>()]);
    }

    /// <summary>The shape of all images.</summary>
    public Shape ShapeFor(ClassFolderOptions options)
    {
        var channels = options.Colours switch
        {
            ImageColours.Gray => 1,
            ImageColours.Colour => 3,
            _ => headers.TrueForAll(header => header.Channels == 1) ? 1 : 3,
        };
        if (options.Size is { } size) return new(channels, size.Height, size.Width);
        var (height, width) = (headers[0].Height, headers[0].Width);
        if (IsKept(height, width) && headers.TrueForAll(header => header.Height == height && header.Width == width))
            return new(channels, height, width);
        var side = Side();
        return new(channels, side, side);
    }

    /// <summary>Whether images of one size keep it.</summary>
    public static bool IsKept(int height, int width) => Math.Min(height, width) <= ClassFolderOptions.LargestKeptSide;

    // Half of the images have a shorter side of this length or more.
    private int Side()
    {
        var sides = headers.Select(header => Math.Min(header.Height, header.Width)).Order().ToArray();
        var side = Math.Min(ClassFolderOptions.LargestAutomaticSide, sides[sides.Length / 2]);
        return side < 16 ? side : side / 8 * 8;
    }
}
