using System.Globalization;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// The receptive field of a layer: the part of the network's input that can change one unit of its output. Derived from what each op says
/// about itself (<see cref="Op.Reach"/>), forward from the input:
/// size r' = r + (k - 1) j, stride j' = j s, centre c' = c + ((k - 1) / 2 - p) j, with r = 1, j = 1, c = 0 at the input and k the extent of
/// the kernel with its dilation. Padding moves a field but does not size it, so deep layers see more than the whole image. A layer that
/// enlarges s times has stride 1 / s and as extent the inputs that an output reads, ceil(k / s) for a transposed convolution; its units
/// lie between pixels (<see cref="FieldAxis.Slack"/>).
/// <para>
/// Where branches meet, the field is that of the branch with the largest size, axis by axis; <see cref="IsAligned"/> says whether all
/// branches have the same stride and centre. A global branch beside others (the gate of a squeeze-and-excitation) tells all units the same
/// and is left out. Where every output reads the whole plane (global pooling, flatten) the field is the part of the input that the plane
/// sees, cut at the edges of the image, with stride 0; and so it is in every layer behind.
/// </para>
/// Source: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
/// </summary>
/// <example><code>
/// var field = ReceptiveField.Of(network)[^1];            // of the output
/// Console.WriteLine($"{field.Vertical.Size} / {field.Vertical.Stride}");
/// </code></example>
public sealed class ReceptiveField
{
    // Strides of 1/3 and their kind leave rounding errors of double precision; true differences are far larger.
    private const double Rounding = 1e-9;

    private ReceptiveField(Layer layer, FieldAxis vertical, FieldAxis horizontal, bool isGlobal, IReadOnlyList<ReceptiveField> branches)
    {
        Layer = layer.Name;
        Index = layer.Index;
        Vertical = vertical;
        Horizontal = horizontal;
        IsGlobal = isGlobal;
        Branches = branches;
    }

    /// <summary>Name of the layer.</summary>
    public string Layer { get; }

    /// <summary>Place of the layer in <see cref="Network.Layers"/>.</summary>
    public int Index { get; }

    /// <summary>Along the rows.</summary>
    public FieldAxis Vertical { get; }

    /// <summary>Along the columns.</summary>
    public FieldAxis Horizontal { get; }

    /// <summary>Whether every output unit sees the same: all that the layer's input sees. True behind global pooling and flatten.</summary>
    public bool IsGlobal { get; }

    /// <summary>The fields that meet in a layer of several inputs, in their order; empty for all others.</summary>
    public IReadOnlyList<ReceptiveField> Branches { get; }

    /// <summary>
    /// Whether all branches that meet here look at the same place: equal stride and equal centre on both axes. True where no branches meet.
    /// A global branch, such as the gate of a squeeze-and-excitation, has the same for every place and fits all of them.
    /// </summary>
    public bool IsAligned
    {
        get
        {
            var local = Branches.Where(branch => !branch.IsGlobal).ToList();
            return local.TrueForAll(branch => SamePlaces(branch.Vertical, local[0].Vertical)
                && SamePlaces(branch.Horizontal, local[0].Horizontal));
        }
    }

    /// <summary>The field of every layer, in the order of <see cref="Network.Layers"/>; the first is the input, one pixel.</summary>
    public static IReadOnlyList<ReceptiveField> Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var fields = new ReceptiveField[network.Layers.Count];
        foreach (var layer in network.Layers)
        {
            fields[layer.Index] = layer.Op is null
                ? new ReceptiveField(layer, FieldAxis.Pixel, FieldAxis.Pixel, false, [])
                : Behind(network.Input, layer, layer.Op.Reach(layer.InputShapes), [.. layer.Inputs.Select(input => fields[input])]);
        }
        return fields;
    }

    /// <summary>The field of one layer.</summary>
    /// <exception cref="UsageException">The network has no layer of this name.</exception>
    public static ReceptiveField Of(Network network, string layer)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Of(network)[network[layer].Index];
    }

    /// <summary>Written as <c>212, stride 32, centre 15.5</c>, or as <c>212x7, stride 32x1, centre 15.5x3</c> where the axes
    /// differ.</summary>
    public override string ToString() =>
        $"{Pair(Vertical.Size, Horizontal.Size)}{(IsGlobal ? " (global)" : $", stride {Pair(Vertical.Stride, Horizontal.Stride)}")}, "
            + $"centre {Pair(Vertical.Offset, Horizontal.Offset)}{(IsAligned ? "" : ", branches not aligned")}";

    /// <summary>One number where both axes agree, else <c>vertical x horizontal</c>.</summary>
    internal static string Pair(double vertical, double horizontal) =>
        vertical == horizontal ? Text(vertical) : $"{Text(vertical)}x{Text(horizontal)}";

    private static bool SamePlaces(FieldAxis one, FieldAxis other) =>
        Math.Abs(one.Stride - other.Stride) < Rounding && Math.Abs(one.Offset - other.Offset) < Rounding;

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static ReceptiveField Behind(Shape input, Layer layer, Reach reach, IReadOnlyList<ReceptiveField> before)
    {
        before = [.. before.Where(field => field.Vertical.Size > 0)]; // constants see nothing of the input
        if (before.Count == 0) return new ReceptiveField(layer, FieldAxis.Nothing, FieldAxis.Nothing, isGlobal: true, []);
        var isGlobal = reach.IsGlobal || before.All(field => field.IsGlobal);
        var places = before.Any(field => !field.IsGlobal) ? before.Where(field => !field.IsGlobal).ToList() : before; // a gate has none
        return new ReceptiveField(
            layer,
            Behind(reach.Vertical, places.Select(field => field.Vertical).MaxBy(axis => axis.Size), input.Height, reach.IsGlobal),
            Behind(reach.Horizontal, places.Select(field => field.Horizontal).MaxBy(axis => axis.Size), input.Width, reach.IsGlobal),
            isGlobal,
            before.Count > 1 ? before : []);
    }

    private static FieldAxis Behind(AxisReach reach, FieldAxis before, int pixels, bool isGlobal)
    {
        var field = new FieldAxis(
            before.Size + ((reach.Extent - 1) * before.Stride),
            before.Stride * reach.Stride,
            before.Offset + ((((reach.Extent - 1) / 2.0) - reach.Padding) * before.Stride),
            before.Slack + (reach.Slack * before.Stride));
        if (!isGlobal) return field;
        var (first, last) = (Math.Max(0, Math.Ceiling(field.First(0) - Rounding)),
            Math.Min(pixels - 1, Math.Floor(field.Last(0) + Rounding)));
        return new FieldAxis(last - first + 1, 0, (first + last) / 2);
    }
}
