using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Lessons;

/// <summary>
/// The page of a lesson for one state: blocks in the order in which they are read. A lesson writes it section by section; whoever draws it
/// reads <see cref="Blocks"/>.
/// </summary>
public sealed class LessonPage
{
    private const int MostLinks = 1 << 15;
    private readonly List<Block> blocks = [];
    private readonly Dictionary<string, bool> conditions = [];
    private readonly List<LayerTrace> traces = [];
    private Section section = Section.Forward;
    private long multiplyAdds;

    internal LessonPage(LessonState state, IPictureSource? pictures = null, CancellationToken cancellation = default) =>
        (State, Pictures, Cancellation) = (state, pictures ?? SamplePictures.Shared, cancellation);

    /// <summary>What it was computed for.</summary>
    public LessonState State { get; }

    /// <summary>Where pictures come from.</summary>
    public IPictureSource Pictures { get; }

    /// <summary>Whether somebody still waits: loops of a lesson that take long look at it.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>All blocks, section by section.</summary>
    public IReadOnlyList<Block> Blocks => [.. blocks.OrderBy(block => block.Section)];

    /// <summary>What sentences of the page depend on, and whether it holds here.</summary>
    public IReadOnlyDictionary<string, bool> Conditions => conditions;

    /// <summary>All networks that were taken through a step: tests repeat each by the naive reference.</summary>
    public IReadOnlyList<LayerTrace> Traces => traces;

    /// <summary>The block of this key.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public Block this[string key] => blocks.FirstOrDefault(block => block.Key == key && key.Length > 0)
        ?? throw new UsageException($"The page has no block "
            + $"'{key}'.{NearestName.Suggest(key, blocks.Select(block => block.Key).Where(name => name.Length > 0))}");

    /// <summary>The numbers of a block.</summary>
    /// <exception cref="UsageException">There is no block of this key.</exception>
    public IReadOnlyList<double> Numbers(string key) => this[key].Numbers;

    /// <summary>The first number of a block: for formulas and prices.</summary>
    /// <exception cref="UsageException">There is no block of this key, or it has no numbers.</exception>
    public double Number(string key) => Numbers(key) is [var first, ..] ? first
        : throw new UsageException($"The block '{key}' has no numbers.");

    /// <summary>What follows stands in this section.</summary>
    public LessonPage In(Section where)
    {
        section = where;
        return this;
    }

    /// <summary>A sentence that is always true.</summary>
    public LessonPage Say(Words sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        return Add(new Sentence(section, sentence.Parts));
    }

    /// <summary>A sentence that is true under a condition. Some state of the lesson makes the condition true and some state false: tests
    /// look for both.</summary>
    /// <param name="condition">Its name, a word in lower case; the same for all sentences that depend on it.</param>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="then">What is said where it holds.</param>
    /// <param name="otherwise">What is said where it does not; nothing where null.</param>
    public LessonPage When(string condition, bool holds, Words then, Words? otherwise = null)
    {
        ArgumentNullException.ThrowIfNull(then);
        if (conditions.TryGetValue(condition, out var before) && before != holds)
            throw new InvalidOperationException($"The page says of '{condition}' that it is {before}, and then that it is {holds}.");
        conditions[condition] = holds;
        var words = holds ? then : otherwise;
        return words is null ? this : Add(new Sentence(section, words.Parts, condition));
    }

    /// <summary>A formula in symbols and in numbers. The number of its left side is the engine's, and the right side has to give the
    /// same.</summary>
    public LessonPage Formula(string key, string caption, SymbolTerm left, Term right) =>
        Add(new Formula(section, key, caption, left, right));

    /// <summary>Numbers in rows and columns.</summary>
    /// <param name="key">Their name on the page.</param>
    /// <param name="caption">What they are.</param>
    /// <param name="shape">Channels, rows, columns.</param>
    /// <param name="values">All numbers, planar.</param>
    /// <param name="scale">How they are coloured.</param>
    /// <param name="marks">What is special about a cell; nothing where null.</param>
    /// <param name="margin">Padding that stands around: top, left, bottom, right; part of the values.</param>
    /// <exception cref="UsageException">There are more numbers than a page shows.</exception>
    public LessonPage Grid(
        string key, string caption, Shape shape, IEnumerable<float> values, GridScale scale = GridScale.Signed, Func<int,
            CellMarks>? marks = null, IReadOnlyList<int>? margin = null) =>
        Grid(key, caption, shape, values.Select(value => (double)value), scale, marks, margin);

    /// <summary>Numbers in rows and columns.</summary>
    /// <inheritdoc cref="Grid(string, string, Shape, IEnumerable{float}, GridScale, Func{int, CellMarks}?, IReadOnlyList{int}?)"/>
    public LessonPage Grid(
        string key, string caption, Shape shape, IEnumerable<double> values, GridScale scale = GridScale.Signed, Func<int,
            CellMarks>? marks = null, IReadOnlyList<int>? margin = null) =>
        AddGrid(key, caption, shape, values, scale, marks, null, margin);

    /// <summary>The numbers of a matrix control, to be edited here.</summary>
    /// <param name="control">The control; the key is its name.</param>
    /// <param name="caption">What they are.</param>
    /// <param name="values">The numbers as the page uses them; those of the state where null.</param>
    /// <param name="scale">How they are coloured.</param>
    /// <param name="marks">What is special about a cell; nothing where null.</param>
    public LessonPage Edit(MatrixControl control, string caption, Volume? values = null, GridScale scale = GridScale.Signed, Func<int,
        CellMarks>? marks = null)
    {
        ArgumentNullException.ThrowIfNull(control);
        values ??= State.Of(control);
        return AddGrid(control.Name, caption, values.Shape, values.ToArray().Select(value => (double)value), scale, marks,
            control.Name, null);
    }

    /// <summary>
    /// The numbers of a matrix control in the shape that the page needs, such as a gradient that has the shape of an output: what does not
    /// fit is cut off, what is missing is filled, and a sentence says so where numbers of the learner's own are concerned.
    /// </summary>
    public Volume Fit(MatrixControl control, Shape shape, float filling = 1)
    {
        ArgumentNullException.ThrowIfNull(control);
        var given = State.Of(control);
        if (given.Shape != shape && !given.Equals(control.Default))
            Say($"{control.Name} was given as {given.Shape.ToString()}; here it is {shape.ToString()}, so what does not fit is left "
                + $"out and the rest is {filling}.");
        return given.Equals(control.Default) && given.Shape != shape ? Volume.Filled(shape, filling) : given.Fitted(shape, filling);
    }

    /// <summary>The row and column of a list control, within a plane: one that stands outside is moved to the edge, and a sentence says
    /// so.</summary>
    public (int Row, int Column) Cell(ListControl control, Shape plane)
    {
        ArgumentNullException.ThrowIfNull(control);
        var given = State.Of(control);
        var (row, column) = (Math.Min(given[0], plane.Height - 1), Math.Min(given[1], plane.Width - 1));
        if (row != given[0] || column != given[1])
            Say($"There is no cell in row {given[0]} and column {given[1]}: rows are 0 to {plane.Height - 1}, columns 0 to "
                + $"{plane.Width - 1}. Row {row}, column {column} is shown.");
        return (row, column);
    }

    /// <summary>The picture of a control.</summary>
    /// <exception cref="UsageException">There is none of this id.</exception>
    public Picture Picture(PictureControl control)
    {
        ArgumentNullException.ThrowIfNull(control);
        var id = State.Of(control);
        return Pictures.Find(id) ?? throw new UsageException($"There is no picture '{Descriptions.ValueKind.Shortened(id)}'."
            + $"{NearestName.Suggest(id, Pictures.Choices.Select(choice => choice.Id))} There are "
            + $"{string.Join(", ", SamplePictures.Shared.Choices.Select(choice => choice.Id))}; files that were sent are kept until the "
            + "studio ends.");
    }

    /// <summary>Which cells and weights made each cell of a grid.</summary>
    /// <param name="target">Key of the grid that was made.</param>
    /// <param name="source">Key of the grid that it was made of.</param>
    /// <param name="weights">Key of the grid of weights; null where there are none.</param>
    /// <param name="links">The links.</param>
    public LessonPage Links(string target, string source, string? weights, IReadOnlyList<CellLink> links)
    {
        ArgumentNullException.ThrowIfNull(links);
        return links.Count <= MostLinks
            ? Add(new Links(section, target, source, weights, links))
            : Say($"{links.Count} links from {source} to {target} are too many to draw; up to {MostLinks} are.");
    }

    /// <summary>The cells of a grid in the order in which they are made.</summary>
    public LessonPage Timeline(string target, IEnumerable<TimelineStep> steps) => Add(new Timeline(section, target, [.. steps]));

    /// <summary>A matrix of which only some numbers are there.</summary>
    /// <inheritdoc cref="SparseMatrix"/>
    public LessonPage Matrix(string key, string caption, int rows, int columns, IEnumerable<MatrixEntry> entries,
        string? rowGrid = null, string? columnGrid = null) =>
        Add(new SparseMatrix(section, key, caption, rows, columns, [.. entries], rowGrid, columnGrid));

    /// <summary>One axis of pixels.</summary>
    /// <inheritdoc cref="Strip"/>
    public LessonPage Strip(string key, string caption, IEnumerable<double> values, IEnumerable<int>? classes = null, int first = 0) =>
        Add(new Strip(section, key, caption, first, [.. values], [.. classes ?? []]));

    /// <summary>What something costs: one figure after the other.</summary>
    public LessonPage Cost(string key, string caption, params IReadOnlyList<CostFigure> figures) =>
        Add(new Cost(Section.Cost, key, caption, figures));

    /// <summary>Rows of words and numbers.</summary>
    public LessonPage Table(string key, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<TableCell>> rows) =>
        Add(new Table(section, key, caption, columns, [.. rows]));

    /// <summary>C# that does the same.</summary>
    public LessonPage Code(string caption, string text) => Add(new Code(Section.Code, caption, text));

    /// <summary>Why the lesson has no gradient.</summary>
    public LessonPage NoGradient(Words reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return Add(new Sentence(Section.Gradient, reason.Parts));
    }

    /// <summary>Any other block; the record's own section is where it stands.</summary>
    /// <param name="make">Makes it for the section in which the page is written.</param>
    public LessonPage Add(Func<Section, Block> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        return Add(make(section));
    }

    /// <summary>Takes a network through a step by the kernels that train, and keeps it for the tests.</summary>
    /// <inheritdoc cref="LayerTrace.Of(Network, ReadOnlySpan{float}, IEnumerable{ValueTuple{string, float[]}}?, ReadOnlySpan{float},
    /// TraceOptions?)"/>
    /// <exception cref="UsageException">The page would compute more than 20 million multiply-adds.</exception>
    public LayerTrace Trace(
        Network network, ReadOnlySpan<float> input, IEnumerable<(string Parameter, float[] Numbers)>? weights = null,
            ReadOnlySpan<float> outputGradient = default,
        TraceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        Spend(network, options);
        var trace = LayerTrace.Of(network, input, weights, outputGradient, options);
        traces.Add(trace);
        return trace;
    }

    /// <summary>The same for weights that are there, such as those that an initialiser drew.</summary>
    /// <exception cref="UsageException">The page would compute more than 20 million multiply-adds.</exception>
    public LayerTrace Trace(Weights weights, ReadOnlySpan<float> input, ReadOnlySpan<float> outputGradient = default,
        TraceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Spend(weights.Network, options);
        var trace = LayerTrace.Of(weights, input, outputGradient, options);
        traces.Add(trace);
        return trace;
    }

    /// <summary>Counts work that is done elsewhere against what a page may compute.</summary>
    /// <exception cref="UsageException">The page would compute more than 20 million multiply-adds.</exception>
    public void Spend(long multiplyAddsDone)
    {
        Cancellation.ThrowIfCancellationRequested();
        multiplyAdds += multiplyAddsDone;
        if (multiplyAdds > LessonState.MostMultiplyAdds)
            throw new UsageException($"The page would compute {multiplyAdds:N0} multiply-adds; up to {LessonState.MostMultiplyAdds:N0} "
                + $"are computed here. Use smaller numbers.");
    }

    internal LessonPage Add(Block block)
    {
        if (block.Key.Length > 0 && blocks.Exists(other => other.Key == block.Key)) throw new InvalidOperationException($"Two blocks "
            + $"of the page are called '{block.Key}'.");
        blocks.Add(block);
        return this;
    }

    // Forward, the gradient of the inputs and that of the weights are as many multiply-adds each.
    private void Spend(Network network, TraceOptions? options) => Spend(3 * network.MultiplyAdds * (options?.Images ?? 1));

    private LessonPage AddGrid(
        string key, string caption, Shape shape, IEnumerable<double> values, GridScale scale, Func<int, CellMarks>? marks,
            string? control, IReadOnlyList<int>? margin)
    {
        if (shape.Count > LessonState.MostCells)
            throw new UsageException($"The {caption} would have {shape} = {shape.Count:N0} numbers; up to {LessonState.MostCells:N0} "
                + $"are shown here. Use smaller numbers.");
        double[] numbers = [.. values];
        if (numbers.Length != shape.Count) throw new ShapeException($"The {caption} is {shape} = {shape.Count:N0} numbers: received "
            + $"{numbers.Length:N0}.");
        var marked = marks is null ? [] : Enumerable.Range(0, numbers.Length).Select(marks).ToArray();
        return Add(new Grid(section, key, caption, shape.Channels, shape.Height, shape.Width, numbers, scale,
            marked.Any(mark => mark != CellMarks.None) ? marked : [], control, margin ?? []));
    }
}
