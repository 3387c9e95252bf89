namespace FeatureMap.Lessons;

/// <summary>
/// Two states side by side, A and B: what was set differently, what became of the sizes, numbers and outputs, and what each costs. The
/// states may be of two lessons, such as three ways to make a map larger: what both have under one name is compared.
/// </summary>
/// <example><code>
/// var lesson = Lesson.Get("convolution");
/// foreach (var table in LessonComparison.Of(lesson.Open("kernel=5"), lesson.Open("kernel=3")).Tables)
///     Console.WriteLine(string.Join('\n', LessonText.Of(table)));
/// </code></example>
public sealed class LessonComparison
{
    private LessonComparison(LessonPage a, LessonPage b, IReadOnlyList<Table> tables, IReadOnlyList<Grid> differences) =>
        (A, B, Tables, Differences) = (a, b, tables, differences);

    /// <summary>The first state.</summary>
    public LessonPage A { get; }

    /// <summary>The second state.</summary>
    public LessonPage B { get; }

    /// <summary>What is set, what comes out, what it costs; a table that would be empty is left out.</summary>
    public IReadOnlyList<Table> Tables { get; }

    /// <summary>B − A, cell by cell, of what was computed in both and has one size; none where nothing differs.</summary>
    public IReadOnlyList<Grid> Differences { get; }

    /// <summary>Whether both states are the same.</summary>
    public bool IsSame => A.State.Equals(B.State);

    /// <summary>Compares two pages.</summary>
    public static LessonComparison Of(LessonPage a, LessonPage b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        Table?[] tables =
        [
            Made("ab-set", "what is set", ["what", "A", "B"], Set(a.State, b.State)),
            Made("ab-numbers", "what comes out", ["what", "A", "B", "B − A"], [.. Sizes(a, b), .. Formulas(a, b), .. Outputs(a, b)]),
            Made("ab-cost", "what it costs", ["what", "A", "B", "B − A", "B / A"], Costs(a, b)),
        ];
        var changed = Pairs(a, b).Where(pair => IsAlike(pair.A, pair.B) && Differing(pair.A, pair.B) > 0);
        return new(a, b, [.. tables.OfType<Table>()], [.. changed.Select(pair => Difference(pair.A, pair.B))]);
    }

    private static Table? Made(string key, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<TableCell>> rows) =>
        rows.ToList() is { Count: > 0 } all ? new Table(Section.Forward, key, caption, columns, all) : null;

    private static IEnumerable<IReadOnlyList<TableCell>> Set(LessonState a, LessonState b)
    {
        if (a.Lesson.Id != b.Lesson.Id) yield return ["lesson", a.Lesson.Title, b.Lesson.Title];
        foreach (var name in a.Lesson.Controls.Concat(b.Lesson.Controls).Select(control => control.Name).Distinct())
        {
            var (own, other) = (Text(a, name), Text(b, name));
            if (own != other) yield return [name, own, other];
        }
    }

    private static string Text(LessonState state, string name) =>
        state.Lesson.Controls.FirstOrDefault(control => control.Name == name) is { } control
            ? Shortened(state.Text(control).Replace("~~", " | ", StringComparison.Ordinal).Replace("~", "; ", StringComparison.Ordinal)
                .Replace('_', ' ')) : "–";

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..57] + "...";

    /// <summary>Grids that were computed, not edited, in both pages.</summary>
    private static IEnumerable<(Grid A, Grid B)> Pairs(LessonPage a, LessonPage b) =>
        from own in a.Blocks.OfType<Grid>()
        where own.Control is null
        join other in b.Blocks.OfType<Grid>().Where(grid => grid.Control is null) on own.Key equals other.Key
        select (own, other);

    private static IEnumerable<IReadOnlyList<TableCell>> Sizes(LessonPage a, LessonPage b) => Pairs(a, b)
        .Where(pair => !IsAlike(pair.A, pair.B)).Select(pair => (IReadOnlyList<TableCell>)
            [$"{pair.A.Key}: size", Size(pair.A), Size(pair.B), (double)pair.B.Values.Count - pair.A.Values.Count]);

    private static IEnumerable<IReadOnlyList<TableCell>> Formulas(LessonPage a, LessonPage b) =>
        from own in a.Blocks.OfType<Formula>()
        join other in b.Blocks.OfType<Formula>() on own.Key equals other.Key
        where own.Value != other.Value
        select (IReadOnlyList<TableCell>)[own.Caption, own.Value, other.Value, other.Value - own.Value];

    private static IEnumerable<IReadOnlyList<TableCell>> Outputs(LessonPage a, LessonPage b) => Pairs(a, b)
        .Where(pair => IsAlike(pair.A, pair.B) && Differing(pair.A, pair.B) > 0)
        .Select(pair => (IReadOnlyList<TableCell>)
        [
            $"{pair.A.Key}: {Differing(pair.A, pair.B)} of {pair.A.Values.Count} numbers differ; sum",
            pair.A.Values.Sum(), pair.B.Values.Sum(), pair.B.Values.Sum() - pair.A.Values.Sum(),
        ]);

    // Figures of several ways to do it stand under the caption of their block.
    private static IEnumerable<IReadOnlyList<TableCell>> Costs(LessonPage a, LessonPage b)
    {
        var (own, other) = (Figures(a), Figures(b));
        foreach (var name in own.Keys.Concat(other.Keys).Distinct())
        {
            var (hasA, hasB) = (own.TryGetValue(name, out var first), other.TryGetValue(name, out var second));
            yield return hasA && hasB ? [name, first, second, second - first, first == 0 ? "–" : second / first]
                : [name, hasA ? first : "–", hasB ? second : "–", "–", "–"];
        }
    }

    private static Dictionary<string, double> Figures(LessonPage page)
    {
        var blocks = page.Blocks.OfType<Cost>().ToList();
        var figures = new Dictionary<string, double>();
        foreach (var block in blocks)
            foreach (var figure in block.Figures)
                figures.TryAdd(blocks.Count == 1 ? Named(figure) : $"{block.Caption}: {Named(figure)}", figure.Value);
        return figures;
    }

    private static string Named(CostFigure figure) =>
        figure.Unit.Length > 0 ? $"{figure.Name}, {figure.Unit}" : figure.Name;

    private static string Size(Grid grid) =>
        grid.Channels > 1 ? $"{grid.Channels}x{grid.Rows}x{grid.Columns}" : $"{grid.Rows}x{grid.Columns}";

    private static bool IsAlike(Grid a, Grid b) => (a.Channels, a.Rows, a.Columns) == (b.Channels, b.Rows, b.Columns);

    private static int Differing(Grid a, Grid b) => a.Values.Zip(b.Values).Count(pair => !pair.First.Equals(pair.Second));

    private static Grid Difference(Grid a, Grid b) => new(Section.Forward, $"ab-{a.Key}", $"{a.Key}: B − A", a.Channels, a.Rows, a.Columns,
        [.. a.Values.Zip(b.Values, (own, other) => other - own)], GridScale.Signed, [], null, []);
}
