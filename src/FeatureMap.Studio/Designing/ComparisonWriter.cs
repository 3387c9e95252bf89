using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>A design beside another network: the sums, and layer by layer what differs.</summary>
internal static class ComparisonWriter
{
    private const int MostTold = 2; // rows alike that are shown around what differs; longer runs are one row

    public static void Write(HtmlBuilder html, DesignView view, DesignSheet other)
    {
        html.Add($"""<section class="part" aria-labelledby="compare-title"><h2 id="compare-title">Beside {view.State.With}</h2>""");
        if (other.Totals is not { } theirs)
        {
            html.Add($"""<p class="notice">{other.Problem!.Message}</p></section>""");
            return;
        }
        Sums(html, view, other, theirs);
        Layers(html, view);
        html.Add($"</section>");
    }

    private static void Sums(HtmlBuilder html, DesignView view, DesignSheet other, DesignTotals theirs)
    {
        var own = view.Sheet.Totals!;
        html.Join($"""<div class="scroll" tabindex="0" role="region" aria-label="Both networks"><table class="plain"><thead><tr>""");
        html.Join($"""<th scope="col">what</th><th scope="col">this</th><th scope="col">{view.State.With}</th><th scope="col">this / """);
        html.Join($"""that</th></tr></thead><tbody>""");
        foreach (var (name, mine, its) in ((string, long, long)[])
            [
                ("layers", own.Layers, theirs.Layers), ("parameters", own.Parameters, theirs.Parameters),
                ("of them fixed", own.Fixed, theirs.Fixed), ("multiply-adds", own.MultiplyAdds, theirs.MultiplyAdds),
                ("bytes of parameters", own.ParameterBytes, theirs.ParameterBytes),
                ($"bytes of outputs, {ReportText.Count(own.Batch, "image")}", own.ActivationBytes, theirs.ActivationBytes),
            ])
        {
            Begin(html, name, mine != its);
            html.Join($"""<td class="number">{ReportText.Count(mine)}</td><td class="number">{ReportText.Count(its)}</td>""");
            html.Join($"""<td class="number">{(its > 0 ? ReportText.Number((double)mine / its) : "–")}</td></tr>""");
        }
        foreach (var (name, mine, its) in ((string, string, string)[])
            [
                ("an answer sees", own.Field, theirs.Field), ("image", own.Input.ToString(), theirs.Input.ToString()),
                ("answer", own.Output.ToString(), theirs.Output.ToString()), ("the linter", view.Sheet.Digest, other.Digest),
            ])
        {
            Begin(html, name, mine != its);
            html.Join($"""<td class="number">{mine}</td><td class="number">{its}</td><td></td></tr>""");
        }
        html.Add($"""</tbody></table></div>""");
    }

    private static void Begin(HtmlBuilder html, string name, bool differs)
    {
        html.Join($"""<tr{(differs ? " class=differs" : "")}><th scope="row">{(differs ? "≠ " : "")}{name}</th>""");
    }

    private static void Layers(HtmlBuilder html, DesignView view)
    {
        if (view.Differences is not { } rows)
        {
            html.Add($"""<p class="note">These networks have too many layers to be set side by side while somebody waits.</p>""");
            return;
        }
        int Of(DifferenceKind kind) => rows.Count(row => row.Kind == kind);
        html.Join($"""<h3 id="rows-title">Layer by layer</h3><p class="note" id="rows-digest">""");
        html.Join($"""{ReportText.Count(Of(DifferenceKind.Same), "layer")} alike, {ReportText.Count(Of(DifferenceKind.Changed))} """);
        html.Join($"""changed, {ReportText.Count(Of(DifferenceKind.OnlyFirst))} only here, """);
        html.Join($"""{ReportText.Count(Of(DifferenceKind.OnlySecond))} only in {view.State.With}. Where both numbers """);
        html.Join($"""stand, the first is of this network.</p><div class="scroll" tabindex="0" """);
        html.Join($"""role="region" aria-label="Both networks, layer by layer"><table class="plain rows"><thead><tr>""");
        foreach (var heading in (string[])["", "this", view.State.With, "gives", "parameters", "multiply-adds", "bytes", "sees"])
            html.Join($"""<th scope="col">{(heading.Length > 0 ? heading : "how")}</th>""");
        html.Join($"""</tr></thead><tbody>""");
        for (var at = 0; at < rows.Count;)
        {
            var alike = rows.Skip(at).TakeWhile(row => row.Kind == DifferenceKind.Same).Count();
            var (before, behind) = (at == 0 ? 0 : MostTold, at + alike == rows.Count ? 0 : MostTold);
            if (alike > before + behind + 1)
            {
                for (var i = 0; i < before; i++) Row(html, rows[at + i]);
                html.Join($"""<tr class="alike"><td>=</td><td colspan="7">{ReportText.Count(alike - before - behind, "layer")} alike""");
                html.Join($"""</td></tr>""");
                for (var i = alike - behind; i < alike; i++) Row(html, rows[at + i]);
                at += alike;
            }
            else Row(html, rows[at++]);
        }
        html.Add($"""</tbody></table></div>""");
    }

    private static void Row(HtmlBuilder html, DesignDifference row)
    {
        var (mark, words, style) = row.Kind switch
        {
            DifferenceKind.Same => ("=", "alike", "alike"),
            DifferenceKind.Changed => ("≠", "changed", "differs"),
            DifferenceKind.OnlyFirst => ("+", "only here", "alone"),
            _ => ("−", "only there", "alone"),
        };
        html.Join($"""<tr class="{style}">""");
        html.Join($"""<td><span aria-hidden="true">{mark}</span> <span class="unseen">{words}</span></td>""");
        Named(html, row, row.First);
        Named(html, row, row.Second);
        Both(html, row, "output", layer => layer.Output.ToString());
        Both(html, row, "parameters", layer => Count(layer.Trainable + layer.Fixed));
        Both(html, row, "multiply-adds", layer => Count(layer.MultiplyAdds));
        Both(html, row, "bytes", layer => Count(layer.ActivationBytes));
        Both(html, row, "field", layer => layer.Field);
        html.Add($"""</tr>""");
    }

    private static void Named(HtmlBuilder html, DesignDifference row, DesignLayer? layer)
    {
        if (layer is null)
        {
            html.Join($"""<td class="words">–</td>""");
            return;
        }
        var differs = row.In.Contains("op") || row.In.Contains("settings") || row.In.Contains("inputs");
        html.Join($"""<td class="words{(differs ? " other" : "")}"><b>{layer.Name}</b> {layer.Op} {layer.Settings}""");
        if (row.In.Contains("inputs")) html.Join($""" <small>reads others</small>""");
        html.Join($"""</td>""");
    }

    private static void Both(HtmlBuilder html, DesignDifference row, string what, Func<DesignLayer, string> text)
    {
        var differs = row.In.Contains(what);
        html.Join($"""<td class="number{(differs ? " other" : "")}">""");
        if (differs) html.Join($"""{text(row.First!)} ≠ {text(row.Second!)}</td>""");
        else html.Join($"""{text((row.First ?? row.Second)!)}</td>""");
    }

    private static string Count(long number) => number == 0 ? "0" : ReportText.Count(number);
}
