using System.Text;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>The findings as a text: a paragraph per rule, a line per place, and what they share (why, fix, lesson) once.</summary>
internal static class LintText
{
    private const int Columns = 120;

    public static string Of(LintReport report)
    {
        var text = new StringBuilder();
        foreach (var group in report.Groups)
        {
            Line(text, "", $"{group.Rule.Id}: {group.Rule.Title}");
            var fixes = group.Findings.Select(finding => finding.Fix).Distinct().ToList();
            foreach (var (i, finding) in group.Findings.Index())
            {
                Line(text, $"  {Word(finding.Severity),-9}",
                    $"{(finding.Layer is { } layer ? $"{layer.Name} (layer {layer.Index}): " : "")}{finding.Message}");
                var isLast = i == group.Findings.Count - 1 || group.Findings[i + 1].Fix != finding.Fix;
                if (fixes.Count > 1 && isLast) Line(text, "           fix: ", finding.Fix);
            }
            if (group.Total is { } total) Line(text, "  in all   ", total);
            Line(text, "  why      ", group.Rule.Why);
            if (fixes.Count == 1) Line(text, "  fix      ", fixes[0]);
            Line(text, "  lesson   ", group.Rule.Lesson);
            text.Append('\n');
        }
        var end = $"{Digest(report)}; {Count(report.Checked.Count, "rule")} looked at {Count(report.Network.Layers.Count - 1, "layer")}.";
        Line(text, "", char.ToUpperInvariant(end[0]) + end[1..]);
        return text.ToString().TrimEnd('\n');
    }

    public static string Digest(LintReport report)
    {
        if (report.Findings.Count == 0) return "nothing found";
        var counts = new[] { LintSeverity.Error, LintSeverity.Warning, LintSeverity.Hint }
            .Where(severity => report.Count(severity) > 0).Select(severity => Count(report.Count(severity), Word(severity))).ToList();
        var list = counts.Count == 1 ? counts[0] : $"{string.Join(", ", counts[..^1])} and {counts[^1]}";
        return $"{list} ({string.Join(", ", report.Groups.Select(group => group.Rule.Id))})";
    }

    public static string Word(LintSeverity severity) => severity.ToString().ToLowerInvariant();

    /// <summary>A sentence behind a label; lines that go on stand below its beginning.</summary>
    private static void Line(StringBuilder text, string label, string sentence)
    {
        var lines = SummaryText.Wrap(sentence, Columns - label.Length);
        text.Append(label).AppendJoin("\n" + new string(' ', label.Length), lines).Append('\n');
    }
}
