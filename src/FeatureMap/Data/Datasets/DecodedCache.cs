using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FeatureMap.Data;

/// <summary>
/// Keeps decoded images in one file, so that the next start need not decode them again. The file: the magic bytes <c>FMIMAGES</c>, the version
/// and the length of the header as little-endian 32-bit numbers, the bytes of the pixels (64 bit), the pixels of both parts, the header (JSON: key, shape,
/// classes, counts, notes), the labels of both parts (32 bit each, -1 for an image that could not be read), the paths of their files in UTF-8, each
/// ended by a zero byte, what a table says of each image besides (32-bit numbers), the SHA-256 of each MiB of pixels, and that of
/// everything but the pixels. So the pixels can be read piece by piece.
/// The key says which state of which source was decoded and how; a file with another key is simply out of date.
/// </summary>
internal static class DecodedCache
{
    /// <summary>Where the pixels begin.</summary>
    public const int Start = 24;

    // Version 2: images as our own decoders read them, upright; version 3: with the paths of their files; version 4: photographs are cut
    // instead of squashed; version 5: sums by block; version 6: with notes on files that are there twice. What an older version decoded is
    // decoded again.
    // Version 7: with what a table says of the images beside classes; files without that are as before.
    private const int Version = 6, VersionWithTargets = 7, LargestHeader = 1 << 26, Digest = 32;
    private const int Chunk = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "FMIMAGES"u8;

    /// <summary>The cache file of a source and options: the name says what it is of, the digits keep different ones apart.</summary>
    public static string PathOf(string cacheFolder, string source, ClassFolderOptions options)
    {
        var full = Path.GetFullPath(source);
        var name = string.Concat(Path.GetFileName(full.TrimEnd(Path.DirectorySeparatorChar)).Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        var digits = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{full}\n{OptionsKey(options)}")))[..16];
        return Path.Combine(cacheFolder, "decoded", $"{name}-{digits}.images");
    }

    /// <summary>Names one state of a source and the way it is decoded.</summary>
    public static string Key(string source, string identity, ClassFolderOptions options) => $"{Path.GetFullPath(source)}; {identity}; {OptionsKey(options)}";

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="DataException">It cannot be written.</exception>
    public static void Write(string path, string key, DecodedImages images)
    {
        MakeFolder(path);
        DurableFile.Write(path, stream => Write(stream, key, images), images.PixelBytes);
    }

    /// <summary>The images, or null where the file is not there or of another state. What is wrong with a damaged file is told by the error.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">See <see cref="Key"/>.</param>
    /// <param name="mostResident">Of more bytes the pixels stay in the file; each block is checked when it is first touched.</param>
    /// <exception cref="DataException">The file is damaged or cannot be read.</exception>
    public static DecodedImages? Read(string path, string key, long mostResident = long.MaxValue)
    {
        try
        {
            if (!File.Exists(path)) return null;
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            return Read(stream, key, mostResident, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException(error.Message.TrimEnd('.'), error);
        }
    }

    internal static void MakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Failed(path, error);
        }
    }

    internal static void Write(Stream stream, string key, DecodedImages images)
    {
        var about = About(key, images, out var header);
        var start = Fixed(header, images.PixelBytes, images.Targets is not null);
        stream.Write(start);
        var sums = new BlockSums.Builder();
        foreach (var pixels in (byte[]?[])[images.Training.Pixels, images.Validation?.Pixels])
        {
            for (var at = 0; at < pixels?.Length; at += Chunk)
            {
                var part = pixels.AsSpan(at, Math.Min(Chunk, pixels.Length - at));
                sums.Add(part);
                stream.Write(part);
            }
        }
        WriteEnd(stream, start, about, sums.Finish());
    }

    /// <summary>What stands behind the pixels.</summary>
    internal static void WriteEnd(Stream stream, ReadOnlySpan<byte> start, byte[] about, BlockSums sums)
    {
        stream.Write(about);
        stream.Write(sums.Bytes);
        stream.Write(Sum(start, about, sums.Bytes));
    }

    /// <summary>What stands before the pixels.</summary>
    internal static byte[] Fixed(byte[] header, long pixelBytes, bool hasTargets)
    {
        var start = new byte[Start];
        Magic.CopyTo(start);
        BinaryPrimitives.WriteInt32LittleEndian(start.AsSpan(8), hasTargets ? VersionWithTargets : Version);
        BinaryPrimitives.WriteInt32LittleEndian(start.AsSpan(12), header.Length);
        BinaryPrimitives.WriteInt64LittleEndian(start.AsSpan(16), pixelBytes);
        return start;
    }

    /// <summary>Header, labels and names.</summary>
    internal static byte[] About(string key, DecodedImages images, out byte[] header)
    {
        var files = Encoding.UTF8.GetBytes(string.Concat(images.Training.Files.Concat(images.Validation?.Files ?? []).Select(file => file + "\0")));
        header = Header(key, images, files.Length);
        int[] labels = [.. images.Training.Labels, .. images.Validation?.Labels ?? []];
        var bytes = new byte[4 * labels.Length];
        for (var index = 0; index < labels.Length; index++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * index), labels[index]);
        float[] targets = [.. images.Training.Targets, .. images.Validation?.Targets ?? []];
        var numbers = new byte[4 * targets.Length];
        for (var index = 0; index < targets.Length; index++)
            BinaryPrimitives.WriteSingleLittleEndian(numbers.AsSpan(4 * index), targets[index]);
        return [.. header, .. bytes, .. files, .. numbers];
    }

    internal static DecodedImages? Read(Stream stream, string key, long mostResident = long.MaxValue, string path = "")
    {
        byte[] Get(long count)
        {
            var bytes = GC.AllocateUninitializedArray<byte>((int)count);
            return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length ? bytes : throw new DataException("it is cut");
        }
        var start = Get(Start);
        if (!start.AsSpan().StartsWith(Magic)) throw new DataException("it does not begin as such a file does");
        var version = BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(8));
        if (version is not (Version or VersionWithTargets)) return null;
        var headerLength = BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(12));
        var pixelBytes = BinaryPrimitives.ReadInt64LittleEndian(start.AsSpan(16));
        if (pixelBytes < 0 || pixelBytes > stream.Length) throw new DataException($"it cannot have {pixelBytes:N0} bytes of pixels in {stream.Length:N0}");
        if (headerLength is < 2 or > LargestHeader || headerLength > stream.Length - Start - Digest) throw new DataException($"its header cannot have {headerLength:N0} bytes");
        stream.Position = Start + pixelBytes;
        var header = Get(headerLength);
        var found = ParseHeader(header);
        if (found.Key != key) return null;
        // All sizes are known now: they must make up the length of the file before memory is asked for.
        var images = (Int128)found.Training + (found.Validation ?? 0);
        var expected = Start + headerLength + (images * (4 + found.Shape.Count + (4 * found.TargetCount))) + found.FileBytes
            + BlockSums.BytesFor(pixelBytes) + Digest;
        if (expected != stream.Length || images * found.Shape.Count != pixelBytes || images > Array.MaxLength / 4 / (1 + found.TargetCount))
            throw new DataException($"its header announces a file of {expected:N0} bytes, and it has {stream.Length:N0}");
        if (found.Targets is not null != (version == VersionWithTargets)) throw new DataException("its header does not fit its version");
        var rest = Get((4 * (long)images * (1 + found.TargetCount)) + found.FileBytes);
        var sums = new BlockSums(Get(BlockSums.BytesFor(pixelBytes)));
        if (!Sum(start, [.. header, .. rest], sums.Bytes).AsSpan().SequenceEqual(Get(Digest))) throw new DataException("its checksum is wrong");
        var (learn, judge) = Parts(found, rest);
        if (pixelBytes > mostResident && path.Length > 0)
        {
            var file = new PixelFile(path, Start, pixelBytes, sums);
            var split = (long)learn.Labels.Length * found.Shape.Count;
            learn = learn with { Store = new FilePart(file, 0, split, found.Shape.Count) };
            judge = judge is null ? null : judge with { Store = new FilePart(file, split, pixelBytes - split, found.Shape.Count) };
        }
        else
        {
            if ((Int128)Math.Max(found.Training, found.Validation ?? 0) * found.Shape.Count > Array.MaxLength) throw new DataException("it has more pixels than memory can hold");
            stream.Position = Start;
            var check = new BlockSums.Builder();
            byte[] Pixels(int count)
            {
                var pixels = Get((long)count * found.Shape.Count);
                check.Add(pixels);
                return pixels;
            }
            learn = learn with { Pixels = Pixels(found.Training) };
            judge = judge is null ? null : judge with { Pixels = Pixels(found.Validation!.Value) };
            if (!check.Finish().Bytes.AsSpan().SequenceEqual(sums.Bytes)) throw new DataException("the checksum of its pixels is wrong");
        }
        return new(found.Shape, found.Classes, learn, judge, found.Notes)
        {
            IsScaled = found.IsScaled,
            IsRecoloured = found.IsRecoloured,
            Targets = found.Targets
        };
    }

    private static (DecodedPart Learn, DecodedPart? Judge) Parts(CacheHeader found, byte[] rest)
    {
        var images = found.Training + (found.Validation ?? 0);
        var labels = new int[images];
        for (var index = 0; index < images; index++)
        {
            labels[index] = BinaryPrimitives.ReadInt32LittleEndian(rest.AsSpan(4 * index));
            if (labels[index] < -1 || labels[index] >= found.Classes.Length) throw new DataException($"it has the label {labels[index]}, and there are {found.Classes.Length} classes");
        }
        string[] files = found.FileBytes == 0 ? [] : Encoding.UTF8.GetString(rest.AsSpan(4 * images, found.FileBytes)).Split('\0')[..^1];
        if (files.Length > 0 && files.Length != images) throw new DataException($"it has {files.Length:N0} names of files for {images:N0} images");
        var targets = new float[images * found.TargetCount];
        for (var index = 0; index < targets.Length; index++)
        {
            targets[index] = BinaryPrimitives.ReadSingleLittleEndian(rest.AsSpan((4 * images) + found.FileBytes + (4 * index)));
            if (!float.IsFinite(targets[index]) || (found.Targets!.Kind == TargetKind.Labels && targets[index] is not (0 or 1)))
                throw new DataException($"it has the target {targets[index]}");
        }
        var split = found.Training * found.TargetCount;
        var learn = new DecodedPart([], labels[..found.Training])
        {
            Files = files.Length == 0 ? [] : files[..found.Training],
            Targets = targets[..split],
        };
        return (learn, found.Validation is null ? null : new DecodedPart([], labels[found.Training..])
        {
            Files = files.Length == 0 ? [] : files[found.Training..],
            Targets = targets[split..],
        });
    }

    private static byte[] Sum(ReadOnlySpan<byte> start, byte[] about, byte[] sums)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(start);
        hash.AppendData(about);
        hash.AppendData(sums);
        return hash.GetHashAndReset();
    }

    private static string OptionsKey(ClassFolderOptions options) =>
        $"size={options.Size?.ToString() ?? "keep"} fit={options.FitOrDefault} colours={options.Colours} unreadable={options.Unreadable} "
            + $"task={options.Task}{(options.DecodedBy.Length == 0 ? "" : $" decoder={options.DecodedBy}")}"
        + (options.ImageFolder.Length + options.FileColumn.Length + options.LabelColumn.Length == 0 ? ""
            : $" images={(options.ImageFolder.Length == 0 ? "" : Path.GetFullPath(options.ImageFolder))} "
            + $"file-column={options.FileColumn} label-column={options.LabelColumn}")
        + (options.NumberColumn.Length + options.LabelSeparator.Length + options.LabelNames.Length == 0 ? ""
            : $" number-column={options.NumberColumn} label-separator={options.LabelSeparator} label-names={options.LabelNames}");

    private static byte[] Header(string key, DecodedImages images, int fileBytes)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            Write("shape", () => { foreach (var size in (int[])[images.Shape.Channels, images.Shape.Height, images.Shape.Width]) json.WriteNumberValue(size); });
            Write("classes", () => { foreach (var name in images.ClassNames) json.WriteStringValue(name); });
            Write("notes", () => { foreach (var note in images.Notes) json.WriteStringValue(note); });
            json.WriteNumber("training", images.Training.Labels.Length);
            if (images.Validation is { } validation) json.WriteNumber("validation", validation.Labels.Length);
            json.WriteNumber("fileBytes", fileBytes);
            json.WriteBoolean("scaled", images.IsScaled);
            json.WriteBoolean("recoloured", images.IsRecoloured);
            if (images.Targets is { } targets)
            {
                json.WriteString("targets", targets.Kind == TargetKind.Labels ? "labels" : "quantities");
                Write("targetNames", () => { foreach (var name in targets.Names) json.WriteStringValue(name); });
            }
            json.WriteEndObject();

            void Write(string name, Action write)
            {
                json.WriteStartArray(name);
                write();
                json.WriteEndArray();
            }
        }
        return stream.ToArray();
    }

    private static CacheHeader ParseHeader(byte[] header)
    {
        try
        {
            return StrictJson.Parse(header, HeaderOf, depth: 4);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or ShapeException)
        {
            throw new DataException("its header is not as this program writes it", error);
        }
    }

    private static CacheHeader HeaderOf(JsonElement root)
    {
        string[] Texts(string name) => [.. root.GetProperty(name).EnumerateArray().Select(text => text.GetString() ?? throw new FormatException())];
        var sizes = root.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).ToArray();
        var training = root.GetProperty("training").GetInt32();
        int? validation = root.TryGetProperty("validation", out var count) ? count.GetInt32() : null;
        var fileBytes = root.GetProperty("fileBytes").GetInt32();
        if (sizes.Length != 3 || training < 1 || validation < 1 || fileBytes < 0) throw new FormatException();
        return new(root.GetProperty("key").GetString() ?? throw new FormatException(), new(sizes[0], sizes[1], sizes[2]), Texts("classes"), Texts("notes"), training, validation, fileBytes,
            root.GetProperty("scaled").GetBoolean(), root.GetProperty("recoloured").GetBoolean(),
            root.TryGetProperty("targets", out var kind) ? new(kind.GetString() switch
            {
                "labels" => TargetKind.Labels,
                "quantities" => TargetKind.Quantities,
                _ => throw new FormatException(),
            }, Texts("targetNames")) : null);
    }

    private sealed record CacheHeader(string Key, Shape Shape, string[] Classes, string[] Notes, int Training, int? Validation, int FileBytes,
        bool IsScaled, bool IsRecoloured, TargetColumns? Targets)
    {
        /// <summary>How many numbers are said of an image.</summary>
        public int TargetCount => Targets?.Names.Count ?? 0;
    }
}
