using FeatureMap.Descriptions;

namespace FeatureMap.Lessons;

/// <summary>
/// What the controls of a lesson stand at. Immutable. It is the address of a page and the options of the command line: <see cref="Query"/>
/// has the controls in their order,
/// those at their default left out; matrices are written as in <c>1.2_-0.5~0_1</c> (numbers, rows with ~, channels with ~~), example
/// numbers of a size as in <c>4x6</c>.
/// </summary>
public sealed class LessonState : IEquatable<LessonState>
{
    /// <summary>A matrix, and a grid of a page, has no more numbers than this.</summary>
    public const int MostCells = 4096;

    /// <summary>A page computes no more multiply-adds than this.</summary>
    public const long MostMultiplyAdds = 20_000_000;

    // Longer addresses are refused before anything is read.
    private const int LongestQuery = 64 * 1024;
    private readonly Dictionary<string, object> values;

    private LessonState(Lesson lesson, Dictionary<string, object> values) => (Lesson, this.values) = (lesson, values);

    /// <summary>Whose state it is.</summary>
    public Lesson Lesson { get; }

    /// <summary>
    /// The canonical address, without a question mark: empty where all controls are at their default. Reading it gives the same state
    /// again.
    /// </summary>
    public string Query => string.Join('&', Lesson.Controls.Where(control =>
        values.ContainsKey(control.Name) && Text(control) != control.DefaultText)
        .Select(control => $"{control.Name}={Uri.EscapeDataString(Text(control))}"));

    /// <summary>The state that a lesson begins with.</summary>
    public static LessonState Default(Lesson lesson) => new(lesson, []);

    /// <summary>Reads an address.</summary>
    /// <param name="lesson">Whose it is.</param>
    /// <param name="query">Pairs such as <c>stride=2&amp;kernel=1_0~0_1</c>, with or without a question mark before them.</param>
    /// <exception cref="UsageException">A name is not one of the lesson's controls, stands twice, or a value cannot be read.</exception>
    public static LessonState Parse(Lesson lesson, string query)
    {
        ArgumentNullException.ThrowIfNull(lesson);
        ArgumentNullException.ThrowIfNull(query);
        if (query.Length > LongestQuery) throw new UsageException($"The state has {query.Length:N0} characters; at most "
            + $"{LongestQuery:N0} are read.");
        var pairs = query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2) is [var name, var text]
            ? (Decoded(name), Decoded(text))
            : throw new UsageException($"A state is made of pairs such as {lesson.Controls[0].Name}={lesson.Controls[0].DefaultText}: "
                + $"received '{ValueKind.Shortened(pair)}'."));
        return From(lesson, pairs);
    }

    /// <summary>Reads names and values as they were typed.</summary>
    /// <exception cref="UsageException">A name is not one of the lesson's controls, stands twice, or a value cannot be read.</exception>
    public static LessonState From(Lesson lesson, IEnumerable<(string Name, string Text)> pairs)
    {
        ArgumentNullException.ThrowIfNull(lesson);
        ArgumentNullException.ThrowIfNull(pairs);
        var values = new Dictionary<string, object>();
        foreach (var (name, text) in pairs)
        {
            var control = lesson.Control(name);
            if (!values.TryAdd(control.Name, control.Read(text))) throw new UsageException($"{control.Name} is given twice. Leave one "
                + $"out.");
        }
        return new LessonState(lesson, values);
    }

    /// <summary>What a control stands at.</summary>
    public T Of<T>(Control<T> control) where T : notnull
    {
        ArgumentNullException.ThrowIfNull(control);
        return (T)Value(control);
    }

    /// <summary>The value of a control as text.</summary>
    public string Text(Control control)
    {
        ArgumentNullException.ThrowIfNull(control);
        return control.Format(Value(control));
    }

    /// <summary>The state with one control changed.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">The value as it was typed.</param>
    /// <exception cref="UsageException">The lesson has no such control, or the value cannot be read.</exception>
    public LessonState With(string name, string text)
    {
        var control = Lesson.Control(name);
        return With(control, control.Read(text));
    }

    /// <inheritdoc/>
    public bool Equals(LessonState? other) => other is not null && Lesson.Id == other.Lesson.Id && Query == other.Query;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LessonState);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Lesson.Id, Query);

    /// <summary>Lesson and address.</summary>
    public override string ToString() => Query.Length == 0 ? Lesson.Id : $"{Lesson.Id}?{Query}";

    internal object Value(Control control) => values.GetValueOrDefault(control.Name, control.DefaultValue);

    internal LessonState With(Control control, object value) =>
        new(Lesson, new Dictionary<string, object>(values) { [control.Name] = value });

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
