namespace FeatureMap.Analysis;

/// <summary>A table of texts.</summary>
/// <param name="Columns">The headings.</param>
/// <param name="Rows">The rows, each with one text per column.</param>
public sealed record ReportTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);
