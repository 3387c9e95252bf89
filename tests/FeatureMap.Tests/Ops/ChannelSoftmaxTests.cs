using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class ChannelSoftmaxTests
{
    [Fact]
    public void Known_logits_have_known_probabilities()
    {
        var trial = new OpTrial(new Softmax(), Shape.Vector(3), 1, [2, 1, 0]);
        AssertNear([0.6652409558, 0.2447284711, 0.0900305732], trial.Output);
        AssertNear([-0.4076059644, -1.4076059644, -2.4076059644], new OpTrial(new LogSoftmax(), Shape.Vector(3), 1, [2, 1, 0]).Output);
        // An output gradient of all ones: the probabilities always add up to 1, so nothing changes; the logarithms' sum does.
        AssertNear([0, 0, 0], trial.InputGradient());
        AssertNear([1 - (3 * 0.6652409558), 1 - (3 * 0.2447284711), 1 - (3 * 0.0900305732)], new OpTrial(new LogSoftmax(), Shape.Vector(3), 1, [2, 1, 0]).InputGradient());
    }

    [Fact]
    public void Every_pixel_is_for_itself()
    {
        // Two channels, two pixels: 0 and 0 at the first, log 3 and 0 at the second.
        var trial = new OpTrial(new Softmax(), Shape.Image(2, 1, 2), 1, [0, Math.Log(3), 0, 0]);
        AssertNear([0.5, 0.75, 0.5, 0.25], trial.Output);
    }

    [Fact]
    public void Numbers_of_any_size_are_stable()
    {
        double[] logits = [1e4, 0, -1e4, 1e4 - 1];
        AssertNear([0.7310585786, 0, 0, 0.2689414214], new OpTrial(new Softmax(), Shape.Vector(4), 1, logits).Output);
        var logs = new OpTrial(new LogSoftmax(), Shape.Vector(4), 1, logits);
        Assert.Equal(logs.Reference[1], logs.Output[1], 1e-3); // -10000.31 to seven digits
        Assert.Equal(logs.Reference[2], logs.Output[2], 1e-2);
        Assert.All(logs.InputGradient(), gradient => Assert.True(double.IsFinite(gradient)));
        AssertNear([1, 0], new OpTrial(new Softmax(), Shape.Vector(2), 1, [float.MaxValue, float.MinValue]).Output);
        AssertNear([0.5, 0.5, 0], new OpTrial(new Softmax(), Shape.Vector(3), 1, [-3, -3, double.NegativeInfinity]).Output); // a masked class
    }

    [Fact]
    public void Not_a_number_is_not_hidden()
    {
        Assert.Contains(new OpTrial(new Softmax(), Shape.Vector(2), 1, [0, double.NaN]).Output, double.IsNaN);
        Assert.Contains(new OpTrial(new Softmax(), Shape.Vector(2), 1, [double.NaN, 0]).Output, double.IsNaN);
        Assert.Contains(new OpTrial(new LogSoftmax(), Shape.Vector(2), 1, [double.NaN, 0]).Output, double.IsNaN);
    }

    [Fact]
    public void One_channel_is_explained() =>
        Assert.Equal(
            "A softmax over 1 channel is 1 whatever the number is: received 1x4x4 (channels x height x width). Give it one channel per class, or use Sigmoid where one number stands for a probability.",
            Assert.Throws<ShapeException>(() => new Softmax().OutputShape([Shape.Image(1, 4, 4)])).Message);

    private static void AssertNear(double[] expected, double[] received)
    {
        Assert.Equal(expected.Length, received.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], received[i], 3e-7);
    }
}
