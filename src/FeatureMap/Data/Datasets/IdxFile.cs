using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace FeatureMap.Data;

/// <summary>
/// Reads the IDX files that MNIST and its relatives come in, plain or as gzip (told apart by their first bytes). Format: two zero bytes, a type
/// byte (8 = unsigned byte, the only one read here), the number of dimensions, each size as a big-endian 32-bit number, then the values.
/// Every size is checked against the length of the file before memory is asked for, and a file that is too short, too long or damaged ends
/// in a <see cref="DataException"/>. Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
/// </summary>
public static class IdxFile
{
    /// <summary>Reads a set of gray images (3 dimensions: count x height x width) and their labels (1 dimension).</summary>
    /// <param name="imagesPath">The file of the images.</param>
    /// <param name="labelsPath">The file of the labels.</param>
    /// <param name="name">Name of the set in logs and messages.</param>
    /// <param name="classNames">The name of each class, by label.</param>
    /// <exception cref="DataException">A file is missing or broken, the counts differ, or a label is out of range.</exception>
    public static ImageSet Load(string imagesPath, string labelsPath, string name, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        var labels = Read(labelsPath, 1);
        return Combine(Read(imagesPath, 3), labels, imagesPath, labelsPath, name, classNames);
    }

    /// <summary>Puts images and labels together after checking that they belong to each other.</summary>
    internal static ImageSet Combine(
        IdxContent images, IdxContent labels, string imagesPath, string labelsPath, string name, IReadOnlyList<string> classNames)
    {
        if (images.Sizes[0] != labels.Sizes[0])
        {
            throw new DataException($"{imagesPath} has {images.Sizes[0]:N0} images, but {labelsPath} has {labels.Sizes[0]:N0} labels: each image needs one "
                + "label. One of the two belongs to another set; take both from the same source.");
        }
        var numbers = new int[labels.Values.Length];
        for (var index = 0; index < numbers.Length; index++)
        {
            numbers[index] = labels.Values[index];
            if (numbers[index] >= classNames.Count)
            {
                throw new DataException($"{labelsPath}: label {numbers[index]} of image {index} is out of range: with {classNames.Count} classes the labels are "
                    + $"0 to {classNames.Count - 1}. The file is damaged or belongs to another set.");
            }
        }
        return ImageSet.Adopt(name, new Shape(1, images.Sizes[1], images.Sizes[2]), images.Values, numbers, classNames);
    }

    /// <summary>Reads one file of unsigned bytes with the given number of dimensions.</summary>
    internal static IdxContent Read(string path, int dimensions, bool withSum = false)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
            return Read(stream, path, dimensions, withSum);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{path}: there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataException($"{path}: the file cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads from a stream that knows its length; <paramref name="place"/> is its name in messages.</summary>
    internal static IdxContent Read(Stream stream, string place, int dimensions, bool withSum = false)
    {
        var length = stream.Length;
        Span<byte> first = stackalloc byte[2];
        var zipped = stream.ReadAtLeast(first, 2, throwOnEndOfStream: false) == 2 && first is [0x1F, 0x8B];
        if (!zipped)
        {
            stream.Position = 0;
            return ReadContent(stream, place, dimensions, length, zipped, withSum);
        }
        // The last four bytes of a gzip file are the length of its content modulo 2^32 (RFC 1952).
        Span<byte> tail = stackalloc byte[4];
        if (length < 18) throw Broken(place, $"the gzip file of {length} bytes is cut: the smallest has 18");
        stream.Position = length - 4;
        stream.ReadExactly(tail);
        stream.Position = 0;
        try
        {
            using var unzipped = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
            var content = ReadContent(unzipped, place, dimensions, length * BoundedContent.LargestExpansion, zipped, withSum);
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail) != (uint)content.FileLength)
            {
                throw Broken(place, "the gzip file is cut or has bytes after its end: its last four bytes should state "
                    + $"the {content.FileLength:N0} bytes of its content and do not");
            }
            return content;
        }
        catch (InvalidDataException error)
        {
            throw Broken(place, "the gzip compression is damaged: its codes or its checksum are wrong", error);
        }
    }

    private static IdxContent ReadContent(Stream stream, string place, int dimensions, long available, bool zipped, bool withSum)
    {
        Span<byte> header = stackalloc byte[4 + (4 * dimensions)];
        var got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (got >= 4) CheckMagic(header, place, dimensions);
        if (got < header.Length)
            throw Broken(place, $"the IDX header is cut: it needs 4 + 4 x {dimensions} = {header.Length} bytes, and there are {got}");

        var sizes = new uint[dimensions];
        UInt128 product = 1;
        for (var dimension = 0; dimension < dimensions; dimension++)
        {
            sizes[dimension] = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + (4 * dimension))..]);
            product *= sizes[dimension];
        }
        var arithmetic = string.Join(" x ", sizes.Select(size => $"{size:N0}"));
        if (dimensions > 1) arithmetic += $" = {product:N0}";
        if (product == 0) throw Broken(place, $"the header announces {arithmetic} values: a set without content");
        var room = (UInt128)(available - header.Length);
        if (!zipped && product < room)
        {
            throw Broken(place, $"{room - product:N0} bytes follow the data: the header announces {arithmetic} values, and after the "
                + $"{header.Length} bytes of header there are {room:N0}");
        }
        if (product > room || product > (UInt128)Array.MaxLength)
        {
            throw Broken(place, zipped
                ? $"the header announces {arithmetic} values, more than a gzip file of {available / BoundedContent.LargestExpansion:N0} bytes can hold or memory can take"
                : $"the file is cut: the header announces {arithmetic} values, and after the {header.Length} bytes of header there are {room:N0}");
        }
        var values = BoundedContent.Read(stream, (int)product, zipped ? Math.Max(1 << 20, available / 16) : available, out var read);
        if (read < values.Length || (UInt128)read < product)
            throw Broken(place, $"the file is cut: the header announces {arithmetic} values, and {read:N0} are there");
        if (stream.ReadByte() >= 0)
            throw Broken(place, $"more bytes follow the data: the header announces {arithmetic} values, and the file holds more");

        string? sum = null;
        if (withSum)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(header);
            hash.AppendData(values);
            sum = Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        return new IdxContent([.. sizes.Select(size => (int)size)], values, header.Length + (long)values.Length, sum);
    }

    private static void CheckMagic(ReadOnlySpan<byte> header, string place, int dimensions)
    {
        if (header[0] == 0 && header[1] == 0 && header[2] == 8 && header[3] == dimensions) return;
        var found = Convert.ToHexString(header[..4]);
        var expected = $"0000080{dimensions}";
        var what = dimensions == 1 ? "labels" : "images";
        var hint = (header[0], header[1], header[2], header[3]) switch
        {
            (0, 0, 8, 1) => "This is a file of labels: were images and labels exchanged?",
            (0, 0, 8, 3) => "This is a file of images: were images and labels exchanged?",
            (0, 0, 8, _) => $"This is an IDX file of {header[3]} dimensions.",
            (0, 0, 9 or 11 or 12 or 13 or 14, _) => "Only values of type 8 (unsigned byte) are read.",
            ((byte)'<', _, _, _) => "This looks like a web page that was saved in place of the file: download it again.",
            ((byte)'P', (byte)'K', _, _) => "This is a zip archive: unpack it first.",
            _ => "This is not an IDX file.",
        };
        throw new DataException($"{place}: an IDX file of {what} starts with the bytes {expected}: received {found}. {hint}");
    }

    private static DataException Broken(string place, string what, Exception? cause = null) =>
        new($"{place}: {what}. Copy or download the file again.", cause);
}

/// <summary>What an IDX file of unsigned bytes holds: the sizes, the values, the length of the unpacked file, its SHA-256 where asked for.</summary>
internal sealed record IdxContent(int[] Sizes, byte[] Values, long FileLength, string? Sum);
