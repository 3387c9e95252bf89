using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>Taps of a kernel that meet only padding, wherever the kernel stands (<see cref="LiveTaps"/>): their weights multiply zeros, get
/// no gradient and never matter.</summary>
internal sealed class DeadTapsRule : LintRule
{
    public override string Id => "dead-taps";

    public override string Title => "kernel taps that only ever meet padding";

    public override string Why => "The kernel is larger than what the map has to offer. Weights that multiply nothing but zeros are "
        + "stored, moved and decayed, and change nothing.";

    public override string Lesson => "src/FeatureMap/Ops/Conv2d/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var (layer, conv) in context.All<Convolution>())
        {
            var taps = LiveTaps.Of(conv.Geometry(layer.InputShapes[0]));
            if (taps.Dead == 0) continue;
            var (all, map) = (conv.Kernel.Vertical * conv.Kernel.Horizontal, layer.InputShapes[0]);
            var weights = layer.Parameters.Single(parameter => parameter.Name is "weight" or "weight_v").Count;
            var dead = (long)weights / all * taps.Dead;
            yield return Warning(
                layer,
                $"{taps.Dead} of {all} taps of its {conv.Kernel.Size} kernels meet only padding on the {map.Height}x{map.Width} map: "
                    + $"{Count(dead)} of {Count(weights)} weights are dead",
                Fix(layer, taps),
                ("deadTaps", taps.Dead), ("taps", all), ("deadParameters", dead)) with
            { Edits = Cut(layer) };
        }
    }

    public override string Total(LintContext context, IReadOnlyList<LintFinding> findings)
    {
        var dead = (long)findings.Sum(finding => finding.Numbers["deadParameters"]);
        var nominal = context.Network.MultiplyAdds;
        return $"{Count(dead)} of {Count(context.ParameterCount)} parameters ({Percent(dead, context.ParameterCount)}) are dead; "
            + $"of {Count(nominal)} MACs per image {Count(EffectiveWork.Of(context.Network))} meet a pixel, the others padding";
    }

    private static NetworkEdit[] Cut(Layer layer) => layer.Op is Conv2d conv && LiveTaps.Crop(conv, layer.InputShapes[0]).Op is var cut
        && cut != conv ? [NetworkEdit.Replace(layer.Name, cut)] : [];

    private static string Fix(Layer layer, LiveTaps taps)
    {
        const string more = "If more was meant: larger images, or a pooling or stride less before.";
        if (taps.Live == 0 || !IsBlock(taps.Rows) || !IsBlock(taps.Columns)) return $"Use less padding or dilation. {more}";
        var cuts = layer.Op is Conv2d conv && LiveTaps.Crop(conv, layer.InputShapes[0]).Op != conv;
        return $"A {taps.Rows.Count(live => live)}x{taps.Columns.Count(live => live)} kernel computes the same{(cuts ? " (Slimming.Slim "
            + $"cuts a network to it)" : "")}. {more}";
    }

    private static bool IsBlock(IReadOnlyList<bool> live) =>
        live.SkipWhile(tap => !tap).TakeWhile(tap => tap).Count() == live.Count(tap => tap);
}
