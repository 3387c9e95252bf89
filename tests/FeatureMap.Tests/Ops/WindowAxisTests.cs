using System.Globalization;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

public class WindowAxisTests
{
    [Fact]
    public void EveryCountIsWhatTheDefinitionSays()
    {
        var random = new RandomSequence(7, RandomPurpose.Testing, 0);
        for (var trial = 0; trial < 400; trial++)
        {
            var ceilMode = random.NextInt(2) == 0;
            var (kernel, stride, dilation) = (Draw(ref random, 4), Draw(ref random, 4), Draw(ref random, 3));
            var input = new Shape(1, 1 + random.NextInt(9), 1 + random.NextInt(9));
            var padding = new Padding(random.NextInt(4), random.NextInt(4), random.NextInt(4), random.NextInt(4));
            if (Geometry(input, kernel, stride, padding, dilation, ceilMode) is not { } geometry) continue;
            foreach (var axis in new[] { geometry.Vertical, geometry.Horizontal })
            {
                var reads = new int[axis.Input];
                var live = new bool[axis.Kernel];
                for (var window = 0; window < axis.Outputs; window++)
                    for (var tap = 0; tap < axis.Kernel; tap++)
                    {
                        var position = (window * axis.Stride) - axis.Before + (tap * axis.Dilation);
                        Assert.Equal(position, axis.Position(window, tap));
                        if (position < 0 || position >= axis.Input) continue;
                        reads[position]++;
                        live[tap] = true;
                    }
                Assert.Equal(reads, axis.Reads());
                Assert.Equal(live, axis.Live());
                Assert.Equal(reads.Count(count => count == 0), axis.Unread);
                var end = ((axis.Outputs - 1) * axis.Stride) + axis.Extent;
                var padded = axis.Before + axis.Input + axis.After;
                Assert.Equal(Math.Max(0, padded - end), axis.LeftOver);
                Assert.Equal(end > padded, axis.IsPartial);
                Assert.True(ceilMode || !axis.IsPartial);
            }
        }
    }

    [Fact]
    public void ATransposedConvolutionIsSeenFromItsOutput()
    {
        Convolution turned = new ConvTranspose2d(5, (3, 2)) { Stride = 2, OutputPadding = (1, 0) };
        var geometry = turned.Geometry(new Shape(4, 3, 6));
        Assert.Equal(turned.OutputShape([new Shape(4, 3, 6)]), geometry.Input);
        Assert.Equal((8, 3, 12, 6), (geometry.Vertical.Input, geometry.Vertical.Outputs, geometry.Horizontal.Input, geometry.Horizontal.Outputs));
    }

    [Fact]
    public void SizesOutOfRangeReadTheSameInEveryCulture()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            culture.NumberFormat.NumberGroupSeparator = ".";
            CultureInfo.CurrentCulture = culture;
            foreach (var (op, expected) in new (Action, string)[]
            {
                (() => new MaxPool2d((2, 2_000_000)).Geometry(new Shape(1, 4, 4)), "A pooling's kernel width must be between 1 and "
                    + "1,000,000: received 2,000,000 (a window covers at least one pixel)."),
                (() => new AveragePool2d(2) { Stride = (0, 1) }.Geometry(new Shape(1, 4, 4)), "A pooling's vertical stride must be "
                    + "between 1 and 1,000,000: received 0 (leave it out for windows that do not overlap)."),
                (() => new Conv2d(1, (0, 1)).Geometry(new Shape(1, 4, 4)), "A convolution's kernel height must be between 1 and "
                    + "1,000,000: received 0 (a kernel covers at least one pixel)."),
                (() => new ConvTranspose2d(1, 2) { Dilation = (1, 2_000_000) }.Geometry(new Shape(1, 4, 4)), "A transposed convolution's "
                    + "horizontal dilation must be between 1 and 1,000,000: received 2,000,000 (1 means no dilation)."),
            })
                Assert.Equal(expected, Assert.Throws<ShapeException>(op).Message);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static PerAxis Draw(ref RandomSequence random, int most) => (1 + random.NextInt(most), 1 + random.NextInt(most));

    // Half of them those of a convolution, which may have windows on padding alone.
    private static WindowGeometry? Geometry(Shape input, PerAxis kernel, PerAxis stride, Padding padding, PerAxis dilation, bool ceilMode)
    {
        try
        {
            return ceilMode ? new PoolGeometry(input, kernel, stride, padding, dilation, ceilMode) : new ConvGeometry(input, 1, kernel, stride, padding, dilation, 1);
        }
        catch (ShapeException)
        {
            return null;
        }
    }
}
