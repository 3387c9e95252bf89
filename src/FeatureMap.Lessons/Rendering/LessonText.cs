namespace FeatureMap.Lessons;

/// <summary>Draws a page as lines of text, for terminals.</summary>
public static class LessonText
{
    private const int Width = 100, MostCells = 24, MostSteps = 12, MostPoints = 17;

    /// <summary>The lines of a page: claim, then sections in their order.</summary>
    /// <param name="page">The page.</param>
    /// <param name="only">One section alone; all where null.</param>
    public static IReadOnlyList<string> Of(LessonPage page, Section? only = null)
    {
        ArgumentNullException.ThrowIfNull(page);
        var (lesson, lines) = (page.State.Lesson, new List<string>());
        lines.AddRange(Wrapped($"{lesson.Id}: {lesson.Claim}", 0));
        foreach (var section in page.Blocks.Where(block => only is null || block.Section == only).GroupBy(block => block.Section))
        {
            lines.Add("");
            lines.Add(section.Key.ToString().ToUpperInvariant());
            foreach (var block in section)
                lines.AddRange(Of(block));
        }
        return lines;
    }

    /// <summary>The lines of a block.</summary>
    public static IEnumerable<string> Of(Block block) => block switch
    {
        Sentence sentence => Wrapped(sentence.Text, 0),
        Formula formula => [.. Captioned(block), .. Wrapped(formula.Right.Symbols == formula.Right.Filled
            ? $"{formula.Left.Name} = {formula.Filled}" : $"{formula.Symbols} = {formula.Filled}", 4)],
        Grid grid => [.. Captioned(block), .. Enumerable.Range(0, grid.Channels).SelectMany(channel => Plane(grid, channel))],
        Links links => [$"  each cell of {links.Target} is made of cells of "
            + $"{links.Source}{(links.Weights is { } weights ? $" and {weights}" : "")}: {NumberText.Of(links.Items.Count)} links"],
        Timeline timeline => [.. timeline.Steps.Take(MostSteps).SelectMany(step => Wrapped(step.Text, 4)),
            .. More(timeline.Steps.Count, MostSteps)],
        SparseMatrix matrix => [.. Captioned(block), .. MatrixLines(matrix)],
        Strip strip => [.. Captioned(block), .. StripLines(strip)],
        Map map => MapLines(map),
        Lines lines => [.. Captioned(block), .. CurveLines(lines)],
        Bars bars => [.. Captioned(block), .. BarLines(bars)],
        Scatter scatter => [.. Captioned(block), .. scatter.Classes.SelectMany(own => Row(own.Name, own.X.Zip(own.Y)
            .SelectMany(point => (double[])[point.First, point.Second])))],
        Surface surface => [.. Captioned(block), .. surface.Paths.SelectMany(path => Row(path.Name, path.X.Zip(path.Y)
            .SelectMany(point => (double[])[point.First, point.Second])))],
        Graph graph => [.. Captioned(block), .. graph.Nodes.SelectMany(node => NodeLines(graph, node))],
        Table table => [.. Captioned(block), .. TableLines(table)],
        Cost cost => [.. Captioned(block), .. Aligned([.. cost.Figures.Select(figure =>
            (IReadOnlyList<string>)[figure.Name, NumberText.Of(figure.Value), figure.Unit])])],
        Code code => [.. Captioned(block), .. code.Text.Split('\n').Select(line => $"    {line}")],
        Pitfall pitfall => Wrapped($"Pitfall: {pitfall.Text}{(pitfall.Rule is { } rule ? $" (lint rule {rule})" : "")}", 0),
        Experiment experiment => Wrapped($"Try {experiment.Id}: {experiment.Look}", 0),
        Question question => [.. Wrapped($"Question: {question.Text}", 0),
            .. question.Answers.SelectMany((answer, i) => Wrapped($"{(char)('a' + i)}) {answer}", 4))],
        ChallengeBlock challenge => Wrapped($"Challenge {challenge.Id}: {challenge.Task} "
            + $"{(challenge.IsSolved ? "Solved" : "Not yet")}: {challenge.Verdict}", 0),
        Sources sources => [.. Wrapped($"Room: {sources.Room}", 0),
            .. sources.Items.SelectMany(source => Wrapped($"{source.Title}. {source.Place}", 4))],
        _ => throw new NotSupportedException($"{block.GetType().Name} has no lines."),
    };

    /// <summary>A text cut into lines of at most 100 letters; those after the first are indented more.</summary>
    public static IEnumerable<string> Wrapped(string text, int indent)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (start, line) = (new string(' ', indent), "");
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && start.Length + line.Length + 1 + word.Length > Width)
            {
                yield return start + line;
                (start, line) = (new string(' ', indent + 2), word);
            }
            else line = line.Length == 0 ? word : $"{line} {word}";
        }
        yield return start + line;
    }

    private static IEnumerable<string> Captioned(Block block) => block.Caption.Length == 0 ? [] : Wrapped($"{block.Caption}:", 2);

    private static IEnumerable<string> More(int count, int shown) => count > shown ? [$"    ... {NumberText.Of(count - shown)} more"] : [];

    private static IEnumerable<string> Row(string name, IEnumerable<double> values)
    {
        var all = values.ToList();
        var shown = string.Join(' ', all.Take(4 * MostCells).Select(NumberText.Of));
        return Wrapped($"{name}: {shown}{(all.Count > 4 * MostCells ? " ..." : "")}", 4);
    }

    private static string Span(IReadOnlyList<double> values) =>
        values.Count == 0 ? "" : $", from {NumberText.Of(values.Min())} to {NumberText.Of(values.Max())}";

    private static IEnumerable<string> Plane(Grid grid, int channel)
    {
        if (grid.Channels > 1) yield return $"    channel {channel}";
        var (rows, columns) = (Math.Min(grid.Rows, MostCells), Math.Min(grid.Columns, MostCells));
        var cells = Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns)
            .Select(column => Cell(grid, channel, row, column)).ToArray()).ToArray();
        var wide = cells.Max(row => row.Max(cell => cell.Length));
        foreach (var row in cells)
            yield return $"    {string.Join(' ', row.Select(cell => cell.PadLeft(wide)))}{(grid.Columns > columns ? " ..." : "")}";
        if (grid.Rows > rows) yield return "    ...";
        var used = grid.Marks.Aggregate(CellMarks.None, (all, mark) => all | mark);
        if (used != CellMarks.None && channel == grid.Channels - 1)
            yield return "    "
                + string.Join(", ", Signs.Where(sign => used.HasFlag(sign.Mark)).Select(sign => $"{sign.Sign} {sign.Words}"));
    }

    private static (CellMarks Mark, char Sign, string Words)[] Signs { get; } =
    [
        (CellMarks.Chosen, '>', "the cell that is explained"), (CellMarks.Winner, '^', "largest of a window"),
            (CellMarks.Dropped, 'x', "dropped"),
        (CellMarks.Unread, '!', "read by no window"), (CellMarks.Inserted, '\'', "a zero put in between"),
            (CellMarks.Padding, '.', "padding"),
    ];

    private static string Cell(Grid grid, int channel, int row, int column)
    {
        var text = NumberText.Of(grid.At(channel, row, column));
        if (grid.Marks.Count == 0) return text;
        var mark = grid.Marks[(((channel * grid.Rows) + row) * grid.Columns) + column];
        return mark == CellMarks.None ? text : $"{Signs.First(sign => mark.HasFlag(sign.Mark)).Sign}{text}";
    }

    // A small map is drawn as numbers, a large one says its range.
    private static IEnumerable<string> MapLines(Map map)
    {
        var isSmall = map.Rows <= MostCells && map.Columns <= MostCells
            && map.Columns * (map.Values.Max(value => NumberText.Of(value).Length) + 1) <= Width;
        foreach (var line in Wrapped($"{map.Caption}: {map.Rows} x {map.Columns}{Span(map.Values)}", 2))
            yield return line;
        if (isSmall)
            foreach (var line in Enumerable.Range(0, map.Channels).SelectMany(channel => Plane(
                new Grid(
                    map.Section, map.Key, map.Caption, map.Channels, map.Rows, map.Columns, map.Values, map.Scale, [], null, []), channel)))
                yield return line;
        foreach (var box in map.Boxes)
            yield return $"    {box.Label}: rows {NumberText.Of(box.Row)} to {NumberText.Of(box.Row + box.Height - 1)}, "
                + $"columns {NumberText.Of(box.Column)} to {NumberText.Of(box.Column + box.Width - 1)}";
    }

    private static IEnumerable<string> MatrixLines(SparseMatrix matrix)
    {
        yield return $"    {NumberText.Of(matrix.Rows)} x {NumberText.Of(matrix.Columns)}, {NumberText.Of(matrix.Entries.Count)} "
            + $"numbers; a point is 0 whatever the weights are";
        var (rows, columns) = (Math.Min(matrix.Rows, MostCells), Math.Min(matrix.Columns, 2 * MostCells));
        var cells = new string[rows, columns];
        foreach (var entry in matrix.Entries.Where(entry => entry.Row < rows && entry.Column < columns))
            cells[entry.Row, entry.Column] = NumberText.Of(entry.Value);
        var wide = Math.Max(1, cells.Cast<string?>().Max(cell => cell?.Length ?? 1));
        if (columns * (wide + 1) > 2 * Width) columns = Math.Max(1, 2 * Width / (wide + 1));
        for (var row = 0; row < rows; row++)
        {
            var shown = Enumerable.Range(0, columns).Select(column => (cells[row, column] ?? ".").PadLeft(wide));
            yield return $"    {string.Join(' ', shown)}{(matrix.Columns > columns ? " ..." : "")}";
        }
        if (matrix.Rows > rows) yield return "    ...";
    }

    private static IEnumerable<string> StripLines(Strip strip)
    {
        IReadOnlyList<string>[] rows =
        [
            [.. strip.Values.Take(2 * MostCells).Select((_, i) => NumberText.Of(strip.First + i))],
                [.. strip.Values.Take(2 * MostCells).Select(NumberText.Of)],
            [.. strip.Classes.Take(2 * MostCells).Select(own => own < 0 ? "-" : own < 26 ? ((char)('a' + own)).ToString() : "z")],
        ];
        var wide = rows.SelectMany(row => row).Select(cell => cell.Length).DefaultIfEmpty(1).Max();
        var names = (string[])["at", "is", "on"];
        return rows.Select((row, i) => (row, i)).Where(pair => pair.row.Count > 0)
            .Select(pair => $"    {names[pair.i]} {string.Join(' ', pair.row.Select(cell => cell.PadLeft(wide)))}"
                + (strip.Values.Count > pair.row.Count ? " ..." : ""));
    }

    // Curves over the same places stand beside each other; of many places some are shown, from the first to the last.
    private static IEnumerable<string> CurveLines(Lines lines)
    {
        var left = lines.Curves.ToList();
        while (left.Count > 0)
        {
            var (x, same) = (left[0].X, left.Where(curve => curve.X.SequenceEqual(left[0].X)).ToList());
            left.RemoveAll(same.Contains);
            var shown = x.Count <= MostCells ? x.Count : MostPoints;
            var places = Enumerable.Range(0, shown).Select(i => shown == 1 ? 0 : i * (x.Count - 1) / (shown - 1));
            foreach (var line in Aligned([[lines.Horizontal.Label, .. same.Select(curve => curve.Name)],
                .. places.Select(place => (IReadOnlyList<string>)[NumberText.Of(x[place]),
                    .. same.Select(curve => NumberText.Of(curve.Y[place]))])]))
                yield return line;
            if (x.Count > shown) yield return $"    {NumberText.Of(shown)} of {NumberText.Of(x.Count)} places";
        }
    }

    // A table that is too wide for its lines is told row by row.
    private static IEnumerable<string> TableLines(Table table)
    {
        if (table.Rows.Count == 0) return [];
        List<string> lines = [.. Aligned([table.Columns,
            .. table.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select(cell => cell.Text)])])];
        return lines.TrueForAll(line => line.Length <= Width) ? lines : table.Rows.SelectMany(row => Wrapped(string.Join("; ",
            table.Columns.Zip(row).Where(pair => pair.Second.Text.Length > 0).Select(pair => $"{pair.First}: {pair.Second.Text}")), 4));
    }

    private static IEnumerable<string> BarLines(Bars bars) => Aligned(
        [["", .. bars.Groups.Select(group => group.Name)], .. bars.Labels.Select((label, i) => (IReadOnlyList<string>)[label,
            .. bars.Groups.Select(group => NumberText.Of(group.Values[i]))])]);

    private static IEnumerable<string> NodeLines(Graph graph, GraphNode node)
    {
        var from = graph.Edges.Where(edge => edge.To == node.Id).Select(edge => edge.From).ToList();
        return Wrapped($"{node.Id}: {node.Label} {node.Detail}{(from.Count > 0 ? $" <- {string.Join(", ", from)}" : "")}", 4);
    }

    private static IEnumerable<string> Aligned(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = Enumerable.Range(0, rows.Max(row => row.Count))
            .Select(column => rows.Max(row => column < row.Count ? row[column].Length : 0)).ToArray();
        string Padded(string cell, int column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]);
        return rows.Select(row => $"    {string.Join("  ", row.Select(Padded))}".TrimEnd());
    }
}
