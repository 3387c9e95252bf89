using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// A convolution as a matrix product, in its two forms. As a map of the whole image it is one large matrix, output numbers x input numbers,
/// sparse and with few distinct weights: a 3x3 kernel over 4x4 pixels is 4 x 16 with 9 numbers in each row; its transpose is the backward
/// pass, and what a transposed convolution computes.
/// As a product W X of the kernels with the patches of the image (im2col, <see cref="Patches"/>) it is a dense layer that all pixels share;
/// a 1x1 kernel needs no copy for it. The bias is not part of either.
/// Sources: Dumoulin and Visin, arXiv 1603.07285, "Convolution as a matrix operation"; Stanford CS231n, "Implementation as matrix
/// multiplication".
/// </summary>
public sealed class ConvolutionMatrix
{
    private const long MostNumbers = 1L << 24;
    private readonly double[] numbers;

    private ConvolutionMatrix(int rows, int columns) => (Rows, Columns, numbers) = (rows, columns, new double[rows * columns]);

    /// <summary>Output numbers: channels x height x width.</summary>
    public int Rows { get; }

    /// <summary>Input numbers.</summary>
    public int Columns { get; }

    /// <summary>The weight with which an output reads an input.</summary>
    public double this[int row, int column] => numbers[(row * Columns) + column];

    /// <summary>The matrix of a convolution on an input.</summary>
    /// <param name="convolution">The layer.</param>
    /// <param name="input">Shape of the image.</param>
    /// <param name="weight">The kernels: outputs x inputs/groups x height x width.</param>
    /// <exception cref="ShapeException">The layer does not fit the input or the weights, or the matrix would have more than 16,777,216
    /// numbers.</exception>
    public static ConvolutionMatrix Of(Conv2d convolution, Shape input, ReadOnlySpan<float> weight)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        var geometry = convolution.Geometry(input);
        CheckLength("weight", weight.Length, geometry.OutputChannels * geometry.InputChannelsPerGroup * geometry.Taps);
        CheckSize(geometry.Output.Count, input.Count);
        var matrix = new ConvolutionMatrix(geometry.Output.Count, input.Count);
        for (var row = 0; row < matrix.Rows; row++)
        {
            var channel = row / geometry.Output.Area;
            var firstChannel = channel / geometry.OutputChannelsPerGroup * geometry.InputChannelsPerGroup;
            var reads = geometry.InputChannelsPerGroup * geometry.Taps;
            for (var i = 0; i < reads; i++)
                if (Source(geometry, firstChannel, row % geometry.Output.Area, i) is >= 0 and var column)
                    matrix.numbers[(row * matrix.Columns) + column] = weight[(channel * reads) + i];
        }
        return matrix;
    }

    /// <summary>
    /// The patches of an image as columns (im2col): inputs/groups x kernel height x kernel width rows, one column for each output pixel; 0
    /// where a tap stands on padding.
    /// The kernels of the group, one per row, times this matrix is the output, channel after channel.
    /// </summary>
    /// <param name="convolution">The layer.</param>
    /// <param name="input">Shape of the image.</param>
    /// <param name="image">Its numbers, planar.</param>
    /// <param name="group">Which block of channels.</param>
    /// <exception cref="ShapeException">The layer does not fit the input, or the matrix would be too large.</exception>
    /// <exception cref="UsageException">There is no such group.</exception>
    public static ConvolutionMatrix Patches(Conv2d convolution, Shape input, ReadOnlySpan<float> image, int group = 0)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        var geometry = convolution.Geometry(input);
        if (group < 0 || group >= geometry.Groups) throw new UsageException($"The convolution has {geometry.Groups} groups, counted from "
            + $"0: there is no group {group}.");
        CheckLength("image", image.Length, input.Count);
        var reads = geometry.InputChannelsPerGroup * geometry.Taps;
        CheckSize(reads, geometry.Output.Area);
        var matrix = new ConvolutionMatrix(reads, geometry.Output.Area);
        for (var row = 0; row < matrix.Rows; row++)
            for (var column = 0; column < matrix.Columns; column++)
                if (Source(geometry, group * geometry.InputChannelsPerGroup, column, row) is >= 0 and var source)
                    matrix.numbers[(row * matrix.Columns) + column] = image[source];
        return matrix;
    }

    /// <summary>The matrix times a column of numbers: the forward pass.</summary>
    /// <exception cref="ShapeException">It needs as many numbers as there are columns.</exception>
    public double[] Apply(ReadOnlySpan<float> input)
    {
        CheckLength("input", input.Length, Columns);
        var result = new double[Rows];
        for (var i = 0; i < numbers.Length; i++)
            result[i / Columns] += numbers[i] * input[i % Columns];
        return result;
    }

    /// <summary>The transposed matrix times a column of numbers: the backward pass, from the gradient of the output to that of the
    /// input.</summary>
    /// <exception cref="ShapeException">It needs as many numbers as there are rows.</exception>
    public double[] ApplyTransposed(ReadOnlySpan<float> outputGradient)
    {
        CheckLength("output gradient", outputGradient.Length, Rows);
        var result = new double[Columns];
        for (var i = 0; i < numbers.Length; i++)
            result[i % Columns] += numbers[i] * outputGradient[i / Columns];
        return result;
    }

    internal static void CheckLength(string what, int received, int expected)
    {
        if (received != expected) throw new ShapeException($"The {what} needs {expected:N0} numbers: received {received:N0}.");
    }

    /// <summary>Place in the image that tap number i of a window reads, over all channels of its group; -1 for padding.</summary>
    private static int Source(ConvGeometry geometry, int firstChannel, int window, int i)
    {
        var (channel, tap) = (firstChannel + (i / geometry.Taps), i % geometry.Taps);
        var y = geometry.Vertical.Position(window / geometry.Output.Width, tap / geometry.Horizontal.Kernel);
        var x = geometry.Horizontal.Position(window % geometry.Output.Width, tap % geometry.Horizontal.Kernel);
        return y < 0 || x < 0 || y >= geometry.Input.Height
            || x >= geometry.Input.Width ? -1 : (((channel * geometry.Input.Height) + y) * geometry.Input.Width) + x;
    }

    private static void CheckSize(long rows, long columns)
    {
        if (rows * columns > MostNumbers)
            throw new ShapeException($"The matrix would have {rows:N0} x {columns:N0} = {rows * columns:N0} numbers; at most "
                + $"{MostNumbers:N0} are shown. Take a smaller image: the matrix repeats itself.");
    }
}
