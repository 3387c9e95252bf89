using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class ReductionTests
{
    private static readonly double[] Numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    [Theory]
    [InlineData(Axes.All, new double[] { 78 })]
    [InlineData(Axes.Channels, new double[] { 8, 10, 12, 14, 16, 18 })]
    [InlineData(Axes.Rows, new double[] { 5, 7, 9, 17, 19, 21 })]
    [InlineData(Axes.Columns, new double[] { 6, 15, 24, 33 })]
    [InlineData(Axes.Space, new double[] { 21, 57 })]
    [InlineData(Axes.Channels | Axes.Rows, new double[] { 22, 26, 30 })]
    [InlineData(Axes.Channels | Axes.Columns, new double[] { 30, 48 })]
    public void A_sum_along_axes(Axes axes, double[] expected)
    {
        var trial = new OpTrial(new ReduceSum(axes), Shape.Image(2, 2, 3), 1, Numbers);
        Assert.Equal(expected, trial.Output);
        Assert.All(trial.InputGradient(), gradient => Assert.Equal(1, gradient));
    }

    [Fact]
    public void The_axes_stay_with_size_1()
    {
        Shape Of(Axes axes) => new ReduceMean(axes).OutputShape([Shape.Image(5, 6, 7)]);
        Assert.Equal([Shape.Vector(1), Shape.Image(1, 6, 7), Shape.Image(5, 1, 7), Shape.Image(5, 6, 1), Shape.Vector(5)], [Of(Axes.All), Of(Axes.Channels), Of(Axes.Rows), Of(Axes.Columns), Of(Axes.Space)]);
        Assert.Equal(["ReduceMean(all)", "ReduceMean(space)", "ReduceMean(channels, rows)"], ((Axes[])[Axes.All, Axes.Space, Axes.Channels | Axes.Rows]).Select(axes => new ReduceMean(axes).ToString()));
        var network = Network.Build(Shape.Image(5, 6, 7), x => x - x.Mean(Axes.Space));
        Assert.Equal(Shape.Image(5, 6, 7), network.Output);
    }

    [Fact]
    public void No_axis_is_explained()
    {
        const string message = "A reduction needs at least one axis: received None. Use Axes.Channels, Axes.Rows, Axes.Columns, several with |, Axes.Space (rows and columns) or Axes.All.";
        Assert.Equal(message, Assert.Throws<UsageException>(() => new ReduceSum(Axes.None)).Message);
        Assert.StartsWith("A reduction needs at least one axis: received 8.", Assert.Throws<UsageException>(() => new ReduceMax((Axes)8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_equal_extremes_the_first_gets_the_gradient()
    {
        var largest = new OpTrial(new ReduceMax(Axes.Space), Shape.Image(2, 2, 2), 1, [1, 7, 7, 0, -3, -3, -3, -3]);
        Assert.Equal([7, -3], largest.Output);
        Assert.Equal([0, 1, 0, 0, 1, 0, 0, 0], largest.InputGradient());
        var smallest = new OpTrial(new ReduceMin(Axes.Channels), Shape.Vector(4), 1, [2, -5, 3, -5]);
        Assert.Equal([-5], smallest.Output);
        Assert.Equal([0, 1, 0, 0], smallest.InputGradient());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Not_a_number_wins_wherever_it_stands(int place)
    {
        double[] numbers = [1, 2, 3];
        numbers[place] = double.NaN;
        foreach (var op in (Op[])[new ReduceMax(Axes.All), new ReduceMin(Axes.All), new ReduceSum(Axes.All), new ReduceLogSumExp(Axes.All), new ReduceL2(Axes.All)])
        {
            Assert.Equal([double.NaN], new OpTrial(op, Shape.Vector(3), 1, numbers).Output);
            Assert.Equal([double.NaN], new OpTrial(op, Shape.Image(1, 3, 1), 1, numbers).Output);
        }
    }

    [Fact]
    public void The_logarithm_of_a_sum_of_exponentials_overflows_nowhere()
    {
        double Of(params double[] numbers) => new OpTrial(new ReduceLogSumExp(Axes.All), Shape.Vector(numbers.Length), 1, numbers).Output[0];
        Assert.Equal(1000 + Math.Log(2), Of(1000, 1000), 1e-4);
        Assert.Equal(-1000 + Math.Log(3), Of(-1000, -1000, -1000), 1e-4);
        Assert.Equal(5, Of(5, -1000, double.NegativeInfinity), 6);
        Assert.Equal(double.NegativeInfinity, Of(double.NegativeInfinity, double.NegativeInfinity));
        Assert.Equal(double.PositiveInfinity, Of(1, double.PositiveInfinity));
        var trial = new OpTrial(new ReduceLogSumExp(Axes.Channels), Shape.Vector(2), 1, [0, Math.Log(3)]);
        Assert.Equal(Math.Log(4), trial.Output[0], 6);
        Assert.Equal([0.25, 0.75], trial.InputGradient().Select(gradient => Math.Round(gradient, 6)));
    }

    [Fact]
    public void Norms_of_three_and_four()
    {
        Assert.Equal([5], new OpTrial(new ReduceL2(Axes.All), Shape.Vector(2), 1, [3, -4]).Output);
        Assert.Equal([7], new OpTrial(new ReduceL1(Axes.All), Shape.Vector(2), 1, [3, -4]).Output);
        Assert.Equal([25], new OpTrial(new ReduceSumSquare(Axes.All), Shape.Vector(2), 1, [3, -4]).Output);
        Assert.Equal([0, 0], new OpTrial(new ReduceL2(Axes.All), Shape.Vector(2), 1, [0, 0]).InputGradient());
        Assert.Equal([0, 1], new OpTrial(new ReduceL1(Axes.All), Shape.Vector(2), 1, [0, 2]).InputGradient());
    }

    [Fact]
    public void The_gradient_of_a_product_is_right_beside_zeros()
    {
        Assert.Equal([12, 8, 6], new OpTrial(new ReduceProduct(Axes.All), Shape.Vector(3), 1, [2, 3, 4]).InputGradient());
        Assert.Equal([0, 8, 0], new OpTrial(new ReduceProduct(Axes.All), Shape.Vector(3), 1, [2, 0, 4]).InputGradient());
        Assert.Equal([0, 0, 0], new OpTrial(new ReduceProduct(Axes.All), Shape.Vector(3), 1, [0, 0, 4]).InputGradient());
    }

    [Fact]
    public void A_long_sum_is_a_sum_of_row_sums()
    {
        // 300 x 300 times 0.1: one running sum in 32 bits arrives at 9002.463, the sum of the row sums at 9000.007.
        var trial = new OpTrial(new ReduceSum(Axes.All), Shape.Image(1, 300, 300), 1, [0.1f]);
        Assert.InRange(trial.Output[0], 8999.99, 9000.01);
        var running = Enumerable.Repeat(0.1f, 90_000).Aggregate(0f, (sum, value) => sum + value);
        Assert.InRange(running, 9002.4f, 9002.5f);
    }
}
