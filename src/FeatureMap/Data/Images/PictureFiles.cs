namespace FeatureMap.Data;

/// <summary>One file that may be a picture, read and not yet decoded.</summary>
public sealed class PictureFile
{
    private readonly byte[]? content;
    private readonly DataException? error;
    private readonly string place;
    private readonly IPictureDecoder? decoder;

    internal PictureFile(string name, string place, byte[]? content, DataException? error, IPictureDecoder? decoder) =>
        (Name, this.place, this.content, this.error, this.decoder) = (name, place, content, error, decoder);

    /// <summary>The path that it was asked for by; for one in a folder or archive that of the folder or archive and its own, with '/' between them.</summary>
    public string Name { get; }

    /// <summary>Decodes it.</summary>
    /// <param name="expected">1 or 3 channels x height x width.</param>
    /// <param name="fit">What becomes of another size; null where that is an error.</param>
    /// <param name="notice">Null, or why the picture may not be what it seems.</param>
    /// <returns>Planar bytes CHW, 0 to 255.</returns>
    /// <exception cref="DataException">The file could not be read, is damaged, too large or not an image, or of another size.</exception>
    public byte[] Load(Shape expected, ImageFit? fit, out string? notice) =>
        ImageFile.Load(Content, place, expected, fit, out notice, decoder);

    /// <summary>What it says about itself.</summary>
    /// <exception cref="DataException">The file could not be read, is damaged, too large or not an image.</exception>
    public ImageHeader Header() => ImageHeader.Parse(Content, place, decoder);

    private byte[] Content => error is null ? content! : throw error;
}

/// <summary>The picture files that a path means: itself, or all of a folder or an archive.</summary>
public static class PictureFiles
{
    /// <summary>
    /// Reads a file, or the pictures of a folder with the folders in it, or those of a zip, tar or tar.gz: in the order of their paths, those of a tar
    /// as it has them. They come one after the other, so that only one is in memory unless the caller keeps more. What cannot be read comes too and
    /// says so when it is loaded.
    /// </summary>
    /// <param name="path">The file, folder or archive.</param>
    /// <exception cref="DataException">The folder or archive cannot be listed, or there is no picture in it.</exception>
    public static IEnumerable<PictureFile> Read(string path) => ReadBy(path, null);

    /// <summary>The same where a decoder reads what the library does not.</summary>
    /// <param name="path">The file, folder or archive.</param>
    /// <param name="decoder">Reads files of its kinds.</param>
    /// <exception cref="DataException">The folder or archive cannot be listed, or there is no picture in it.</exception>
    public static IEnumerable<PictureFile> Read(string path, IPictureDecoder decoder)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return ReadBy(path, decoder);
    }

    private static IEnumerable<PictureFile> ReadBy(string path, IPictureDecoder? decoder)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Directory.Exists(path) || FileTree.IsArchive(path) ? Inside(path, decoder) : [One(path, decoder)];
    }

    private static PictureFile One(string path, IPictureDecoder? decoder)
    {
        try
        {
            return new(path, path, ImageFile.ReadContent(path), null, decoder);
        }
        catch (DataException error)
        {
            return new(path, path, null, error, decoder);
        }
    }

    private static IEnumerable<PictureFile> Inside(string path, IPictureDecoder? decoder)
    {
        using var tree = FileTree.Open(path);
        int[] wanted = [.. tree.Files.Index().Where(file => ClassFolderPlan.IsImage(file.Item.Path)).OrderBy(file => file.Item.Path, StringComparer.Ordinal).Select(file => file.Index)];
        if (wanted.Length == 0) throw new DataException($"{path}: {PlaceWords.NoImages(tree)} Expected PNG, JPEG or BMP files.");
        var root = path.TrimEnd('/', Path.DirectorySeparatorChar);
        foreach (var content in tree.Read(wanted, ImageFile.LargestFile))
            yield return new($"{root}/{tree.Files[content.File].Path}", tree.Place(content.File), content.Content, content.Error, decoder);
    }
}
