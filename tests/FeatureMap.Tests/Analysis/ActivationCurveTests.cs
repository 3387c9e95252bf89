using FeatureMap.Analysis;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class ActivationCurveTests
{
    // The extremes that the lesson of the activations names.
    public static TheoryData<Op, double, double, double, double> Extremes => new()
    {
        // least value and where; largest derivative and where
        { new Sigmoid(), double.NaN, double.NaN, 0.25, 0 },
        { new Tanh(), double.NaN, double.NaN, 1, 0 },
        { new Softsign(), double.NaN, double.NaN, 1, 0 },
        { new Gelu(), -0.1700, -0.7518, 1.1289, 1.4142 },
        { new Silu(), -0.2785, -1.2785, 1.0998, 2.3994 },
        { new Mish(), -0.3088, -1.1925, 1.0885, 1.4898 },
        { new HardSwish(), -0.375, -1.5, 1.5, 3 },
    };

    [Theory]
    [MemberData(nameof(Extremes))]
    public void Extremes_are_those_of_the_lesson(Op op, double least, double leastAt, double steepest, double steepestAt)
    {
        var curve = ActivationCurve.Of(op, -6, 6, 120_001);
        var (low, steep) = (curve.MinBy(point => point.Value), curve.MaxBy(point => point.Derivative));
        Assert.Equal(steepest, steep.Derivative, 6e-5);
        Assert.Equal(steepestAt, steep.X, 5e-3); // flat: the place is less sharp than the height
        if (double.IsNaN(least)) return;
        Assert.Equal(least, low.Value, 6e-5);
        Assert.Equal(leastAt, low.X, 5e-3);
    }

    [Fact]
    public void The_two_forms_of_gelu_are_close()
    {
        var (exact, approximate) = (ActivationCurve.Of(new Gelu()), ActivationCurve.Of(new Gelu(approximate: true)));
        Assert.InRange(exact.Zip(approximate, (a, b) => Math.Abs(a.Value - b.Value)).Max(), 0.0004, 0.0005);
    }

    [Fact]
    public void Points_are_even_and_both_ends_are_there()
    {
        Assert.Equal([new CurvePoint(-1, 0, 0), new CurvePoint(0, 0, 0), new CurvePoint(1, 1, 1)],
            ActivationCurve.Of(new Relu(), -1, 1, 3));
        Assert.Equal([new CurvePoint(-2, -0.5f, 0.25f), new CurvePoint(2, 2, 1)], ActivationCurve.Of(new PRelu(), -2, 2, 2));
        Assert.Equal(241, ActivationCurve.Of(new Tanh()).Count);
    }

    [Fact]
    public void What_is_no_function_of_one_number_has_no_curve()
    {
        const string only = " has no curve: only an op that makes one number of one number, whatever stands beside it, has one, such as "
            + "Relu or Gelu.";
        foreach (var op in (Op[])[new BatchNorm(), new Dropout(0.5f), new Add(), new Flatten(), new Linear(2)])
            Assert.Equal(op + only, Assert.Throws<UsageException>(() => ActivationCurve.Of(op)).Message);
        Assert.Throws<ShapeException>(() => ActivationCurve.Of(new Softmax()));
        Assert.Equal(
            "A curve goes from a number to a larger one in 2 to 1,000,000 points: received 1 to 1 in 5.",
            Assert.Throws<UsageException>(() => ActivationCurve.Of(new Relu(), 1, 1, 5)).Message);
    }
}
