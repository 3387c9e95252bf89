namespace FeatureMap.Lessons;

/// <summary>
/// The address of one state, or of two that are compared: <c>kernel=5&amp;b=kernel%3D3</c>. What stands behind <c>b=</c> is the address of
/// the second state, with the name of its lesson and a question mark before it where that is another one.
/// </summary>
/// <param name="A">The state that is shown.</param>
/// <param name="B">The state that it is compared with; null for none.</param>
public sealed record LessonAddress(LessonState A, LessonState? B)
{
    /// <summary>The name under which the second state stands.</summary>
    public const string Name = "b";

    /// <summary>The canonical text, without a question mark.</summary>
    public string Query => B is null ? A.Query : $"{A.Query}{(A.Query.Length > 0 ? "&" : "")}{Name}={Uri.EscapeDataString(TextOfB)}";

    /// <summary>The second state as it stands in the address; empty for none.</summary>
    public string TextOfB => B is null ? "" : B.Lesson.Id == A.Lesson.Id ? $"?{B.Query}" : $"{B.Lesson.Id}?{B.Query}";

    /// <summary>The same with A and B exchanged.</summary>
    public LessonAddress Swapped => B is null ? this : new(B, A);

    /// <summary>Reads an address.</summary>
    /// <param name="lesson">Whose it is.</param>
    /// <param name="query">Pairs with or without a question mark before them.</param>
    /// <exception cref="UsageException">A state cannot be read, or there are two to compare with.</exception>
    public static LessonAddress Parse(Lesson lesson, string query)
    {
        ArgumentNullException.ThrowIfNull(lesson);
        ArgumentNullException.ThrowIfNull(query);
        var pairs = query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries);
        var others = pairs.Where(IsOther).ToList();
        if (others.Count > 1) throw new UsageException($"{Name} is given twice. Leave one out.");
        var a = LessonState.Parse(lesson, string.Join('&', pairs.Where(pair => !IsOther(pair))));
        if (others.Count == 0) return new(a, null);
        var text = Uri.UnescapeDataString(others[0][(Name.Length + 1)..].Replace('+', ' '));
        if (text.Length == 0) return new(a, null); // what a form sends where nothing is kept
        return new(a, text.Split('?', 2) is [var name, var rest]
            ? LessonState.Parse(name.Length == 0 ? lesson : Lesson.Get(name), rest) : LessonState.Parse(lesson, text));
    }

    private static bool IsOther(string pair) => pair.StartsWith(Name + "=", StringComparison.Ordinal);
}
