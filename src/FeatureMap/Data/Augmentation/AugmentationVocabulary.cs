using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>The words of augmentations.</summary>
internal static class AugmentationVocabulary
{
    public static Vocabulary<Augmentation> Known { get; } = new(
        "augmentation",
        [
            NoAugmentation.Word, RandomAffine.Word, RandomCrop.Word, RandomHorizontalFlip.Word, AlternatingFlip.Word,
            RandomVerticalFlip.Word, RandomQuarterTurns.Word, RandomResizedCrop.Word, CenterCrop.Word, ResizeTo.Word, Deskew.Word,
            ElasticDeformation.Word, RandomErasing.Word, Cutout.Word,
            ColorJitter.Word, RandomGrayscale.Word, GaussianBlur.Word, Equalize.Word, Clahe.Word, AutoContrast.Word, Invert.Word,
            Solarize.Word, Posterize.Word, Sharpness.Word,
            RandAugment.Word, TrivialAugment.Word, AugMix.Word, KerasAugmentation.Word, RandomApply.Word, RandomChoice.Word,
        ],
        steps => Augmentation.Sequence(steps),
        given => given is AugmentationSequence { Steps: { Count: > 0 } steps } ? [.. steps.SelectMany(Flat)]
            : given is AugmentationSequence ? [Augmentation.None] : [given]);

    private static IEnumerable<Augmentation> Flat(Augmentation step) => step is AugmentationSequence inner ? inner.Steps.SelectMany(Flat)
        : [step];
}

/// <summary>The words of mixing.</summary>
internal static class LabelMixVocabulary
{
    public static Vocabulary<LabelMix> Known { get; } = new(
        "mixing",
        [MixUp.Word, CutMix.Word, RandomMix.Word],
        steps => steps is [var only] ? only
            : throw new UsageException("a batch is mixed in one way. For one of several at random write choose (... | ...)."),
        given => [given]);
}
