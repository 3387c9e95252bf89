using System.Buffers.Binary;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class OrientationTests
{
    private static readonly byte[] Intro = [.. "Exif\0\0"u8];

    // Stored is 1 2 3 / 4 5 6; this is how it must be seen.
    public static TheoryData<int, int[]> Upright => new()
    {
        { 1, [1, 2, 3, 4, 5, 6] }, { 2, [3, 2, 1, 6, 5, 4] }, { 3, [6, 5, 4, 3, 2, 1] }, { 4, [4, 5, 6, 1, 2, 3] },
        { 5, [1, 4, 2, 5, 3, 6] }, { 6, [4, 1, 5, 2, 6, 3] }, { 7, [6, 3, 5, 2, 4, 1] }, { 8, [3, 6, 2, 5, 1, 4] },
    };

    [Theory]
    [MemberData(nameof(Upright))]
    public void Photos_stand_upright(int orientation, int[] expected)
    {
        var (width, height) = orientation >= 5 ? (2, 3) : (3, 2);
        foreach (var isBig in (bool[])[true, false])
        {
            var jpeg = Jpeg(Exif(orientation, isBig));
            Assert.Equal((8 * width, 8 * height), (ImageHeader.Parse(jpeg, "f").Width, ImageHeader.Parse(jpeg, "f").Height));
            Assert.Equal(expected.Select(value => 10 * value), JpegTests.Blocks(ImageFile.Decode(jpeg, "f", new(1, 8 * height, 8 * width), false), 8 * width, 8 * height));
            // Scaled to a pixel per block.
            Assert.Equal(expected.Select(value => 10 * value), ImageFile.Decode(jpeg, "f", new(1, height, width), true).Select(value => (int)value));
            var png = SampleImages.Png(3, 2, 8, 0, [0, 1, 2, 3, 0, 4, 5, 6], exif: Exif(orientation, isBig));
            Assert.Equal(expected, ImageFile.Decode(png, "f", new(1, height, width), false).Select(value => (int)value));
        }
    }

    [Fact]
    public void The_files_of_the_fault_are_upright()
    {
        foreach (var (name, width, height, expected) in ((string, int, int, int[])[])
            [("exif1", 32, 16, [40, 60, 80, 100, 100, 120, 140, 160]), ("exif4", 32, 16, [100, 120, 140, 160, 40, 60, 80, 100]),
            ("exif6", 16, 32, [100, 40, 120, 60, 140, 80, 160, 100]), ("exif7", 16, 32, [160, 100, 140, 80, 120, 60, 100, 40])])
        {
            Assert.Equal(expected, JpegTests.Blocks(ImageFile.Decode(JpegTests.Fault($"jpeg-exif-orientation/{name}.jpg"), "f", new(1, height, width), false), width, height));
        }
        var header = ImageHeader.Parse(JpegTests.Fault("exif-orientation-6.jpg"), "f");
        Assert.Equal((30, 60), (header.Width, header.Height));
    }

    [Fact]
    public void A_photo_on_its_side_and_an_upright_mask_are_a_pair()
    {
        using var folder = new TemporaryFolder();
        foreach (var part in (string[])["image/0.jpg", "label/0.png"])
            folder.Write(Path.Combine("m", part), JpegTests.Fault($"jpeg-exif-orientation/m_exif/{part}"));
        var set = ImagePairs.Open(folder["m"]);
        Assert.Equal((Shape.Image(1, 16, 8), Shape.Image(1, 16, 8)), (set.ImageShape, set.Targets!.Shape));
    }

    [Fact]
    public void Exif_that_is_broken_is_as_if_it_were_not_there()
    {
        var good = Exif(6, true);
        for (var length = 0; length < good.Length - 6; length++)
            Assert.Equal(length < 20 ? (24, 16) : (16, 24), Size(good[..length]));
        for (var at = 0; at < good.Length; at++)
            foreach (var value in (byte[])[0, 1, 0x7F, 0x80, 0xFF])
            {
                var bad = (byte[])good.Clone();
                bad[at] = value;
                Assert.Contains(Size(bad), ((int, int)[])[(24, 16), (16, 24)]);
            }
        Assert.Equal((24, 16), Size(Exif(0, true)));
        Assert.Equal((24, 16), Size(Exif(9, false)));
    }

    private static (int, int) Size(byte[] exif)
    {
        var header = ImageHeader.Parse(Jpeg(exif), "f");
        return (header.Width, header.Height);
    }

    private static byte[] Jpeg(byte[] exif) =>
        new SampleJpegs(24, 16) { Value = (_, row, column) => 10 * ((3 * row) + column + 1), Extra = [(0xE1, [.. Intro, .. exif])] }.Write();

    // Byte order, 42, directory at 8 with one entry (tag 0112, short, one value) and no directory behind it.
    internal static byte[] Exif(int orientation, bool isBig)
    {
        var exif = new byte[26];
        (isBig ? "MM"u8 : "II"u8).CopyTo(exif);
        void Put(int at, int value)
        {
            if (isBig) BinaryPrimitives.WriteUInt16BigEndian(exif.AsSpan(at), (ushort)value);
            else BinaryPrimitives.WriteUInt16LittleEndian(exif.AsSpan(at), (ushort)value);
        }
        Put(2, 42);
        Put(isBig ? 6 : 4, 8);
        Put(8, 1);
        Put(10, 0x0112);
        Put(12, 3);
        Put(isBig ? 16 : 14, 1);
        Put(18, orientation);
        return exif;
    }
}
