using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Adds rows and columns around each plane, or takes them away where a number is negative: zeros or another constant, the mirror image, the edge repeated, or the other
/// end. Before a convolution without padding it gives that convolution another border than zeros. With a constant it can add channels as well, which is the skip path
/// without parameters of the first residual networks. No parameters.
/// Shapes: C x H x W to (before + C + after) x (top + H + bottom) x (left + W + right). What is cropped is cropped first; the rest is padded.
/// Source: ONNX operator Pad; PyTorch's functional pad.
/// </summary>
public sealed partial class Pad2d : PlaneMap, IOpRoom
{
    private const int Most = 1_000_000;

    /// <summary>As many pixels on each side.</summary>
    public Pad2d(int pixels) : this(pixels, pixels, pixels, pixels) { }

    /// <summary>Pixels on each side; a negative number crops.</summary>
    public Pad2d(int top, int left, int bottom, int right) => (Top, Left, Bottom, Right) = (top, left, bottom, right);

    /// <summary>Rows added above.</summary>
    public int Top { get; }

    /// <summary>Columns added on the left.</summary>
    public int Left { get; }

    /// <summary>Rows added below.</summary>
    public int Bottom { get; }

    /// <summary>Columns added on the right.</summary>
    public int Right { get; }

    /// <summary>Planes added before the first channel; only with a constant.</summary>
    public int ChannelsBefore { get; init; }

    /// <summary>Planes added behind the last channel; only with a constant.</summary>
    public int ChannelsAfter { get; init; }

    /// <summary>What stands on the new pixels.</summary>
    public PadMode Mode { get; init; }

    /// <summary>The number on new pixels of <see cref="PadMode.Constant"/>.</summary>
    public float Value { get; init; }

    /// <inheritdoc/>
    public override string Settings
    {
        get
        {
            var parts = new List<string> { Top == Left && Top == Bottom && Top == Right ? $"{Top}" : $"{Top},{Left},{Bottom},{Right} (top, left, bottom, right)" };
            if (ChannelsBefore != 0 || ChannelsAfter != 0) parts.Add($"channels {ChannelsBefore},{ChannelsAfter}");
            if (Mode != PadMode.Constant) parts.Add(Mode.ToString().ToLowerInvariant());
            else if (Value != 0) parts.Add($"with {Value}");
            return string.Join(", ", parts);
        }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var input = inputs[0];
        if (Mode != PadMode.Constant && (ChannelsBefore > 0 || ChannelsAfter > 0))
            throw new ShapeException($"Channels can only be padded with a constant: received {ChannelsBefore} before and {ChannelsAfter} after with mode {Mode}. Channels have no neighbours to mirror or repeat.");
        return new Shape(
            Size("channels", input.Channels, ChannelsBefore, ChannelsAfter), Size("rows", input.Height, Top, Bottom), Size("columns", input.Width, Left, Right));
    }

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => new(new AxisReach(1, 1, Top), new AxisReach(1, 1, Left));

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("copies", "tables say per row and column where a pixel comes from, which costs the same for every mode; back, each input adds up its readers");

    static Op IOpRoom.FromSettings(OpSettings settings)
    {
        var pixels = settings.Wholes("pixels", "top, left, bottom, right", 4, (Pad2d op) =>
            [op.Top, op.Left, op.Bottom, op.Right], -Most, Most);
        var channels = settings.Wholes("channels", "before, after", 2, (Pad2d op) => [op.ChannelsBefore, op.ChannelsAfter], -Most, Most);
        return new Pad2d(pixels[0], pixels[1], pixels[2], pixels[3])
        {
            ChannelsBefore = channels[0],
            ChannelsAfter = channels[1],
            Mode = settings.Choice("mode", (Pad2d op) => op.Mode),
            Value = settings.Any("value", (Pad2d op) => op.Value),
        };
    }

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("zeros", new Pad2d(1), [new Shape(3, 4, 5)], 19),
        new("a constant, different on each side", new Pad2d(0, 1, 2, 3) { Value = -7 }, [new Shape(2, 3, 4)], 16),
        new("reflect", new Pad2d(2, 1, 1, 3) { Mode = PadMode.Reflect }, [new Shape(2, 4, 5)], 17),
        new("reflect more than once, a single row", new Pad2d(2, 7, 1, 6) { Mode = PadMode.Reflect }, [new Shape(2, 1, 3)], 3),
        new("replicate", new Pad2d(2, 3, 1, 1) { Mode = PadMode.Replicate }, [new Shape(2, 3, 2)], 5),
        new("wrap", new Pad2d(2, 1, 1, 3) { Mode = PadMode.Wrap }, [new Shape(2, 4, 5)], 5),
        new("wrap more than once", new Pad2d(5, 3, 4, 7) { Mode = PadMode.Wrap }, [new Shape(1, 2, 3)], 2),
        new("negative crops, then the rest is mirrored", new Pad2d(-1, 2, 3, -2) { Mode = PadMode.Reflect }, [new Shape(2, 5, 6)], 4),
        new("negative on all sides", new Pad2d(-1, -2, 0, -1), [new Shape(3, 4, 6)], 16),
        new("channels added and left out", new Pad2d(0) { ChannelsBefore = -1, ChannelsAfter = 3, Value = 2 }, [new Shape(4, 3, 2)], 18),
        new("channels left out before and after, with a border", new Pad2d(1) { ChannelsBefore = 2, ChannelsAfter = -2 }, [new Shape(4, 3, 2)], 3),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        while (true)
        {
            var input = new Shape(1 + random.NextInt(4), 1 + random.NextInt(6), 1 + random.NextInt(6));
            var mode = (PadMode)random.NextInt(4);
            var padsChannels = random.NextInt(3) == 0;
            var op = new Pad2d(random.NextInt(10) - 3, random.NextInt(10) - 3, random.NextInt(10) - 3, random.NextInt(10) - 3)
            {
                Mode = mode,
                Value = random.NextInt(5) - 2,
                ChannelsBefore = padsChannels ? random.NextInt(5) - 2 : 0,
                ChannelsAfter = padsChannels ? random.NextInt(5) - 2 : 0,
            };
            try
            {
                _ = op.OutputShape([input]);
                return new OpCase("random", op, [input], 1 + random.NextInt(20));
            }
            catch (ShapeException)
            {
                // Nothing is left, or channels are to be mirrored: draw another.
            }
        }
    }

    internal override PlaneTables Tables(Shape input) => new(
        Table(input.Height, Top, Bottom), Table(input.Width, Left, Right), ChannelsBefore, OutputShape([input]).Channels, Mode == PadMode.Constant ? Value : 0);

    private AxisTable Table(int size, int before, int after)
    {
        // The part of the input that is not cropped: kept positions from first on.
        var (first, kept) = (Math.Max(0, -before), size + Math.Min(0, before) + Math.Min(0, after));
        return new AxisTable(size, Enumerable.Range(0, size + before + after).Select(output =>
            Source(output - Math.Max(0, before), kept) is { } source ? (IReadOnlyCollection<AxisTap>)[new AxisTap(first + source, 1)] : []));
    }

    /// <summary>The position out of 0 .. size - 1 that stands on a position which may lie outside; null for the constant.</summary>
    private int? Source(int position, int size)
    {
        if (position >= 0 && position < size) return position;
        switch (Mode)
        {
            case PadMode.Constant:
                return null;
            case PadMode.Replicate:
                return Math.Clamp(position, 0, size - 1);
            case PadMode.Wrap:
                return Modulo(position, size);
            default:
                // There and back again: 0 1 2 3 2 1 repeats after 2 (size - 1).
                var way = size == 1 ? 0 : Modulo(position, 2 * (size - 1));
                return Math.Min(way, (2 * (size - 1)) - way);
        }
    }

    private static int Modulo(int value, int period) => ((value % period) + period) % period;

    private static int Size(string axis, int size, int before, int after)
    {
        if (Math.Abs((long)before) > Most || Math.Abs((long)after) > Most)
            throw new ShapeException($"Padding must be between -{Most:N0} and {Most:N0} {axis} on each side: received {before:N0} and {after:N0}.");
        if (size + Math.Min(0, before) + Math.Min(0, after) < 1)
            throw new ShapeException($"Cropping leaves nothing of {size} {axis}: {size}{Cropped(before)}{Cropped(after)} = {size + Math.Min(0, before) + Math.Min(0, after)}. At least 1 must stay; crop less.");
        return (int)Math.Min(int.MaxValue, (long)size + before + after);

        static string Cropped(int pixels) => pixels < 0 ? $" - {-pixels}" : "";
    }
}
