using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class OptimizerPathTests
{
    /// <summary>On f = w^2 / 2 plain descent multiplies by 1 - rate in each step.</summary>
    [Fact]
    public void Descent_on_a_bowl_is_a_power()
    {
        var path = OptimizerPath.Of(new Sgd(0), [8, -2], steps: 3, at => [.. at], _ => 0.5);
        Assert.Equal(4, path.Count);
        Assert.Equal([8, -2, 4, -1, 2, -0.5f, 1, -0.25f], path.SelectMany(point => point.Weights));
        Assert.All(path, point => Assert.Empty(point.Slots));
    }

    /// <summary>v is g, then 0.5 g + g.</summary>
    [Fact]
    public void What_the_optimiser_keeps_is_told_before_each_step()
    {
        var path = OptimizerPath.Of(new Sgd(0.5), [1], steps: 2, _ => [1], _ => 1);
        Assert.Equal([0, 1, 1.5f], path.Select(point => point.Slots[0][0]));
        Assert.Equal([1, 0, -1.5f], path.Select(point => point.Weights[0]));
    }

    [Fact]
    public void The_rate_is_asked_for_each_step_and_decay_can_be_left_out()
    {
        var path = OptimizerPath.Of(new Sgd(0, weightDecay: 0.5), [1], steps: 2, _ => [0], step => step);
        Assert.Equal([1, 1, 0.5f], path.Select(point => point.Weights[0]));
        Assert.Equal(1, OptimizerPath.Of(new Sgd(0, weightDecay: 0.5), [1], 2, _ => [0], step => step, decays: false)[^1].Weights[0]);
    }

    [Fact]
    public void It_ends_where_a_gradient_is_no_number() =>
        Assert.Equal(2, OptimizerPath.Of(new Adam(), [1], steps: 9, at => [at[0] < 1 ? float.NaN : 1], _ => 0.1).Count);

    [Fact]
    public void Numbers_that_do_not_fit_are_refused()
    {
        Assert.Contains("1 to 16", Assert.Throws<UsageException>(() => OptimizerPath.Of(new Sgd(), new float[17], 1, at => [.. at], _ => 1)).Message, StringComparison.Ordinal);
        Assert.Contains("received 1", Assert.Throws<UsageException>(() => OptimizerPath.Of(new Sgd(), [1, 2], 1, _ => [1], _ => 1)).Message, StringComparison.Ordinal);
    }
}
