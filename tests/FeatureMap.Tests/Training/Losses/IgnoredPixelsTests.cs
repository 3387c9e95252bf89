using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Pixels of a mask of which nobody said what they are have no part in any loss.</summary>
public sealed class IgnoredPixelsTests
{
    public static TheoryData<string> All => [.. LossDefinitions.All.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void A_loss_is_that_of_the_pixels_that_count(string name)
    {
        // Maps of 3 x 1 x 6 whose pixels 1 and 4 are to be ignored, and the same maps without them; 18 images, so that there are idle
        // lanes.
        var loss = LossDefinitions.All[name].Loss;
        var random = new FeatureMap.Randomness.RandomSequence(3, FeatureMap.Randomness.RandomPurpose.Testing, 1);
        const int images = 18, channels = 3, pixels = 6;
        double[] output = new double[images * channels * pixels], target = new double[output.Length];
        for (var image = 0; image < images; image++)
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                var label = random.NextInt(channels);
                for (var channel = 0; channel < channels; channel++)
                {
                    var at = (((image * channels) + channel) * pixels) + pixel;
                    output[at] = random.NextSingle(-2, 2);
                    target[at] = IsIgnored(at) ? -1 : channel == label ? 1 : 0;
                }
            }
        var all = new LossTrial(loss, new Shape(channels, 1, pixels), output, target, hasIgnored: true);
        var counted = new LossTrial(loss, new Shape(channels, 1, pixels - 2), [.. output.Where((_, at) => !IsIgnored(at))], [.. target.Where((_, at) => !IsIgnored(at))]);
        AssertNear(counted.Values, all.Values, 1e-5);
        AssertNear(counted.Reference, all.Reference, 1e-9);
        AssertNear(counted.Gradient, [.. all.Gradient.Where((_, at) => !IsIgnored(at))], 1e-5);
        AssertNear(counted.ReferenceGradient, [.. all.ReferenceGradient.Where((_, at) => !IsIgnored(at))], 1e-9);
        Assert.All(all.Gradient.Where((_, at) => IsIgnored(at)), gradient => Assert.Equal(0, gradient));
        Assert.All(all.ReferenceGradient.Where((_, at) => IsIgnored(at)), gradient => Assert.Equal(0, gradient));

        static bool IsIgnored(int at) => at % pixels is 1 or 4;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void An_image_of_which_nothing_counts_costs_nothing_and_moves_nothing(string name)
    {
        var trial = new LossTrial(LossDefinitions.All[name].Loss, new Shape(3, 1, 2), [3, -3, 0.5, 1, 7, 7], [-1, -1, -1, -1, -1, -1], hasIgnored: true);
        Assert.Equal(0, trial.Values[0], 1e-6);
        Assert.All(trial.Gradient, gradient => Assert.Equal(0, gradient));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Its_gradient_is_right(string name)
    {
        var network = Network.Build(Shape.Image(2, 3, 4), x => x.Conv(3, kernel: 3, padding: 1));
        GradientCheck.Run(network, LossDefinitions.All[name].Loss, batch: 5, targets: Labels(3)).ThrowIfFailed();
        if (!LossDefinitions.Any.ContainsKey(name)) return;
        GradientCheck.Run(Network.Build(Shape.Image(2, 3, 4), x => x.Conv(1, kernel: 1)), LossDefinitions.All[name].Loss, batch: 5, targets: Labels(2)).ThrowIfFailed();
    }

    [Fact]
    public void A_loss_that_would_count_them_is_refused()
    {
        const string fix = "reads the target and does not leave out the pixels that are to be ignored, which the data have. End it with "
            + "scope.Mean(losses) in place of losses.Mean(), or take scope.WhereCounted(map) before adding up.";
        var network = Network.Build(Shape.Image(2, 3, 4), x => x.Conv(3, kernel: 1));
        var plain = Loss.Custom("plain", (output, target) => (output - target).Abs().Mean());
        foreach (var loss in new[] { plain, Loss.Mse() + (2 * plain), plain.On("conv1") })
            Assert.Equal($"The loss 'plain' {fix}", Assert.Throws<UsageException>(() => GradientCheck.Run(network, loss, targets: Labels(3))).Message);
        Assert.Equal($"The loss 'own' {fix}", Assert.Throws<UsageException>(() => GradientCheck.Run(network, new OwnLoss(), targets: Labels(3))).Message);
        // What reads no target, or another one, has nothing to leave out.
        GradientCheck.Run(network, Loss.Mse() + (0.1 * Loss.Custom("small", scope => scope.Output.Square().Mean())), targets: Labels(3)).ThrowIfFailed();
        GradientCheck.Run(network, Loss.Custom("knows", scope => scope.Mean((scope.Output - scope.Target).Square()) + scope.WhereCounted(scope.Output.Softmax()).Sum(Axes.Space).Mean()), targets: Labels(3)).ThrowIfFailed();
    }

    [Fact]
    public void A_map_that_was_added_up_before_is_refused()
    {
        var network = Network.Build(Shape.Image(2, 3, 4), x => x.Conv(3, kernel: 1));
        var late = Loss.Custom("late", scope => scope.Mean((scope.Output - scope.Target).Square().Sum(Axes.Space)));
        Assert.Equal("Which numbers of a map of 3 count is not known: the target is 3x3x4 (channels x height x width). Leave pixels out "
            + "before adding up: of a map with one number per pixel, or one per number of the target.",
            Assert.Throws<ShapeException>(() => GradientCheck.Run(network, late, targets: Labels(3))).Message);
    }

    [Fact]
    public void A_training_learns_from_the_others_and_is_judged_by_them()
    {
        var data = new SplitData("squares", Hidden(MapsTask.Squares(15, 24, 1)), Hidden(MapsTask.Squares(20, 16, 2)), "drawn");
        var options = new TrainingOptions
        {
            Epochs = 8,
            BatchSize = 20,
            Seed = 3,
            Threads = 1,
            Optimizer = new FeatureMap.Training.Adam(),
            Schedule = new ConstantRate(0.01),
            Loss = Loss.BinaryCrossEntropy() + Loss.Dice(MaskScores.Sigmoid),
            Augmentation = Augmentation.Parse("flip, elastic 6 3, crop height=16 width=16"),
            Sampler = Sampler.Repeat(16),
        };
        var run = Trainer.Fit(MapsTask.Network(), data, options);
        Assert.InRange(run.Validation!.Value, 0, 0.05);
        // By hand: errors over the pixels that count, the mean over the images that have some; image 3 has none.
        var set = data.Validation;
        var errors = new List<double>();
        for (var i = 0; i < set.Count; i++)
        {
            var scores = run.Model.Compute(set.Pixels(i));
            var labels = set.Targets!.Bytes(set.TargetOf(i)).ToArray();
            var counted = labels.Index().Where(label => label.Item != 255).ToArray();
            if (counted.Length > 0) errors.Add((double)counted.Count(label => (scores[label.Index] > 0 ? 1 : 0) != label.Item) / counted.Length);
        }
        Assert.Equal(19, errors.Count);
        Assert.True(double.IsNaN(run.Validation.Values[3]));
        Assert.Equal(errors.Average(), run.Validation.Value, 9);
        Assert.Equal(run.Validation.Value, run.Model.Evaluate(set, options.Loss).Value);
        Assert.True(double.IsFinite(run.Epochs[^1].TrainMetric));
    }

    // A stripe of each mask says the opposite of what is there, and is to be ignored; of image 3 all is.
    private static ImageSet Hidden(ImageSet set)
    {
        var shape = set.ImageShape;
        byte[] pixels = new byte[set.Count * shape.Count], labels = new byte[pixels.Length];
        for (var image = 0; image < set.Count; image++)
        {
            set.Pixels(image).CopyTo(pixels.AsSpan(image * shape.Count));
            var mask = labels.AsSpan(image * shape.Count, shape.Count);
            set.Targets!.Bytes(set.TargetOf(image)).CopyTo(mask);
            for (var i = 0; i < mask.Length; i++)
                if (i % shape.Width is 5 or 6 or 7 || image == 3)
                    mask[i] = 255;
        }
        return new ImageSet(set.Name, shape, pixels, TargetSet.LabelMaps(shape.Height, shape.Width, labels, ["ground", "square"], ignoreValue: 255));
    }

    private static TargetSet Labels(int classes)
    {
        byte[] labels = [.. Enumerable.Range(0, 36).Select(i => i % 5 == 2 ? (byte)255 : (byte)(i * 7 % 11 % classes))];
        return TargetSet.LabelMaps(3, 4, labels, [.. Enumerable.Range(0, classes).Select(i => $"{i}")], ignoreValue: 255);
    }

    private static void AssertNear(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance * Math.Max(1, Math.Abs(expected[i])));
    }

    private sealed class OwnLoss : Loss
    {
        public override string Name => "own";

        protected internal override Feature Build(LossScope scope) => (scope.Output - scope.Target).Square().Mean();
    }
}
