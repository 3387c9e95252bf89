namespace FeatureMap.Descriptions;

/// <summary>A closed list of words, and how steps become one part and back.</summary>
/// <param name="subject">What is described, as messages call it: <c>augmentation</c>.</param>
/// <param name="words">The words.</param>
/// <param name="join">One part of several steps.</param>
/// <param name="split">The steps of a part.</param>
internal sealed class Vocabulary<TBase>(string subject, Word<TBase>[] words, Func<TBase[], TBase> join, Func<TBase,
    IReadOnlyList<TBase>> split) where TBase : class
{
    /// <summary>A vocabulary whose descriptions are one step.</summary>
    public Vocabulary(string subject, params Word<TBase>[] words) : this(
        subject, words, steps => steps is [var only] ? only
            : throw new UsageException($"one {subject} is described at a time: received {steps.Length}."),
        part => [part])
    {
    }

    /// <summary>The same with more words.</summary>
    /// <exception cref="UsageException">There is a word of such a name already.</exception>
    public Vocabulary<TBase> With(IReadOnlyList<Word<TBase>> more)
    {
        foreach (var word in more)
            if (Find(word.Name) is not null)
                throw new UsageException($"There is the {subject} '{word.Name}' already: give yours another name.");
        return new(subject, [.. words, .. more], join, split);
    }

    public IReadOnlyList<Word<TBase>> Words => words;

    public IReadOnlyList<DescribedWord> Help => [.. words.Select(word => new DescribedWord(word.Name, word.Usage, word.Meaning))];

    /// <summary>Reads a text.</summary>
    /// <param name="text">The description.</param>
    /// <param name="basis">Where arguments come from that may not be left out and are; null for nowhere.</param>
    /// <exception cref="UsageException">It is not a description in this vocabulary.</exception>
    public TBase Parse(string text, TBase? basis = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return Make(DescriptionReader.Read(text), basis);
        }
        catch (UsageException error)
        {
            throw new UsageException($"The {subject} '{(text.Length > 200 ? text[..200] + "..." : text)}' cannot be read: "
                + $"{error.Message}", error);
        }
    }

    public TBase Make(IReadOnlyList<DescribedStep> steps, TBase? basis = null) => join([.. steps.Select(step => Make(step, basis))]);

    public string Write(TBase value) => string.Join(", ", split(value).Select(WriteStep));

    /// <summary>Whether a part can be described completely.</summary>
    public bool CanWrite(TBase value) => !Write(value).Split(' ', ',', '(', ')', '|').Contains(Custom);

    /// <summary>An argument of a part, by name; null where it has none.</summary>
    public object? Get(TBase part, string argument) =>
        words.Select(word => word.Get(part, argument, this)).FirstOrDefault(value => value is not null);

    /// <summary>A part with another value of an argument that it has.</summary>
    public TBase With(TBase part, string argument, object value) =>
        words.Select(word => word.With(part, argument, value, this)).FirstOrDefault(changed => changed is not null)
        ?? throw new UsageException($"The {subject} '{Write(part)}' has no {argument}.");

    /// <summary>A description as a setting of its owner. What cannot be described stands there as <c>custom</c>.</summary>
    /// <param name="name">The key.</param>
    /// <param name="meaning">What it does, in one line.</param>
    /// <param name="example">A description.</param>
    /// <param name="read">The part of an owner; null for none.</param>
    /// <param name="write">An owner with another part.</param>
    /// <param name="none">The text that stands for no part; null where there always is one.</param>
    /// <param name="basis">A part for what the kind checks without an owner.</param>
    public Setting<T> Setting<T>(string name, string meaning, string example, Func<T, TBase?> read, Func<T, TBase?, T> write,
        string? none = null, TBase? basis = null) where T : class
    {
        return new(name, meaning, Kind(this), owner => read(owner) is { } part ? In(owner).Write(part) : none!,
            (owner, value) => write(owner, IsNone((string)value) ? null : In(owner).Parse((string)value, read(owner))))
        {
            KindOfOwner = owner => In(owner) is var all && all == this ? null : Kind(all),
            InOwnWords = owner =>
                read(owner) is { } part && !CanWrite(part) && In(owner) is var all && all.CanWrite(part) ? all.Write(part) : null,
            OnlyInCode = owner => read(owner) is { } part && !In(owner).CanWrite(part) ? part.GetType().Name : null,
        };

        ValueKind Kind(Vocabulary<TBase> all)
        {
            var known = ValueKind.Listed([.. none is null ? (IEnumerable<string>)[] : [none], .. all.Words.Select(word => word.Name)]);
            return ValueKind.Described($"{known}, with its numbers, such as {example}",
                text => IsNone(text) ? none! : all.Parse(text, basis) is null ? "" : text);
        }

        bool IsNone(string text) => none is not null && (text.Length == 0 || string.Equals(text, none, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>An argument of a description as a setting of its owner: a short way to change it.</summary>
    /// <param name="name">The key.</param>
    /// <param name="meaning">What it does, in one line.</param>
    /// <param name="argument">Its name in the words that have it.</param>
    /// <param name="whole">The key of the whole description.</param>
    /// <param name="read">The part of an owner.</param>
    /// <param name="write">An owner with another part.</param>
    public Setting<T> Part<T>(string name, string meaning, string argument, string whole, Func<T, TBase?> read, Func<T, TBase,
        T> write) where T : class
    {
        var having = words.Where(word => word.KindOf(argument) is not null).ToList();
        var needs = $"{whole}={ValueKind.Listed([.. having.Select(word => word.Name)])}";
        return new(name, meaning, having[0].KindOf(argument)!, Value, (owner, value) => Value(owner) is not null
            ? write(owner, In(owner).With(read(owner)!, argument, value))
            : throw new UsageException($"The setting {name} has no effect here: it needs {needs}. Set that too, or leave {name} out."))
        {
            Needs = needs,
            IsPart = true,
            HasEffect = owner => Value(owner) is not null,
        };

        object? Value(T owner) => read(owner) is { } part ? In(owner).Get(part, argument) : null;
    }

    // With the words of the owner's own.
    private Vocabulary<TBase> In<T>(T owner) => owner is IHasOwnWords { Words: var own } ? own.In(this) : this;

    private Word<TBase>? Find(string name) => Array.Find(words, word => string.Equals(word.Name, name, StringComparison.OrdinalIgnoreCase));

    private const string Custom = "custom";

    private TBase Make(DescribedStep step, TBase? basis)
    {
        if (Find(step.Name) is { } word) return word.Make(step, this, basis);
        throw new UsageException(step.Name == Custom
            ? "'custom' stands for a part that only code can describe."
            : $"there is no '{step.Name}'.{NearestName.Suggest(step.Name, words.Select(known => known.Name))}");
    }

    private string WriteStep(TBase part)
    {
        foreach (var word in words)
            if (word.Write(part, this) is { } text)
                return text;
        return Custom;
    }
}
