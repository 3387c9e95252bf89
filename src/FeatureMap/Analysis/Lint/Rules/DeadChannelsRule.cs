using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>
/// Channels that are computed and read by nobody, because all readers are slices that leave them out. (Whole layers that the output does
/// not need cannot exist: building a network leaves them out.)
/// </summary>
internal sealed class DeadChannelsRule : LintRule
{
    public override string Id => "dead-channels";

    public override string Title => "channels that no layer reads";

    public override string Why => "Their kernels cost as much as all others, get no gradient and change nothing.";

    public override string Lesson => "src/FeatureMap/Ops/Slice/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var layer in context.Network.Layers)
        {
            var readers = context.ReadersOf(layer);
            if (layer.Op is null || readers.Count == 0 || readers.Any(reader => reader.Op is not Slice)) continue;
            var isRead = new bool[layer.Output.Channels];
            foreach (var reader in readers)
                for (var channel = 0; channel < reader.Output.Channels; channel++)
                    isRead[((Slice)reader.Op!).Source(layer.Output, channel, 0, 0).Channel] = true;
            var dead = isRead.Count(read => !read);
            if (dead == 0) continue;
            var maker = Maker(context, layer);
            var parameters = maker is { PlainOp: WeightedOp } ? (maker.TrainableCount + maker.FixedCount) / maker.Output.Channels * dead
                : 0;
            yield return Warning(
                layer,
                $"{dead} of {Count(layer.Output.Channels, "channel")} are cut off by {Names(readers.Select(reader => reader.Name))} and "
                    + "read by nobody else"
                + (parameters > 0 ? $": {Count(parameters)} parameters of '{maker.Name}' are for nothing" : ""),
                $"Compute {layer.Output.Channels - dead} channels instead of {layer.Output.Channels}, or use the others.",
                    ("channels", dead), ("parameters", parameters));
        }
    }

    // Over layers that keep channels apart, as long as nobody else reads them.
    private static Layer Maker(LintContext context, Layer layer)
    {
        while (layer.Op is { IsChannelwise: true }
            && context.ReadersOf(context.SourceOf(layer)).Count == 1) layer = context.SourceOf(layer);
        return layer;
    }
}
