using System.Buffers.Binary;
using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// A set of labelled 8-bit images of one size, immutable and in memory unless it was loaded from image files that are too many for that, so that any number of threads may read it at once. The pixels of an
/// image are planar: channel by channel, each row by row (CHW), one byte from 0 to 255 each. Subsets share the pixels with the whole.
/// </summary>
public sealed class ImageSet
{
    private readonly PixelStore pixels;
    private readonly int[] labels;
    private readonly string[]? files; // by stored image; null where the images have none of their own
    private readonly int[]? chosen; // position in this set -> image in the shared arrays; null: all of them, in order
    private readonly int imageSize;
    private string? sha256;

    /// <summary>Creates a set from pixels and labels, which it copies.</summary>
    /// <param name="name">What the set is called in logs and messages.</param>
    /// <param name="imageShape">Channels x height x width of every image.</param>
    /// <param name="pixels">All images one after the other, each planar CHW: count x <see cref="Shape.Count"/> bytes.</param>
    /// <param name="labels">The class of each image, from 0 to the number of class names - 1.</param>
    /// <param name="classNames">The name of each class; their number is <see cref="ClassCount"/>.</param>
    /// <exception cref="DataException">The counts do not fit each other, the set is empty, or a label is out of range.</exception>
    public ImageSet(string name, Shape imageShape, ReadOnlySpan<byte> pixels, ReadOnlySpan<int> labels, IEnumerable<string> classNames)
        : this(name, imageShape, new ResidentPixels(pixels.ToArray(), imageShape.Count), labels.ToArray(), new ReadOnlyCollection<string>([.. classNames]), null, null, null) => Check();

    /// <summary>Creates a set whose images have targets instead of classes, such as masks. All images are of one class, <c>image</c>.</summary>
    /// <param name="name">What the set is called in logs and messages.</param>
    /// <param name="imageShape">Channels x height x width of every image.</param>
    /// <param name="pixels">All images one after the other, each planar CHW: count x <see cref="Shape.Count"/> bytes. They are copied.</param>
    /// <param name="targets">What belongs to each image, in the same order.</param>
    /// <exception cref="DataException">The counts do not fit each other, or the set is empty.</exception>
    public ImageSet(string name, Shape imageShape, ReadOnlySpan<byte> pixels, TargetSet targets)
        : this(name, imageShape, new ResidentPixels(pixels.ToArray(), imageShape.Count), new int[(targets ?? throw new ArgumentNullException(nameof(targets))).Count], new ReadOnlyCollection<string>(["image"]), targets, null, null) => Check();

    private ImageSet(string name, Shape imageShape, PixelStore pixels, int[] labels, ReadOnlyCollection<string> classNames, TargetSet? targets, string[]? files, int[]? chosen)
    {
        this.files = files;
        Targets = targets;
        Name = name;
        ImageShape = imageShape;
        ClassNames = classNames;
        imageSize = imageShape.Count;
        this.pixels = pixels;
        this.labels = labels;
        this.chosen = chosen;
    }

    /// <summary>What the set is called in logs and messages.</summary>
    public string Name { get; }

    /// <summary>Channels x height x width of every image.</summary>
    public Shape ImageShape { get; }

    /// <summary>Number of images.</summary>
    public int Count => chosen?.Length ?? labels.Length;

    /// <summary>Number of classes; a label is below it.</summary>
    public int ClassCount => ClassNames.Count;

    /// <summary>The name of each class, by label.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>What a network for this set answers: the classes of the pixels of label maps, the labels or quantities of its targets,
    /// otherwise <see cref="ClassNames"/>.</summary>
    public IReadOnlyList<string> AnswerNames => Targets is { Kind: TargetKind.LabelMap or TargetKind.Labels or TargetKind.Quantities } named
        ? named.ClassNames : ClassNames;

    /// <summary>What belongs to the images where a class does not say it: masks, pictures or numbers, in the order of the whole set that this may be a part of (see <see cref="TargetOf"/>). Null where the class is all there is.</summary>
    public TargetSet? Targets { get; }

    /// <summary>Where the target of an image stands in <see cref="Targets"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no image of this index.</exception>
    public int TargetOf(int index) => Stored(index);

    /// <summary>
    /// The pixels of one image: <see cref="Shape.Count"/> bytes, planar CHW, 0 (black) to 255. Those of a set that is read from files are valid until the
    /// thread asks for the next ones.
    /// </summary>
    /// <exception cref="DataException">The set is read from files, and this one cannot be read any more.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no image of this index.</exception>
    public ReadOnlySpan<byte> Pixels(int index) => !HasNumbers ? pixels.Image(Stored(index))
        : throw new UsageException($"{Name} are features of images, which have no pixels.");

    /// <summary>Whether the samples are numbers in place of pixels: what the body of a network makes of images.</summary>
    internal bool HasNumbers => Values is not null;

    /// <summary>The numbers of one sample, planar CHW.</summary>
    internal ReadOnlySpan<float> Numbers(int index) => Values.AsSpan(Stored(index) * imageSize, imageSize);

    private float[]? Values { get; init; }

    /// <summary>The class of one image.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no image of this index.</exception>
    public int Label(int index) => labels[Stored(index)];

    /// <summary>
    /// The file that an image was read from, as its path in the folder or archive with '/' between folders; null where it has no file of
    /// its own, as in MNIST.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no image of this index.</exception>
    public string? FileOf(int index) => files?[Stored(index)];

    /// <summary>
    /// What the reader of the files found that the user should know, such as a mask that is nearly all object; null where there is
    /// nothing.
    /// </summary>
    public string? Notice { get; private init; }

    /// <summary>
    /// How an image is called where people read of it: its file, or its place in the set, such as <c>mnist, image 7</c>.
    /// </summary>
    /// <param name="index">Its place in the set.</param>
    public string NameOf(int index) => FileOf(index) ?? $"{Name}, image {index}";

    /// <summary>How many images each class has, by label.</summary>
    public int[] CountPerClass()
    {
        var counts = new int[ClassCount];
        for (var index = 0; index < Count; index++)
            counts[Label(index)]++;
        return counts;
    }

    /// <summary>
    /// The SHA-256 of everything that a training reads, in its order: shape, class names, labels, pixels and targets. Two sets with the
    /// same sum are the same data, wherever they came from. It is computed at the first call.
    /// </summary>
    public string Sha256() => sha256 ??= ComputeSha256();

    /// <summary>The images of the given indices, in that order; an index may occur more than once. The pixels are shared, not copied.</summary>
    /// <exception cref="DataException">No index is given, or there is no image of one of them.</exception>
    public ImageSet Subset(ReadOnlySpan<int> indices)
    {
        if (indices.IsEmpty) throw new DataException($"A subset of {Name} needs at least one image: received no index.");
        var stored = new int[indices.Length];
        for (var i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)Count)
                throw new DataException($"A subset of {Name} asks for image {indices[i]}: the set has {Count:N0} images, 0 to {Count - 1}.");
            stored[i] = Stored(indices[i]);
        }
        return With(stored);
    }

    /// <summary>The first <paramref name="count"/> images, or all of them where the set has fewer.</summary>
    /// <exception cref="UsageException">The count is below 1.</exception>
    public ImageSet Take(int count)
    {
        if (count < 1) throw new UsageException($"The number of images to take from {Name} must be at least 1: received {count}.");
        if (count >= Count) return this;
        var stored = new int[count];
        for (var i = 0; i < count; i++)
            stored[i] = Stored(i);
        return With(stored);
    }

    /// <summary>
    /// Splits the set in two, class by class in the same proportion (stratified). The second part has round(fraction x count) images; what
    /// rounding leaves over goes to the classes of the largest remainder. No class loses its last image to the second part, which is
    /// smaller where the classes cannot give so many. Both parts keep the order of the set. The same set, fraction and seed give the same
    /// parts on every machine: class c is shuffled by the sequence (seed, Split, c).
    /// </summary>
    /// <param name="fraction">Size of the second part, above 0 and below 1.</param>
    /// <param name="seed">Chooses which images.</param>
    /// <exception cref="UsageException">The fraction is not between 0 and 1, or one part would be empty.</exception>
    /// <exception cref="DataException">No class has two images, so that none can be spared.</exception>
    public (ImageSet First, ImageSet Second) Split(double fraction, ulong seed)
    {
        if (!(fraction > 0 && fraction < 1))
            throw new UsageException($"The fraction of a split must be above 0 and below 1: received {fraction}. For one image in ten write 0.1.");
        var total = (int)Math.Round(fraction * Count);
        if (total == 0 || total == Count)
        {
            throw new UsageException($"A split of {Name} with fraction {fraction} leaves one part empty: {fraction} x {Count:N0} images rounds to "
                + $"{total}. Use more images or a fraction nearer to 0.5.");
        }
        var classSizes = CountPerClass();
        if (classSizes.All(size => size < 2))
        {
            throw new DataException($"{Name} cannot be split: each of its {ClassCount:N0} classes has one image at most, "
                + "and no class can lose its only one. Add images, two of a class at least, or give images to judge by of their own.");
        }
        var quotas = Quotas(classSizes, fraction, total);
        total = quotas.Sum();
        var inSecond = new bool[Count];
        for (var label = 0; label < ClassCount; label++)
        {
            var members = new int[classSizes[label]];
            for (int index = 0, filled = 0; index < Count; index++)
                if (Label(index) == label)
                    members[filled++] = index;
            var sequence = new RandomSequence(seed, RandomPurpose.Split, (uint)label);
            sequence.Shuffle(members);
            foreach (var index in members.AsSpan(0, quotas[label]))
                inSecond[index] = true;
        }
        int[] first = new int[Count - total], second = new int[total];
        for (int index = 0, f = 0, s = 0; index < Count; index++)
        {
            if (inSecond[index]) second[s++] = Stored(index);
            else first[f++] = Stored(index);
        }
        return (With(first), With(second));
    }

    /// <summary>The same images and classes with targets: the loss then reads these instead of the class. The pixels are shared.</summary>
    /// <param name="targets">What belongs to each image, in the order of this set.</param>
    /// <exception cref="DataException">There is not one target per image.</exception>
    /// <exception cref="UsageException">This is a part of another set.</exception>
    public ImageSet WithTargets(TargetSet targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (chosen is not null) throw new UsageException($"{Name} is a part of a larger set: give the targets to the whole set, and take parts of it then.");
        var set = new ImageSet(Name, ImageShape, pixels, labels, (ReadOnlyCollection<string>)ClassNames, targets, files, null) { Notice = Notice };
        set.Check();
        return set;
    }

    /// <summary>Written as <c>mnist: 60,000 images of 1x28x28 in 10 classes</c>, or with what their targets are.</summary>
    public override string ToString() => $"{Name}: {Count:N0} images of {ImageShape} {(Targets is null ? $"in {ClassCount} classes" : $"with {Targets}")}";

    /// <summary>Creates a set that takes the arrays over instead of copying them: the caller must not write to them any more.</summary>
    internal static ImageSet Adopt(string name, Shape imageShape, byte[] pixels, int[] labels, IEnumerable<string> classNames, string[]? files = null) =>
        Adopt(name, imageShape, new ResidentPixels(pixels, imageShape.Count), labels, classNames, files);

    /// <summary>The same of pixels that are anywhere.</summary>
    internal static ImageSet Adopt(string name, Shape imageShape, PixelStore pixels, int[] labels, IEnumerable<string> classNames, string[]? files = null)
    {
        var set = new ImageSet(name, imageShape, pixels, labels, new ReadOnlyCollection<string>([.. classNames]), null, files, null);
        set.Check();
        return set;
    }

    /// <summary>The same images, labels and files with numbers in place of the pixels; the caller must not write to them any more.</summary>
    /// <param name="shape">Channels x height x width of the numbers of one image.</param>
    /// <param name="values">Those of all images of this set, in its order.</param>
    internal ImageSet WithNumbers(Shape shape, float[] values)
    {
        int[] all = [.. Enumerable.Range(0, Count)];
        var names = files is null ? null : Array.ConvertAll(all, index => FileOf(index)!);
        return values.LongLength == (long)Count * shape.Count
            ? new(Name, shape, new ResidentPixels([], 0), Array.ConvertAll(all, Label), (ReadOnlyCollection<string>)ClassNames,
                Targets is { AreOfWholeImage: true } targets ? targets.Chosen(Array.ConvertAll(all, Stored)) : null, names, null)
            { Values = values }
            : throw new DataException($"{Name} has {Count:N0} images; {values.LongLength:N0} numbers are not {Count:N0} x {shape.Count:N0}.");
    }

    /// <summary>The same whole set with the file of each image and what its reader found.</summary>
    internal ImageSet FromFiles(string[]? from, string? notice) =>
        new(Name, ImageShape, pixels, labels, (ReadOnlyCollection<string>)ClassNames, Targets, from, chosen) { Notice = notice };

    // The part of each class: floor(fraction x size), then one more for the largest remainders (ties: the lower label) until the total is
    // reached. One image at least stays.
    private static int[] Quotas(int[] classSizes, double fraction, int total)
    {
        var quotas = new int[classSizes.Length];
        var remainders = new double[classSizes.Length];
        var left = total;
        for (var label = 0; label < classSizes.Length; label++)
        {
            var exact = fraction * classSizes[label];
            quotas[label] = (int)Math.Floor(exact);
            remainders[label] = exact - quotas[label];
            left -= quotas[label];
        }
        for (; left > 0; left--)
        {
            var best = -1;
            for (var label = 0; label < classSizes.Length; label++)
                if (quotas[label] < classSizes[label] - 1 && (best < 0 || remainders[label] > remainders[best]))
                    best = label;
            if (best < 0) break;
            quotas[best]++;
            remainders[best] -= 1;
        }
        return quotas;
    }

    private string ComputeSha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Names are ended by a zero, which none of them has, so that no two lists of names are the same bytes.
        hash.AppendData(Encoding.UTF8.GetBytes($"{ImageShape} {Count} "
            + $"{string.Concat(ClassNames.Select(name => name + '\0'))} {Targets}\0"));
        Span<byte> label = stackalloc byte[sizeof(int)];
        for (var index = 0; index < Count; index++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(label, Label(index));
            hash.AppendData(label);
            hash.AppendData(HasNumbers ? MemoryMarshal.AsBytes(Numbers(index)) : Pixels(index));
            if (Targets is null) continue;
            hash.AppendData(Targets.Bytes(TargetOf(index)));
            hash.AppendData(MemoryMarshal.AsBytes(Targets.Values(TargetOf(index))));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Check()
    {
        if (labels.Length == 0) throw new DataException($"The image set {Name} is empty: at least one image is needed.");
        if ((long)labels.Length * imageSize != pixels.Bytes)
        {
            throw new DataException($"The image set {Name} has {labels.Length:N0} {(Targets is null ? "labels" : "targets")} and {pixels.Bytes:N0} bytes of pixels: expected "
                + $"{labels.Length:N0} x {imageSize:N0} = {(long)labels.Length * imageSize:N0} bytes for images of {ImageShape}.");
        }
        if (Targets is not null && Targets.Count != labels.Length)
            throw new DataException($"The image set {Name} has {labels.Length:N0} images and {Targets.Count:N0} targets ({Targets}): each image needs one.");
        for (var index = 0; index < labels.Length; index++)
        {
            if ((uint)labels[index] >= (uint)ClassCount)
                throw new DataException($"The image set {Name} has label {labels[index]} at image {index}: with {ClassCount} classes the labels are 0 to {ClassCount - 1}.");
        }
    }

    private ImageSet With(int[] stored) => new(Name, ImageShape, pixels, labels, (ReadOnlyCollection<string>)ClassNames, Targets, files, stored) { Notice = Notice, Values = Values };

    private int Stored(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return chosen is null ? index : chosen[index];
    }
}
