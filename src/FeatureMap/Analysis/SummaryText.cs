using System.Globalization;
using System.Text;

namespace FeatureMap.Analysis;

/// <summary>The summary as a text table.</summary>
internal static class SummaryText
{
    private const int Columns = 120, Gap = 2, LongestLayer = 24, LeastOp = 16, MostMerges = 8;
    private static readonly string[] Headings = ["Layer", "Op", "Output", "Parameters", "MACs", "Activations", "Field/stride", "Centre"];

    public static string Of(NetworkSummary summary)
    {
        List<string[]> rows = [Headings, .. summary.Rows.Select(Cells)];
        var widths = new int[Headings.Length];
        for (var column = 0; column < widths.Length; column++)
            widths[column] = rows.Max(row => row[column].Length);
        widths[0] = Math.Min(widths[0], LongestLayer);
        var others = widths.Sum() - widths[1] + (Gap * (widths.Length - 1));
        widths[1] = Math.Min(widths[1], Math.Max(LeastOp, Columns - others));

        var text = new StringBuilder();
        for (var row = 0; row < rows.Count; row++)
        {
            Line(text, rows[row], widths);
            if (row == 0) text.Append('-', widths.Sum() + (Gap * (widths.Length - 1))).Append('\n');
        }
        text.Append('\n');
        Totals(text, summary);
        Merges(text, summary);
        Lint(text, summary);
        Paths(text, summary);
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>Name and settings of the op.</summary>
    public static string OpText(SummaryRow row) => row.Settings.Length == 0 ? row.Op : $"{row.Op} {row.Settings}";

    /// <summary>A whole number with separators.</summary>
    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Bytes with a unit that keeps the number short: 812 B, 84.5 KiB, 1.32 GiB.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double value = bytes;
        var unit = 0;
        for (; value >= 1000 && unit < units.Length - 1; unit++)
            value /= 1024;
        return $"{(unit == 0 || value >= 100 ? value.ToString("0", CultureInfo.InvariantCulture) : value.ToString("G3", CultureInfo.InvariantCulture))} {units[unit]}";
    }

    private static string[] Cells(SummaryRow row) =>
    [
        row.Layer,
        OpText(row),
        row.Output.ToString(),
        row.TrainableCount + row.FixedCount == 0 ? ""
            : Count(row.TrainableCount) + (row.FixedCount > 0 ? $" + {Count(row.FixedCount)}" : ""),
        row.MultiplyAdds == 0 ? "" : Count(row.MultiplyAdds),
        Bytes(row.ActivationBytes),
        $"{ReceptiveField.Pair(row.Field.Vertical.Size, row.Field.Horizontal.Size)}/{(row.Field.IsGlobal ? "global" : ReceptiveField.Pair(row.Field.Vertical.Stride, row.Field.Horizontal.Stride))}",
        ReceptiveField.Pair(row.Field.Vertical.Offset, row.Field.Horizontal.Offset),
    ];

    /// <summary>One row; an op too long for its column goes on below.</summary>
    private static void Line(StringBuilder text, string[] cells, int[] widths)
    {
        var op = Wrap(cells[1], widths[1]);
        for (var part = 0; part < op.Count; part++)
        {
            var line = new StringBuilder();
            for (var column = 0; column < widths.Length; column++)
            {
                var cell = column == 1 ? op[part] : part > 0 ? "" : cells[column];
                if (cell.Length > widths[column]) cell = string.Concat(cell.AsSpan(0, widths[column] - 1), "…");
                line.Append(column < 3 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
                if (column < widths.Length - 1) line.Append(' ', Gap);
            }
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }
    }

    private static void Totals(StringBuilder text, NetworkSummary summary)
    {
        Wrapped(text, $"{Count(summary.ParameterCount)} parameters "
            + $"({Count(summary.TrainableCount)} trainable{(summary.FixedCount > 0 ? $" + {Count(summary.FixedCount)} fixed" : "")}), {Bytes(summary.ParameterBytes)}");
        Wrapped(text, $"{Count(summary.MultiplyAdds)} multiply-accumulates (MACs) per image, bias additions not counted");
        Wrapped(text, $"{Bytes(summary.ActivationBytes)} of activations for a batch of {Count(summary.Batch)}, if every output had memory "
            + "of its own");
    }

    private static void Merges(StringBuilder text, NetworkSummary summary)
    {
        var misaligned = summary.Rows.Where(row => !row.Field.IsAligned).ToList();
        foreach (var row in misaligned.Take(MostMerges))
            Wrapped(text, $"{row.Layer}: the branches that meet here look at different places ({string.Join("; "
                + $"", row.Field.Branches.Select(branch => $"{branch.Layer} {branch}"))})");
        if (misaligned.Count > MostMerges)
            Wrapped(text, $"... and {misaligned.Count - MostMerges} more merges of branches that look at different places");
    }

    private static void Lint(StringBuilder text, NetworkSummary summary)
    {
        var report = summary.Network.Lint();
        if (report.Findings.Count > 0) Wrapped(text, $"lint: {report.Digest}; Network.Lint explains each");
    }

    // Each path of an op once, with its reason; which of the three computations take it is said where they do not all.
    private static void Paths(StringBuilder text, NetworkSummary summary)
    {
        var taken = summary.Rows.SelectMany(row => row.Path is { } path
            ? new[] { (row.Op, Path: path, Of: ""), (row.Op, Path: path.InputGradient, Of: "input gradient"),
                (row.Op, Path: path.WeightGradient, Of: "weight gradient") }
            : []).Where(one => one.Path is not null).ToList();
        foreach (var group in taken.GroupBy(one => (one.Op, one.Path!.Name)))
        {
            var of = group.Select(one => one.Of).Distinct().ToList();
            var role = of.Contains("") ? "" : $" ({string.Join(" and ", of)})";
            Wrapped(text, $"{group.Key.Op} on the path '{group.Key.Name}'{role}: {group.First().Path!.Reason}");
        }
    }

    private static void Wrapped(StringBuilder text, string sentence) => text.AppendJoin("\n    ", Wrap(sentence, Columns - 4)).Append('\n');

    /// <summary>A sentence cut at spaces into lines of at most so many characters, where no word is longer.</summary>
    public static List<string> Wrap(string sentence, int width)
    {
        var lines = new List<string>();
        foreach (var word in sentence.Split(' '))
        {
            if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= width) lines[^1] += " " + word;
            else lines.Add(word);
        }
        return lines;
    }
}
