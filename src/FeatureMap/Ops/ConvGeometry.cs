
namespace FeatureMap.Ops;

/// <summary>
/// The whole geometry of a convolution on one input, validated once: forward, both gradients, cost, path choice and display all read this
/// value.
/// </summary>
public sealed record ConvGeometry : WindowGeometry
{
    internal static readonly WindowWords Words = new(
        "convolution", "kernel", "1 means no stride",
        axis => $"Use a smaller kernel{(axis.Dilation > 1 ? " or dilation" : "")}, or pad by at least {axis.Extent - axis.Padded} more.");

    /// <summary>Validates and derives; the message of the error has the arithmetic.</summary>
    /// <exception cref="ShapeException">A size is out of range, the groups do not divide the channels, or the kernel does not fit the padded input.</exception>
    public ConvGeometry(Shape input, int outputChannels, PerAxis kernel, PerAxis stride, Padding padding, PerAxis dilation, int groups)
        : base(Words, input, kernel, stride, padding, dilation, ceilMode: false)
    {
        CheckChannels(Words, input.Channels, outputChannels, groups);
        (OutputChannels, Groups) = (outputChannels, groups);
        Output = new Shape(outputChannels, Vertical.Outputs, Horizontal.Outputs);
        _ = new Shape(input.Channels, (int)Vertical.Padded, (int)Horizontal.Padded); // the padded copy must be addressable too
    }

    /// <summary>Number of kernels = channels of the output.</summary>
    public int OutputChannels { get; }

    /// <summary>Blocks of channels that do not see each other.</summary>
    public int Groups { get; }

    /// <summary>Input channels that one output channel reads.</summary>
    public int InputChannelsPerGroup => Input.Channels / Groups;

    /// <summary>Output channels of one group.</summary>
    public int OutputChannelsPerGroup => OutputChannels / Groups;

    /// <summary>
    /// Lanes of a shard that can have an image (<see cref="Lanes.LaneLayout.Occupied"/>): kernels leave the others out. No bit depends on
    /// it.
    /// </summary>
    internal int OccupiedLanes { get; init; } = Lanes.LaneLayout.Lanes;

    /// <summary>Multiply-accumulates for one sample.</summary>
    public long MultiplyAdds => (long)Output.Area * OutputChannels * InputChannelsPerGroup * Taps;

    /// <summary>
    /// The same windows cut to those of a given output, which must not be larger than all that fit: a transposed convolution may give rows and columns that
    /// no window of the convolution it turns round would read.
    /// </summary>
    internal ConvGeometry CutTo(Shape output) =>
        this with { Vertical = Vertical with { Outputs = output.Height }, Horizontal = Horizontal with { Outputs = output.Width }, Output = output };

    /// <summary>There are channels and groups, and groups divide the channels on both sides.</summary>
    /// <exception cref="ShapeException">They do not.</exception>
    internal static void CheckChannels(WindowWords words, int inputChannels, int outputChannels, int groups)
    {
        words.CheckSize(outputChannels, "output channels", "at least one kernel must be learned");
        words.CheckSize(groups, "groups", "1 means an ordinary convolution");
        Divide(inputChannels, "input");
        Divide(outputChannels, "output");

        void Divide(int channels, string side)
        {
            if (channels % groups != 0)
                throw new ShapeException($"{groups} groups do not divide {channels} {side} channels: {channels} / {groups} = "
                    + $"{(double)channels / groups:0.##}. Use a number of groups that divides both {inputChannels} and {outputChannels}: "
                    + $"{Divisors(inputChannels, outputChannels)}.");
        }
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
