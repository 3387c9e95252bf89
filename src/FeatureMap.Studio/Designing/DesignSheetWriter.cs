using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What a design costs and what is wrong with it, as a part of its page.</summary>
internal static class DesignSheetWriter
{
    private const int MostDrawn = 80, BarWidth = 220, BarHeight = 12;

    public static void Write(HtmlBuilder html, DesignView view)
    {
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        if (view.Notice.Length > 0) html.Add($"""<p class="notice" role="status">{view.Notice}</p>""");
        if (view.State.Query is null)
            html.Join($"""<p class="notice">This draft is too long for an address: save it as a file or in the project. Going back does """)
                .Add($"""not bring older ones back.</p>""");
        var sheet = view.Sheet;
        if (sheet.Problem is { } problem)
        {
            html.Join($"""<section class="part" aria-labelledby="sheet-title"><h2 id="sheet-title">Not a network yet</h2>""");
            html.Add($"""<div class="problem card" id="draft-problem"><p>{problem.Message}</p></div></section>""");
            return;
        }
        Totals(html, view);
        Findings(html, view);
        if (view.Other is { } other) ComparisonWriter.Write(html, view, other);
        if (sheet.Field is { } field) UnitWriter.Write(html, view, field);
        Layers(html, view);
        Picture(html, view);
        Memory(html, sheet.Totals!);
        Files(html, view);
    }

    private static void Totals(HtmlBuilder html, DesignView view)
    {
        var totals = view.Sheet.Totals!;
        html.Add($"""<section class="part" aria-labelledby="sheet-title"><h2 id="sheet-title">What it costs</h2><dl class="figures">""");
        Figure(html, "parameters", ReportText.Count(totals.Parameters), totals.Fixed > 0
            ? $"{ReportText.Count(totals.Fixed)} of them fixed" : "all learned");
        Figure(html, "multiply-adds of an image", ReportText.Count(totals.MultiplyAdds), "");
        Figure(html, "layers", ReportText.Count(totals.Layers), $"{totals.Input} to {totals.Output}");
        if (totals.Field.Length > 0) Figure(html, "an answer sees", $"{totals.Field} pixels", "padding included");
        html.Add($"</dl>");
        foreach (var budget in view.Sheet.Budgets)
        {
            var share = Math.Min(1, (double)budget.Used / budget.Most);
            var over = ReportText.Count(budget.Used - budget.Most);
            html.Join($"""<div class="budget{(budget.IsKept ? "" : " over")}"><span>{(budget.IsKept ? "✓" : "✗")} {budget.What}: """);
            html.Join($"""{ReportText.Count(budget.Used)} of """);
            html.Join($"""{ReportText.Count(budget.Most)}{(budget.IsKept ? "" : $", {over} too many")}</span>""");
            html.Join($"""<svg width="{BarWidth}" height="{BarHeight}" aria-hidden="true"><rect class="track" width="{BarWidth}" """);
            html.Join($"""height="{BarHeight}"/>""");
            html.Add($"""<rect class="bar" width="{share * BarWidth}" height="{BarHeight}"/></svg></div>""");
        }
        html.Add($"</section>");
    }

    private static void Figure(HtmlBuilder html, string name, string value, string note) =>
        html.Add($"""<div><dt>{name}</dt><dd>{value}{(note.Length > 0 ? $" ({note})" : "")}</dd></div>""");

    private static void Findings(HtmlBuilder html, DesignView view)
    {
        var sheet = view.Sheet;
        html.Add($"""<section class="part" aria-labelledby="findings-title"><h2 id="findings-title">What the linter finds</h2>""");
        html.Join($"""<p class="note" id="findings-digest" """);
        html.Add($"""role="status">{(sheet.Findings.Count == 0 ? "Nothing." : $"{sheet.Digest}.")}</p><ol class="findings">""");
        foreach (var finding in sheet.Findings)
        {
            html.Join($"""<li class="finding {finding.Severity}"><p><b class="severity">{finding.Severity}</b> """);
            if (finding.Layer is { } layer)
            {
                html.Join($"""<a href="#layer-{finding.Line}" data-goto="{finding.Line}">{layer}</a>: """);
            }
            html.Join($"""{finding.Message}.</p><p class="note">{finding.Why} <b>{finding.Fix}</b>""");
            if (finding.Lesson is { } lesson) html.Join($""" <a href="/learn/{lesson}">The lesson</a>""");
            html.Join($"""</p>""");
            if (finding.Edits.Count > 0)
            {
                var edit = $"fix:{finding.Rule}{(finding.Layer is { } at ? $":{at}" : "")}";
                html.Join($"""<p class="actions"><button form="design-form" name="edit" value="{edit}" data-edit="{edit}" """);
                html.Join($"""title="{string.Join("; ", finding.Edits)}">Apply: {string.Join("; ", finding.Edits)}</button></p>""");
            }
            html.Add($"""</li>""");
        }
        html.Add($"</ol></section>");
    }

    private static void Layers(HtmlBuilder html, DesignView view)
    {
        html.Join($"""<section class="part" aria-labelledby="layers-title"><h2 id="layers-title">Layer by layer</h2><div """);
        html.Join($"""class="scroll" """);
        html.Join($"""tabindex="0" role="region" aria-label="The table of layers"><table class="plain sheet"><thead><tr>""");
        foreach (var heading in (string[])["line", "layer", "what it is", "gives", "parameters", "fixed", "multiply-adds", "bytes", "sees",
            "step", "kernel path"])
            html.Join($"""<th scope="col">{heading}</th>""");
        html.Join($"</tr></thead><tbody>");
        foreach (var layer in view.Sheet.Layers)
        {
            html.Join($"""<tr id="layer-{layer.Line}"><td class="number">{layer.Line}</td><th scope="row">""");
            html.Join($"""<a href="#draft-text" data-goto="{layer.Line}">{layer.Name}</a></th><td class="words">""");
            var what = layer.Settings.Length > 0 ? $"{layer.Op} {layer.Settings}" : layer.Op;
            if (layer.Lesson is { } lesson) html.Join($"""<a href="/learn/{lesson}">{what}</a>""");
            else html.Join($"""{what}""");
            html.Join($"""</td><td class="number">{layer.Output.ToString()}</td><td class="number">{Count(layer.Trainable)}</td>""");
            html.Join($"""<td class="number">{Count(layer.Fixed)}</td><td class="number">{Count(layer.MultiplyAdds)}</td>""");
            html.Join($"""<td class="number">{Bytes(layer.ActivationBytes)}</td><td class="number">{layer.Field}</td><td """);
            html.Join($"""class="number">""");
            html.Join($"""{layer.Stride}</td><td class="words" title="{layer.Why}">{layer.Path}</td></tr>""");
        }
        html.Add($"""</tbody></table></div></section>""");
    }

    private static string Count(long number) => number == 0 ? "" : ReportText.Count(number);

    private static void Picture(HtmlBuilder html, DesignView view)
    {
        var layers = view.Sheet.Layers;
        if (layers.Count > MostDrawn)
        {
            html.Join($"""<section class="part" aria-labelledby="picture-title"><h2 id="picture-title">The picture</h2><p """);
            html.Join($"""class="note">Networks """);
            html.Join($"""of up to {MostDrawn} layers are drawn while you type; this one has {layers.Count - 1}. The command summary """);
            html.Add($"""draws it.</p></section>""");
            return;
        }
        html.Join($"""<section class="part" aria-labelledby="picture-title"><h2 id="picture-title">The picture</h2><div class="scroll """);
        html.Join($"""layers-scroll" """);
        html.Add($"""tabindex="0" role="region" aria-label="The layers and what they read">""");
        new DiagramDrawing([.. layers.Select(layer => new DiagramNode(layer.Name, layer.Output.ToString(),
            layer.Settings.Length > 0 ? $"{layer.Op} {layer.Settings}" : layer.Op, layer.Inputs)
        {
            IsAttached = layer.IsAttached,
            Kind = GraphWriter.Kind(layer.Op, layer.Inputs.Count),
            IsCurrent = layer.Name == view.State.Layer,
        })]).Write(html, "design-diagram", "The layers and what they read",
            $"{ReportText.Count(layers.Count - 1, "layer")} from {layers[0].Output.ToString()} to {layers[^1].Output.ToString()}; the "
                + $"table above says the same.");
        html.Add($"</div></section>");
    }

    private static void Memory(HtmlBuilder html, DesignTotals totals)
    {
        html.Join($"""<section class="part" aria-labelledby="memory-title"><h2 id="memory-title">Memory of a training step with """);
        html.Join($"""{ReportText.Count(totals.Batch, "image")}</h2><div class="scroll" tabindex="0" role="region" """);
        html.Join($"""aria-label="Memory"><table """);
        html.Join($"""class="plain"><tbody>""");
        foreach (var (what, bytes) in ((string, long)[])
            [
                ("parameters", totals.ParameterBytes), ("their gradients", totals.GradientBytes),
                ("what SGD with momentum keeps: 1 number for each", totals.GradientBytes),
                ("what Adam keeps: 2 numbers for each", 2 * totals.GradientBytes),
                ("outputs of all layers, and as much for their gradients", 2 * totals.ActivationBytes),
            ])
            html.Join($"""<tr><th scope="row">{what}</th><td class="number">{Bytes(bytes)}</td></tr>""");
        html.Join($"""</tbody></table></div><p class="note">The engine lets layers share memory, so it needs less for the outputs """);
        html.Join($"""than their """);
        html.Add($"""sum; the command plan says how much.</p></section>""");
    }

    private static void Files(HtmlBuilder html, DesignView view)
    {
        html.Join($"""<section class="part" aria-labelledby="files-title"><h2 id="files-title">Take it along</h2><p class="actions">""");
        foreach (var (name, words) in ((string, string)[])
            [("network.cs", "C# program"), ("network.txt", "text"), ("network.json", "network.json")])
            if (DesignPage.FileOf(view.State, name) is { } address)
                html.Join($"""<a class="button" href="{address}" download="{name}">{words}</a>""");
        html.Join($"""<button type="button" class="scripted" id="copy-code">Copy as C#</button></p>""");
        html.Join($"""<form class="scripted save" id="save-form" aria-label="Keep and train"><label for="save-name">Keep it in the """);
        html.Join($"""project """);
        html.Join($"""as</label><input type="text" id="save-name" name="name" maxlength="60" placeholder="my-net" autocomplete="off" """);
        html.Join($"""spellcheck="false"><button class="primary">Train this</button><p class="note" id="save-note" """);
        html.Join($"""role="status"></p></form>""");
        html.Join($"""<p class="unscripted note">To train it: save the text and run featuremap train --set """);
        html.Add($"""network=network.txt</p></section>""");
    }

    private static string Bytes(long bytes) => bytes switch
    {
        < 10_000 => $"{bytes:N0} B",
        < 10_000_000 => $"{bytes / 1e3:N0} kB",
        < 10_000_000_000 => $"{bytes / 1e6:N0} MB",
        _ => $"{bytes / 1e9:N0} GB",
    };
}
