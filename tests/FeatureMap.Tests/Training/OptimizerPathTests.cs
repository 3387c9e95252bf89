using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class OptimizerPathTests
{
    private static double Bowl(ReadOnlySpan<float> x, Span<float> slope)
    {
        (slope[0], slope[1]) = (2 * x[0], 20 * x[1]);
        return (x[0] * x[0]) + (10 * x[1] * x[1]);
    }

    // v = g + 0.5 v, w = w - 0.1 v, by hand.
    [Fact]
    public void Momentum_walks_as_its_formula_says()
    {
        var path = OptimizerPath.Of(new Sgd(0.5), [1, 0.25f], Bowl, 2, _ => 0.1);
        Assert.Equal(3, path.Count);
        Assert.Equal([1, 0.25f], path[0].Point);
        Assert.Equal(1.625, path[0].Value);
        Assert.Equal([2, 5], path[0].Gradient);
        Close([0.8f, -0.25f], path[1].Point);
        Close([2, 5], path[1].Slots[0]);
        // Gradients 1.6 and -5, velocities 2.6 and -2.5.
        Close([0.54f, 0], path[2].Point);
        Close([2.6f, -2.5f], path[2].Slots[0]);
    }

    // The first step of Adam is the rate along the sign of the gradient.
    [Fact]
    public void Adam_begins_with_a_step_of_the_rate()
    {
        var path = OptimizerPath.Of(new Adam(), [3, -2], Bowl, 1, _ => 0.01);
        Close([2.99f, -1.99f], path[1].Point);
        Assert.Equal(2, path[1].Slots.Count);
    }

    [Fact]
    public void A_path_ends_where_numbers_do()
    {
        var path = OptimizerPath.Of(new Sgd(0), [1, 1], Bowl, 1000, _ => 1e6);
        Assert.InRange(path.Count, 2, 100);
        Assert.False(double.IsFinite(path[^1].Value) && path[^1].Point.All(float.IsFinite));
    }

    [Fact]
    public void Too_many_variables_or_steps_are_refused()
    {
        Assert.Equal("A path has 1 to 16 variables: received 0.", Assert.Throws<UsageException>(() =>
            OptimizerPath.Of(new Sgd(), [], Bowl, 1, _ => 1)).Message);
        Assert.Equal("A path has 0 to 100,000 steps: received 100,001.",
            Assert.Throws<UsageException>(() => OptimizerPath.Of(new Sgd(), [1, 1], Bowl, 100_001, _ => 1)).Message);
    }

    private static void Close(IReadOnlyList<float> expected, IReadOnlyList<float> received)
    {
        for (var i = 0; i < expected.Count; i++)
            Assert.Equal(expected[i], received[i], 1e-5f);
    }
}
