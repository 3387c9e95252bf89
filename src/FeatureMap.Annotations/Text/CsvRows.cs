using System.Text;

namespace FeatureMap.Annotations;

/// <summary>A row of a table with the line that it begins in.</summary>
internal readonly record struct CsvRow(int Line, IReadOnlyList<string> Fields);

/// <summary>Reads comma-separated values (RFC 4180); the separator is the one of comma, semicolon and tab that the first line has most
/// of.</summary>
internal static class CsvRows
{
    /// <exception cref="DataException">A quote is not closed, or text stands behind one.</exception>
    public static IEnumerable<CsvRow> Read(string text, string place)
    {
        var head = text.AsSpan(0, text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? end : text.Length);
        var separator = ',';
        foreach (var other in ";\t")
            if (System.MemoryExtensions.Count(head, other) > System.MemoryExtensions.Count(head, separator)) separator = other;
        return Rows(text, place, separator);
    }

    private static IEnumerable<CsvRow> Rows(string text, string place, char separator)
    {
        var (line, fields, field) = (1, new List<string>(), new StringBuilder());
        var (start, at) = (1, 0);
        while (at < text.Length)
        {
            if (text[at] == '"' && field.Length == 0)
            {
                var opened = line;
                for (at++; ; at++)
                {
                    if (at >= text.Length) throw new DataException($"{place}, line {opened}: a quote (\") opens here and is not closed.");
                    if (text[at] == '\n') line++;
                    if (text[at] != '"') field.Append(text[at]);
                    else if (at + 1 < text.Length && text[at + 1] == '"') field.Append(text[at++]);
                    else break;
                }
                at++;
                if (at < text.Length && text[at] != separator && text[at] is not ('\r' or '\n'))
                    throw new DataException($"{place}, line {line}: '{text[at]}' stands behind a closing quote: expected '{separator}' or "
                        + $"the end of the line.");
                continue;
            }
            if (text[at] == separator)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else if (text[at] == '\n')
            {
                fields.Add(field.ToString().TrimEnd('\r'));
                field.Clear();
                line++;
                if (fields is not [""]) yield return new(start, fields);
                (fields, start) = ([], line);
            }
            else field.Append(text[at]);
            at++;
        }
        fields.Add(field.ToString().TrimEnd('\r'));
        if (fields is not [""]) yield return new(start, fields);
    }
}
