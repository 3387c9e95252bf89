using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using FeatureMap.Data;
using FeatureMap.Randomness;

namespace FeatureMap.Tests.Data;

/// <summary>Makes small IDX files and small data sets of them.</summary>
internal static class Idx
{
    public static readonly string[] Names = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];

    public static byte[] File(uint[] sizes, byte[] values)
    {
        var file = new byte[4 + (4 * sizes.Length) + values.Length];
        file[2] = 8;
        file[3] = (byte)sizes.Length;
        for (var i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(4 + (4 * i)), sizes[i]);
        values.CopyTo(file, 4 + (4 * sizes.Length));
        return file;
    }

    public static byte[] Images(int count, int height = 4, int width = 3, uint seed = 1) =>
        File([(uint)count, (uint)height, (uint)width], Noise(count * height * width, seed));

    public static byte[] Labels(int count, int classes = 10) => File([(uint)count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % classes))]);

    public static byte[] Noise(int length, uint seed)
    {
        var random = new RandomSequence(seed, RandomPurpose.Testing);
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)random.NextUInt32();
        return bytes;
    }

    public static byte[] Zip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) stream.Write(content);
        return packed.ToArray();
    }

    /// <summary>The four unpacked files of a small set in the order of <see cref="Names"/>.</summary>
    public static byte[][] Set(int training = 20, int validation = 10, uint seed = 1) =>
        [Images(training, seed: seed), Labels(training), Images(validation, seed: seed + 1), Labels(validation)];

    public static DatasetInfo Info(string name, byte[][] files, params Uri[] mirrors) => new()
    {
        Name = name,
        Title = name == "mnist" ? "MNIST" : "Other-Set",
        Description = "a test",
        Licence = "none",
        Homepage = new("http://localhost/"),
        ImageShape = new(1, 4, 3),
        ClassNames = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        TrainingCount = 20,
        ValidationCount = 10,
        Files = [.. files.Select((file, i) => new DatasetFile(Names[i], 100, file.Length, Convert.ToHexStringLower(SHA256.HashData(file))))],
        Mirrors = mirrors,
    };

    public static void Write(TemporaryFolder folder, string subfolder, byte[][] files, bool zipped = true)
    {
        for (var i = 0; i < files.Length; i++)
            folder.Write(Path.Combine(subfolder, zipped ? Names[i] : Names[i][..^3]), zipped ? Zip(files[i]) : files[i]);
    }
}
