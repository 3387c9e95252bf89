using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>
/// Reads tables with a row for each box: the columns filename, class, xmin, ymin, xmax, ymax, by the rule of Pascal VOC, or filename,
/// class, x, y, width, height from 0; the size of the picture may stand beside them. Tables called after parts are those.
/// </summary>
internal sealed class CsvReader(ReadContext context)
{
    private const long LargestFile = 500_000_000;

    private static readonly string[] FileNames = ["filename", "file_name", "file", "image", "image_path", "image_id", "imageid", "img",
        "path", "name"];
    private static readonly string[] ClassColumns = ["class", "label", "class_name", "classname", "category", "category_name", "type",
        "name"];
    private static readonly string[][] CornerColumns =
        [["xmin", "x_min", "x1", "left", "bbox_x1"], ["ymin", "y_min", "y1", "top", "bbox_y1"], ["xmax", "x_max", "x2", "right", "bbox_x2"],
            ["ymax", "y_max", "y2", "bottom", "bbox_y2"]];
    private static readonly string[][] SizeColumns =
        [["x", "bbox_x"], ["y", "bbox_y"], ["w", "box_width", "bbox_width", "bbox_w", "width"],
            ["h", "box_height", "bbox_height", "bbox_h", "height"]];

    private readonly CornerRule rule = new(context.Options.FirstPixel);

    private sealed record Row(string File, string? Class, Corners Box, bool IsCorners, (int, int)? Size, SourceLine Place);

    private sealed record Table(int File, string Split, List<Row> Rows);

    public (IReadOnlyList<string> Classes, IReadOnlyList<DraftPicture> Pictures) Read()
    {
        var tables = new List<Table>();
        foreach (var (file, content) in context.Contents(context.Ending(".csv", ".tsv"), LargestFile))
            if (Read(file, content) is { } table)
                tables.Add(table);
        if (tables.Count == 0)
        {
            throw new DataException($"{context.Tree.Location}: there is no .csv with a header that names a file, a class and a box. "
                + $"Expected in the first line the columns filename, class, xmin, ymin, "
                + "xmax, ymax (or x, y, w, h); width and height of the picture may stand beside them.");
        }
        tables = WithoutSums([.. tables.OrderBy(table => context.PathOf(table.File), StringComparer.Ordinal)]);
        if (rule.Notice is { } notice
            && tables.Any(table => table.Rows.Any(row => row.IsCorners))) context.Say(AnnotationRemarkKind.Reading, false, notice, null);
        var classes = ClassList.Of(context, tables.SelectMany(table => table.Rows).Where(row => row.Class is not null)
            .Select(row => (row.Class!, row.Place)));
        var drafts = new Dictionary<(string File, string Table), DraftPicture>();
        foreach (var table in tables)
            foreach (var row in table.Rows)
            {
                var key = (row.File, context.PathOf(table.File));
                if (!drafts.TryGetValue(key, out var draft))
                {
                    var picture = context.FindPicture(row.File, key.Item2, row.Place.ToString());
                    drafts.Add(key, draft = new(picture, row.File, row.Size, table.Split, key.Item2));
                }
                if (draft.Size != row.Size)
                    throw new DataException($"{row.Place}: '{Utf8Text.Shown(row.File)}' has another size here than in a row before. A "
                        + $"picture has one size.");
                if (row.Class is null) continue;
                var (x, y, width, height) = row.IsCorners ? rule.Box(row.Box) : (row.Box.Left, row.Box.Top, row.Box.Right, row.Box.Bottom);
                draft.Things.Add(new(classes.Number(row.Class), x, y, width, height, row.Place)
                {
                    IsPoint = row.IsCorners && row.Box.Left == row.Box.Right && row.Box.Top == row.Box.Bottom,
                });
            }
        return (classes.Names, [.. drafts.Values]);
    }

    // A table of all beside those of the parts says everything twice.
    private List<Table> WithoutSums(List<Table> tables)
    {
        var parts = tables.Where(table => table.Split.Length > 0).SelectMany(table => table.Rows.Select(row => row.File))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var sum in tables.Where(table => table.Split.Length == 0).ToArray())
        {
            string[] files = [.. sum.Rows.Select(row => row.File).Distinct()];
            var known = files.Count(parts.Contains);
            if (known == 0) continue;
            if (known < files.Length)
            {
                var other = files.First(file => !parts.Contains(file));
                throw new DataException($"{context.Place(sum.File)}: {known:N0} of its {files.Length:N0} pictures are in the tables of "
                    + $"parts as well, and '{Utf8Text.Shown(other)}' is not. "
                    + "Give the one .csv that is meant.");
            }
            context.Say(AnnotationRemarkKind.Reading, false, $"{context.PathOf(sum.File)} has the pictures of "
                + $"{string.Join(", ", tables.Where(table => table.Split.Length > 0).Select(NameOf))} "
                + "once more and is not read; those say the parts.", null);
            tables.Remove(sum);
        }
        return tables;
    }

    private string NameOf(Table table) => ReadContext.NameOf(context.PathOf(table.File));

    private Table? Read(int file, byte[] content)
    {
        var place = context.Place(file);
        if (context.Only is null && content.AsSpan(0, Math.Min(content.Length, 1 << 16)).Contains((byte)0)) return null;
        var rows = CsvRows.Read(Utf8Text.Of(content, place), place).GetEnumerator();
        using var end = rows;
        if (!rows.MoveNext()) return null;
        if (Columns.Of(rows.Current.Fields) is not { } columns) return null;
        var width = rows.Current.Fields.Count;
        var table = new Table(file, ReadContext.SplitOf(context.PathOf(file)), []);
        while (rows.MoveNext())
        {
            var at = new SourceLine(place, rows.Current.Line);
            if (rows.Current.Fields.Count != width)
                throw new DataException($"{at}: the row has {rows.Current.Fields.Count} fields and the first line {width} columns. A "
                    + $"comma in a name wants quotes around it.");
            table.Rows.Add(columns.Read(rows.Current.Fields, at));
            var row = table.Rows[^1];
            if (row is { IsCorners: true, Class: not null }) rule.See(row.Box, at);
        }
        return table;
    }

    private sealed record Columns(int File, int Class, int[] Box, bool IsCorners, (int Width, int Height)? Size)
    {
        public static Columns? Of(IReadOnlyList<string> header)
        {
            string[] names = [.. header.Select(name => name.Trim().ToLowerInvariant())];
            int At(string[] words) => words.Select(word => Array.IndexOf(names, word)).FirstOrDefault(at => at >= 0, -1);
            var file = At(FileNames);
            var kind = ClassColumns.Select(word => Array.IndexOf(names, word)).FirstOrDefault(at => at >= 0 && at != file, -1);
            int[] corners = [.. CornerColumns.Select(At)], sizes = [.. SizeColumns.Select(At)];
            if (file < 0 || kind < 0) return null;
            if (corners.All(at => at >= 0))
                return new(file, kind, corners, true, (At(["width", "image_width", "img_width"]),
                    At(["height", "image_height", "img_height"])) is ( >= 0, >= 0) and var size ? size : null);
            if (!sizes.All(at => at >= 0)) return null;
            return new(file, kind, sizes, false, (At(["image_width", "img_width"]), At(["image_height", "img_height"])) is ( >= 0, >= 0)
                and var beside ? beside : null);
        }

        public Row Read(IReadOnlyList<string> fields, SourceLine place)
        {
            var name = fields[File].Trim();
            if (name.Length == 0) throw new DataException($"{place}: the row names no picture.");
            (int, int)? size = Size is { } at ? (Side(fields[at.Width], "width", place), Side(fields[at.Height], "height", place)) : null;
            // A picture without things has a row without a box.
            if (Box.All(column => fields[column].Trim().Length == 0)) return new(name, null, default, IsCorners, size, place);
            Span<double> numbers = stackalloc double[4];
            foreach (var (index, column) in Box.Index())
                if (!Utf8Text.TryNumber(fields[column].Trim(), out numbers[index]))
                    throw new DataException($"{place}: '{Utf8Text.Shown(fields[column])}' in column {column + 1} is no number of pixels. "
                        + $"Expected numbers such as 12 or 12.5, with a point.");
            var box = new Corners(numbers[0], numbers[1], numbers[2], numbers[3]);
            if (IsCorners && CornerRule.Fault(box) is { } fault) throw new DataException($"{place}: {fault}");
            if (!IsCorners && (box.Right < 0 || box.Bottom < 0))
                throw new DataException($"{place}: the box is {Utf8Text.Number(box.Right)} wide and {Utf8Text.Number(box.Bottom)} high: "
                    + $"expected 0 or more.");
            var kind = fields[Class].Trim();
            return kind.Length > 0 ? new(name, kind, box, IsCorners, size, place)
                : throw new DataException($"{place}: the box has no class.");
        }

        private static int Side(string text, string what, SourceLine place) => Utf8Text.TryNumber(text.Trim(), out var side) && side >= 0
            && side == Math.Floor(side) && side <= 1_000_000
            ? (int)side
            : throw new DataException($"{place}: the {what} is '{Utf8Text.Shown(text)}': expected a whole number of pixels.");
    }
}
