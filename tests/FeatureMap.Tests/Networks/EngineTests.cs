using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>The way of images into an engine and out of it, and what executables say of themselves.</summary>
public sealed class EngineTests
{
    private static readonly Shape Image = new(2, 3, 5);

    /// <summary>Puts pixels in every order, scaled, and writes down which images each group had.</summary>
    private sealed class PixelFeed(byte[] pixels, bool isInterleaved) : IBatchFeed
    {
        public long WorkFloats => 7;

        public List<(int Position, int Count, int Work)> Groups { get; } = [];

        public void Fill(in ImageGroup group)
        {
            lock (Groups)
                Groups.Add((group.Position, group.Count, group.Work.Length));
            var own = group.Part(pixels.AsSpan(), Image.Count);
            for (var channel = 0; channel < Image.Channels; channel++)
            {
                var (start, pixel) = isInterleaved ? (channel, Image.Channels) : (channel * Image.Area, 1);
                group.Put(0, channel, own[start..], new NumberSteps(Image.Count, pixel), 0.5f, channel);
            }
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(16, true)]
    [InlineData(21, false)]
    [InlineData(40, true)]
    public void Images_go_in_and_come_out_in_their_order(int images, bool isInterleaved)
    {
        const int Batch = 40;
        var network = Network.Build(Image, x => x * 1);
        var pixels = Enumerable.Range(0, Batch * Image.Count).Select(i => (byte)(i * 7)).ToArray();
        var (feed, reader) = (new PixelFeed(pixels, isInterleaved), new ArrayReader(network.Layers[^1], Batch));
        using var engine = new LaneEngine(threads: 2);
        using var executable = engine.Prepare(Request(network, feed, reader));
        executable.Prepare();
        executable.Forward(images);
        Assert.Equal(
            Enumerable.Range(0, (images + 15) / 16).Select(group => (group * 16, Math.Min(16, images - (group * 16)), 7)), feed.Groups.Order());
        for (var image = 0; image < images; image++)
            for (var channel = 0; channel < Image.Channels; channel++)
                for (var i = 0; i < Image.Area; i++)
                {
                    var at = isInterleaved ? (i * Image.Channels) + channel : (channel * Image.Area) + i;
                    Assert.Equal((pixels[(image * Image.Count) + at] * 0.5f) + channel, reader.Of(image)[(channel * Image.Area) + i]);
                }
    }

    [Fact]
    public void Outputs_that_are_kept_can_be_read_and_say_so()
    {
        var network = Network.Build(Image, x => x.Conv(3, kernel: 3).BatchNorm().Relu().Flatten().Linear(2));
        var feed = new ArrayFeed(network, 40);
        for (var i = 0; i < feed.Of(0).Length; i++)
            feed.Of(0)[i] = MathF.Sin(i);
        using var engine = new LaneEngine(threads: 1);
        using var executable = engine.Prepare(Request(network, feed, null) with { KeepsOutputs = true });
        executable.Prepare();
        executable.Forward(40);
        Assert.False(executable.KeepsOutput(network["batchNorm1"].Index)); // the activation is taken along
        Assert.True(executable.KeepsOutput(network["relu1"].Index));
        var image = new float[Image.Count];
        executable.ReadOutput(0, 37, image);
        Assert.Equal(feed.Of(0, 37).ToArray(), image);
        Assert.True(executable.Gradient(0).IsEmpty);
    }

    [Fact]
    public void Too_few_numbers_are_refused_before_anything_is_read_beyond_them()
    {
        var network = Network.Build(Image, x => x * 1);
        using var engine = new LaneEngine(threads: 1);
        using var executable = engine.Prepare(Request(network, new PixelFeed(new byte[40 * Image.Count], false), null));
        using var shorter = engine.Prepare(Request(network, new ShortFeed(), null));
        executable.Prepare();
        executable.Forward(40);
        shorter.Prepare();
        Assert.Throws<ArgumentOutOfRangeException>(() => shorter.Forward(2));
    }

    private sealed class ShortFeed : IBatchFeed
    {
        public long WorkFloats => 0;

        public void Fill(in ImageGroup group) => group.Put(0, 0, new float[(2 * Image.Count) - Image.Area - 1], new NumberSteps(Image.Count, 1));
    }

    private static EngineRequest Request(Network network, IBatchFeed feed, IBatchReader? reader) => new()
    {
        Weights = Weights.Initialize(network, 1),
        Batch = 40,
        Mode = ExecutionMode.Evaluation,
        HasGradients = false,
        Feed = feed,
        Reader = reader,
    };
}
