namespace FeatureMap.Descriptions;

/// <summary>
/// One step of a description as it was written: <c>name value name=value (steps | steps)</c>.
/// </summary>
internal sealed record DescribedStep(string Name, IReadOnlyList<(string? Name, string Value)> Arguments,
    IReadOnlyList<IReadOnlyList<DescribedStep>>? Groups);

/// <summary>
/// Reads the grammar of descriptions into steps, without knowing any of the words:
/// <c>steps = step {"," step}; step = word {argument} ["(" steps {"|" steps} ")"]; argument = value | word "=" value</c>.
/// </summary>
internal sealed class DescriptionReader
{
    private const int LongestText = 4000, Deepest = 8;
    private readonly string text;
    private int position, depth;

    private DescriptionReader(string text) => this.text = text;

    /// <summary>Reads a whole text.</summary>
    /// <exception cref="UsageException">It does not follow the grammar. The message is to stand behind the text.</exception>
    public static IReadOnlyList<DescribedStep> Read(string text)
    {
        if (text.Length > LongestText) throw new UsageException($"it has {text.Length:N0} characters; at most {LongestText:N0} are read.");
        var reader = new DescriptionReader(text);
        var steps = reader.Steps();
        return reader.position == text.Length ? steps : throw reader.Unexpected("a comma or the end");
    }

    private List<DescribedStep> Steps()
    {
        var steps = new List<DescribedStep> { Step() };
        while (Skip(','))
            steps.Add(Step());
        return steps;
    }

    private DescribedStep Step()
    {
        var name = Token();
        if (name.Length == 0 || !char.IsAsciiLetter(name[0])) throw (name.Length == 0 ? Unexpected("a word")
            : new UsageException($"'{name}' stands where a word is expected."));
        var arguments = new List<(string?, string)>();
        for (var token = Token(); token.Length > 0; token = Token())
        {
            if (!Skip('='))
            {
                arguments.Add((null, token));
                continue;
            }
            var value = Token();
            arguments.Add((token, value.Length > 0 ? value : throw Unexpected($"a value of {token}")));
        }
        return new(name, arguments, Skip('(') ? Groups() : null);
    }

    private List<IReadOnlyList<DescribedStep>> Groups()
    {
        if (++depth > Deepest) throw new UsageException($"more than {Deepest} brackets stand inside each other.");
        var groups = new List<IReadOnlyList<DescribedStep>> { Steps() };
        while (Skip('|'))
            groups.Add(Steps());
        if (!Skip(')')) throw Unexpected("a closing bracket");
        depth--;
        return groups;
    }

    private string Token()
    {
        SkipSpace();
        var start = position;
        while (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] is '.' or '-' or '+' or ':' or '_'))
            position++;
        return text[start..position];
    }

    private bool Skip(char symbol)
    {
        SkipSpace();
        if (position == text.Length || text[position] != symbol) return false;
        position++;
        return true;
    }

    private void SkipSpace()
    {
        while (position < text.Length && text[position] == ' ')
            position++;
    }

    private UsageException Unexpected(string expected)
    {
        SkipSpace();
        var found = position == text.Length ? "the end" : char.IsControl(text[position]) ? "a control character" : $"'{text[position]}'";
        return new($"{found} stands at place {position + 1} where {expected} is expected.");
    }
}
