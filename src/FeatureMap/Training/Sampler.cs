using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>
/// Which images an epoch shows, and in which order: a pure function of (set, seed, epoch, batch size). It chooses by numbers: number n is image n % count of the set, and each number has an
/// augmentation of its own, so an image that is shown as n and as n + count shows two variants.
/// </summary>
public abstract record Sampler
{
    /// <summary>Every image once, in random order.</summary>
    public static Sampler Shuffle { get; } = new ShuffleSampler();

    /// <summary>Every image several times in an epoch, each time with an augmentation of its own: for patches cut from large images.</summary>
    /// <param name="times">How often, at least once.</param>
    public static Sampler Repeat(int times) => new RepeatSampler(times);

    internal static Vocabulary<Sampler> Known { get; } = new(
        "sampler",
        new Word<Sampler, ShuffleSampler>("shuffle", "every image once, in random order", new()),
        new Word<Sampler, RepeatSampler>("repeat", "every image several times, each time changed in its own way", new(1))
            .Whole("times", s => s.Times, (_, v) => new(v), isRequired: true, meaning: "How often", least: 1, most: 1_000_000),
        new Word<Sampler, ClassBatchSampler>("class-batches", "batches of a few classes, with several images of each", new(2))
            .Whole("images", s => s.ImagesPerClass, (_, v) => new(v), isRequired: true, meaning: "Images of each class", least: 2,
                most: 1_000_000));

    /// <summary>The words that <see cref="Parse"/> knows, with their arguments and meaning.</summary>
    public static IReadOnlyList<DescribedWord> Words => Known.Help;

    /// <summary>Reads a description such as <c>repeat 32</c>; <see cref="ToString"/> writes what this reads.</summary>
    /// <exception cref="UsageException">The text is not such a description.</exception>
    public static Sampler Parse(string text) => Known.Parse(text);

    /// <summary>The description that <see cref="Parse"/> reads; <c>custom</c> for a class of your own.</summary>
    public sealed override string ToString() => Known.Write(this);

    /// <summary>How many images an epoch shows.</summary>
    /// <exception cref="UsageException">The set or the batch does not fit the sampler.</exception>
    public abstract int Count(ImageSet set, int batchSize);

    /// <summary>Images of the largest batch.</summary>
    internal virtual int MostImages(ImageSet set) => set.Count;

    /// <summary>Writes the numbers of the images of an epoch.</summary>
    /// <param name="set">The training images.</param>
    /// <param name="batchSize">Images of a batch: the order is cut into pieces of this length.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="epoch">Number of the epoch, from 0.</param>
    /// <param name="order">Receives <see cref="Count"/> numbers of images.</param>
    public abstract void Fill(ImageSet set, int batchSize, ulong seed, int epoch, Span<int> order);
}

/// <summary>Every image once, in random order.</summary>
public sealed record ShuffleSampler : Sampler
{
    /// <inheritdoc/>
    public override int Count(ImageSet set, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(set);
        return set.Count;
    }

    /// <inheritdoc/>
    public override void Fill(ImageSet set, int batchSize, ulong seed, int epoch, Span<int> order)
    {
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        var random = new RandomSequence(seed, RandomPurpose.Shuffle, (uint)epoch);
        random.Shuffle(order);
    }
}

/// <summary>
/// Every image several times in an epoch, all in random order, each time with an augmentation of its own: 20 images of 512x512 with <see cref="RandomCrop"/> and 32 times are an
/// epoch of 640 patches.
/// </summary>
/// <param name="Times">How often.</param>
public sealed record RepeatSampler(int Times) : Sampler
{
    /// <summary>How often.</summary>
    public int Times { get; } = Times is >= 1 and <= 1_000_000 ? Times : throw new UsageException($"An epoch shows each image 1 to 1,000,000 times: received {Times}.");

    /// <inheritdoc/>
    public override int Count(ImageSet set, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(set);
        return (long)set.Count * Times <= int.MaxValue ? set.Count * Times : throw new UsageException($"{set.Count:N0} images {Times:N0} times are more than an epoch can hold ({int.MaxValue:N0}).");
    }

    internal override int MostImages(ImageSet set) => Count(set, 1);

    /// <inheritdoc/>
    public override void Fill(ImageSet set, int batchSize, ulong seed, int epoch, Span<int> order) => Shuffle.Fill(set, batchSize, seed, epoch, order);
}

/// <summary>
/// Batches of P classes with K images each, as metric losses need them: every image of a batch finds K - 1 of its own class. Each class shows its images in random
/// order, round and round; an epoch shows about as many images as the set has. Source: Hermans, Beyer and Leibe, "In defense of the triplet loss", arXiv 1703.07737.
/// </summary>
/// <param name="ImagesPerClass">K; the batch size divided by it is the number of classes, P.</param>
public sealed record ClassBatchSampler(int ImagesPerClass) : Sampler
{
    /// <summary>K.</summary>
    public int ImagesPerClass { get; } = ImagesPerClass >= 2 ? ImagesPerClass : throw new UsageException($"A batch for metric losses needs at least 2 images of each of its classes, so that there are pairs: received {ImagesPerClass}.");

    /// <inheritdoc/>
    public override int Count(ImageSet set, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(set);
        var classes = Classes(set, batchSize);
        return Math.Max(1, set.Count / (classes * ImagesPerClass)) * classes * ImagesPerClass;
    }

    /// <inheritdoc/>
    public override void Fill(ImageSet set, int batchSize, ulong seed, int epoch, Span<int> order)
    {
        ArgumentNullException.ThrowIfNull(set);
        var perBatch = Classes(set, batchSize);
        var random = new RandomSequence(seed, RandomPurpose.Shuffle, (uint)epoch, 1);
        var members = Enumerable.Range(0, set.ClassCount).Select(_ => new List<int>()).ToArray();
        for (var i = 0; i < set.Count; i++)
            members[set.Label(i)].Add(i);
        var images = members.Select(list => list.ToArray()).ToArray();
        foreach (var list in images)
            random.Shuffle(list);
        var present = Enumerable.Range(0, images.Length).Where(label => images[label].Length > 0).ToArray();
        var next = new int[images.Length];
        var at = 0;
        while (at < order.Length)
        {
            random.Shuffle(present);
            foreach (var label in present.AsSpan(0, perBatch))
                for (var k = 0; k < ImagesPerClass; k++)
                    order[at++] = images[label][next[label]++ % images[label].Length];
        }
    }

    // The batch must be whole groups, and no class may stand in it twice.
    private int Classes(ImageSet set, int batchSize)
    {
        var present = set.CountPerClass().Count(count => count > 0);
        if (batchSize % ImagesPerClass != 0)
            throw new UsageException($"A batch of {batchSize} cannot be cut into groups of {ImagesPerClass} images of one class: {batchSize} / {ImagesPerClass} is not whole. Choose a batch size that is a multiple of {ImagesPerClass}, such as {Math.Max(2, batchSize / ImagesPerClass) * ImagesPerClass}.");
        var classes = batchSize / ImagesPerClass;
        if (classes < 2 || classes > present)
            throw new UsageException($"A batch of {batchSize} with {ImagesPerClass} images per class has {batchSize} / {ImagesPerClass} = {classes} classes: it must be at least 2 and at most the {present} classes of {set.Name}.");
        return classes;
    }
}
