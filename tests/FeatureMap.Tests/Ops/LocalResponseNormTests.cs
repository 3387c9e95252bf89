using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class LocalResponseNormTests
{
    /// <summary>The example of the lesson: channels 1 2 3 4 at one pixel, windows of three, D = 1 + sum of squares / 3, beta 1/2.</summary>
    [Fact]
    public void Each_number_is_divided_by_what_its_neighbours_hold()
    {
        var output = new OpTrial(new LocalResponseNorm(3) { Alpha = 1, Beta = 0.5f }, Shape.Vector(4), 1, [1, 2, 3, 4]).Output;
        double[] squares = [1 + 4, 1 + 4 + 9, 4 + 9 + 16, 9 + 16];
        Assert.Equal(squares.Select((sum, i) => (i + 1) / Math.Sqrt(1 + (sum / 3))), output, Near);
    }

    /// <summary>ONNX: from c - floor((size - 1) / 2) to c + ceil((size - 1) / 2).</summary>
    [Fact]
    public void An_even_window_reaches_further_up()
    {
        var output = new OpTrial(new LocalResponseNorm(2) { Alpha = 2, Beta = 1 }, Shape.Vector(3), 1, [1, 2, 3]).Output;
        Assert.Equal([1.0 / (1 + 1 + 4), 2.0 / (1 + 4 + 9), 3.0 / (1 + 9)], output, Near);
    }

    [Fact]
    public void Without_neighbours_of_any_size_only_the_bias_counts()
    {
        var numbers = new double[] { 1e-3f, 0, -1e-3f, 0, 2e-3f };
        var output = new OpTrial(new LocalResponseNorm(5) { Bias = 2 }, Shape.Vector(5), 1, numbers).Output;
        Assert.Equal(numbers.Select(x => x * Math.Pow(2, -0.75)), output, Near);
    }

    [Fact]
    public void Settings_out_of_range_are_explained()
    {
        Assert.Equal(
            "Local response normalisation looks at between 1 and 1,000,000 channels: received 0. AlexNet has 5.",
            Assert.Throws<ShapeException>(() => new LocalResponseNorm(0).OutputShape([Shape.Vector(3)])).Message);
        Assert.Equal(
            "Local response normalisation needs alpha from 0 to 1e6, beta from 0 to 100 and a bias from 1e-6 to 1e6: received alpha 0.0001, beta 0.75, bias 0. The defaults are 1e-4, 0.75 and 1; a bias of 0 would divide by 0 where all channels are 0.",
            Assert.Throws<UsageException>(() => Network.Build(Shape.Vector(3), x => x.LocalResponseNorm(bias: 0))).Message);
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) <= 1e-6 * Math.Max(1e-3, Math.Abs(a));
}
