namespace FeatureMap.Data;

/// <summary>
/// One image of its own size, gray or in colour, in 8 bits. An <see cref="ImageSet"/> has many of one size; pictures are what is cut, scaled and looked at one by one.
/// It does not change once it is made.
/// </summary>
public sealed class Picture
{
    private readonly byte[] pixels;

    /// <summary>Puts a picture together; the pixels are taken over, not copied.</summary>
    /// <param name="name">What it is called in tables and messages.</param>
    /// <param name="shape">1 or 3 channels x height x width.</param>
    /// <param name="pixels">Planar: channel by channel, row by row.</param>
    /// <exception cref="DataException">Another number of channels, or of bytes than the shape has.</exception>
    public Picture(string name, Shape shape, byte[] pixels)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(pixels);
        if (shape.Channels is not (1 or 3)) throw new DataException($"The picture {name} is {shape} (channels x height x width): a picture has 1 channel (gray) or 3 (red, green, blue).");
        if (pixels.Length != shape.Count) throw new DataException($"The picture {name} of {shape} has {shape.Count:N0} bytes: received {pixels.Length:N0}.");
        (Name, Shape, this.pixels) = (name, shape, pixels);
    }

    /// <summary>What it is called: for one from a file, the file's name without its ending.</summary>
    public string Name { get; }

    /// <summary>1 or 3 channels x height x width.</summary>
    public Shape Shape { get; }

    /// <summary>The pixels, planar: channel by channel, row by row.</summary>
    public ReadOnlySpan<byte> Pixels => pixels;

    /// <summary>Whether it has one channel.</summary>
    public bool IsGray => Shape.Channels == 1;

    /// <summary>
    /// Reads an image file (PNG, JPEG or BMP) in its own size and as gray or colourful as it is, upright; transparent parts show white
    /// paper.
    /// </summary>
    /// <exception cref="DataException">The file is missing, damaged, too large or not an image, or a PNG of 16 bits whose high bytes, which
    /// are kept, say almost nothing.</exception>
    public static Picture Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Decode(ImageFile.ReadContent(path), path);
    }

    /// <summary>The same where a decoder reads what the library does not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="decoder">Reads files of its kinds.</param>
    /// <exception cref="DataException">The file is missing, damaged, too large or not an image.</exception>
    public static Picture Load(string path, IPictureDecoder decoder)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(decoder);
        return Decode(ImageFile.ReadContent(path), path, decoder);
    }

    /// <summary>The same from a stream, with the same checks.</summary>
    /// <param name="stream">Read from its position to its end; it stays open, and need not be able to seek.</param>
    /// <param name="name">What the picture and error messages are called: a file name without its ending.</param>
    /// <exception cref="DataException">As for a file, or the stream fails.</exception>
    public static Picture Load(Stream stream, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Decode(ImageFile.Content(stream, name), name);
    }

    /// <summary>The pictures of a folder or an archive (zip, tar, tar.gz), whatever their sizes, in the order of their paths: T91 and Set5, for example.</summary>
    /// <param name="path">The folder or archive; folders in it are looked into. Files whose names do not end as those of images are passed over.</param>
    /// <exception cref="DataException">There is nothing of this name, there is no picture in it, or one cannot be read.</exception>
    public static IReadOnlyList<Picture> LoadAll(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var tree = FileTree.Open(path);
        int[] wanted = [.. Enumerable.Range(0, tree.Files.Count).Where(file => ClassFolderPlan.IsImage(tree.Files[file].Path)).OrderBy(file => tree.Files[file].Path, StringComparer.Ordinal)];
        if (wanted.Length == 0) throw new DataException($"{path}: there is no picture among its {tree.Files.Count:N0} files. Expected PNG, JPEG or BMP files.");
        var pictures = new SortedList<string, Picture>(wanted.Length, StringComparer.Ordinal);
        foreach (var content in tree.Read(wanted, ImageFile.LargestFile))
            pictures.Add(tree.Files[content.File].Path, Decode(content.Error is null ? content.Content! : throw content.Error, tree.Place(content.File)));
        return [.. pictures.Values];
    }

    /// <summary>Writes a PNG file. A file of this name is replaced.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            File.WriteAllBytes(path, PngWriter.Write(pixels, Shape));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the picture cannot be written: {error.Message}", error);
        }
    }

    /// <summary>Writes a PNG file to a stream.</summary>
    /// <param name="stream">Written to from its position on; it stays open, and need not be able to seek.</param>
    /// <exception cref="IOException">The stream fails; some of the bytes may be written.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(PngWriter.Write(pixels, Shape));
    }

    /// <summary>One of the channels as a gray picture.</summary>
    public Picture Plane(int channel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, Shape.Channels);
        return IsGray ? this : new(Name, new Shape(1, Shape.Height, Shape.Width), pixels.AsSpan(channel * Shape.Area, Shape.Area).ToArray());
    }

    /// <summary>A part of the picture.</summary>
    /// <exception cref="DataException">The part reaches beyond the picture.</exception>
    public Picture Crop(int top, int left, int height, int width)
    {
        if (top < 0 || left < 0 || height < 1 || width < 1 || top > Shape.Height - height || left > Shape.Width - width)
            throw new DataException($"A part of {height} x {width} pixels (height x width) at row {top}, column {left} is not inside the picture {Name} of {Shape.Height} x {Shape.Width}.");
        var part = new Shape(Shape.Channels, height, width);
        var cut = new byte[part.Count];
        for (var channel = 0; channel < part.Channels; channel++)
            for (var y = 0; y < height; y++)
                pixels.AsSpan((channel * Shape.Area) + ((top + y) * Shape.Width) + left, width).CopyTo(cut.AsSpan((channel * part.Area) + (y * width)));
        return new(Name, part, cut);
    }

    /// <summary>The largest part from the upper left corner whose sides are multiples of a number, so that it can be made smaller by it without a remainder.</summary>
    /// <exception cref="DataException">A side is shorter than the number.</exception>
    public Picture CropToMultiple(int of)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(of, 1);
        if (Shape.Height < of || Shape.Width < of)
            throw new DataException($"The picture {Name} has {Shape.Height} x {Shape.Width} pixels (height x width): both sides must be at least {of} to be divided by {of}.");
        var (height, width) = (Shape.Height / of * of, Shape.Width / of * of);
        return height == Shape.Height && width == Shape.Width ? this : Crop(0, 0, height, width);
    }

    /// <summary>Three planes put on each other: red, green and blue, or luminance and the two colours.</summary>
    /// <exception cref="DataException">The planes are not gray or not of one size.</exception>
    public static Picture Join(Picture first, Picture second, Picture third)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(third);
        if (!first.IsGray || second.Shape != first.Shape || third.Shape != first.Shape)
            throw new DataException($"Planes of {first.Shape}, {second.Shape} and {third.Shape} (channels x height x width) make no picture: expected three of one channel and one size.");
        return new(first.Name, new Shape(3, first.Shape.Height, first.Shape.Width), [.. first.pixels, .. second.pixels, .. third.pixels]);
    }

    /// <summary>Name and shape.</summary>
    public override string ToString() => $"{Name} {Shape}";

    private static Picture Decode(byte[] content, string place, IPictureDecoder? decoder = null)
    {
        var header = ImageHeader.Parse(content, place, decoder);
        var shape = new Shape(header.Channels, header.Height, header.Width);
        return new(Path.GetFileNameWithoutExtension(place), shape, ImageFile.Decode(content, header, place, shape));
    }
}
