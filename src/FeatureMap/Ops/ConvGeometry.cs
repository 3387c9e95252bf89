namespace FeatureMap.Ops;

/// <summary>
/// The whole geometry of a convolution on one input, validated once: forward, both gradients, cost, path choice and display all read this value.
/// Sizes in pixels. Arithmetic: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285.
/// </summary>
public sealed record ConvGeometry
{
    /// <summary>Validates and derives; the message of the error has the arithmetic.</summary>
    /// <exception cref="ShapeException">A size is out of range, the groups do not divide the channels, or the kernel does not fit the padded input.</exception>
    public ConvGeometry(Shape input, int outputChannels, int kernelHeight, int kernelWidth, int strideVertical, int strideHorizontal, Padding padding, int dilationVertical, int dilationHorizontal, int groups)
    {
        Input = input;
        OutputChannels = outputChannels;
        KernelHeight = kernelHeight;
        KernelWidth = kernelWidth;
        StrideVertical = strideVertical;
        StrideHorizontal = strideHorizontal;
        DilationVertical = dilationVertical;
        DilationHorizontal = dilationHorizontal;
        Groups = groups;
        CheckSizes("convolution", outputChannels, kernelHeight, kernelWidth, strideVertical, strideHorizontal, dilationVertical, dilationHorizontal, groups);
        CheckGroups(groups, input.Channels, outputChannels);
        ExtentVertical = Extent(kernelHeight, dilationVertical);
        ExtentHorizontal = Extent(kernelWidth, dilationHorizontal);
        Padding = padding.Resolve(input, ExtentVertical, ExtentHorizontal, strideVertical, strideHorizontal);
        OutputHeight = OutputSize("height", input.Height, Padding.Top, Padding.Bottom, kernelHeight, dilationVertical, ExtentVertical, strideVertical);
        OutputWidth = OutputSize("width", input.Width, Padding.Left, Padding.Right, kernelWidth, dilationHorizontal, ExtentHorizontal, strideHorizontal);
        Output = new Shape(outputChannels, OutputHeight, OutputWidth);
        _ = new Shape(input.Channels, PaddedHeight, PaddedWidth); // the padded copy must be addressable too
    }

    /// <summary>Shape of one input sample.</summary>
    public Shape Input { get; }

    /// <summary>Number of kernels = channels of the output.</summary>
    public int OutputChannels { get; }

    /// <summary>Rows of the kernel.</summary>
    public int KernelHeight { get; }

    /// <summary>Columns of the kernel.</summary>
    public int KernelWidth { get; }

    /// <summary>Rows between neighbouring windows.</summary>
    public int StrideVertical { get; }

    /// <summary>Columns between neighbouring windows.</summary>
    public int StrideHorizontal { get; }

    /// <summary>Rows between neighbouring taps of the kernel.</summary>
    public int DilationVertical { get; }

    /// <summary>Columns between neighbouring taps of the kernel.</summary>
    public int DilationHorizontal { get; }

    /// <summary>Blocks of channels that do not see each other.</summary>
    public int Groups { get; }

    /// <summary>Zeros added on each side, as numbers (<c>same</c> is resolved).</summary>
    public Padding Padding { get; }

    /// <summary>Rows from the first to the last tap: k + (k - 1)(d - 1).</summary>
    public int ExtentVertical { get; }

    /// <summary>Columns from the first to the last tap.</summary>
    public int ExtentHorizontal { get; }

    /// <summary>Rows of the output.</summary>
    public int OutputHeight { get; private init; }

    /// <summary>Columns of the output.</summary>
    public int OutputWidth { get; private init; }

    /// <summary>Shape of one output sample.</summary>
    public Shape Output { get; private init; }

    /// <summary>Input channels that one output channel reads.</summary>
    public int InputChannelsPerGroup => Input.Channels / Groups;

    /// <summary>Output channels of one group.</summary>
    public int OutputChannelsPerGroup => OutputChannels / Groups;

    /// <summary>Taps of the kernel in one plane.</summary>
    public int Taps => KernelHeight * KernelWidth;

    /// <summary>Rows of the padded input.</summary>
    public int PaddedHeight => Input.Height + Padding.Top + Padding.Bottom;

    /// <summary>Columns of the padded input.</summary>
    public int PaddedWidth => Input.Width + Padding.Left + Padding.Right;

    /// <summary>Multiply-accumulates for one sample.</summary>
    public long MultiplyAdds => (long)Output.Area * OutputChannels * InputChannelsPerGroup * Taps;

    /// <summary>k + (k - 1)(d - 1): what a kernel of k taps spans at dilation d.</summary>
    internal static int Extent(int kernel, int dilation)
    {
        var extent = kernel + ((long)(kernel - 1) * (dilation - 1));
        return extent <= int.MaxValue / 4 ? (int)extent : throw new ShapeException(FormattableString.Invariant($"A kernel of {kernel} taps at dilation {dilation} would span {kernel} + ({kernel} - 1) x ({dilation} - 1) = {extent:N0} pixels."));
    }

    /// <summary>
    /// The same windows cut to those of a given output, which must not be larger than all that fit: a transposed convolution may give rows and columns that
    /// no window of the convolution it turns round would read.
    /// </summary>
    internal ConvGeometry CutTo(Shape output) => this with { OutputHeight = output.Height, OutputWidth = output.Width, Output = output };

    /// <summary>Every size of a convolution, in either direction, is at least 1.</summary>
    /// <exception cref="ShapeException">One is not.</exception>
    internal static void CheckSizes(string op, int outputChannels, int kernelHeight, int kernelWidth, int strideVertical, int strideHorizontal, int dilationVertical, int dilationHorizontal, int groups)
    {
        AtLeastOne(outputChannels, "output channels", "at least one kernel must be learned");
        AtLeastOne(kernelHeight, "kernel height", "a kernel covers at least one pixel");
        AtLeastOne(kernelWidth, "kernel width", "a kernel covers at least one pixel");
        AtLeastOne(strideVertical, "vertical stride", "1 means no stride");
        AtLeastOne(strideHorizontal, "horizontal stride", "1 means no stride");
        AtLeastOne(dilationVertical, "vertical dilation", "1 means no dilation");
        AtLeastOne(dilationHorizontal, "horizontal dilation", "1 means no dilation");
        AtLeastOne(groups, "groups", "1 means an ordinary convolution");

        void AtLeastOne(int value, string what, string meaning)
        {
            if (value is < 1 or > 1_000_000)
                throw new ShapeException(FormattableString.Invariant($"A {op}'s {what} must be between 1 and 1,000,000: received {value:N0} ({meaning})."));
        }
    }

    /// <summary>Groups divide the channels on both sides.</summary>
    /// <exception cref="ShapeException">They do not.</exception>
    internal static void CheckGroups(int groups, int inputChannels, int outputChannels)
    {
        Divide(inputChannels, "input");
        Divide(outputChannels, "output");

        void Divide(int channels, string side)
        {
            if (channels % groups != 0)
                throw new ShapeException(FormattableString.Invariant($"{groups} groups do not divide {channels} {side} channels: {channels} / {groups} = {(double)channels / groups:0.##}. Use a number of groups that divides both {inputChannels} and {outputChannels}: {Divisors(inputChannels, outputChannels)}."));
        }
    }

    private static int OutputSize(string axis, int input, int before, int after, int kernel, int dilation, int extent, int stride)
    {
        var padded = (long)input + before + after;
        if (padded >= extent)
            return (int)(((padded - extent) / stride) + 1);
        var paddingText = before + after == 0 ? "" : $" + {before} + {after} padding = {padded}";
        var extentText = dilation == 1 ? $"{kernel}" : $"{kernel} + ({kernel} - 1) x ({dilation} - 1) = {extent}";
        throw new ShapeException($"The kernel does not fit: it spans {extentText} pixels of {axis}, the input has {input}{paddingText}. Use a smaller kernel{(dilation > 1 ? " or dilation" : "")}, or pad by at least {extent - padded} more.");
    }

    private static string Divisors(int first, int second)
    {
        var common = new List<int>();
        for (var divisor = 1; divisor <= Math.Min(first, second) && common.Count < 12; divisor++)
            if (first % divisor == 0 && second % divisor == 0)
                common.Add(divisor);
        return NumberRow.Join(", ", common);
    }
}
