using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What happens inside the layers of a run: gradients, updates and dead units, as curves, tables and data.</summary>
internal static class LayersSection
{
    public static void Write(HtmlBuilder html, RunDetail run, RunPageState state)
    {
        html.Add($"""<section class="piece" id="run-layers" aria-labelledby="layers-title"><h2 id="layers-title">Inside the layers</h2>""");
        if (run.Layers.Count == 0)
        {
            html.Add($"""<p class="note">{Missing(run.Summary)}</p></section>""");
            return;
        }
        var epochs = run.Summary.Epochs.ToDictionary(epoch => epoch.Epoch);
        var rates = run.Summary.Epochs.Select(epoch => (epoch.Epoch, epoch.LearningRate)).ToList();
        var axis = state.Axis;
        double At(LayersRecord row) => axis switch
        {
            "step" => row.Step,
            "time" => epochs.TryGetValue(row.Epoch, out var epoch) ? epoch.TotalSeconds : double.NaN,
            _ => row.Epoch,
        };
        html.Add($"""<div class="charts">""");
        foreach (var (index, plot) in LayerCharts.Of(run.Layers, rates, At, axis == "time" ? "seconds of training" : axis).Index())
        {
            html.Add($"""<div class="chart" id="layers-{index}">""");
            plot.Render(html, $"layers-{index}-plot");
            html.Add($"</div>");
        }
        html.Add($"</div>");
        if (run.Layers[^1].Activations.Count == 0)
            html.Add($"""
                <p class="note">It has no activation whose units can die (ReLU, ReLU6, thresholded ReLU, hard swish), so there is no chart
                of them.</p>
                """);
        Tables(html, run, state);
        html.Add($"</section>");
    }

    public static JsonArray Json(RunDetail run) => new([.. run.Layers.Select(row => new JsonObject
    {
        ["epoch"] = row.Epoch,
        ["step"] = row.Step,
        ["layers"] = new JsonArray([.. row.Layers.Select(layer => new JsonObject
        {
            ["name"] = layer.Name,
            ["op"] = layer.Op,
            ["gradientNorm"] = Finite(layer.GradientNorm),
            ["updateRatio"] = Finite(layer.UpdateRatio),
        })]),
        ["images"] = row.Images,
        ["activations"] = new JsonArray([.. row.Activations.Select(one => new JsonObject
        {
            ["name"] = one.Layer,
            ["op"] = one.Op,
            ["units"] = one.Units,
            ["dead"] = one.Dead,
        })]),
    })]);

    private static string Missing(RunSummary run) => run.Setting("history") == "false"
        ? "This run was begun with history=false, so nothing was measured inside its layers."
        : run.Epochs.Count == 0 ? "No epoch has ended yet; what happens inside the layers is measured at the end of each."
        : "This run has no measures of its layers: it was trained by an earlier version, or by a program that writes no log of them. Runs "
        + "that are begun now have them.";

    private static void Tables(HtmlBuilder html, RunDetail run, RunPageState state)
    {
        var whole = RunPage.Whole(run.Summary, state);
        ChartWriter.AsTable(html, $"Layers of {run.Summary.Name}, the newest epoch first", ["epoch", "layer", "op", "gradient norm",
            "update ratio"],
            run.Layers.Reverse().SelectMany(row => row.Layers.Select(layer => (IReadOnlyList<string>)[$"{row.Epoch}", layer.Name, layer.Op,
                ReportText.Number(layer.GradientNorm), ReportText.Number(layer.UpdateRatio)])), state.Rows, whole);
        if (run.Layers[^1].Activations.Count > 0)
            ChartWriter.AsTable(html, $"Dead units of {run.Summary.Name}, the newest epoch first", ["epoch", "activation", "op", "units",
                "dead", "share"],
                run.Layers.Reverse().SelectMany(row => row.Activations.Select(one => (IReadOnlyList<string>)[$"{row.Epoch}", one.Layer,
                    one.Op, ReportText.Count(one.Units), ReportText.Count(one.Dead), ReportText.Percent(one.Share, "0.#")])), state.Rows,
                whole);
    }

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
