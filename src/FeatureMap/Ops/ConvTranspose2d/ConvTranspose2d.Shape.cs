
namespace FeatureMap.Ops;

public sealed partial class ConvTranspose2d
{
    private static readonly WindowWords Words = ConvGeometry.Words with { Op = "transposed convolution" };

    /// <summary>
    /// The geometry of the convolution that this layer turns round: its <see cref="WindowGeometry.Input"/> is what this layer gives for
    /// <paramref name="input"/>, its <see cref="WindowGeometry.Output"/> is <paramref name="input"/>.
    /// </summary>
    /// <exception cref="ShapeException">It does not fit; the message has the arithmetic.</exception>
    public override ConvGeometry Geometry(Shape input)
    {
        Words.CheckSizes(Kernel, Stride, Dilation);
        ConvGeometry.CheckChannels(Words, input.Channels, OutputChannels, Groups);
        var (isSame, extent) = (Padding.IsRule, WindowAxis.ExtentOf(Kernel, Dilation));
        var height = OutputSize("height", input.Height, extent.Vertical, Stride.Vertical, Dilation.Vertical, isSame ? null : Padding.Top + Padding.Bottom, OutputPadding.Vertical);
        var width = OutputSize("width", input.Width, extent.Horizontal, Stride.Horizontal, Dilation.Horizontal, isSame ? null : Padding.Left + Padding.Right, OutputPadding.Horizontal);
        return new ConvGeometry(new Shape(OutputChannels, height, width), input.Channels, Kernel, Stride, Padding, Dilation, Groups).CutTo(input);
    }

    /// <summary>
    /// How many taps of the kernel meet in an output pixel, for each of the stride's phases along one axis: phase a gets the taps j with
    /// j x dilation = a (mod stride). Equal numbers: even coverage. Unequal ones: a checkerboard, whose factors of both axes multiply. A 0: pixels that get
    /// nothing but the bias.
    /// </summary>
    /// <param name="kernel">Taps along the axis.</param>
    /// <param name="stride">Output pixels between neighbouring patches.</param>
    /// <param name="dilation">Output pixels between neighbouring taps.</param>
    /// <returns>One number per phase, 0 to stride - 1: (3, 2) gives 2 and 1, (4, 2) gives 2 and 2.</returns>
    /// <exception cref="UsageException">A number is below 1.</exception>
    public static IReadOnlyList<int> Overlap(int kernel, int stride, int dilation = 1)
    {
        if (Math.Min(kernel, Math.Min(stride, dilation)) < 1)
            throw new UsageException($"Kernel, stride and dilation are at least 1: received {kernel}, {stride} and {dilation}.");
        var taps = new int[stride];
        for (var tap = 0; tap < kernel; tap++)
            taps[(long)tap * dilation % stride]++;
        return taps;
    }

    private static int OutputSize(string axis, int input, int extent, int stride, int dilation, int? padding, int outputPadding)
    {
        var most = Math.Max(stride, dilation) - 1;
        if (outputPadding < 0 || outputPadding > most)
            throw new ShapeException($"The output padding must be below the stride or the dilation, so between 0 and max({stride}, "
                + $"{dilation}) - 1 = {most} along the {axis}: received {outputPadding}. "
                + $"{TooMuchPadding(input, extent, stride, dilation, padding ?? 0, outputPadding)}");
        if (padding is null)
        {
            if (outputPadding != 0)
                throw new ShapeException($"The padding already decides the {axis} of the output: {input} x stride {stride} = "
                    + $"{(long)input * stride}. Leave the output padding of {outputPadding} out, or give the padding in numbers.");
            return Checked((long)input * stride);
        }
        var full = ((input - 1L) * stride) + extent + outputPadding;
        if (full <= padding)
            throw new ShapeException($"The padding cuts off the whole {axis}: ({input} - 1) x stride {stride} + extent "
                + $"{extent}{(outputPadding == 0 ? "" : $" + output padding {outputPadding}")} = {full} pixels, and the padding takes "
                + $"{padding} of them. A transposed convolution gets smaller by its padding: use at most {full - 1}.");
        return Checked(full - padding.Value);
    }

    private static string TooMuchPadding(int input, int extent, int stride, int dilation, int padding, int outputPadding)
    {
        if (outputPadding < 0)
            return "To cut rows or columns off the end, use more padding at the bottom or right.";
        var size = ((input - 1L) * stride) - padding + extent;
        return $"Without it the output has ({input} - 1) x {stride} - {padding} + {extent} = {size} pixels; for more than "
            + $"{size + Math.Max(stride, dilation) - 1}, use less padding or a larger kernel.";
    }

    private static int Checked(long size) =>
        size <= int.MaxValue ? (int)size : throw new ShapeException($"The output would have {size:N0} rows or columns; at most "
            + $"{int.MaxValue:N0} are possible.");
}
