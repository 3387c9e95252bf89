using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Models;

public sealed class TestTimeAugmentationTests
{
    private static readonly Shape Image = Shape.Image(3, 8, 6);

    // Not symmetric: strides, a skip, a slice of its own, a batch norm; so that a mirrored image has other scores.
    private static Model Classifier() => new(
        Weights.Initialize(
            Network.Build(Image, x =>
            {
                x = x.Conv(6, kernel: 3, stride: 2).BatchNorm().Relu();
                return x.Concat(x.Slice(columns: AxisSlice.Backwards)).Conv(5, kernel: 2).Relu().Flatten().Linear(4);
            }),
            7),
        new Normalization([0.4, 0.5, 0.6], [0.2, 0.25, 0.3]), ["a", "b", "c", "d"]);

    private static readonly byte[] Pixels = Idx.Noise(Image.Count, 5);

    // What a view is, on the pixels themselves.
    private static byte[] View(int shift, bool mirrored)
    {
        var view = new byte[Image.Count];
        for (var channel = 0; channel < Image.Channels; channel++)
            for (var row = 0; row < Image.Height; row++)
                for (var column = 0; column < Image.Width; column++)
                {
                    var from = mirrored ? Image.Width - 1 - column : column;
                    var (y, x) = (Math.Clamp(row + shift, 0, Image.Height - 1), Math.Clamp(from + shift, 0, Image.Width - 1));
                    view[(((channel * Image.Height) + row) * Image.Width) + column] = Pixels[(((channel * Image.Height) + y) * Image.Width) + x];
                }
        return view;
    }

    private static void AssertMean(Model model, TestTimeViews views, params (byte[] Pixels, double Weight)[] parts)
    {
        var scores = TestTimeAugmentation.Apply(model, views).Compute(Pixels);
        for (var i = 0; i < scores.Count; i++)
            Assert.Equal(parts.Sum(part => part.Weight * model.Compute(part.Pixels)[i]), scores[i], 1e-5);
    }

    [Fact]
    public void The_scores_are_the_mean_of_those_of_the_views()
    {
        var model = Classifier();
        AssertMean(model, TestTimeViews.One, (Pixels, 1));
        AssertMean(model, TestTimeViews.Mirror, (Pixels, 0.5), (View(0, true), 0.5));
        AssertMean(
            model, TestTimeViews.MirrorAndShift,
            (Pixels, 0.25), (View(0, true), 0.25), (View(1, false), 0.125), (View(1, true), 0.125), (View(-1, false), 0.125), (View(-1, true), 0.125));
        Assert.NotEqual(model.Compute(Pixels), TestTimeAugmentation.Apply(model, TestTimeViews.Mirror).Compute(Pixels));
    }

    [Fact]
    public void A_mirrored_image_gets_the_same_answer()
    {
        var model = TestTimeAugmentation.Apply(Classifier(), TestTimeViews.Mirror);
        Assert.Equal(model.Compute(Pixels), model.Compute(View(0, true)));
    }

    [Fact]
    public void Layers_keep_their_names_and_each_view_has_its_own()
    {
        var model = Classifier();
        var sha = model.Weights.Sha256();
        var seen = TestTimeAugmentation.Apply(model, TestTimeViews.MirrorAndShift);
        Assert.Equal(model.Network.Layers.Select(layer => layer.ToString()), seen.Network.Layers.Take(model.Network.Layers.Count).Select(layer => layer.ToString()));
        Assert.Equal(6 * model.Network.TrainableCount, seen.Network.TrainableCount);
        Assert.Equal(6 * model.Network.FixedCount, seen.Network.FixedCount);
        foreach (var parameter in seen.Weights.Parameters)
            Assert.Equal(model.Weights[parameter.Name[(parameter.Name.IndexOf('/', StringComparison.Ordinal) + 1)..]].Values, parameter.Values);
        Assert.Equal(sha, model.Weights.Sha256());
        Assert.Same(model, TestTimeAugmentation.Apply(model, TestTimeViews.One));
    }

    [Fact]
    public void What_is_done_to_an_image_first_is_done_once()
    {
        var model = Classifier();
        var inverting = new Model(model.Weights, model.Normalization, model.ClassNames, new Invert());
        var inverted = Pixels.Select(value => (byte)(255 - value)).ToArray();
        Assert.Equal(TestTimeAugmentation.Apply(model, TestTimeViews.Mirror).Compute(inverted), TestTimeAugmentation.Apply(inverting, TestTimeViews.Mirror).Compute(Pixels));
    }

    [Fact]
    public void Refusals_say_why()
    {
        var twice = Assert.Throws<UsageException>(() => TestTimeAugmentation.Apply(TestTimeAugmentation.Apply(Classifier(), TestTimeViews.Mirror), TestTimeViews.Mirror));
        Assert.Equal("The network has a layer 'mirrored/conv1': it looks at several views already. Take the model that it was made of.", twice.Message);
        var map = new Model(Weights.Initialize(Network.Build(Shape.Image(1, 4, 4), x => x.Conv(2, kernel: 3)), 0), new Normalization([0.5], [0.5]), ["a", "b"]);
        Assert.StartsWith("Views are averaged by their scores of classes, and the network ends in 2x2x2", Assert.Throws<ShapeException>(() => TestTimeAugmentation.Apply(map, TestTimeViews.Mirror)).Message, StringComparison.Ordinal);
        var flat = new Model(Weights.Initialize(Network.Build(Shape.Image(1, 1, 4), x => x.Flatten().Linear(2)), 0), new Normalization([0.5], [0.5]), ["a", "b"]);
        Assert.StartsWith("An image shifted by a pixel must have a pixel left", Assert.Throws<ShapeException>(() => TestTimeAugmentation.Apply(flat, TestTimeViews.MirrorAndShift)).Message, StringComparison.Ordinal);
        Assert.Equal("There are no test-time views 9; use a member of TestTimeViews.", Assert.Throws<UsageException>(() => TestTimeAugmentation.Apply(flat, (TestTimeViews)9)).Message);
    }
}
