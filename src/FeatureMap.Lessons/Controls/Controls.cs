using FeatureMap.Descriptions;

namespace FeatureMap.Lessons;

/// <summary>A whole number in a range; drawn as a slider with a number beside it.</summary>
/// <param name="name">Its word.</param>
/// <param name="meaning">What it is.</param>
/// <param name="value">At first.</param>
/// <param name="least">The smallest.</param>
/// <param name="most">The largest.</param>
public sealed class WholeControl(string name, string meaning, int value, int least, int most) : Control<int>(name, meaning, value)
{
    /// <summary>The smallest number.</summary>
    public int Least => least;

    /// <summary>The largest number.</summary>
    public int Most => most;

    /// <inheritdoc/>
    public override ValueKind Kind { get; } = ValueKind.Whole(least, most);

    private protected override object ToKind(object value) => (Int128)(int)value;

    private protected override object FromKind(object value) => (int)(Int128)value;
}

/// <summary>A number in a range; drawn as a slider with a number beside it.</summary>
/// <param name="name">Its word.</param>
/// <param name="meaning">What it is.</param>
/// <param name="value">At first.</param>
/// <param name="least">The smallest.</param>
/// <param name="most">The largest.</param>
/// <param name="step">How far a slider moves at a time; any number in the range may be typed.</param>
public sealed class RealControl(string name, string meaning, double value, double least, double most, double step)
    : Control<double>(name, meaning, value)
{
    /// <summary>The smallest number.</summary>
    public double Least => least;

    /// <summary>The largest number.</summary>
    public double Most => most;

    /// <summary>How far a slider moves at a time.</summary>
    public double Step => step;

    /// <inheritdoc/>
    public override ValueKind Kind { get; } = ValueKind.Real(least, most);
}

/// <summary>Several whole numbers, such as the rates of a stack of layers or a row and a column.</summary>
/// <param name="name">Its word.</param>
/// <param name="meaning">What it is.</param>
/// <param name="value">At first.</param>
/// <param name="least">The smallest number.</param>
/// <param name="most">The largest number.</param>
/// <param name="fewest">How many numbers there are at least.</param>
/// <param name="longest">How many numbers there are at most.</param>
public sealed class ListControl(string name, string meaning, IReadOnlyList<int> value, int least, int most, int fewest = 1,
    int longest = 16)
    : Control<IReadOnlyList<int>>(name, meaning, value)
{
    /// <summary>The smallest number.</summary>
    public int Least => least;

    /// <summary>The largest number.</summary>
    public int Most => most;

    /// <summary>How many numbers there are at least.</summary>
    public int Fewest => fewest;

    /// <summary>How many numbers there are at most.</summary>
    public int Longest => longest;

    /// <inheritdoc/>
    public override ValueKind Kind { get; } = new ListKind(least, most, fewest, longest);
}

/// <summary>One of a few words.</summary>
/// <param name="name">Its word.</param>
/// <param name="meaning">What it is.</param>
/// <param name="words">The words; the first is the value at first.</param>
public sealed class ChoiceControl(string name, string meaning, params string[] words) : Control<string>(name, meaning, words[0])
{
    /// <summary>The words.</summary>
    public IReadOnlyList<string> Words => words;

    /// <inheritdoc/>
    public override ValueKind Kind { get; } = ValueKind.Choice(words);
}

/// <summary>On or off.</summary>
/// <param name="name">Its word.</param>
/// <param name="meaning">What it does.</param>
/// <param name="value">At first.</param>
public sealed class SwitchControl(string name, string meaning, bool value) : Control<bool>(name, meaning, value)
{
    /// <inheritdoc/>
    public override ValueKind Kind { get; } = ValueKind.Flag;
}

/// <summary>A text with a form of its own, such as the steps of an augmentation.</summary>
/// <param name="name">Its word.</param>
/// <param name="meaning">What it is.</param>
/// <param name="value">At first.</param>
/// <param name="form">What is expected, in words.</param>
/// <param name="read">Gives the usual form; a <see cref="UsageException"/> tells what is wrong with the text.</param>
public sealed class TextControl(string name, string meaning, string value, string form, Func<string, string> read) : Control<string>(name,
    meaning, read(value))
{
    /// <inheritdoc/>
    public override ValueKind Kind { get; } = ValueKind.Described(form, read);
}

/// <summary>
/// Numbers in rows and columns, of one or several channels, that a learner edits cell by cell, pastes, or makes larger and smaller. Values
/// are <see cref="Volume"/>s; see
/// <see cref="LessonState"/> for how they are written.
/// </summary>
public sealed class MatrixControl : Control<Volume>
{
    /// <summary>No number of a matrix is larger than this, or lower than its negative.</summary>
    public const float Largest = 1e6f;

    /// <summary>An editable matrix.</summary>
    /// <param name="name">Its word.</param>
    /// <param name="meaning">What it is.</param>
    /// <param name="value">At first.</param>
    /// <param name="mostRows">No more rows.</param>
    /// <param name="mostColumns">No more columns; as many as rows where 0.</param>
    /// <param name="mostChannels">No more channels.</param>
    /// <param name="example">Numbers for a size that is asked for; small whole numbers without a pattern where null. For the size of the
    /// default it is the default.</param>
    public MatrixControl(string name, string meaning, Volume value, int mostRows = 12, int mostColumns = 0, int mostChannels = 1,
        Func<Shape, Volume>? example = null)
        : base(name, meaning, value)
    {
        (MostRows, MostColumns, MostChannels) = (mostRows, mostColumns == 0 ? mostRows : mostColumns, mostChannels);
        Example = shape => shape == value.Shape ? value : (example ?? SmallNumbers)(shape);
        Kind = new VolumeKind(this);
    }

    /// <summary>No more rows.</summary>
    public int MostRows { get; }

    /// <summary>No more columns.</summary>
    public int MostColumns { get; }

    /// <summary>No more channels.</summary>
    public int MostChannels { get; }

    /// <summary>No fewer rows.</summary>
    public int LeastRows { get; init; } = 1;

    /// <summary>No fewer columns.</summary>
    public int LeastColumns { get; init; } = 1;

    /// <summary>No fewer channels.</summary>
    public int LeastChannels { get; init; } = 1;

    /// <summary>Numbers for a size that is asked for.</summary>
    public Func<Shape, Volume> Example { get; }

    /// <inheritdoc/>
    public override ValueKind Kind { get; }

    /// <summary>Sizes in words.</summary>
    internal string Words =>
        $"{(MostChannels > 1 ? $"{Span(LeastChannels, MostChannels)} channels of " : "")}{Span(LeastRows, MostRows)} rows and "
            + $"{Span(LeastColumns, MostColumns)} columns";

    /// <summary>Small whole numbers, 0 to 3, in a fixed order without a pattern.</summary>
    public static Volume SmallNumbers(Shape shape)
    {
        var numbers = new float[shape.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = ((i * 7) + (i * i / 3)) % 4;
        return new Volume(shape, numbers);
    }

    private static string Span(int least, int most) => least == most ? $"{most}" : $"{least} to {most}";
}
