using FeatureMap.Data;

namespace FeatureMap.Tests.Data;

/// <summary>Small class folders of images.</summary>
internal static class ClassFolder
{
    /// <summary>An image of one colour.</summary>
    public static byte[] Picture(byte value, int width = 4, int height = 3, int channels = 3) =>
        PngWriter.Write(Enumerable.Repeat(value, channels * width * height).ToArray(), new(channels, height, width));

    /// <summary>
    /// <c>train/{cat,dog}</c> with 3 and 2 images, <c>test/{cat,dog}</c> with one each. Image k of a class has the value 10 k in cat, 100 + 10 k in dog;
    /// those of the test part are 50 and 150.
    /// </summary>
    public static (string Path, byte[] Content)[] Files() =>
    [
        ("train/dog/2.png", Picture(110)), ("train/cat/1.png", Picture(0)), ("train/cat/3.png", Picture(20)), ("train/dog/1.png", Picture(100)),
        ("train/cat/2.png", Picture(10)), ("test/dog/9.png", Picture(150)), ("test/cat/9.png", Picture(50)),
    ];

    /// <summary>One part: <paramref name="count"/> images of each class, image k of class c has the value 100 c + k. No two files have the
    /// same bytes.</summary>
    public static (string Path, byte[] Content)[] OnePart(int count, params string[] classes) =>
        [.. classes.SelectMany((name, label) => Enumerable.Range(0, count)
            .Select(k => ($"{name}/{k:000}.png", Commented(Picture((byte)((100 * label) + k)), $"{name}/{k}"))))];

    /// <summary>The same picture in a file of other bytes: with a text in it.</summary>
    public static byte[] Commented(byte[] png, string text)
    {
        byte[] data = [.. "tEXtComment\0"u8,
            .. System.Text.Encoding.Latin1.GetBytes(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text)))];
        var (length, sum) = (new byte[4], new byte[4]);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, data.Length - 4);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(sum, Crc32.Of(data));
        return [.. png[..^12], .. length, .. data, .. sum, .. png[^12..]];
    }

    public static string Write(TemporaryFolder folder, string name, IEnumerable<(string Path, byte[] Content)> files)
    {
        foreach (var (path, content) in files)
            folder.Write(Path.Combine(name, path), content);
        return folder[name];
    }
}

/// <summary>Small sets in the files of CIFAR: record r of a file shows noise.</summary>
internal static class Cifar
{
    public static (string Path, byte[] Content)[] Files(string name, int records = 2)
    {
        if (name == "cifar10")
        {
            return
            [
                .. Enumerable.Range(1, 5).Select(number => ($"cifar-10-batches-bin/data_batch_{number}.bin", Records(records, (uint)number, [10]))),
                ("cifar-10-batches-bin/test_batch.bin", Records(records, 6, [10])),
                ("cifar-10-batches-bin/batches.meta.txt", [.. "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n\n"u8]),
            ];
        }
        return
        [
            ("cifar-100-binary/train.bin", Records(records, 1, [20, 100])), ("cifar-100-binary/test.bin", Records(records, 2, [20, 100])),
            ("cifar-100-binary/coarse_label_names.txt", Names("coarse", 20)), ("cifar-100-binary/fine_label_names.txt", Names("fine", 100)),
        ];
    }

    /// <summary>Record r of file f has the label(s) (f + r) modulo the number of classes.</summary>
    public static byte[] Records(int count, uint file, int[] classes) =>
        [.. Enumerable.Range(0, count).SelectMany(r => (byte[])[.. classes.Select(number => (byte)((file + r) % number)), .. Pixels(file, r)])];

    public static byte[] Pixels(uint file, int record) => Idx.Noise(3072, (file * 1000) + (uint)record);

    public static SplitData Load(FileTree tree, string name)
    {
        var info = Datasets.Info(name);
        return ((CifarLayout)info.Layout).Load(tree, new(info, new("f", []), VerifyContent: true, OfficialOnly: false, Datasets.All));
    }

    private static byte[] Names(string kind, int count) => System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, count).Select(i => $"{kind}{i}\n")));
}
