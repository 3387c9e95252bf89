using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class AveragePoolTests
{
    [Theory]
    [InlineData(true, new double[] { 1, 2, 3, 4 })] // 4, 8, 12, 16 over four taps, three of them zeros
    [InlineData(false, new double[] { 4, 8, 12, 16 })]
    public void Padding_counts_as_zeros_or_not_at_all(bool countsPadding, double[] expected) =>
        Assert.Equal(expected, new OpTrial(new AveragePool2d(2) { Padding = 1, CountsPadding = countsPadding }, Shape.Image(1, 2, 2), 1, [4, 8, 12, 16]).Output);

    [Fact]
    public void A_partial_window_of_ceil_mode_divides_by_what_it_covers() =>
        Assert.Equal([1.5, 3], new OpTrial(new AveragePool2d((1, 2)) { CeilMode = true }, Shape.Image(1, 1, 3), 1, [1, 2, 3]).Output);

    [Fact]
    public void Ceil_mode_counts_padding_but_nothing_behind_it()
    {
        // 4 + 1 padding behind = 5 columns, windows of 4 with stride 2: the second covers columns 2, 3 and the padding; column 5 is behind it.
        var op = new AveragePool2d((1, 4)) { Stride = (1, 2), Padding = new Padding(0, 0, 0, 1), CeilMode = true };
        Assert.Equal([3, 3], new OpTrial(op, Shape.Image(1, 1, 4), 1, [1, 2, 3, 6]).Output);
    }

    [Fact]
    public void The_gradient_is_shared_evenly() =>
        Assert.Equal([0.25, 0.25, 0.25, 0.25], new OpTrial(new AveragePool2d(2), Shape.Image(1, 2, 2), 1, [1, 7, 3, 4]).InputGradient());

    [Fact]
    public void Global_average_pooling_gives_one_number_per_channel()
    {
        var trial = new OpTrial(new GlobalAveragePool(), Shape.Image(2, 2, 2), 1, [1, 2, 3, 6, -4, 0, 0, 0]);
        Assert.Equal([3, -1], trial.Output);
        Assert.All(trial.InputGradient(), gradient => Assert.Equal(0.25, gradient));
        Assert.Equal(Shape.Vector(16), Network.Build(Shape.Image(16, 7, 5), x => x.GlobalAveragePool()).Output);
    }

    [Fact]
    public void Settings_name_what_differs_from_the_default() =>
        Assert.Equal("AveragePool2d(2x2, stride 1, padding 1, padding "
            + "not counted)", new AveragePool2d(2) { Stride = 1, Padding = 1, CountsPadding = false }.ToString());
}
