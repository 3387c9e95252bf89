using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: ops that move numbers without computing.
public sealed partial class Feature
{
    /// <summary>The same numbers as one vector; see <see cref="Ops.Flatten"/>.</summary>
    public Feature Flatten(string? name = null) => Then(new Flatten(), name);

    /// <summary>The channels of this output and then those of others, in the order given; see <see cref="Ops.Concat"/>.</summary>
    /// <exception cref="ShapeException">Heights or widths differ.</exception>
    public Feature Concat(params ReadOnlySpan<Feature> others) => Then(new Concat(), null, others);

    /// <summary>The channels of this output and then those of another, as a layer of the given name.</summary>
    public Feature Concat(Feature other, string name) => Then(new Concat(), name, other);

    /// <summary>The same numbers under another shape; see <see cref="Ops.Reshape"/>. One of the three may be -1: it becomes whatever the others leave.</summary>
    /// <exception cref="ShapeException">The numbers do not come out even.</exception>
    public Feature Reshape(int channels, int height, int width, string? name = null)
    {
        int[] sizes = [channels, height, width];
        if (sizes.Count(size => size == -1) == 1)
        {
            var others = -(long)channels * height * width;
            if (others < 1 || Shape.Count % others != 0)
                throw new ShapeException($"Reshape({channels}, {height}, {width}) of {Shape} leaves {Shape.Count:N0} numbers for the size -1 to divide by {others:N0}, which does not come out even. Give sizes whose product divides {Shape.Count:N0}.");
            sizes[Array.IndexOf(sizes, -1)] = (int)(Shape.Count / others);
        }
        return Then(new Reshape(new Shape(sizes[0], sizes[1], sizes[2])), name);
    }

    /// <summary>Exchanges channels, rows and columns: names the input axis that becomes each axis of the output; see <see cref="Ops.Transpose"/>.</summary>
    /// <exception cref="UsageException">An axis is named twice.</exception>
    public Feature Transpose(Axis channels, Axis rows, Axis columns, string? name = null) => Then(new Transpose(channels, rows, columns), name);

    /// <summary>Keeps a part: <c>x.Slice(channels: ..8, rows: 1..^1, columns: AxisSlice.Backwards)</c>; see <see cref="Ops.Slice"/>.</summary>
    /// <param name="channels">Which channels; all by default.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="columns">Which columns.</param>
    /// <param name="name">The layer's name; <c>slice1</c>, ... by default.</param>
    /// <exception cref="ShapeException">Nothing is left.</exception>
    public Feature Slice(AxisSlice channels = default, AxisSlice rows = default, AxisSlice columns = default, string? name = null) =>
        Then(new Slice { Channels = channels, Rows = rows, Columns = columns }, name);

    /// <summary>Cuts an axis into equal parts, one layer each, in order.</summary>
    /// <param name="parts">How many; must divide the size of the axis.</param>
    /// <param name="axis">Which axis.</param>
    /// <exception cref="ShapeException">The parts do not come out even.</exception>
    public Feature[] Split(int parts, Axis axis = Axis.Channels)
    {
        var size = Shape.Size(axis);
        if (parts < 1 || size % parts != 0)
            throw new ShapeException($"{parts} equal parts do not make {size} {Noun(axis)}{(parts < 1 ? "" : $": {size} / {parts} = {size / (double)parts:0.##}")}. Use a number of parts that divides {size}, or give the size of each: Split([{Math.Max(1, size / 2)}, {Math.Max(1, size - (size / 2))}]).");
        return Split(Enumerable.Repeat(size / parts, parts).ToArray(), axis);
    }

    /// <summary>Cuts an axis into parts of these sizes, one layer each, in order.</summary>
    /// <param name="sizes">Sizes of the parts; together the size of the axis.</param>
    /// <param name="axis">Which axis.</param>
    /// <exception cref="ShapeException">The sizes do not add up, or one is below 1.</exception>
    public Feature[] Split(ReadOnlySpan<int> sizes, Axis axis = Axis.Channels)
    {
        long sum = 0;
        foreach (var size in sizes)
            sum += size >= 1 ? size : throw new ShapeException($"Every part of a split has at least 1 of the {Noun(axis)}: received {size}.");
        if (sum != Shape.Size(axis))
            throw new ShapeException($"The parts of a split make up the whole: {NumberRow.Join(" + ", sizes.ToArray())} = {sum:N0}, but "
                + $"there are {Shape.Size(axis):N0} {Noun(axis)}. Use Slice to leave some out.");
        var parts = new Feature[sizes.Length];
        var start = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            AxisSlice part = start..(start += sizes[i]);
            parts[i] = axis switch { Axis.Channels => Slice(channels: part), Axis.Rows => Slice(rows: part), _ => Slice(columns: part) };
        }
        return parts;
    }

    /// <summary>Deals the channels of groups out in turn, so that grouped convolutions behind it mix; see <see cref="Ops.ChannelShuffle"/>.</summary>
    /// <exception cref="ShapeException">The groups do not divide the channels.</exception>
    public Feature ChannelShuffle(int groups, string? name = null) => Then(new ChannelShuffle(groups), name);

    private static string Noun(Axis axis) => axis switch { Axis.Channels => "channels", Axis.Rows => "rows", _ => "columns" };
}
