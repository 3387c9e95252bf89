using System.Text.Json;

namespace FeatureMap.Analysis;

/// <summary>The findings as one JSON document.</summary>
internal static class LintJson
{
    public static string Of(LintReport report) => JsonText.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("findings");
        foreach (var finding in report.Findings)
            Finding(json, finding);
        json.WriteEndArray();
        json.WriteStartObject("totals");
        foreach (var group in report.Groups.Where(group => group.Total is not null))
            json.WriteString(group.Rule.Id, group.Total);
        json.WriteEndObject();
        json.WriteNumber("errors", report.Count(LintSeverity.Error));
        json.WriteNumber("warnings", report.Count(LintSeverity.Warning));
        json.WriteNumber("hints", report.Count(LintSeverity.Hint));
        Identifiers(json, "checked", report.Checked);
        Identifiers(json, "notChecked", report.NotChecked);
        json.WriteEndObject();
    });

    private static void Finding(Utf8JsonWriter json, LintFinding finding)
    {
        json.WriteStartObject();
        json.WriteString("rule", finding.Rule.Id);
        json.WriteString("severity", LintText.Word(finding.Severity));
        if (finding.Layer is { } layer)
        {
            json.WriteString("layer", layer.Name);
            json.WriteNumber("index", layer.Index);
            json.WriteString("op", layer.Op?.ToString() ?? "Input");
        }
        json.WriteString("message", finding.Message);
        json.WriteStartObject("numbers");
        foreach (var (name, value) in finding.Numbers)
            json.WriteNumber(name, value);
        json.WriteEndObject();
        json.WriteString("why", finding.Rule.Why);
        json.WriteString("fix", finding.Fix);
        json.WriteStartArray("edits");
        foreach (var edit in finding.Edits)
            json.WriteStringValue($"{edit}");
        json.WriteEndArray();
        json.WriteString("lesson", finding.Rule.Lesson);
        json.WriteEndObject();
    }

    private static void Identifiers(Utf8JsonWriter json, string name, IReadOnlyList<LintRule> rules)
    {
        json.WriteStartArray(name);
        foreach (var rule in rules)
            json.WriteStringValue(rule.Id);
        json.WriteEndArray();
    }
}
