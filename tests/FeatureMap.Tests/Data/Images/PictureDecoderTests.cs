using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Tests.Cli;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Pictures of a kind that the library does not read, by a decoder that a program gives.</summary>
public sealed class PictureDecoderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void One_picture_is_read_scaled_cut_and_made_gray()
    {
        var decoder = new StripesDecoder("stripes 1");
        var file = folder.Write("a.stripes", Stripes(8, 6, [10, 20, 30]));
        Assert.Contains("not an image", Assert.Throws<DataException>(() => Picture.Load(file)).Message, StringComparison.Ordinal);
        var picture = Picture.Load(file, decoder);
        Assert.Equal(new Shape(3, 6, 8), picture.Shape);
        Assert.Equal((10, 20, 30), (picture.Pixels[0], picture.Pixels[48], picture.Pixels[96]));
        var gray = ImageFile.Load(file, Shape.Image(1, 3, 3), ImageFit.Crop(), decoder, out var notice);
        Assert.Equal((9, null), (gray.Length, notice));
        Assert.All(gray, value => Assert.Equal(((77 * 10) + (150 * 20) + (29 * 30)) >> 8, value));
        Assert.Contains("the network expects", Assert.Throws<DataException>(
            () => ImageFile.Load(file, Shape.Image(1, 3, 3), null, decoder, out _)).Message, StringComparison.Ordinal);
        // What the library reads stays the library's.
        var png = folder.Write("b.png", ClassFolder.Picture(7));
        Assert.Equal(ImageFile.Load(png, new(3, 3, 4)), ImageFile.Load(png, new(3, 3, 4), null, decoder, out _));
        Assert.Equal((3, 2), (decoder.Least.Height, decoder.Decoded)); // it was told that 3 of the 6 rows are enough
    }

    [Fact]
    public void Folders_keep_what_was_decoded_by_the_decoder_that_decoded_it()
    {
        var place = Pets();
        Assert.Throws<DataException>(() => Datasets.Open(place, With(null)));

        var first = new StripesDecoder("stripes 1");
        var data = Datasets.Open(place, With(first));
        Assert.Equal((10, 10), (data.Training.Count + data.Validation.Count, first.Decoded));
        Assert.Equal(200, data.Training.Pixels(Enumerable.Range(0, data.Training.Count).First(i => data.Training.Label(i) == 1))[0]);
        Assert.Equal("stripes 1", data.Choice.Images.DecodedBy);
        Datasets.Open(place, With(first));
        Assert.Equal(10, first.Decoded); // kept
        var second = new StripesDecoder("stripes 2");
        Datasets.Open(place, With(second));
        Assert.Equal(10, second.Decoded); // another decoder is another key

        var refused = Assert.Throws<UsageException>(() => Datasets.Open(place, With(null, "stripes 1")));
        Assert.Contains("decoded by 'stripes 1'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'stripes 2'", Assert.Throws<UsageException>(() => Datasets.Open(place, With(second, "stripes 1"))).Message,
            StringComparison.Ordinal);

        Assert.DoesNotContain(
            DataCheck.Of(place, images: new() { Decoder = first }, cancellation: TestContext.Current.CancellationToken).Findings,
            finding => finding.Kind == DataFindingKind.Unreadable);
        Assert.Equal(10, PictureFiles.Read(place, first).Count(file => file.Header() is { Format: ImageFormat.Other, Channels: 3 }));
    }

    [Fact]
    public void The_tool_has_no_decoder_and_says_so_of_a_run_that_needs_one()
    {
        var data = Datasets.Open(Pets(), With(new StripesDecoder("stripes 1")));
        var network = Network.Build(data.ImageShape, x => x.Flatten().Linear(2));
        Trainer.Fit(network, data, new() { Epochs = 1, BatchSize = 4, Threads = 1, Folder = RunFolder.At(folder["run"]) });
        Assert.Contains("stripes 1", File.ReadAllText(Path.Combine(folder["run"], "config.json")), StringComparison.Ordinal);
        var told = Tool.Run("evaluate", folder["run"]);
        Assert.NotEqual(0, told.Code);
        Assert.Contains("decoded by 'stripes 1'", told.Error, StringComparison.Ordinal);
        Assert.Contains("FeatureMap.Vips", told.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_decoder_gives_too_small_is_refused()
    {
        var file = folder.Write("a.stripes", Stripes(8, 6, [1, 2, 3]));
        var error = Assert.Throws<DataException>(() => Picture.Load(file, new StripesDecoder("stripes 1") { Shrink = 2 }));
        Assert.Contains("gave 4 x 3 pixels (width x height), and 8 x 6 are needed", error.Message, StringComparison.Ordinal);
    }

    private DataOptions With(IPictureDecoder? decoder, string name = "") =>
        new() { CacheFolder = folder["cache"], Images = new() { Decoder = decoder, DecoderName = name } };

    private string Pets()
    {
        foreach (var (name, level) in ((string, byte)[])[("cat", 10), ("dog", 200)])
            for (byte i = 0; i < 5; i++)
                folder.Write($"pets/{name}/{i}.webp", Stripes(4, 4, [level, i, 0]));
        return folder["pets"];
    }

    private static byte[] Stripes(byte width, byte height, byte[] colour) => [.. "STRIPES"u8, width, height, .. colour];

    /// <summary>A file of one colour in twelve bytes.</summary>
    private sealed class StripesDecoder(string name) : IPictureDecoder
    {
        private int decoded;

        public int Decoded => decoded;

        public ImageSize Least { get; private set; }

        public int Shrink { get; init; } = 1;

        public string Name => name;

        public PictureHeader? ReadHeader(ReadOnlySpan<byte> content, string place) =>
            content.StartsWith("STRIPES"u8) ? new(content[7], content[8], 3) : null;

        public Picture Decode(byte[] content, string place, ImageSize least)
        {
            Interlocked.Increment(ref decoded);
            Least = least;
            var (width, height) = (content[7] / Shrink, content[8] / Shrink);
            return new(place, new(3, height, width), [.. content[9..12].SelectMany(value => Enumerable.Repeat(value, width * height))]);
        }
    }
}
