using System.Buffers.Binary;
using FeatureMap.Data;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class IdxFileTests
{
    private static readonly string[] Ten = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Images_and_labels_are_read_plain_and_zipped(bool zipped)
    {
        using var folder = new TemporaryFolder();
        var images = Idx.Images(12);
        var set = IdxFile.Load(
            folder.Write("i", zipped ? Idx.Zip(images) : images), folder.Write("l", zipped ? Idx.Zip(Idx.Labels(12)) : Idx.Labels(12)), "set", Ten);
        Assert.Equal("set: 12 images of 1x4x3 in 10 classes", set.ToString());
        Assert.Equal(images[(16 + 12)..(16 + 24)], set.Pixels(1).ToArray());
        Assert.Equal(1, set.Label(11));
    }

    [Fact]
    public void A_wrong_magic_says_what_was_found()
    {
        Says("f: an IDX file of images starts with the bytes 00000803: received 00000801. This is a file of labels: were images and labels exchanged?", Idx.Labels(20));
        Says("f: an IDX file of images starts with the bytes 00000803: received 3C68746D. This looks like a web page that was saved in place of the file: download it again.",
            [.. "<html><body>404</body></html>"u8]);
        Says("f: an IDX file of images starts with the bytes 00000803: received 00000D03. Only values of type 8 (unsigned byte) are read.", [0, 0, 13, 3, .. new byte[12]]);
        Says("f: the IDX header is cut: it needs 4 + 4 x 3 = 16 bytes, and there are 0. Copy or download the file again.", []);
        Says("f: the IDX header is cut: it needs 4 + 4 x 3 = 16 bytes, and there are 9. Copy or download the file again.", Idx.Images(2)[..9]);
    }

    [Fact]
    public void Cut_and_grown_files_are_told_with_the_arithmetic()
    {
        Says("f: the file is cut: the header announces 5 x 4 x 3 = 60 values, and after the 16 bytes of header there are 57. Copy or download the file again.",
            Idx.Images(5)[..^3]);
        Says("f: 2 bytes follow the data: the header announces 5 x 4 x 3 = 60 values, and after the 16 bytes of header there are 62. Copy or download the file again.",
            [.. Idx.Images(5), 1, 2]);
        Says("f: the header announces 0 x 4 x 3 = 0 values: a set without content. Copy or download the file again.", Idx.File([0, 4, 3], []));
    }

    [Fact]
    public void Huge_counts_are_refused_before_memory_is_asked_for()
    {
        var huge = Idx.File([uint.MaxValue, uint.MaxValue, uint.MaxValue], new byte[100]);
        Says("f: the file is cut: the header announces 4,294,967,295 x 4,294,967,295 x 4,294,967,295 = 79,228,162,458,924,105,385,300,197,375 values, "
            + "and after the 16 bytes of header there are 100. Copy or download the file again.", huge);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DataException>(() => Read(Idx.Zip(huge)));
        Assert.Throws<DataException>(() => Read(Idx.Zip(Idx.File([70_000, 1, 1], new byte[100]))));
        Assert.Throws<DataException>(() => Read(Idx.File([2_000_000_000], new byte[100]), 1));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Fact]
    public void Broken_gzip_files_are_found_out()
    {
        var zipped = Idx.Zip(Idx.Images(50));
        Says("f: the gzip file of 17 bytes is cut: the smallest has 18. Copy or download the file again.", zipped[..17]);
        foreach (var length in (int[])[zipped.Length / 2, zipped.Length - 9, zipped.Length - 8, zipped.Length - 4, zipped.Length - 1])
            Assert.Contains("cut", Assert.Throws<DataException>(() => Read(zipped[..length])).Message, StringComparison.Ordinal);
        var flipped = (byte[])zipped.Clone();
        flipped[^6] ^= 1; // in the checksum
        Says("f: the gzip compression is damaged: its codes or its checksum are wrong. Copy or download the file again.", flipped);
        Says("f: the gzip file is cut or has bytes after its end: its last four bytes should state the 616 bytes of its content and do not. "
            + "Copy or download the file again.", [.. zipped, 1, 2, 3, 4]);
        Says("f: more bytes follow the data: the header announces 50 x 4 x 3 = 600 values, and the file holds more. Copy or download the file again.",
            Idx.Zip([.. Idx.Images(50), 0]));
        Says("f: the file is cut: the header announces 50 x 4 x 3 = 600 values, and 599 are there. Copy or download the file again.", Idx.Zip(Idx.Images(50)[..^1]));
    }

    [Fact]
    public void Counts_and_labels_must_fit()
    {
        using var folder = new TemporaryFolder();
        string images = folder.Write("i", Idx.Images(12)), few = folder.Write("few", Idx.Labels(11)), many = folder.Write("many", Idx.Labels(12, 12));
        Assert.Equal($"{images} has 12 images, but {few} has 11 labels: each image needs one label. One of the two belongs to another set; take both from the same source.",
            Assert.Throws<DataException>(() => IdxFile.Load(images, few, "s", Ten)).Message);
        Assert.Equal($"{many}: label 10 of image 10 is out of range: with 10 classes the labels are 0 to 9. The file is damaged or belongs to another set.",
            Assert.Throws<DataException>(() => IdxFile.Load(images, many, "s", Ten)).Message);
        Assert.Equal($"{folder["none"]}: there is no such file.", Assert.Throws<DataException>(() => IdxFile.Load(folder["none"], few, "s", Ten)).Message
            .Replace(few, "", StringComparison.Ordinal));
        Assert.Contains("cannot be read", Assert.Throws<DataException>(() => IdxFile.Load(images, folder.Location, "s", Ten)).Message, StringComparison.Ordinal);
    }

    private static IdxContent Read(byte[] file, int dimensions = 3) => IdxFile.Read(new MemoryStream(file), "f", dimensions);

    private static void Says(string message, byte[] file) => Assert.Equal(message, Assert.Throws<DataException>(() => Read(file)).Message);
}
