using System.Text.Json.Nodes;
using FeatureMap.Interchange;
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
        json["line"] = view.Line;
        json["block"] = view.State.Block;
        json["blocks"] = new JsonArray([.. sheet.Blocks.Select(block => Block(block, view))]);
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
        if (view.Measured is { } measured)
            json["measured"] = new JsonObject
            {
                ["image"] = measured.Seen.Name,
                ["trained"] = measured.IsTrained,
                ["pixels"] = measured.Pixels,
                ["most"] = measured.Most,
                ["largest"] = measured.Sizes.Largest,
            };
        if (view.MeasuredFault.Length > 0) json["measuredFault"] = view.MeasuredFault;
        if (sheet.Overlap is { } overlap)
            json["overlap"] = new JsonObject
            {
                ["of"] = overlap.IsOutput ? "output" : "input",
                ["height"] = overlap.Height,
                ["width"] = overlap.Width,
                ["smallest"] = overlap.Smallest,
                ["largest"] = overlap.Largest,
            };
        if (view.Other is { Totals: { } other }) json["other"] = Totals(other);
        if (view.Differences is { } rows)
            json["differences"] = new JsonArray([.. rows.Where(row => row.Kind != DifferenceKind.Same).Select(row => new JsonObject
            {
                ["kind"] = row.Kind switch
                {
                    DifferenceKind.Changed => "changed",
                    DifferenceKind.OnlyFirst => "only here",
                    _ => "only there",
                },
                ["here"] = row.First?.Name,
                ["there"] = row.Second?.Name,
                ["in"] = new JsonArray([.. row.In.Select(what => JsonValue.Create(what))]),
            })]);
        return json;
    }

    private static JsonObject Block(NetworkBlock block, DesignView view)
    {
        var json = new JsonObject
        {
            ["line"] = block.Line,
            ["name"] = block.Name,
            ["op"] = block.Op,
            ["inputs"] = block.Inputs is null ? null : new JsonArray([.. block.Inputs.Select(input => JsonValue.Create(input))]),
            ["settings"] = block.Settings,
            ["problem"] = view.ProblemOf(block),
        };
        if (block.Line == view.State.Block)
            json["fields"] = new JsonArray([.. block.Fields.Select(field => new JsonObject
            {
                ["name"] = field.Name,
                ["text"] = field.Text,
                ["usual"] = field.Usual,
                ["expected"] = field.Expected,
                ["choices"] = new JsonArray([.. field.Choices.Select(choice => JsonValue.Create(choice))]),
            })]);
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
