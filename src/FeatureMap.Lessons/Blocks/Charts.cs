namespace FeatureMap.Lessons;

/// <summary>A named row of points.</summary>
/// <param name="Name">What it is.</param>
/// <param name="X">Where the points stand.</param>
/// <param name="Y">How high.</param>
public sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>An axis.</summary>
/// <param name="Label">What it measures, with the unit.</param>
/// <param name="IsLogarithmic">Whether equal steps multiply.</param>
public sealed record Axis(string Label, bool IsLogarithmic = false);

/// <summary>Curves over an axis of numbers.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">A sentence that says what to see.</param>
/// <param name="Horizontal">Axis to the right.</param>
/// <param name="Vertical">Axis upwards.</param>
/// <param name="Curves">The curves.</param>
public sealed record Lines(Section Section, string Key, string Caption, Axis Horizontal, Axis Vertical, IReadOnlyList<Series> Curves)
    : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => [.. Curves.SelectMany(curve => curve.Y)];
}

/// <summary>Values of one name, one for each label of the bars.</summary>
/// <param name="Name">What they are.</param>
/// <param name="Values">One for each label.</param>
public sealed record BarSeries(string Name, IReadOnlyList<double> Values);

/// <summary>Bars beside each other.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">A sentence that says what to see.</param>
/// <param name="Labels">What stands below.</param>
/// <param name="Vertical">Axis upwards.</param>
/// <param name="Groups">One or several bars for each label.</param>
public sealed record Bars(Section Section, string Key, string Caption, IReadOnlyList<string> Labels, Axis Vertical,
    IReadOnlyList<BarSeries> Groups) : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => [.. Groups.SelectMany(group => group.Values)];
}

/// <summary>Points in a plane, each series of its own class.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">A sentence that says what to see.</param>
/// <param name="Horizontal">Axis to the right.</param>
/// <param name="Vertical">Axis upwards.</param>
/// <param name="Classes">The points of each class.</param>
public sealed record Scatter(Section Section, string Key, string Caption, Axis Horizontal, Axis Vertical,
    IReadOnlyList<Series> Classes) : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => [.. Classes.SelectMany(own => own.X.Concat(own.Y))];
}

/// <summary>A function of two variables as contours, with paths over it.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">A sentence that says what to see.</param>
/// <param name="Horizontal">Axis to the right.</param>
/// <param name="Vertical">Axis upwards.</param>
/// <param name="Left">Smallest x.</param>
/// <param name="Right">Largest x.</param>
/// <param name="Bottom">Smallest y.</param>
/// <param name="Top">Largest y.</param>
/// <param name="Rows">Rows of heights, from the bottom.</param>
/// <param name="Columns">Columns of heights, from the left.</param>
/// <param name="Heights">Heights at equal distances, row by row, borders included.</param>
/// <param name="Paths">Paths, point after point.</param>
public sealed record Surface(
    Section Section, string Key, string Caption, Axis Horizontal, Axis Vertical, double Left, double Right, double Bottom, double Top,
        int Rows, int Columns,
    IReadOnlyList<double> Heights, IReadOnlyList<Series> Paths) : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => [.. Paths.SelectMany(path => path.X.Concat(path.Y)), .. Heights];
}

/// <summary>A node of a graph.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Label">What stands in it.</param>
/// <param name="Detail">A second line, such as a shape.</param>
/// <param name="Lesson">Id of the lesson that explains it; null where there is none.</param>
/// <param name="IsAttached">Whether it is drawn at the foot of what it reads, such as an activation below its convolution.</param>
public sealed record GraphNode(string Id, string Label, string Detail, string? Lesson = null, bool IsAttached = false);

/// <summary>An edge of a graph.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Label">What stands at it.</param>
public sealed record GraphEdge(string From, string To, string Label = "");

/// <summary>Layers and what they read.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Nodes">Nodes, in the order of computation.</param>
/// <param name="Edges">Edges.</param>
public sealed record Graph(Section Section, string Key, string Caption, IReadOnlyList<GraphNode> Nodes,
    IReadOnlyList<GraphEdge> Edges) : Block(Section, Key, Caption);

/// <summary>A cell of a table: words or a number.</summary>
/// <param name="Text">As it is read.</param>
/// <param name="Number">The number; null for words.</param>
public sealed record TableCell(string Text, double? Number = null)
{
    /// <summary>Words.</summary>
    public static implicit operator TableCell(string text) => new(text);

    /// <summary>A number.</summary>
    public static implicit operator TableCell(double number) => new(NumberText.Of(number), number);
}

/// <summary>Rows of words and numbers.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Columns">Headings.</param>
/// <param name="Rows">Cells, row by row.</param>
public sealed record Table(Section Section, string Key, string Caption, IReadOnlyList<string> Columns,
    IReadOnlyList<IReadOnlyList<TableCell>> Rows) : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => [.. Rows.SelectMany(row => row).Where(cell => cell.Number is not null)
        .Select(cell => cell.Number!.Value)];
}

/// <summary>A figure of what something costs.</summary>
/// <param name="Name">What, such as <c>multiply-adds</c>.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">What stands behind it.</param>
public sealed record CostFigure(string Name, double Value, string Unit = "");

/// <summary>What a layer or a way to do it costs; several blocks are ways to compare.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">Of what.</param>
/// <param name="Figures">The figures.</param>
public sealed record Cost(Section Section, string Key, string Caption, IReadOnlyList<CostFigure> Figures) : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => [.. Figures.Select(figure => figure.Value)];
}
