using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;

namespace FeatureMap.Training;

/// <summary>
/// What the frozen body of a network makes of images: computed once, and kept in a file, as it is the same in every epoch and in every
/// training of another head. The file: the magic bytes <c>FMFEATUR</c>, the version and the length of the key as little-endian 32-bit
/// numbers, the key, channels, height and width of a sample, the number of samples (64 bit), the samples as little-endian float32, and the
/// SHA-256 of all that. The key is made of everything that the numbers depend on, so a file of another key is never taken.
/// </summary>
internal static class BodyFeatures
{
    private const int Version = 1, Batch = 32, Digest = 32, Fixed = 16, Sizes = 20, Chunk = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "FMFEATUR"u8;

    /// <summary>The features of every image of a set, with its labels, classes and files.</summary>
    /// <param name="body">The network that ends in the features, with how it reads pixels.</param>
    /// <param name="set">The images.</param>
    /// <param name="path">The file that keeps them; null for none.</param>
    /// <param name="key">Everything that the numbers depend on; see <see cref="Key"/>.</param>
    /// <param name="options">Threads, notices and the stop of the training.</param>
    /// <param name="mostBytes">What all files of features in that folder may take together.</param>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    public static ImageSet Of(Model body, ImageSet set, string? path, string key, TrainingOptions options, long mostBytes = long.MaxValue)
    {
        body.CheckSet(set);
        var shape = body.Network.Output;
        var count = (long)set.Count * shape.Count;
        if (count > Array.MaxLength)
            throw new DataException($"{set.Name}: {set.Count:N0} images x {shape.Count:N0} features are {count:N0} numbers, and at most "
                + $"{Array.MaxLength:N0} are held. Let the body end in a vector, or train on fewer images.");
        if (path is not null && Kept(path, key, shape, set.Count, options.Notice) is { } kept) return set.WithNumbers(shape, kept);
        var values = Compute(body, set, options);
        if (path is not null) Keep(path, key, shape, set.Count, values, options.Notice, mostBytes);
        return set.WithNumbers(shape, values);
    }

    /// <summary>Everything that the numbers depend on, as a sum.</summary>
    /// <param name="bodyKey">That of the body: <see cref="KeyOf"/>.</param>
    /// <param name="set">The images.</param>
    public static string Key(string bodyKey, ImageSet set) => Sum($"{bodyKey}\n{set.Sha256()}");

    /// <summary>The same for the body alone, which takes its time: its weights and how it reads pixels.</summary>
    public static string KeyOf(Model body) => Sum(string.Join(
        '\n', $"features {Version}", NetworkFile.Sha256(body.Network), body.Weights.Sha256(), body.Normalization, body.Preparation));

    /// <summary>The file of the features of a key.</summary>
    public static string PathIn(string folder, string key) => Path.Combine(folder, $"{key[..32]}.features");

    private static string Sum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static float[] Compute(Model body, ImageSet set, TrainingOptions options)
    {
        var (input, output) = (body.Network.Input.Count, body.Network.Output.Count);
        using var predictor = new Predictor(body, body.Weights, Math.Min(Batch, set.Count), options.Threads);
        predictor.Prepare();
        var values = new float[(long)set.Count * output];
        for (var start = 0; start < set.Count; start += predictor.Capacity)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(predictor.Capacity, set.Count - start);
            for (var i = 0; i < count; i++)
                set.Pixels(start + i).CopyTo(predictor.Pixels(i)[..input]);
            predictor.Run(count);
            for (var i = 0; i < count; i++)
                predictor.Scores(i).CopyTo(values.AsSpan((start + i) * output, output));
        }
        return values;
    }

    private static float[]? Kept(string path, string key, Shape shape, int count, Action<string>? notice)
    {
        try
        {
            if (!File.Exists(path)) return null;
            var values = Read(path, key, shape, count);
            CacheRoom.Touch(path);
            return values;
        }
        catch (Exception error) when (error is DataException or IOException or UnauthorizedAccessException)
        {
            notice?.Invoke($"The kept features {path} cannot be used ({error.Message.TrimEnd('.')}), so they are computed again.");
            return null;
        }
    }

    private static void Keep(string path, string key, Shape shape, int count, float[] values, Action<string>? notice, long mostBytes)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Write(path, key, shape, count, values);
            CacheRoom.Trim(Path.GetDirectoryName(path)!, "*.features", mostBytes, path);
        }
        catch (Exception error) when (error is DataException or IOException or UnauthorizedAccessException)
        {
            notice?.Invoke($"The features could not be kept for the next time: {error.Message}");
        }
    }

    private static void Write(string path, string key, Shape shape, int count, float[] values) => DurableFile.Write(path, stream =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var head = Head(key, shape, count);
        hash.AppendData(head);
        stream.Write(head);
        var bytes = new byte[Chunk];
        for (var rest = values.AsSpan(); rest.Length > 0; rest = rest[Math.Min(rest.Length, Chunk / 4)..])
        {
            var part = rest[..Math.Min(rest.Length, Chunk / 4)];
            for (var i = 0; i < part.Length; i++)
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), part[i]);
            hash.AppendData(bytes.AsSpan(0, 4 * part.Length));
            stream.Write(bytes.AsSpan(0, 4 * part.Length));
        }
        stream.Write(hash.GetHashAndReset());
    }, Fixed + key.Length + Sizes + (4L * values.Length) + Digest);

    private static float[] Read(string path, string key, Shape shape, int count)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0,
            FileOptions.SequentialScan);
        var expected = Head(key, shape, count);
        var length = expected.Length + (4L * count * shape.Count) + Digest;
        if (stream.Length != length) throw new DataException($"it has {stream.Length:N0} bytes instead of {length:N0}");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var head = new byte[expected.Length];
        stream.ReadExactly(head);
        if (!head.AsSpan().SequenceEqual(expected)) throw new DataException("its head is that of other features");
        hash.AppendData(head);
        var values = new float[count * shape.Count];
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        for (; bytes.Length > 0; bytes = bytes[Math.Min(Chunk, bytes.Length)..])
        {
            var part = bytes[..Math.Min(Chunk, bytes.Length)];
            stream.ReadExactly(part);
            hash.AppendData(part);
        }
        Span<byte> stated = stackalloc byte[Digest];
        stream.ReadExactly(stated);
        if (!stated.SequenceEqual(hash.GetHashAndReset())) throw new DataException("its checksum is wrong");
        if (!BitConverter.IsLittleEndian)
            foreach (ref var value in values.AsSpan())
                value = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits(value)));
        return values;
    }

    private static byte[] Head(string key, Shape shape, int count)
    {
        var head = new byte[Fixed + key.Length + Sizes];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), key.Length);
        Encoding.ASCII.GetBytes(key, head.AsSpan(Fixed));
        var sizes = head.AsSpan(Fixed + key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(sizes, shape.Channels);
        BinaryPrimitives.WriteInt32LittleEndian(sizes[4..], shape.Height);
        BinaryPrimitives.WriteInt32LittleEndian(sizes[8..], shape.Width);
        BinaryPrimitives.WriteInt64LittleEndian(sizes[12..], count);
        return head;
    }
}
