namespace FeatureMap.Descriptions;

/// <summary>
/// Words of your own: what a program adds to the vocabularies of the library, so that a class of its own has a text, stands in
/// <c>config.json</c> under it and is made again from there. Immutable, and handed over: <c>TrainingOptions.Words</c>, or
/// <c>Registry.Words</c> for what is opened by name. Nobody else knows them: another program reads such a folder as one with a part that
/// only code can describe.
/// </summary>
/// <example><code>
/// var words = OwnWords.None.With(new Word&lt;Optimizer, Adagrad&gt;("adagrad", "a rate of its own for each weight", new Adagrad())
///     .Real("epsilon", "Added to the root", o => o.Epsilon, (o, value) => new Adagrad(value), ValueKind.Real(0, 1)));
/// var options = new TrainingOptions { Words = words }.With("optimizer", "adagrad epsilon=1e-6");
/// </code></example>
public sealed class OwnWords
{
    private readonly IReadOnlyList<object> words;

    private OwnWords(IReadOnlyList<object> words) => this.words = words;

    /// <summary>No words.</summary>
    public static OwnWords None { get; } = new([]);

    /// <summary>These words and one more.</summary>
    /// <typeparam name="TBase">What it describes: <c>Optimizer</c>, <c>Schedule</c>, <c>Sampler</c>, <c>Augmentation</c> ...</typeparam>
    /// <exception cref="UsageException">There is a word of this name for the same already.</exception>
    public OwnWords With<TBase>(Word<TBase> word) where TBase : class
    {
        ArgumentNullException.ThrowIfNull(word);
        return words.OfType<Word<TBase>>().Any(one => string.Equals(one.Name, word.Name, StringComparison.OrdinalIgnoreCase))
            ? throw new UsageException($"There are two words '{word.Name}' of your own for {typeof(TBase).Name}: give one another name.")
            : new([.. words, word]);
    }

    /// <summary>A vocabulary with the words that belong to it.</summary>
    /// <exception cref="UsageException">One of them has a name that it has itself.</exception>
    internal Vocabulary<TBase> In<TBase>(Vocabulary<TBase> vocabulary) where TBase : class =>
        words.OfType<Word<TBase>>().ToArray() is { Length: > 0 } own ? vocabulary.With(own) : vocabulary;
}

/// <summary>An owner of settings that may be made of words of a program's own.</summary>
internal interface IHasOwnWords
{
    OwnWords Words { get; }
}
