using System.Text.Json.Serialization;
using FeatureMap.Analysis;

namespace FeatureMap.Lessons;

/// <summary>
/// One thing on a lesson's page. Blocks are data: the terminal, JSON and the studio draw the same ones. Those with numbers have a <see
/// cref="Key"/>, under which sentences,
/// links, predictions and tests find them.
/// </summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page, unique; empty where nothing refers to it.</param>
/// <param name="Caption">What it shows, in a few words; empty where it says so itself.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Sentence), "sentence")]
[JsonDerivedType(typeof(Formula), "formula")]
[JsonDerivedType(typeof(Grid), "grid")]
[JsonDerivedType(typeof(Links), "links")]
[JsonDerivedType(typeof(Timeline), "timeline")]
[JsonDerivedType(typeof(SparseMatrix), "matrix")]
[JsonDerivedType(typeof(Strip), "strip")]
[JsonDerivedType(typeof(Map), "map")]
[JsonDerivedType(typeof(Lines), "lines")]
[JsonDerivedType(typeof(Bars), "bars")]
[JsonDerivedType(typeof(Scatter), "scatter")]
[JsonDerivedType(typeof(Surface), "surface")]
[JsonDerivedType(typeof(Graph), "graph")]
[JsonDerivedType(typeof(Table), "table")]
[JsonDerivedType(typeof(Cost), "cost")]
[JsonDerivedType(typeof(Code), "code")]
[JsonDerivedType(typeof(Pitfall), "pitfall")]
[JsonDerivedType(typeof(Experiment), "experiment")]
[JsonDerivedType(typeof(Question), "question")]
[JsonDerivedType(typeof(ChallengeBlock), "challenge")]
[JsonDerivedType(typeof(Sources), "sources")]
public abstract record Block(Section Section, string Key, string Caption)
{
    /// <summary>The numbers that it shows, in a fixed order: what tests compare and predictions ask for. Empty for words.</summary>
    [JsonIgnore]
    public virtual IReadOnlyList<double> Numbers => [];
}

/// <summary>A sentence with live numbers.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Parts">Words and numbers.</param>
/// <param name="Condition">Name of the condition that it depends on; null where it is always true.</param>
public sealed record Sentence(Section Section, IReadOnlyList<SentencePart> Parts, string? Condition = null) : Block(Section, "", "")
{
    /// <summary>The whole sentence.</summary>
    public string Text => string.Concat(Parts.Select(part => part.Text));
}

/// <summary>A formula with symbols, and the same with the learner's numbers: <c>o = floor((i - k) / s) + 1 = floor((5 - 3) / 1) + 1 =
/// 3</c>.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">What it says.</param>
/// <param name="Left">What is computed, with the number that the engine gave.</param>
/// <param name="Right">How; its value is the same number.</param>
public sealed record Formula(Section Section, string Key, string Caption, [property: JsonIgnore] SymbolTerm Left,
    [property: JsonIgnore] Term Right) : Block(Section, Key, Caption)
{
    /// <summary>Written with symbols.</summary>
    public string Symbols => $"{Left.Name} = {Right.Symbols}";

    /// <summary>Written with numbers, the engine's behind the last sign.</summary>
    public string Filled => $"{Right.Filled} = {NumberText.Of(Left.Value)}";

    /// <summary>The engine's number.</summary>
    public double Value => Left.Value;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => [Left.Value];
}

/// <summary>Numbers in rows and columns, of one or several channels.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">What the numbers are.</param>
/// <param name="Channels">Planes.</param>
/// <param name="Rows">Rows of a plane.</param>
/// <param name="Columns">Columns of a plane.</param>
/// <param name="Values">All numbers, planar.</param>
/// <param name="Scale">How they are coloured.</param>
/// <param name="Marks">What is special about each cell; empty where nothing is about any.</param>
/// <param name="Control">Name of the matrix control that is edited here; null where it shows what was computed.</param>
/// <param name="Margin">Cells of padding that stand around the image on each side: top, left, bottom, right. They are part of <paramref
/// name="Values"/>.</param>
public sealed record Grid(
    Section Section, string Key, string Caption, int Channels, int Rows, int Columns, IReadOnlyList<double> Values, GridScale Scale,
    IReadOnlyList<CellMarks> Marks, string? Control, IReadOnlyList<int> Margin) : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => Values;

    /// <summary>The number of a channel at a row and column.</summary>
    public double At(int channel, int row, int column) => Values[(((channel * Rows) + row) * Columns) + column];
}

/// <summary>
/// For each cell of one grid the cells of another, and the weights, that made it: what lights up when one is pointed at. Read backward they
/// say where a cell goes.
/// </summary>
/// <param name="Section">Where the made grid stands.</param>
/// <param name="Target">Key of the grid that was made.</param>
/// <param name="Source">Key of the grid that it was made of.</param>
/// <param name="Weights">Key of the grid of weights; null where there are none.</param>
/// <param name="Items">The links, those of the first target cell first. An input or weight of -1 is none (padding).</param>
public sealed record Links(Section Section, string Target, string Source, string? Weights, IReadOnlyList<CellLink> Items)
    : Block(Section, "", "");

/// <summary>The cells of a grid in the order in which they are made, each with a sentence: to be played step by step.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Target">Key of the grid.</param>
/// <param name="Steps">Cell after cell.</param>
public sealed record Timeline(Section Section, string Target, IReadOnlyList<TimelineStep> Steps) : Block(Section, "", "");

/// <summary>One step of a timeline.</summary>
/// <param name="Cell">Place of the cell, planar.</param>
/// <param name="Text">What happens, such as <c>row 0, column 1: 3*0 + 2*1 = 2</c>.</param>
public sealed record TimelineStep(int Cell, string Text);

/// <summary>A number of a sparse matrix.</summary>
/// <param name="Row">Row.</param>
/// <param name="Column">Column.</param>
/// <param name="Value">The number.</param>
/// <param name="Weight">Which weight it is, for its colour; -1 for none.</param>
public sealed record MatrixEntry(int Row, int Column, double Value, int Weight = -1);

/// <summary>A layer as a matrix: each row makes a cell of one grid out of the cells of another.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">What it is.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Entries">The numbers that are there, row by row; all others are 0 for every input and weight.</param>
/// <param name="RowGrid">Key of the grid whose cell i is made by row i; null where there is none.</param>
/// <param name="ColumnGrid">Key of the grid whose cell i is read by column i.</param>
public sealed record SparseMatrix(
    Section Section, string Key, string Caption, int Rows, int Columns, IReadOnlyList<MatrixEntry> Entries, string? RowGrid,
        string? ColumnGrid) : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => [.. Entries.Select(entry => entry.Value)];
}

/// <summary>One axis of pixels, each with a number and a class: which lattice it is on, how often it is read.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="First">Position of the first pixel.</param>
/// <param name="Values">A number for each pixel.</param>
/// <param name="Classes">A class for each pixel, from 0 on; -1 for none.</param>
public sealed record Strip(Section Section, string Key, string Caption, int First, IReadOnlyList<double> Values,
    IReadOnlyList<int> Classes) : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => Values;
}

/// <summary>A rectangle on a map, in its pixels: it may begin and end outside, or between pixels.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Row">Upper edge.</param>
/// <param name="Column">Left edge.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public sealed record MapBox(string Label, double Row, double Column, double Height, double Width);

/// <summary>Numbers as a picture, with a legend and rectangles on it. Three channels are red, green and blue from 0 to 1.</summary>
/// <param name="Section">Where it stands.</param>
/// <param name="Key">Its name on the page.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Channels">1, or 3 for a colour picture.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Values">All numbers, planar.</param>
/// <param name="Scale">How they are coloured.</param>
/// <param name="Boxes">Rectangles on it.</param>
public sealed record Map(
    Section Section, string Key, string Caption, int Channels, int Rows, int Columns, IReadOnlyList<double> Values, GridScale Scale,
        IReadOnlyList<MapBox> Boxes) : Block(Section, Key, Caption)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Numbers => Values;
}
