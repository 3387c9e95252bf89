using System.Numerics;
using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>
/// Grouped convolutions that follow each other with nothing between that mixes channels. Convolutions of a and b groups leave gcd(a, b)
/// blocks of channels that never meet. Depthwise stacks are fine when a convolution behind them mixes all channels, as in k x 1 and 1 x k
/// per channel before a 1x1.
/// </summary>
internal sealed class NoMixRule : LintRule
{
    public override string Id => "no-mix";

    public override string Title => "grouped convolutions in a row whose groups never meet";

    public override string Why => "Each block of channels is a network of its own: what one has found, the others cannot use. The layers "
        + "cost as little as they do because they connect as little.";

    public override string Lesson => "src/FeatureMap/Ops/ChannelShuffle/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        var runs = new Dictionary<Layer, List<Layer>>();
        foreach (var (layer, conv) in context.All<Conv2d>())
        {
            if (conv.Groups == 1) continue;
            List<Layer> run = runs.Remove(context.BehindChannelwise(layer), out var before) ? [.. before, layer] : [layer];
            runs.Add(layer, Blocks(run) > 1 ? run : [layer]);
        }
        foreach (var run in runs.Values.Where(run => run.Count > 1).OrderBy(run => run[^1].Index))
        {
            if (run.All(IsDepthwise) && IsMixedBehind(context, run[^1])) continue;
            yield return Warning(
                run[^1],
                $"{Names(run.Select(layer => layer.Name))} have {Shown(run)} and nothing between mixes channels: {Blocks(run)} separate "
                    + "networks side by side",
                $"Put x.ChannelShuffle({Groups(run[0])}) between them, or a 1x1 convolution over all channels.",
                ("layers", run.Count), ("blocks", Blocks(run))) with
            { Edits = Mixing(run) };
        }
    }

    // A shuffle of as many groups as channels leaves them in their order: a 1x1 convolution mixes them.
    private static NetworkEdit[] Mixing(List<Layer> run)
    {
        var before = run[^2];
        var channels = run[^1].InputShapes[0].Channels;
        return [NetworkEdit.InsertBefore(run[^1].Name, Groups(before) < channels ? new ChannelShuffle(Groups(before))
            : new Conv2d(channels, 1))];
    }

    private static string Shown(List<Layer> run)
    {
        var groups = run.ConvertAll(Groups);
        return groups.TrueForAll(count => count == groups[0]) ? $"{groups[0]} groups each" : $"{NumberRow.Join(", ", groups[..^1])} and "
            + $"{groups[^1]} groups";
    }

    private static int Groups(Layer layer) => ((Conv2d)layer.PlainOp!).Groups;

    private static int Blocks(List<Layer> run) =>
        run.Select(Groups).Aggregate((one, other) => (int)BigInteger.GreatestCommonDivisor(one, other));

    private static bool IsDepthwise(Layer layer) => Groups(layer) == layer.InputShapes[0].Channels;

    private static bool IsMixedBehind(LintContext context, Layer last)
    {
        var readers = context.ReadersOf(last);
        while (readers.Count == 1 && readers[0].Op is { IsChannelwise: true }) readers = context.ReadersOf(readers[0]);
        return readers.Any(reader => reader.PlainOp is Convolution { Groups: 1 } or ChannelShuffle);
    }
}
