using Xunit;

namespace FeatureMap.Tests.Tensors;

public sealed class PaddingTests
{
    [Theory]
    [InlineData(5, 3, 2, 1, 1)] // 3 outputs span (3 - 1) x 2 + 3 = 7
    [InlineData(6, 3, 2, 0, 1)] // 3 outputs span 7: the odd pixel goes behind, or before
    [InlineData(7, 2, 1, 0, 1)]
    [InlineData(8, 4, 4, 0, 0)]
    [InlineData(5, 1, 3, 0, 0)] // the windows reach less far than the input: nothing is missing
    public void Same_adds_what_the_last_window_misses(int input, int extent, int stride, int smaller, int larger)
    {
        var shape = Shape.Image(1, input, input);
        Assert.Equal(new Padding(smaller, smaller, larger, larger), Padding.Same.Resolve(shape, extent, stride));
        Assert.Equal(new Padding(larger, larger, smaller, smaller), Padding.SameLower.Resolve(shape, extent, stride));
    }

    [Fact]
    public void Each_kind_has_its_text()
    {
        Assert.Equal(["same", "same-lower", "valid", "2", "1,0,2,3 (top, left, bottom, right)"], new[] { Padding.Same, Padding.SameLower, Padding.Valid, 2, new Padding(1, 0, 2, 3) }.Select(padding => padding.ToString()));
        Assert.Distinct([Padding.Same, Padding.SameLower, Padding.Valid]);
    }
}
