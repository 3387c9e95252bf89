using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Models;

public sealed class UpscalerTests
{
    private static Network Enlarging(int side, int factor) => Network.Build(new Shape(1, side, side), x => x
        .Conv(6, 5, padding: Padding.Half(5)).Tanh().Conv(4, 3, padding: Padding.Half(3)).Tanh().SubPixelUpsample(1, factor, initializer: Initializer.GlorotNormal).Multiply(0.2).Add(0.5));

    private static Model Untrained(Network network) => new(Weights.Initialize(network, 3), new Normalization([0.5], [0.25]), ["picture"]);

    private static Picture Noise(int channels, int height, int width) => new("noise", new Shape(channels, height, width), Idx.Noise(channels * height * width, 9));

    [Theory]
    [InlineData(2, 150, 131)]
    [InlineData(3, 64, 200)]
    [InlineData(3, 65, 40)]
    [InlineData(4, 9, 118)]
    public void Tiles_leave_no_seam(int factor, int height, int width)
    {
        var model = Untrained(Enlarging(17, factor));
        var plane = Noise(1, height, width);
        using var upscaler = new Upscaler(model, threads: 2);
        Assert.Equal(factor, upscaler.Factor);
        var large = upscaler.Enlarge(plane);

        // The same network, built for the whole picture.
        var whole = model.Network.WithInput(plane.Shape);
        var weights = Weights.Initialize(whole, 0);
        weights.TakeFrom(model.Weights);
        var expected = new Model(weights, model.Normalization, ["picture"]).Compute(plane.Pixels);
        Assert.Equal(new Shape(1, height * factor, width * factor), large.Shape);
        for (var i = 0; i < large.Pixels.Length; i++)
            Assert.InRange(large.Pixels[i] - Math.Clamp(expected[i] * 255, 0, 255), -0.51, 0.51);
    }

    /// <summary>Networks that see far: 30 layers of 3x3 saw as far as a tile is wide, 34 farther.</summary>
    [Theory]
    [InlineData(14, 150, 90)]
    [InlineData(15, 65, 64)]
    [InlineData(20, 63, 129)]
    [InlineData(30, 100, 100)]
    [InlineData(34, 100, 131)]
    [InlineData(40, 170, 1)]
    [InlineData(40, 1, 200)]
    [InlineData(34, 1, 1)]
    [InlineData(120, 66, 150)]
    public void A_network_of_any_depth_gives_what_it_gives_for_the_whole_picture(int depth, int height, int width)
    {
        // Of a picture that is one pixel wide, two thirds of the taps see padding.
        var start = Initializer.Orthogonal(Math.Min(height, width) == 1 ? 2.8f : 1.4f);
        var network = Network.Build(new Shape(1, 16, 16), x =>
        {
            for (var layer = 0; layer < depth; layer++)
                x = x.Conv(layer == depth - 1 ? 4 : 2, 3, padding: 1, initializer: start).Tanh();
            return x.PixelShuffle(2).Multiply(0.4).Add(0.5);
        });
        EqualsTheWhole(Untrained(network), Noise(1, height, width), 2);
    }

    [Theory]
    [InlineData(64, 200)]
    [InlineData(132, 68)]
    [InlineData(4, 4)]
    public void A_network_that_shrinks_maps_on_its_way_is_cut_at_its_stride(int height, int width)
    {
        var network = Network.Build(new Shape(1, 16, 16), x =>
        {
            var inner = x.Conv(4, 3, padding: 1).MaxPool(2).Conv(4, 3, padding: 1).Tanh().MaxPool(2).Conv(32, 5, padding: 2).Tanh().PixelShuffle(4);
            return inner.Add(x.Conv(2, 3, padding: 1)).Conv(4, 3, padding: 1).PixelShuffle(2).Multiply(0.1).Add(0.5);
        });
        EqualsTheWhole(Untrained(network), Noise(1, height, width), 2);
        using var upscaler = new Upscaler(Untrained(network), threads: 1);
        Assert.Equal(
            "The network shrinks a picture on its way and enlarges it again: both sides must be multiples of its stride, 4 x 4 (height x "
                + "width). The picture noise is 66 x 129: cut it to 64 x 128, or enlarge it by a border.",
            Assert.Throws<ShapeException>(() => upscaler.Enlarge(Noise(1, 66, 129))).Message);
    }

    [Fact]
    public void A_window_that_lies_beside_its_pixel_counts_to_its_far_end()
    {
        // Twelve times three pixels to the left of the last: a field of 37, all of it on one side.
        var network = Network.Build(new Shape(1, 16, 16), x =>
        {
            for (var layer = 0; layer < 12; layer++)
                x = x.Pad(0, 3, 0, 0).Conv(2, (1, 4), initializer: Initializer.Orthogonal(1.4f)).Tanh();
            return x.Conv(1, 1).Multiply(0.3).Add(0.5);
        });
        EqualsTheWhole(Untrained(network), Noise(1, 5, 200), 1);
    }

    [Fact]
    public void Tiles_reach_over_an_axis_whatever_they_overlap()
    {
        for (var unit = 1; unit <= 4; unit *= 2)
            for (var length = 8; length < 200; length += unit)
                for (var overlap = 0; overlap + (2 * unit) <= 64; overlap += 9)
                {
                    if (length % unit != 0 || length < 64) continue;
                    var spans = TileSpan.Cover(length, 64, overlap, unit);
                    Assert.Equal((0, length), (spans[0].First, spans[^1].End));
                    Assert.All(spans, span => Assert.True(span.Start >= 0 && span.Start + 64 <= length && span.Start % unit == 0 && span.First >= span.Start && span.End <= span.Start + 64 && span.First < span.End));
                    for (var i = 1; i < spans.Length; i++)
                        Assert.True(spans[i].First == spans[i - 1].End && spans[i - 1].Start + 64 - spans[i].Start >= overlap);
                }
    }

    private static void EqualsTheWhole(Model model, Picture plane, int factor)
    {
        using var upscaler = new Upscaler(model, threads: 2);
        var large = upscaler.Enlarge(plane);
        var whole = model.Network.WithInput(plane.Shape);
        var weights = Weights.Initialize(whole, 0);
        weights.TakeFrom(model.Weights);
        var expected = new Model(weights, model.Normalization, ["picture"]).Compute(plane.Pixels);
        Assert.Equal(new Shape(1, plane.Shape.Height * factor, plane.Shape.Width * factor), large.Shape);
        Assert.True(plane.Shape.Area < 9 || large.Pixels.ToArray().Distinct().Count() > 8, "the picture is not flat");
        for (var i = 0; i < large.Pixels.Length; i++)
            Assert.InRange(large.Pixels[i] - Math.Clamp(expected[i] * 255, 0, 255), -0.51, 0.51);
    }

    [Fact]
    public void Colours_are_enlarged_beside_the_luminance_and_the_threads_change_nothing()
    {
        var model = Untrained(Enlarging(12, 2));
        var picture = Noise(3, 20, 90);
        using var one = new Upscaler(model, threads: 1);
        using var three = new Upscaler(model, threads: 3);
        var large = one.Apply(picture);
        Assert.Equal(new Shape(3, 40, 180), large.Shape);
        Assert.Equal(large.Pixels, three.Apply(picture).Pixels);
        var parts = LumaChroma.FromColour(picture);
        var colours = BicubicResize.Apply(parts, 40, 180);
        Assert.Equal(large.Pixels, LumaChroma.ToColour(Picture.Join(one.Enlarge(parts.Plane(0)), colours.Plane(1), colours.Plane(2))).Pixels);
        Assert.Equal(one.Enlarge(parts.Plane(0)).Pixels, one.Apply(parts.Plane(0)).Pixels);
    }

    [Fact]
    public void What_a_model_does_to_images_first_is_done_to_pictures_of_any_size()
    {
        var bare = Untrained(Enlarging(17, 2));
        var inverting = new Model(bare.Weights, bare.Normalization, bare.ClassNames, new Invert());
        var plane = Noise(1, 33, 64);
        var inverted = new Picture("inverted", plane.Shape, [.. plane.Pixels.ToArray().Select(value => (byte)(255 - value))]);
        using var upscaler = new Upscaler(inverting, threads: 1);
        using var plain = new Upscaler(bare, threads: 1);
        Assert.Equal(plain.Enlarge(inverted).Pixels, upscaler.Enlarge(plane).Pixels);
        Assert.False(plain.Enlarge(plane).Pixels.SequenceEqual(upscaler.Enlarge(plane).Pixels));
    }

    [Fact]
    public void Another_size_keeps_layers_and_names()
    {
        var small = Enlarging(8, 2);
        var large = small.WithInput(new Shape(1, 5, 11));
        Assert.Equal(small.Layers.Select(layer => layer.ToString()), large.Layers.Select(layer => layer.ToString()));
        Assert.Equal((new Shape(1, 10, 22), small.TrainableCount), (large.Output, large.TrainableCount));
        Assert.Same(small, small.WithInput(small.Input));
        var dense = Network.Build(new Shape(1, 8, 8), x => x.Conv(2, 3).Flatten().Linear(3));
        Assert.Equal(new Shape(2, 8, 3), dense.WithInput(new Shape(1, 10, 5))["conv1"].Output);
        Assert.Throws<ShapeException>(() => Weights.Initialize(dense.WithInput(new Shape(1, 9, 9)), 0).TakeFrom(Weights.Initialize(dense, 0)));
        Assert.StartsWith("Layer 'conv1' ", Assert.Throws<ShapeException>(() => dense.WithInput(new Shape(1, 2, 2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_behind_a_network_keep_what_is_before_them()
    {
        var body = Network.Build(new Shape(1, 4, 4), x => x.Conv(2, 3, padding: 1).Relu());
        var longer = body.Append(x => x.Conv(1, 1).Sigmoid());
        Assert.Equal(["input", "conv1", "relu1", "conv2", "sigmoid1"], longer.Layers.Select(layer => layer.Name));
        Assert.Equal(3, body.Layers.Count);
        Assert.Throws<ShapeException>(() => body.Append(_ => null!));
    }

    [Fact]
    public void Errors_say_which_network_it_takes()
    {
        Assert.Equal(
            "The network makes 2x8x8 of 1x8x8 (channels x height x width); to enlarge pictures it must make one plane of one plane, larger by a whole factor, as 1x51x51 of 1x17x17.",
            Assert.Throws<ShapeException>(() => new Upscaler(Untrained(Network.Build(new Shape(1, 8, 8), x => x.Conv(2, 1))))).Message);
        Assert.StartsWith(
            "The network makes 3 of 1x8x8 (channels x height x width);",
            Assert.Throws<ShapeException>(() => new Upscaler(Untrained(Network.Build(new Shape(1, 8, 8), x => x.Conv(3, 1).GlobalAveragePool())))).Message, StringComparison.Ordinal);
        var global = Network.Build(new Shape(1, 8, 8), x => x.Add(x.GlobalAveragePool().Upsample(8)));
        Assert.Equal(
            "The network sees the whole picture at once (a global pool or a dense layer), so it cannot work on parts of one. Take a network of convolutions, such as ESPCN.",
            Assert.Throws<ShapeException>(() => new Upscaler(Untrained(global))).Message);
        using var upscaler = new Upscaler(Untrained(Enlarging(8, 4)));
        Assert.Equal(
            "The picture noise is 3x4x4 (channels x height x width): the network enlarges one plane. Apply takes pictures in colour.",
            Assert.Throws<DataException>(() => upscaler.Enlarge(Noise(3, 4, 4))).Message);
        Assert.Equal(
            "The picture noise of 2,000 x 2,000 pixels (height x width) would become 64,000,000 pixels, 4 x 4 times as many: at most 40,000,000 are made. Cut it into parts.",
            Assert.Throws<DataException>(() => upscaler.Apply(Noise(1, 2000, 2000))).Message);
        Assert.Throws<UsageException>(() => new Upscaler(Untrained(Enlarging(8, 4)), threads: -1));
    }
}
