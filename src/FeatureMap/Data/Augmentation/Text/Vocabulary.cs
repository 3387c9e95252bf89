namespace FeatureMap.Data;

/// <summary>A word of <see cref="Augmentation.Parse"/>.</summary>
/// <param name="Name">The word.</param>
/// <param name="Usage">The word with its arguments: those in brackets may be left out, those with a name must be written with it.</param>
/// <param name="Meaning">What it does, in a few words.</param>
public sealed record AugmentationWord(string Name, string Usage, string Meaning);

/// <summary>A closed list of words, and how steps become one part and back.</summary>
internal sealed class Vocabulary<TBase>(string subject, Word<TBase>[] words, Func<TBase[], TBase> join, Func<TBase, IReadOnlyList<TBase>> split) where TBase : class
{
    public IReadOnlyList<Word<TBase>> Words => words;

    /// <summary>Reads a text.</summary>
    /// <exception cref="UsageException">It is not a description in this vocabulary.</exception>
    public TBase Parse(string text)
    {
        try
        {
            return Make(DescriptionReader.Read(text));
        }
        catch (UsageException error)
        {
            throw new UsageException($"The {subject} '{(text.Length > 200 ? text[..200] + "..." : text)}' cannot be read: "
                + $"{error.Message}", error);
        }
    }

    public TBase Make(IReadOnlyList<DescribedStep> steps) => join([.. steps.Select(Make)]);

    public string Write(TBase value) => string.Join(", ", split(value).Select(WriteStep));

    private TBase Make(DescribedStep step)
    {
        var word = Array.Find(words, word => string.Equals(word.Name, step.Name, StringComparison.OrdinalIgnoreCase));
        if (word is not null) return word.Make(step, this);
        throw new UsageException(step.Name == "custom"
            ? "'custom' stands for a part that only code can describe."
            : $"there is no '{step.Name}'.{NearestName.Suggest(step.Name, words.Select(known => known.Name))}");
    }

    private string WriteStep(TBase part)
    {
        foreach (var word in words)
            if (word.Write(part, this) is { } text)
                return text;
        return "custom";
    }
}

/// <summary>The words of augmentations.</summary>
internal static class AugmentationVocabulary
{
    private static readonly Vocabulary<Augmentation> Known = new(
        "augmentation",
        [
            NoAugmentation.Word, RandomAffine.Word, RandomCrop.Word, RandomHorizontalFlip.Word, AlternatingFlip.Word, RandomVerticalFlip.Word, RandomQuarterTurns.Word, RandomResizedCrop.Word, CenterCrop.Word, ResizeTo.Word, Deskew.Word,
            ElasticDeformation.Word, RandomErasing.Word, Cutout.Word,
            ColorJitter.Word, RandomGrayscale.Word, GaussianBlur.Word, Equalize.Word, Clahe.Word, AutoContrast.Word, Invert.Word, Solarize.Word, Posterize.Word, Sharpness.Word,
            RandAugment.Word, TrivialAugment.Word, AugMix.Word, KerasAugmentation.Word, RandomApply.Word, RandomChoice.Word,
        ],
        steps => Augmentation.Sequence(steps),
        given => given is AugmentationSequence { Steps: { Count: > 0 } steps } ? [.. steps.SelectMany(Flat)] : given is AugmentationSequence ? [Augmentation.None] : [given]);

    public static IReadOnlyList<AugmentationWord> Help { get; } = [.. Known.Words.Select(word => new AugmentationWord(word.Name, word.Usage, word.Meaning))];

    public static Augmentation Parse(string text) => Known.Parse(text);

    public static string Format(Augmentation augmentation) => Known.Write(augmentation);

    private static IEnumerable<Augmentation> Flat(Augmentation step) => step is AugmentationSequence inner ? inner.Steps.SelectMany(Flat) : [step];
}

/// <summary>The words of mixing.</summary>
internal static class LabelMixVocabulary
{
    private static readonly Vocabulary<LabelMix> Known = new(
        "mixing",
        [MixUp.Word, CutMix.Word, RandomMix.Word],
        steps => steps is [var only] ? only : throw new UsageException("a batch is mixed in one way. For one of several at random write choose (... | ...)."),
        given => [given]);

    public static LabelMix Parse(string text) => Known.Parse(text);

    public static string Format(LabelMix mix) => Known.Write(mix);
}
