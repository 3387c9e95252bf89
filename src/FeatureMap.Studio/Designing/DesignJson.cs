using System.Text.Json.Nodes;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>The content of Design as data.</summary>
internal static class DesignJson
{
    public static JsonObject Of(DesignView view)
    {
        var sheet = view.Sheet;
        var json = new JsonObject
        {
            ["schema"] = 1,
            ["query"] = view.State.Query,
            ["text"] = view.Text,
            ["problem"] = sheet.Problem is { } problem ? new JsonObject { ["line"] = problem.Line, ["message"] = problem.Message } : null,
        };
        if (view.Notice.Length > 0) json["notice"] = view.Notice;
        if (sheet.Totals is { } totals) json["totals"] = Totals(totals);
        json["budgets"] = new JsonArray([.. sheet.Budgets.Select(budget => new JsonObject
        {
            ["what"] = budget.What,
            ["used"] = budget.Used,
            ["most"] = budget.Most,
            ["kept"] = budget.IsKept,
        })]);
        json["findings"] = new JsonArray([.. sheet.Findings.Select(Finding)]);
        json["layers"] = new JsonArray([.. sheet.Layers.Select(layer => Layer(layer, sheet.Layers))]);
        if (sheet.Field is { } field)
            json["field"] = new JsonObject
            {
                ["layer"] = field.Layer,
                ["row"] = field.Row,
                ["column"] = field.Column,
                ["top"] = field.Top,
                ["left"] = field.Left,
                ["bottom"] = field.Bottom,
                ["right"] = field.Right,
                ["global"] = field.IsGlobal,
            };
        if (view.Other is { Totals: { } other }) json["other"] = Totals(other);
        return json;
    }

    private static JsonObject Totals(DesignTotals totals) => new()
    {
        ["layers"] = totals.Layers,
        ["input"] = totals.Input.ToString(),
        ["output"] = totals.Output.ToString(),
        ["parameters"] = totals.Parameters,
        ["fixed"] = totals.Fixed,
        ["multiplyAdds"] = totals.MultiplyAdds,
        ["batch"] = totals.Batch,
        ["parameterBytes"] = totals.ParameterBytes,
        ["gradientBytes"] = totals.GradientBytes,
        ["activationBytes"] = totals.ActivationBytes,
        ["field"] = totals.Field,
    };

    private static JsonObject Finding(DesignFinding finding) => new()
    {
        ["rule"] = finding.Rule,
        ["severity"] = finding.Severity,
        ["layer"] = finding.Layer,
        ["line"] = finding.Line,
        ["message"] = finding.Message,
        ["why"] = finding.Why,
        ["fix"] = finding.Fix,
        ["edits"] = new JsonArray([.. finding.Edits.Select(edit => JsonValue.Create(edit))]),
        ["lesson"] = finding.Lesson,
    };

    private static JsonObject Layer(DesignLayer layer, IReadOnlyList<DesignLayer> all) => new()
    {
        ["name"] = layer.Name,
        ["line"] = layer.Line,
        ["op"] = layer.Op,
        ["settings"] = layer.Settings,
        ["inputs"] = new JsonArray([.. layer.Inputs.Select(input => JsonValue.Create(all[input].Name))]),
        ["output"] = layer.Output.ToString(),
        ["trainable"] = layer.Trainable,
        ["fixed"] = layer.Fixed,
        ["multiplyAdds"] = layer.MultiplyAdds,
        ["activationBytes"] = layer.ActivationBytes,
        ["field"] = layer.Field,
        ["stride"] = layer.Stride,
        ["path"] = layer.Path,
        ["lesson"] = layer.Lesson,
    };
}
