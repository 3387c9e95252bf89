using System.Buffers.Binary;
using FeatureMap.Data;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class JpegTests
{
    private const string Broken = "the image is damaged or cut: ", Again = ". Copy or save it again.";
    private static readonly (byte, int, int)[] ThreeComponents = [(1, 1, 1), (2, 1, 1), (3, 1, 1)];

    [Fact]
    public void Damaged_files_are_refused_or_are_the_whole_picture()
    {
        // 64x64 with the value (30 column + 20 row) mod 256 in the block; libjpeg finds its way behind the zeros before the first restart
        // marker.
        byte[] expected = [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)((30 * (i % 64 / 8)) + (20 * (i / 64 / 8))))];
        foreach (var name in (string[])["good", "good_prog", "rst_extra"])
            Assert.Equal(expected, Gray(Fault($"jpeg-uninitialised-memory/{name}.jpg"), 64, 64));
        Says($"{Broken}scan 1 of the JPEG should have the restart marker FFD2 at byte 377 after 24 of 64 "
            + $"units{Again}", Fault("jpeg-uninitialised-memory/rst_cut.jpg"));
        Says($"{Broken}the JPEG ends before its picture is complete: no scan brings "
            + $"component 2{Again}", Fault("jpeg-uninitialised-memory/only_y.jpg"));
        Says($"{Broken}at byte 219 the JPEG has the marker FFF0, which the format reserves for "
            + $"others{Again}", Fault("jpeg-uninitialised-memory/prog_badmarker.jpg"));
        Says($"{Broken}scan 1 of the JPEG ends after 2 of its 8 units{Again}", Fault("jpeg-cut-closed/cut_with_eoi.jpg"));
        Says($"{Broken}scan 1 of the JPEG ends after 169 of its 300 units{Again}", Fault("jpeg-damage-campaign/dri_cut_002.jpg"));
    }

    [Fact]
    public void Four_components_are_inks()
    {
        // Blocks of C 40, 60, ... (inverted by Adobe), M 55, Y 155, no black.
        foreach (var (name, first) in ((string, int[])[])[("cmyk_adobe", [40, 60]), ("cmyk_plain", [215, 195])])
        {
            var pixels = ImageFile.Decode(Fault($"jpeg-cmyk-no-adobe/{name}.jpg"), "f", new(3, 16, 32), resize: false);
            Assert.Equal([first[0], first[1], 200, 100], [pixels[0], pixels[8], pixels[512], pixels[1024]]);
        }
        Assert.Equal([215, 215, 215], Channels(ImageFile.Decode(Fault("jpeg-cmyk-no-adobe/ycck.jpg"), "f", new(3, 16, 32), resize: false)));
    }

    [Theory]
    [InlineData("names", null, new[] { 200, 50, 100 })]
    [InlineData("none", null, new[] { 161, 247, 62 })] // YCbCr: 200 - 1.402 x 28, 200 + 0.344 x 78 + 0.714 x 28, 200 - 1.772 x 78
    [InlineData("none", 0, new[] { 200, 50, 100 })]
    [InlineData("none", 1, new[] { 161, 247, 62 })]
    [InlineData("jfif", 0, new[] { 161, 247, 62 })]
    public void Three_components_are_what_names_and_markers_say(string kind, int? adobe, int[] expected)
    {
        byte[] ids = kind == "names" ? [.. "RGB"u8] : [1, 2, 3];
        var file = new SampleJpegs(8, 8)
        {
            Components = [(ids[0], 1, 1), (ids[1], 1, 1), (ids[2], 1, 1)],
            Value = (component, _, _) => new[] { 200, 50, 100 }[component],
            Extra = [.. kind == "jfif" ? [(0xE0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0])] : Array.Empty<(byte, byte[])>(), .. adobe is { } a ? [Adobe(a)] : Array.Empty<(byte, byte[])>()],
        };
        Assert.Equal(expected, Channels(ImageFile.Decode(file.Write(), "f", new(3, 8, 8), resize: false)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    [InlineData(1, 4)]
    public void Every_sampling_gives_every_pixel_its_colour(int across, int down)
    {
        foreach (var isSeparate in (bool[])[false, true])
        {
            // The left half has the luma 100, the right one 180; Cb changes below the middle, far enough from where is looked.
            var file = new SampleJpegs(64, 64)
            {
                Components = [(1, across, down), (2, 1, 1), (3, 1, 1)],
                IsSeparate = isSeparate,
                Value = (component, row, column) => component switch { 0 => column < 4 ? 100 : 180, 1 => row * down < 4 ? 128 : 148, _ => 128 },
            };
            var pixels = ImageFile.Decode(file.Write(), "f", new(3, 64, 64), resize: false);
            Assert.Equal([100, 100, 100], Channels(pixels, (4 * 64) + 4));
            Assert.Equal([180, 180, 180], Channels(pixels, (4 * 64) + 60));
            Assert.Equal([180, 173, 215], Channels(pixels, (60 * 64) + 60)); // 20 x 0.344 = 6.9 and 20 x 1.772 = 35.4
        }
    }

    [Fact]
    public void Odd_files_of_cameras_and_films_are_read()
    {
        var blocks = new SampleJpegs(24, 16) { Value = (_, row, column) => (70 * row) + (30 * column) };
        var expected = Gray(blocks.Write(), 24, 16);
        Assert.Equal([0, 30, 60, 70, 100, 130], Blocks(expected, 24, 16));
        void Same(byte[] file) => Assert.Equal(expected, Gray(file, 24, 16));
        Same((blocks with { Components = [(7, 2, 2)] }).Write()); // a single component is not subsampled, whatever it says
        Same((blocks with { Restart = 1 }).Write());
        Same((blocks with { Restart = 4 }).Write());
        Same((blocks with { HasHuffmanTables = false }).Write()); // the standard tables
        Same((blocks with { Behind = [0, 0, 0xFF, 0xFF] }).Write());
        Same((blocks with { Behind = [1, 2, 3] }).Write()); // some cameras
        Same([.. blocks.Write(), 0, 0, 7, 0xFF, 0xD8, 0xFF, 0xE1]); // whatever follows the end: a second picture (MPO), an appended file
        Same((blocks with { Extra = [(0xE1, [.. "Exif\0\0"u8, 0xFF, 0xD9, 0xFF, 0xDA]), (0xFE, [0xFF, 0xD9])] }).Write()); // thumbnails hold markers
        var filled = blocks.Write();
        Same([.. filled[..2], 0xFF, 0xFF, 0xFF, .. filled[2..]]); // fill bytes
        Assert.Equal(Gray(Fault("jpeg-uninitialised-memory/flat10.jpg"), 64, 64), Enumerable.Repeat((byte)10, 4096));
    }

    [Fact]
    public void What_is_not_read_is_refused_by_name()
    {
        var file = new SampleJpegs(24, 16) { Components = ThreeComponents };
        var frame = file.Write().AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        byte[] With(int at, params byte[] values)
        {
            var bytes = file.Write();
            values.CopyTo(bytes, frame + at);
            return bytes;
        }
        Says("the JPEG tells its height behind its pixels (marker DNL) or not at all: such files are not read. Save it as an ordinary "
            + "JPEG or as PNG.", With(5, 0, 0));
        Says("the JPEG has 12 bits per colour: only 8 are read. Save it as PNG.", With(4, 12));
        Says("JPEG files of the kind FFC9 (lossless or arithmetic coding) are not read. Save it as an ordinary "
            + "JPEG or as PNG.", With(1, 0xC9));
        Says("the components of the JPEG have the sampling factors 3 x 1, 2 x 1, 1 x 1: only those are read where each divides the "
            + "largest. Save it as an ordinary JPEG or as PNG.", With(11, 0x31, 0, 2, 0x21));
        Says($"{Broken}the JPEG has no quantisation table 1 before scan 1{Again}", With(12, 1));
        var bytes = file.Write();
        var tables = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC4, 0, 20, 0x10]);
        bytes[tables + 1] = 0xFE;
        Says($"{Broken}the JPEG has no Huffman table 0 for AC coefficients before scan 1{Again}", bytes);
        Says($"{Broken}scan 1 of the JPEG has 100 bytes left over behind 6 of its 6 units: a part of the file was lost or "
            + $"changed{Again}", (file with { Behind = [.. Enumerable.Repeat((byte)1, 100)] }).Write());
        var restarts = (file with { Restart = 2 }).Write();
        restarts[restarts.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD1]) + 1] = 0xD4;
        Assert.Contains("should have the restart marker FFD1", Assert.Throws<DataException>(() => ImageFile.Decode(restarts, "f", new(3, 16, 24), false)).Message, StringComparison.Ordinal);
        // A file of separate scans of which the last was lost.
        var separate = (file with { IsSeparate = true }).Write();
        Says($"{Broken}the JPEG ends before its picture is complete: no scan brings "
            + $"component 3{Again}", [.. separate[..separate.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA])], 0xFF, 0xD9]);
    }

    [Fact]
    public void A_progressive_picture_without_its_last_scans_is_refused()
    {
        var whole = Fault("jpeg-damage-campaign/prog.jpg");
        Assert.Equal(3 * 160 * 120, ImageFile.Decode(whole, "f", new(3, 120, 160), false).Length);
        var scans = Enumerable.Range(0, whole.Length - 1).Where(i => whole[i] == 0xFF && whole[i + 1] == 0xDA).ToArray();
        Assert.Equal(10, scans.Length);
        foreach (var scan in scans)
        {
            // Tables stand before a scan; cut there.
            var cut = scan;
            while (!(whole[cut] == 0xFF && whole[cut + 1] == 0xC4) && cut > scan - 600 && cut > 2) cut--;
            var error = Assert.Throws<DataException>(() => ImageFile.Decode([.. whole[..(whole[cut + 1] == 0xC4 ? cut : scan)], 0xFF, 0xD9], "f", new(3, 120, 160), false));
            Assert.StartsWith($"f: {Broken}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_telephones_picture_of_48_megapixels_is_made_smaller_and_not_handed_out_whole()
    {
        var file = new SampleJpegs(8064, 6048) { Value = (_, row, column) => row < 378 ? column < 504 ? 40 : 80 : 120 }.Write();
        Assert.Equal([40, 80, 120, 120], ImageFile.Decode(file, "f", new(1, 2, 2), resize: true));
        Assert.Equal("f: the image has 8,064 x 6,048 pixels (width x height) and would become 8,064 x 6,048 = 48,771,072: at most "
            + "40,000,000 are. Have it scaled to fewer (image-size), or scale it down first.",
            Assert.Throws<DataException>(() => ImageFile.Decode(file, "f", new(1, 6048, 8064), resize: false)).Message);
    }

    internal static byte[] Fault(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, "tests/FeatureMap.Tests/Data/Images/Faults", name));

    private static (byte, byte[]) Adobe(int transform) => (0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, (byte)transform]);

    private static byte[] Gray(byte[] file, int width, int height) => ImageFile.Decode(file, "f", new(1, height, width), resize: false);

    private static int[] Channels(byte[] pixels, int at = 0) => [pixels[at], pixels[(pixels.Length / 3) + at], pixels[(pixels.Length / 3 * 2) + at]];

    /// <summary>The first pixel of every block of a gray picture.</summary>
    internal static int[] Blocks(byte[] pixels, int width, int height) =>
        [.. Enumerable.Range(0, height / 8).SelectMany(row => Enumerable.Range(0, width / 8).Select(column => (int)pixels[(8 * row * width) + (8 * column)]))];

    private static void Says(string message, byte[] file)
    {
        Assert.Equal($"f: {message}", Assert.Throws<DataException>(() =>
        {
            var header = ImageHeader.Parse(file, "f");
            ImageFile.Decode(file, header, "f", new(3, header.Height, header.Width));
        }).Message);
    }
}
