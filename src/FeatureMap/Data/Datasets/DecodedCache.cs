using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FeatureMap.Data;

/// <summary>
/// Keeps decoded images in one file, so that the next start need not decode them again. The file: the magic bytes <c>FMIMAGES</c>, the version
/// and the length of the header as little-endian 32-bit numbers, the header (JSON: key, shape, classes, counts, notes), the labels of both parts
/// (32 bit each), the paths of their files in UTF-8, each ended by a zero byte, the pixels of both parts, and the SHA-256 of all that.
/// The key says which state of which source was decoded and how; a file
/// with another key is simply out of date.
/// </summary>
internal static class DecodedCache
{
    // Version 2: images as our own decoders read them, upright; version 3: with the paths of their files; version 4: photographs are cut
    // instead of squashed. What an older version decoded is decoded again.
    private const int Version = 4, LargestHeader = 1 << 26, Digest = 32, Fixed = 16;
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
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Failed(path, error);
        }
        DurableFile.Write(path, stream => Write(stream, key, images));
    }

    /// <summary>The images, or null where the file is not there or of another state. What is wrong with a damaged file is told by the error.</summary>
    /// <exception cref="DataException">The file is damaged or cannot be read.</exception>
    public static DecodedImages? Read(string path, string key)
    {
        try
        {
            if (!File.Exists(path)) return null;
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            return Read(stream, key);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException(error.Message.TrimEnd('.'), error);
        }
    }

    internal static void Write(Stream stream, string key, DecodedImages images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Put(ReadOnlySpan<byte> bytes)
        {
            for (; bytes.Length > 0; bytes = bytes[Math.Min(Chunk, bytes.Length)..])
            {
                var part = bytes[..Math.Min(Chunk, bytes.Length)];
                hash.AppendData(part);
                stream.Write(part);
            }
        }
        var files = Encoding.UTF8.GetBytes(string.Concat(images.Training.Files.Concat(images.Validation?.Files ?? []).Select(file => file + "\0")));
        var header = Header(key, images, files.Length);
        Span<byte> start = stackalloc byte[Fixed];
        Magic.CopyTo(start);
        BinaryPrimitives.WriteInt32LittleEndian(start[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(start[12..], header.Length);
        Put(start);
        Put(header);
        DecodedPart?[] parts = [images.Training, images.Validation];
        foreach (var part in parts)
        {
            var labels = new byte[4 * (part?.Labels.Length ?? 0)];
            for (var index = 0; index < labels.Length / 4; index++)
                BinaryPrimitives.WriteInt32LittleEndian(labels.AsSpan(4 * index), part!.Labels[index]);
            Put(labels);
        }
        Put(files);
        foreach (var part in parts)
            Put(part?.Pixels);
        stream.Write(hash.GetHashAndReset());
    }

    internal static DecodedImages? Read(Stream stream, string key)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Get(Span<byte> bytes)
        {
            for (; bytes.Length > 0; bytes = bytes[Math.Min(Chunk, bytes.Length)..])
            {
                var part = bytes[..Math.Min(Chunk, bytes.Length)];
                if (stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) < part.Length) throw new DataException("it is cut");
                hash.AppendData(part);
            }
        }
        Span<byte> start = stackalloc byte[Fixed];
        Get(start);
        if (!start.StartsWith(Magic)) throw new DataException("it does not begin as such a file does");
        if (BinaryPrimitives.ReadInt32LittleEndian(start[8..]) != Version) return null;
        var headerLength = BinaryPrimitives.ReadInt32LittleEndian(start[12..]);
        if (headerLength is < 2 or > LargestHeader || headerLength > stream.Length - Fixed - Digest) throw new DataException($"its header cannot have {headerLength:N0} bytes");
        var header = new byte[headerLength];
        Get(header);
        var (found, shape, classes, notes, training, validation, fileBytes, isScaled, isRecoloured) = ParseHeader(header);
        if (found != key) return null;
        // All sizes are known now: they must make up the length of the file before memory is asked for.
        var images = (Int128)training + (validation ?? 0);
        var expected = Fixed + headerLength + (images * (4 + shape.Count)) + fileBytes + Digest;
        if (expected != stream.Length || (Int128)Math.Max(training, validation ?? 0) * shape.Count > Array.MaxLength)
            throw new DataException($"its header announces a file of {expected:N0} bytes, and it has {stream.Length:N0}");
        int[] Labels(int count)
        {
            var bytes = new byte[4 * count];
            Get(bytes);
            var labels = new int[count];
            for (var index = 0; index < count; index++)
            {
                labels[index] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * index));
                if ((uint)labels[index] >= (uint)classes.Length) throw new DataException($"it has the label {labels[index]}, and there are {classes.Length} classes");
            }
            return labels;
        }
        string[] Files()
        {
            var bytes = GC.AllocateUninitializedArray<byte>(fileBytes);
            Get(bytes);
            string[] files = fileBytes == 0 ? [] : Encoding.UTF8.GetString(bytes).Split('\0')[..^1];
            return files.Length == 0 || files.Length == images ? files : throw new DataException($"it has {files.Length:N0} names of "
                + $"files for {images:N0} images");
        }
        byte[] Pixels(int count)
        {
            var pixels = GC.AllocateUninitializedArray<byte>(count * shape.Count);
            Get(pixels);
            return pixels;
        }
        var trainingLabels = Labels(training);
        var validationLabels = Labels(validation ?? 0);
        var files = Files();
        var learn = new DecodedPart(Pixels(training), trainingLabels) { Files = files.Length == 0 ? [] : files[..training] };
        var judge = validation is null ? null : new DecodedPart(Pixels(validation.Value), validationLabels) { Files = files.Length == 0 ? [] : files[training..] };
        Span<byte> stated = stackalloc byte[Digest], actual = stackalloc byte[Digest];
        if (stream.ReadAtLeast(stated, Digest, throwOnEndOfStream: false) < Digest || !hash.TryGetHashAndReset(actual, out _) || !stated.SequenceEqual(actual))
            throw new DataException("its checksum is wrong");
        return new(shape, classes, learn, judge, notes) { IsScaled = isScaled, IsRecoloured = isRecoloured };
    }

    private static string OptionsKey(ClassFolderOptions options) =>
        $"size={options.Size?.ToString() ?? "keep"} fit={options.FitOrDefault} colours={options.Colours} unreadable={options.Unreadable}";

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
            root.GetProperty("scaled").GetBoolean(), root.GetProperty("recoloured").GetBoolean());
    }

    private sealed record CacheHeader(string Key, Shape Shape, string[] Classes, string[] Notes, int Training, int? Validation, int FileBytes,
        bool IsScaled, bool IsRecoloured);
}
