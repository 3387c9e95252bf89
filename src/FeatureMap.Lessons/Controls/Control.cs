using FeatureMap.Descriptions;

namespace FeatureMap.Lessons;

/// <summary>
/// One thing that a learner changes on a lesson: its name in addresses and on the command line, what it means, type and range (<see
/// cref="ValueKind"/>), and what it is at first.
/// </summary>
public abstract class Control
{
    private protected Control(string name, string meaning) => (Name, Meaning) = (name, meaning);

    /// <summary>A word in lower case, such as <c>stride</c>.</summary>
    public string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    public string Meaning { get; }

    /// <summary>Type and range: reads and writes its values.</summary>
    public abstract ValueKind Kind { get; }

    /// <summary>Type and range in words.</summary>
    public string Range => Kind.Text;

    /// <summary>The value at first, as text.</summary>
    public string DefaultText => Kind.Format(ToKind(DefaultValue));

    /// <summary>The control as a setting of a lesson's state: text and JSON of its value.</summary>
    public Setting<LessonState> Setting => new(Name, Meaning, Kind, state => ToKind(state.Value(this)), (state, value) =>
        state.With(this, FromKind(value)));

    internal abstract object DefaultValue { get; }

    internal string Format(object value) => Kind.Format(ToKind(value));

    /// <exception cref="UsageException">The text is not a value of the type and range.</exception>
    internal object Read(string text) => FromKind(Kind.Read(Name, text));

    // Kinds have their own types of numbers.
    private protected virtual object ToKind(object value) => value;

    private protected virtual object FromKind(object value) => value;
}

/// <summary>A control whose values are of one type: <c>state[Stride]</c> is a whole number.</summary>
public abstract class Control<T> : Control where T : notnull
{
    private protected Control(string name, string meaning, T value) : base(name, meaning) => Default = value;

    /// <summary>The value at first.</summary>
    public T Default { get; }

    internal override object DefaultValue => Default;
}
