using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>
/// A stack of dilated convolutions at one resolution whose taps together leave holes in the window they span. Counted exactly, as the union
/// over all ways through skips and branches of the positions that one output reads. A single dilated layer has holes by definition, so two
/// are the least. Source: Wang et al., arXiv 1702.08502 (hybrid dilated convolution).
/// </summary>
internal sealed class GriddingRule : LintRule
{
    private const int Shown = 12;

    public override string Id => "gridding";

    public override string Title => "a stack of dilated convolutions with holes";

    public override string Why => "Rates with a common factor keep to one lattice: neighbouring outputs look at different pixels "
        + "altogether, details between the taps are invisible, and maps show a grid.";

    public override string Lesson => "src/FeatureMap/Ops/Conv2d/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        var stacks = new Stack?[context.Network.Layers.Count];
        foreach (var layer in context.Network.Layers)
            stacks[layer.Index] = Of(layer, [.. layer.Inputs.Select(input => stacks[input])]);
        foreach (var (layer, _) in context.All<Conv2d>())
        {
            var stack = stacks[layer.Index]!;
            if (stack.Last != layer || stack.Rates.Count(rate => rate > 1) < 2 || GoesOn(context, stacks, layer)) continue;
            var (rows, columns) = (Reached(stack.Rows), Reached(stack.Columns));
            var (axis, name) = rows.Reached < rows.Span ? (rows, "rows") : (columns, "columns");
            if (axis.Reached == axis.Span) continue;
            yield return Warning(
                layer,
                $"rates {NumberRow.Join(", ", stack.Rates.Take(Shown))}{(stack.Rates.Count > Shown ? " ..." : "")} up to here reach "
                    + $"{axis.Reached} of {axis.Span} {name} of '{context.Network.Layers[stack.Start].Name}', "
                    + $"{Percent((double)rows.Reached * columns.Reached, (double)rows.Span * columns.Span)} of the window",
                "Use rates without a common factor that grow slowly, such as 1, 2, 5 for 3x3 kernels, or put a layer without dilation "
                    + "among them.",
                ("reached", axis.Reached), ("span", axis.Span));
        }
    }

    private static (int Reached, int Span) Reached(SortedSet<int> offsets) => (offsets.Count, offsets.Max - offsets.Min + 1);

    // Whether a later convolution of the same resolution adds its taps to these.
    private static bool GoesOn(LintContext context, Stack?[] stacks, Layer layer) =>
        context.ReadersOf(layer).Any(reader => stacks[reader.Index] is { } next && next.Start == stacks[layer.Index]!.Start
            && (next.Last == reader || GoesOn(context, stacks, reader)));

    private static Stack Of(Layer layer, List<Stack?> before)
    {
        if (layer.PlainOp is Conv2d conv && conv.Stride == 1) return Behind(before[0]!, layer, conv);
        var fresh = new Stack(layer.Index, [0], [0], [], null);
        if (layer.PlainOp is Convolution or Pad2d or Resize2d or Slice or WindowPool or BinPool) return fresh;
        // A vector that is stretched over a map (a gate) has no places of its own.
        var maps = before.Where((_, i) =>
            (layer.InputShapes[i].Height, layer.InputShapes[i].Width) == (layer.Output.Height, layer.Output.Width)).ToList();
        if (maps.Count < 2) return maps.Count == 1 ? maps[0]! : fresh;
        // Branches of one resolution see together what each of them sees; the widest gives the rates.
        var widest = maps.MaxBy(stack => stack!.Rows.Max - stack.Rows.Min + stack.Columns.Max - stack.Columns.Min)!;
        if (maps.Any(stack => stack!.Start != widest.Start)) return fresh;
        return widest with { Rows = [.. maps.SelectMany(stack => stack!.Rows)], Columns = [.. maps.SelectMany(stack => stack!.Columns)] };
    }

    private static Stack Behind(Stack stack, Layer layer, Conv2d conv)
    {
        if (conv.Kernel == 1) return stack;
        var padding = conv.Geometry(layer.InputShapes[0]).Padding;
        return new Stack(
            stack.Start, Read(stack.Rows, conv.Kernel.Vertical, conv.Dilation.Vertical, padding.Top),
                Read(stack.Columns, conv.Kernel.Horizontal, conv.Dilation.Horizontal, padding.Left),
            [.. stack.Rates, Math.Max(conv.Dilation.Vertical, conv.Dilation.Horizontal)], layer);
    }

    private static SortedSet<int> Read(SortedSet<int> before, int kernel, int dilation, int padding)
    {
        var offsets = new SortedSet<int>();
        for (var tap = 0; tap < kernel; tap++)
            foreach (var offset in before) offsets.Add(offset + (tap * dilation) - padding);
        return offsets;
    }

    /// <summary>What a layer reads of the layer at which its resolution begins: offsets along both axes, relative to its own
    /// position.</summary>
    private sealed record Stack(int Start, SortedSet<int> Rows, SortedSet<int> Columns, IReadOnlyList<int> Rates, Layer? Last);
}
