using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>
/// Border rules of ONNX that our settings must be able to say: those node tests of MaxPool and AveragePool (onnx/onnx, backend/test/case/node) whose numbers are
/// written out there. Inputs are 1, 2, 3, ... row by row.
/// </summary>
public sealed class OnnxPoolTests
{
    public static TheoryData<string, Op, int, double[]> Cases => new()
    {
        { "maxpool_2d_ceil", new MaxPool2d(3) { Stride = 2, CeilMode = true }, 4, [11, 12, 15, 16] },
        { "maxpool_2d_ceil_output_size_reduce_by_one", new MaxPool2d(1) { Stride = 2, CeilMode = true }, 2, [1] },
        { "maxpool_2d_dilations", new MaxPool2d(2) { Stride = 1, Dilation = 2 }, 4, [11, 12, 15, 16] },
        { "maxpool_2d_precomputed_pads", new MaxPool2d(5) { Stride = 1, Padding = 2 }, 5, [13, 14, 15, 15, 15, 18, 19, 20, 20, 20, 23, 24, 25, 25, 25, 23, 24, 25, 25, 25, 23, 24, 25, 25, 25] },
        { "maxpool_2d_precomputed_same_upper", new MaxPool2d(3) { Stride = 2, Padding = Padding.Same }, 5, [7, 9, 10, 17, 19, 20, 22, 24, 25] },
        { "maxpool_2d_precomputed_strides", new MaxPool2d(2), 5, [7, 9, 17, 19] },
        { "averagepool_2d_ceil", new AveragePool2d(3) { Stride = 2, CeilMode = true, CountsPadding = false }, 4, [6, 7.5, 12, 13.5] },
        { "averagepool_2d_dilations", new AveragePool2d(2) { Stride = 1, Dilation = 2, CeilMode = true, CountsPadding = false }, 4, [6, 7, 10, 11] },
        { "averagepool_2d_precomputed_pads", new AveragePool2d(5) { Stride = 1, Padding = 2, CountsPadding = false }, 5, [7, 7.5, 8, 8.5, 9, 9.5, 10, 10.5, 11, 11.5, 12, 12.5, 13, 13.5, 14, 14.5, 15, 15.5, 16, 16.5, 17, 17.5, 18, 18.5, 19] },
        { "averagepool_2d_precomputed_pads_count_include_pad", new AveragePool2d(5) { Stride = 1, Padding = 2 }, 5, [2.52, 3.6, 4.8, 4.08, 3.24, 4.56, 6.4, 8.4, 7.04, 5.52, 7.2, 10, 13, 10.8, 8.4, 6.96, 9.6, 12.4, 10.24, 7.92, 6.12, 8.4, 10.8, 8.88, 6.84] },
        { "averagepool_2d_precomputed_same_upper", new AveragePool2d(3) { Stride = 2, Padding = Padding.Same, CountsPadding = false }, 5, [4, 5.5, 7, 11.5, 13, 14.5, 19, 20.5, 22] },
        { "averagepool_2d_precomputed_strides", new AveragePool2d(2), 5, [4, 6, 14, 16] },
        // Its own input has random numbers; the rule is that the second window, which would start on the padding behind the input, is dropped, and that 9 is divided by.
        { "averagepool_2d_ceil_last_window_starts_on_pad", new AveragePool2d(3) { Stride = 3, Padding = 1, CeilMode = true }, 2, [10 / 9.0] },
        // The odd pixel of padding above and on the left.
        { "maxpool_2d_same_lower", new MaxPool2d(2) { Stride = 1, Padding = Padding.SameLower }, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9] },
        { "averagepool_2d_same_lower", new AveragePool2d(2) { Stride = 1, Padding = Padding.SameLower, CountsPadding = false }, 2, [1, 1.5, 2, 2.5] },
        { "averagepool_2d_same_upper", new AveragePool2d(2) { Stride = 1, Padding = Padding.Same, CountsPadding = false }, 2, [2.5, 3, 3.5, 4] },
    };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Our_settings_can_say_it(string name, Op op, int size, double[] expected)
    {
        var numbers = Enumerable.Range(1, size * size).Select(number => (double)number).ToArray();
        var output = new OpTrial(op, Shape.Image(1, size, size), 1, numbers).Output;
        Assert.True(expected.Length == output.Length, name);
        Assert.Equal(expected, output, (a, b) => Math.Abs(a - b) < 1e-6 * b);
    }
}
