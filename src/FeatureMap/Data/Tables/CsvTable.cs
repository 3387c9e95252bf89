using System.Text;

namespace FeatureMap.Data;

/// <summary>One record of a table.</summary>
/// <param name="Line">The line of the file on which it begins, from 1.</param>
/// <param name="Fields">As many as the header has.</param>
internal readonly record struct CsvRow(int Line, string[] Fields);

/// <summary>
/// A table of separated values with a header, as RFC 4180 describes it: fields in double quotes may hold separators, line ends and doubled
/// quotes. Beyond it: separators other than the comma (told by the header), any line end, UTF-8 with and without a mark, UTF-16 with one,
/// and the line <c>sep=;</c> of spreadsheets.
/// </summary>
internal sealed class CsvTable
{
    /// <summary>Tables of more bytes are refused.</summary>
    public const long LargestFile = 256_000_000;

    private const string Separators = ",;\t|";
    private static readonly string[] Endings = [".csv", ".tsv"];

    private CsvTable(string place, string[] columns, IReadOnlyList<CsvRow> rows, IReadOnlyList<string> notes) =>
        (Place, Columns, Rows, Notes) = (place, columns, rows, notes);

    /// <summary>What the table is called in messages.</summary>
    public string Place { get; }

    /// <summary>The names of the columns, from the first record.</summary>
    public string[] Columns { get; }

    /// <summary>All records behind the header; lines with nothing on them are passed over.</summary>
    public IReadOnlyList<CsvRow> Rows { get; }

    /// <summary>Sentences on what could be read in more than one way.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Whether a name ends as one of a table.</summary>
    public static bool IsNameOf(string path) => Array.Exists(Endings, ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a table.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="place">What it is called in messages.</param>
    /// <exception cref="DataException">It is no such table; the message names the line.</exception>
    public static CsvTable Parse(byte[] content, string place)
    {
        var notes = new List<string>();
        var text = Decode(content, place, notes);
        var (start, line, separator) = (0, 1, '\0');
        if (text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && text.Length > 4)
        {
            separator = text[4];
            start = text.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end ? end + 1 : text.Length;
            line = 2;
        }
        if (separator == '\0') separator = SeparatorOf(text);
        var records = new Records(text, start, line, separator, place);
        if (records.Next() is not { } header) throw new DataException($"{place}: the table is empty. Expected a line with the names of "
            + $"the columns, such as file,label, and a line for each image.");
        string[] columns = [.. header.Fields.Select(name => name.Trim())];
        while (columns.Length > 1 && columns[^1].Length == 0 && columns[^2].Length == 0)
            columns = columns[..^1];
        if (columns.Where(name => name.Length > 0).GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group
            .Count() > 1) is { } twice)
            throw new DataException($"{place}: two columns are called '{twice.Key}'. Rename one of them.");
        var rows = new List<CsvRow>();
        while (records.Next() is { } row)
            if (row.Fields is not [var only] || only.Trim().Length > 0)
                rows.Add(Fitted(row, columns, separator, place));
        if (rows.Count == 0) throw new DataException($"{place}: the table has a header ({Listed(columns)}) and nothing below it.");
        return new(place, columns, rows, notes);
    }

    /// <summary>The names of columns in messages.</summary>
    public static string Listed(IReadOnlyCollection<string> columns) =>
        string.Join(", ", columns.Take(8).Select(name => name.Length == 0 ? "(without a name)" : EntryPath.Shown(name)))
        + (columns.Count > 8 ? $" and {columns.Count - 8:N0} more" : "");

    // Separators behind the last field are not data; anything else that does not fit would put values into the wrong columns.
    private static CsvRow Fitted(CsvRow row, string[] columns, char separator, string place)
    {
        var fields = row.Fields;
        while (fields.Length > columns.Length && fields[^1].Trim().Length == 0)
            fields = fields[..^1];
        if (fields.Length == columns.Length) return row with { Fields = fields };
        throw new DataException($"{place}: line {row.Line:N0} has {fields.Length:N0} fields, and the header names {columns.Length:N0} "
            + $"({Listed(columns)}). "
            + (fields.Length > columns.Length ? $"A field with {Word(separator)} in it must stand in double quotes." : "Is something "
            + "missing on this line?"));
    }

    private static string Word(char separator) => separator switch
    {
        ',' => "a comma",
        ';' => "a semicolon",
        '\t' => "a tab",
        _ => $"a "
        + $"'{separator}'"
    };

    private static string Decode(byte[] content, string place, List<string> notes)
    {
        if (content.LongLength > LargestFile) throw new DataException($"{place}: the table has {content.LongLength:N0} bytes: at most "
            + $"{LargestFile:N0} are read.");
        if (content.AsSpan().StartsWith((byte[])[0xFF, 0xFE])) return Encoding.Unicode.GetString(content, 2, content.Length - 2);
        if (content.AsSpan().StartsWith((byte[])[0xFE, 0xFF])) return Encoding.BigEndianUnicode.GetString(content, 2, content.Length - 2);
        var skip = content.AsSpan().StartsWith((byte[])[0xEF, 0xBB, 0xBF]) ? 3 : 0;
        if (content.AsSpan().Contains((byte)0))
            throw new DataException($"{place}: this is no text: it has zero bytes in it. Save the table as CSV in UTF-8.");
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content, skip, content.Length - skip);
        }
        catch (DecoderFallbackException)
        {
            notes.Add($"{place} is not in UTF-8 and was read as Latin-1: look at the names of the classes, and save it as UTF-8 if they "
                + $"are wrong.");
            return Encoding.Latin1.GetString(content);
        }
    }

    // The one that the first line has most often outside of quotes.
    private static char SeparatorOf(string text)
    {
        Span<int> counts = stackalloc int[Separators.Length];
        var isQuoted = false;
        foreach (var letter in text)
        {
            if (letter == '"') isQuoted = !isQuoted;
            else if (isQuoted) continue;
            else if (letter is '\n' or '\r') break;
            else if (Separators.IndexOf(letter, StringComparison.Ordinal) is >= 0 and var at) counts[at]++;
        }
        var best = 0;
        for (var at = 1; at < counts.Length; at++)
            if (counts[at] > counts[best]) best = at;
        return Separators[best];
    }

    /// <summary>Takes a text apart, record by record.</summary>
    private sealed class Records(string text, int start, int firstLine, char separator, string place)
    {
        private int at = start, line = firstLine;

        /// <summary>The next record; null at the end.</summary>
        public CsvRow? Next()
        {
            if (at >= text.Length) return null;
            var (began, fields) = (line, new List<string>());
            while (true)
            {
                fields.Add(at < text.Length && text[at] == '"' ? Quoted(began) : Plain());
                if (at < text.Length && text[at] == separator)
                {
                    at++;
                    continue;
                }
                EndLine();
                return new(began, [.. fields]);
            }
        }

        private string Plain()
        {
            var first = at;
            while (at < text.Length && text[at] != separator && text[at] is not ('\n' or '\r'))
                at++;
            return text[first..at];
        }

        private string Quoted(int began)
        {
            var field = new StringBuilder();
            for (at++; at < text.Length; at++)
            {
                if (text[at] == '\n') line++;
                if (text[at] != '"')
                {
                    field.Append(text[at]);
                    continue;
                }
                if (at + 1 < text.Length && text[at + 1] == '"')
                {
                    field.Append(text[++at]);
                    continue;
                }
                at++;
                while (at < text.Length && text[at] == ' ' && separator != ' ')
                    at++;
                return at == text.Length || text[at] == separator || text[at] is '\n' or '\r' ? field.ToString()
                    : throw new DataException($"{place}: line {line:N0}: behind the closing quote comes '{text[at]}'. Expected "
                    + $"{Word(separator)} or the end of the line; quotes inside of a field are doubled.");
            }
            throw new DataException($"{place}: the quote that is opened in the record of line {began:N0} is never closed.");
        }

        private void EndLine()
        {
            if (at < text.Length && text[at] == '\r') at++;
            if (at < text.Length && text[at] == '\n') at++;
            line++;
        }
    }
}
