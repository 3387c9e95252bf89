using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>Layer, group and instance normalisation: which numbers belong together, worked by hand; and numbers that are hard on float32.</summary>
public sealed class ImageNormTests
{
    // The tensor of the lesson: two images of two channels of one row.
    private static readonly double[] Numbers = [1, 3, 5, 11, 0, 4, 2, 6];
    private static readonly Shape Shape = Shape.Image(2, 1, 2);

    public static TheoryData<string, double[], double[]> Lesson => new()
    {
        // Means and variances that each number is normalised with.
        { "layer", [5, 5, 5, 5, 3, 3, 3, 3], [14, 14, 14, 14, 5, 5, 5, 5] },
        { "pixel", [3, 7, 3, 7, 1, 5, 1, 5], [4, 16, 4, 16, 1, 1, 1, 1] },
        { "instance", [2, 2, 8, 8, 2, 2, 4, 4], [1, 1, 9, 9, 4, 4, 4, 4] },
        { "one group", [5, 5, 5, 5, 3, 3, 3, 3], [14, 14, 14, 14, 5, 5, 5, 5] },
        { "two groups", [2, 2, 8, 8, 2, 2, 4, 4], [1, 1, 9, 9, 4, 4, 4, 4] },
        { "batch", [2, 2, 6, 6, 2, 2, 6, 6], [2.5, 2.5, 10.5, 10.5, 2.5, 2.5, 10.5, 10.5] },
    };

    [Theory]
    [MemberData(nameof(Lesson))]
    public void The_numbers_of_the_lesson(string kind, double[] means, double[] variances)
    {
        var output = new OpTrial(Named(kind, 1e-5f), [OpTrial.Tensor(Shape, 2, Numbers)], parameters: kind == "batch" ? [[0, 0], [1, 1]] : null).Output;
        Assert.Equal(Numbers.Select((x, i) => (x - means[i]) / Math.Sqrt(variances[i] + 1e-5)), output, Near(1e-6));
    }

    [Fact]
    public void Gamma_and_beta_belong_to_a_number_of_the_image_or_to_a_channel()
    {
        double[][] perNumber = [[1, 2, 3, 4], [10, 20, 30, 40]], perChannel = [[1, 2], [10, 20]];
        var plain = new OpTrial(Named("layer", 1e-5f), Shape, 2, Numbers).Output;
        var scaled = new OpTrial(new LayerNorm(), [OpTrial.Tensor(Shape, 2, Numbers)], parameters: perNumber).Output;
        Assert.Equal(plain.Select((z, i) => (z * perNumber[0][i % 4]) + perNumber[1][i % 4]), scaled, Near(1e-5));
        foreach (var (kind, op) in ((string, Op)[])[("pixel", new LayerNorm { PerPixel = true }), ("one group", new GroupNorm(1)), ("instance", new InstanceNorm { IsAffine = true })])
        {
            plain = new OpTrial(Named(kind, 1e-5f), Shape, 2, Numbers).Output;
            scaled = new OpTrial(op, [OpTrial.Tensor(Shape, 2, Numbers)], parameters: perChannel).Output;
            Assert.Equal(plain.Select((z, i) => (z * perChannel[0][i / 2 % 2]) + perChannel[1][i / 2 % 2]), scaled, Near(1e-5));
        }
        Assert.Equal([3, 4, 5], new LayerNorm().Parameters([Shape.Image(3, 4, 5)])[0].Dimensions);
        Assert.Equal([3], new LayerNorm { PerPixel = true }.Parameters([Shape.Image(3, 4, 5)])[0].Dimensions);
        Assert.Equal([6], new GroupNorm(2).Parameters([Shape.Image(6, 4, 5)])[1].Dimensions);
        Assert.Empty(new InstanceNorm().Parameters([Shape.Image(3, 4, 5)]));
    }

    /// <summary>Numbers near 1,000 with variance 0.0000127: as mean of squares minus square of the mean it comes out as 3.9 in float32.</summary>
    [Theory]
    [InlineData("layer")]
    [InlineData("pixel")]
    [InlineData("two groups")]
    [InlineData("instance")]
    public void A_mean_far_from_0_costs_no_digits(string kind)
    {
        var shape = Shape.Image(4, 11, 9);
        var numbers = new double[shape.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)(1000 + (i * 37 % 101 / 8192.0));
        var trial = new OpTrial(Named(kind, 1e-8f), shape, 3, numbers);
        Assert.Equal(trial.Reference, trial.Output, Near(2e-6));
        Assert.True(trial.Reference.Max() > 1);
    }

    /// <summary>262,144 numbers: one chain of float32 additions is off by 1.5e-4 of the sum of squares.</summary>
    [Fact]
    public void A_large_image_costs_no_digits()
    {
        var shape = Shape.Image(4, 256, 256);
        var numbers = new double[shape.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)((i * 7919L % 1009 / 1009.0) + 0.1);
        var trial = new OpTrial(Named("layer", 1e-5f), shape, 1, numbers);
        Assert.Equal(trial.Reference, trial.Output, Near(2e-6));
    }

    [Fact]
    public void A_constant_set_becomes_beta()
    {
        foreach (var constant in (double[])[0, 0.1f, 1e6f])
            Assert.Equal([7, 7, 8, 8], new OpTrial(new GroupNorm(1) { Epsilon = 1e-30f }, [OpTrial.Tensor(Shape, 1, [constant])], parameters: [[1, 1], [7, 8]]).Output);
    }

    [Fact]
    public void The_gradients_of_a_set_add_up_to_0_and_an_image_knows_nothing_of_the_others()
    {
        var numbers = Enumerable.Range(0, 24).Select(i => (double)(float)Math.Sin(i * i)).ToArray();
        foreach (var kind in (string[])["layer", "pixel", "two groups", "instance"])
        {
            var alone = new OpTrial(Named(kind, 1e-5f), Shape.Image(2, 2, 3), 1, numbers).Output;
            var together = new OpTrial(Named(kind, 1e-5f), Shape.Image(2, 2, 3), 2, numbers).Output;
            Assert.Equal(alone, together[..12]);
        }
        var op = new LayerNorm { IsAffine = true };
        var gradient = new OpTrial(op, [OpTrial.Tensor(Shape.Image(2, 2, 3), 1, numbers)], parameters: [numbers[12..], new double[12]]).InputGradient();
        Assert.Equal(0, gradient.Sum(), 1e-5);
        Assert.Contains(gradient, number => Math.Abs(number) > 0.1);
    }

    [Fact]
    public void Training_and_evaluation_are_the_same()
    {
        foreach (var kind in (string[])["layer", "pixel", "two groups", "instance"])
            Assert.Equal(new OpTrial(Named(kind, 1e-5f), Shape, 2, Numbers).Output, new OpTrial(Named(kind, 1e-5f), Shape, 2, Numbers, ExecutionMode.Evaluation).Output);
    }

    [Fact]
    public void Settings_name_what_differs_from_the_default()
    {
        Assert.Equal("LayerNorm", new LayerNorm().ToString());
        Assert.Equal("LayerNorm(per pixel, epsilon 1E-06)", new LayerNorm { PerPixel = true, Epsilon = 1e-6f }.ToString());
        Assert.Equal("GroupNorm(8 groups, not affine)", new GroupNorm(8) { IsAffine = false }.ToString());
        Assert.Equal("GroupNorm(1 group)", new GroupNorm(1).ToString());
        Assert.Equal("InstanceNorm(not affine)", new InstanceNorm().ToString());
        Assert.Equal("BatchNorm(not affine)", new BatchNorm { IsAffine = false }.ToString());
        var network = Network.Build(Shape.Image(4, 6, 6), x => x.LayerNorm().LayerNorm(1e-6f, perPixel: true).GroupNorm(2).InstanceNorm().InstanceNorm(affine: true).BatchNorm(affine: false).LocalResponseNorm());
        Assert.Equal((2 * 144) + 8 + 8 + 0 + 8 + 0, network.TrainableCount);
        Assert.Equal(8, network.FixedCount);
        Assert.Equal("localResponseNorm1: LocalResponseNorm(5 channels, alpha 0.0001, beta 0.75, bias 1)", network.Layers[^1].ToString());
    }

    [Fact]
    public void What_cannot_be_normalised_is_explained()
    {
        Assert.Equal(
            "Layer 'groupNorm1' (GroupNorm(4 groups), layer 1, after 'input') cannot take 6x5x5: Group normalisation cuts the channels into groups of equal size: received 6 channels and 4 groups, and 6 / 4 leaves 2. The groups that fit are 1, 2, 3, 6.",
            Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(6, 5, 5), x => x.GroupNorm(4))).Message);
        Assert.Equal(
            "Group normalisation needs at least 1 group: received 0.",
            Assert.Throws<ShapeException>(() => new GroupNorm(0).OutputShape([Shape.Image(6, 5, 5)])).Message);
        Assert.Equal(
            "InstanceNorm would normalise each number of 6 by itself: its mean is the number, so every output would be beta, whatever the input. Normalise before the planes shrink to one pixel, or take LayerNorm or GroupNorm, whose sets span channels.",
            Assert.Throws<ShapeException>(() => new InstanceNorm().OutputShape([Shape.Vector(6)])).Message);
        Assert.Equal(
            "LayerNorm would normalise each number of 1x5x5 by itself: its mean is the number, so every output would be beta, whatever the input. Per pixel there must be at least 2 channels.",
            Assert.Throws<ShapeException>(() => new LayerNorm { PerPixel = true }.OutputShape([Shape.Image(1, 5, 5)])).Message);
        Assert.Equal(
            "LayerNorm needs an epsilon above 0: received 0. The default is 1e-5.",
            Assert.Throws<UsageException>(() => new LayerNorm { Epsilon = 0 }.OutputShape([Shape.Image(1, 5, 5)])).Message);
    }

    private static Op Named(string kind, float epsilon) => kind switch
    {
        "layer" => new LayerNorm { IsAffine = false, Epsilon = epsilon },
        "pixel" => new LayerNorm { IsAffine = false, Epsilon = epsilon, PerPixel = true },
        "instance" => new InstanceNorm { Epsilon = epsilon },
        "one group" => new GroupNorm(1) { IsAffine = false, Epsilon = epsilon },
        "two groups" => new GroupNorm(2) { IsAffine = false, Epsilon = epsilon },
        _ => new BatchNorm { IsAffine = false, Epsilon = epsilon },
    };

    private static Func<double, double, bool> Near(double difference) => (a, b) => Math.Abs(a - b) <= difference * Math.Max(1, Math.Abs(a));
}
