using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// A convolution before a pixel shuffle that does not start by ICNR, or by that of another shuffle: its sub-pixels start as strangers.
/// Source: Aitken et al., "Checkerboard artifact free sub-pixel convolution", arXiv 1707.02937.
/// </summary>
internal sealed class SubPixelStartRule : LintRule
{
    public override string Id => "icnr";

    public override string Title => "a convolution before a pixel shuffle that does not start by ICNR";

    public override string Why => "The sub-pixels of each pixel come from kernels that were drawn by themselves, so the enlarged map "
        + "starts with a checkerboard that training has to remove.";

    public override string Lesson => "src/FeatureMap/Ops/PixelShuffle/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var (layer, shuffle) in context.All<PixelShuffle>())
        {
            var source = context.SourceOf(layer);
            while (source.Op is Activation or BatchNorm) source = context.SourceOf(source);
            if (shuffle.Factor == 1 || source.PlainOp is not Conv2d conv) continue;
            var wanted = (SubPixelInitializer)Initializer.Icnr(shuffle.Factor, order: shuffle.Order);
            var order = shuffle.Order == ChannelOrder.ColumnRowDepth ? "" : $", order: ChannelOrder.{shuffle.Order}";
            var fix = $"initializer: Initializer.Icnr({shuffle.Factor}{order}) for '{source.Name}', or SubPixelUpsample, which does it.";
            if (conv.WeightInitializer is not SubPixelInitializer given)
                yield return Hint(source, $"starts by {conv.WeightInitializer}, so the {shuffle.Factor}x{shuffle.Factor} sub-pixels that "
                    + $"'{layer.Name}' makes of each pixel start unlike", fix, ("factor", shuffle.Factor)) with
                { Edits = [Start(source, wanted)] };
            else if (!given.Matches(wanted))
                yield return Warning(source, $"starts by {given}, but '{layer.Name}' has "
                    + $"factor {shuffle.Factor} and {(order == "" ? "rows before channels" : "channels before rows")}: copies do not "
                        + "become neighbours", fix, ("factor", shuffle.Factor)) with
                { Edits = [Start(source, wanted)] };
        }
    }

    private static NetworkEdit Start(Layer source, Initializer wanted) => NetworkEdit.Set(source.Name, "initializer", $"{wanted}");
}
