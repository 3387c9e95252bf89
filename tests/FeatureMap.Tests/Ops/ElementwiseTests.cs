using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class ElementwiseTests
{
    private const double Infinity = double.PositiveInfinity, NotANumber = double.NaN;

    [Fact]
    public void A_vector_scales_the_channels_of_a_map_and_gets_the_sum_over_each_plane()
    {
        var trial = new OpTrial(new Multiply(), [OpTrial.Tensor(Shape.Image(2, 1, 3), 1, [1, 2, 3, 4, 5, 6]), OpTrial.Tensor(Shape.Vector(2), 1, [10, -1])]);
        Assert.Equal([10, 20, 30, -4, -5, -6], trial.Output);
        Assert.Equal([10, 10, 10, -1, -1, -1], trial.InputGradient(0));
        Assert.Equal([6, 15], trial.InputGradient(1));
    }

    [Fact]
    public void A_column_and_a_row_make_a_table()
    {
        var trial = new OpTrial(new Subtract(), [OpTrial.Tensor(Shape.Image(1, 2, 1), 1, [10, 20]), OpTrial.Tensor(Shape.Image(1, 1, 3), 1, [1, 2, 3])]);
        Assert.Equal([9, 8, 7, 19, 18, 17], trial.Output);
        Assert.Equal([3, 3], trial.InputGradient(0));
        Assert.Equal([-2, -2, -2], trial.InputGradient(1));
    }

    [Fact]
    public void Sizes_that_neither_are_equal_nor_1_are_explained()
    {
        var error = Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(3, 8, 8), x => x * x.Conv(4, kernel: 1)));
        Assert.Equal(
            "Layer 'multiply1' (Multiply, layer 2, after 'input') cannot take 3x8x8 and 4x8x8: Multiply needs equal sizes along each axis, or 1, which stretches: input 1 is 3x8x8, but input 2 is 4x8x8 (channels 3 and 4). Project one of them with a 1x1 convolution: Conv(3, kernel: 1) on the other path gives 3 channels.",
            error.Message);
        error = Assert.Throws<ShapeException>(() => new Where().OutputShape([Shape.Vector(1), Shape.Image(3, 8, 8), Shape.Image(3, 4, 1)]));
        Assert.Equal("Where needs equal sizes along each axis, or 1, which stretches: input 2 is 3x8x8, but input 3 is 3x4x1 (height 8 and 4). Give both paths the same padding and stride: padding: Padding.Same keeps the size at stride 1.", error.Message);
    }

    [Fact]
    public void Of_equal_numbers_the_first_input_gets_the_gradient()
    {
        foreach (var op in (Op[])[new Maximum(), new Minimum()])
        {
            var trial = new OpTrial(op, [OpTrial.Tensor(Shape.Vector(3), 1, [5, 1, 9]), OpTrial.Tensor(Shape.Vector(3), 1, [5, 9, 1])]);
            double[] first = op is Maximum ? [1, 0, 1] : [1, 1, 0];
            Assert.Equal(first, trial.InputGradient(0));
            Assert.Equal(first.Select(gradient => 1 - gradient), trial.InputGradient(1));
        }
    }

    [Fact]
    public void Not_a_number_wins_a_maximum_and_loses_every_comparison()
    {
        var inputs = new[] { OpTrial.Tensor(Shape.Vector(4), 1, [NotANumber, 1, NotANumber, 2]), OpTrial.Tensor(Shape.Vector(4), 1, [1, NotANumber, NotANumber, 2]) };
        Assert.Equal([NotANumber, NotANumber, NotANumber, 2], new OpTrial(new Maximum(), inputs).Output);
        Assert.Equal([NotANumber, NotANumber, NotANumber, 2], new OpTrial(new Minimum(), inputs).Output);
        Assert.Equal([0, 0, 0, 0], new OpTrial(new Greater(), inputs).Output);
        Assert.Equal([0, 0, 0, 1], new OpTrial(new GreaterOrEqual(), inputs).Output);
        Assert.Equal([0, 0, 0, 1], new OpTrial(new Equal(), inputs).Output);
        Assert.Equal([NotANumber, -1, 3], Of(new Clip(-1, 3), NotANumber, -Infinity, Infinity));
    }

    [Fact]
    public void A_choice_keeps_out_what_was_not_chosen()
    {
        var trial = new OpTrial(new Where(), [OpTrial.Tensor(Shape.Vector(3), 1, [1, 0, -2]), OpTrial.Tensor(Shape.Vector(3), 1, [1, NotANumber, 3]), OpTrial.Tensor(Shape.Vector(3), 1, [Infinity, 5, NotANumber])]);
        Assert.Equal([1, 5, 3], trial.Output);
        Assert.Equal([1, 0, 1], trial.InputGradient(1));
        Assert.Equal([0, 1, 0], trial.InputGradient(2));
    }

    [Fact]
    public void Bounds_let_the_gradient_through_and_what_is_beyond_does_not()
    {
        var trial = new OpTrial(new Clip(-1, 2), Shape.Vector(5), 1, [-3, -1, 0, 2, 3]);
        Assert.Equal([-1, -1, 0, 2, 2], trial.Output);
        Assert.Equal([0, 1, 1, 1, 0], trial.InputGradient());
    }

    [Fact]
    public void Functions_answer_as_IEEE_754_says()
    {
        Assert.Equal([-Infinity, -Infinity, NotANumber, Infinity, NotANumber, 0], Of(new Log(), 0, -0.0, -1, Infinity, NotANumber, 1));
        Assert.Equal([1, 0, Infinity, 0, Infinity, NotANumber], Of(new Exp(), 0, -Infinity, Infinity, -200, 89, NotANumber));
        Assert.Equal([0, NotANumber, Infinity, 3], Of(new RaiseTo(0.5f), 0, -1, Infinity, 9));
        Assert.Equal([Infinity, -0.25, 0], Of(new RaiseTo(-1), 0, -4, Infinity));
        Assert.Equal([1, 0, -1, 0, NotANumber], Of(new Sign(), 3, 0, -0.5, -0.0, NotANumber));
        Assert.Equal([0, 2, -2, -0.0], Of(new Round(), 0.5, 1.5, -2.5, -0.5));
        Assert.Equal([0, -1, -3, 4, 1e30f], Of(new Floor(), 0.9, -0.1, -3, 4, 1e30f));
        Assert.Equal([Infinity, -Infinity], new OpTrial(new Divide(), [OpTrial.Tensor(Shape.Vector(2), 1, [1, -1]), OpTrial.Tensor(Shape.Vector(2), 1, [0, 0])]).Output);
    }

    [Theory]
    [InlineData(2, 9, 6)]
    [InlineData(3, 27, 27)]
    [InlineData(1, 3, 1)]
    [InlineData(0, 1, 0)]
    [InlineData(-1, 1 / 3.0, -1 / 9.0)]
    [InlineData(0.5, 1.7320508, 0.28867513)]
    public void Three_to_the_power_of(float exponent, double value, double derivative)
    {
        var trial = new OpTrial(new RaiseTo(exponent), Shape.Vector(1), 1, [3]);
        Assert.Equal((float)value, (float)trial.Output[0]);
        Assert.Equal((float)derivative, (float)trial.InputGradient()[0]);
    }

    [Fact]
    public void Powers_of_negative_numbers_have_the_sign_of_the_exponents_parity()
    {
        var trial = new OpTrial(new Power(), [OpTrial.Tensor(Shape.Vector(6), 1, [-2, -2, -2, 0, 0, 0]), OpTrial.Tensor(Shape.Vector(6), 1, [3, 2, 0.5, 0, 2, -1])]);
        Assert.Equal([-8, 4], trial.Output[..2].Select(value => Math.Round(value, 5)));
        Assert.Equal([NotANumber, 1, 0, Infinity], trial.Output[2..]);
        Assert.Equal([0, 0], trial.InputGradient(0)[3..5]);
        Assert.Equal(-32, Of(new RaiseTo(5), -2)[0]);
        Assert.Equal(-0.125, Of(new RaiseTo(-3), -2)[0]);
    }

    [Fact]
    public void Settings_that_cannot_be_meant_are_explained()
    {
        Assert.Equal("Clip needs a minimum, a maximum or both: received neither.", Assert.Throws<UsageException>(() => new Clip()).Message);
        Assert.Equal("Clip needs a minimum that is not above its maximum: received 2 and 1.", Assert.Throws<UsageException>(() => new Clip(2, 1)).Message);
        Assert.Equal("The minimum of Clip must be a finite number: received NaN. Leave it out for no bound.", Assert.Throws<UsageException>(() => new Clip(float.NaN)).Message);
        Assert.Equal("The maximum of Clip must be a finite number: received Infinity. Leave it out for no bound.", Assert.Throws<UsageException>(() => new Clip(0, float.PositiveInfinity)).Message);
        Assert.Equal("The exponent of a power must be a finite number: received NaN.", Assert.Throws<UsageException>(() => new RaiseTo(float.NaN)).Message);
        var error = Assert.Throws<UsageException>(() => Network.Build(Shape.Vector(3), x => x / 0));
        Assert.Equal("Scale and shift must be finite numbers of 32 bits: received Infinity x + 0. A quotient whose divisor is 0 often is the reason.", error.Message);
    }

    [Fact]
    public void Settings_read_well() =>
        Assert.Equal(
            ["ScaleShift(3 x - 2)", "ScaleShift(-1 x + 0)", "Clip(at least 0)", "Clip(at most 6)", "Clip(-1 to 1)", "RaiseTo(exponent 0.5)"],
            ((Op[])[new ScaleShift(3, -2), new ScaleShift(-1), new Clip(0), new Clip(null, 6), new Clip(-1, 1), new RaiseTo(0.5f)]).Select(op => op.ToString()));

    private static double[] Of(Op op, params double[] numbers) => new OpTrial(op, Shape.Vector(numbers.Length), 1, numbers).Output;
}
