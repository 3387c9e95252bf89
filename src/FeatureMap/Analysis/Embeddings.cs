using FeatureMap.Randomness;

namespace FeatureMap.Analysis;

/// <summary>How far two embeddings are apart.</summary>
public enum EmbeddingDistance
{
    /// <summary>The length of the difference.</summary>
    Euclidean,

    /// <summary>1 - cosine of the angle between them, from 0 to 2; lengths do not count.</summary>
    Cosine,
}

/// <summary>Two images of a set, by their number.</summary>
/// <param name="First">One image.</param>
/// <param name="Second">The other.</param>
public readonly record struct ImagePair(int First, int Second);

/// <summary>An image near another one.</summary>
/// <param name="Image">Its number.</param>
/// <param name="Distance">How far it is.</param>
public readonly record struct Neighbour(int Image, double Distance);

/// <summary>
/// Vectors that a network makes of images, with the images' classes, and how well they serve: does the nearest neighbour have the same
/// class, can two images be told to be of one class by their distance? That is what metric losses are trained for, and what can be asked
/// about classes that the training never saw. All numbers are computed in double precision, in a fixed order. Made by <see
/// cref="EmbeddingExtraction.Embed"/>.
/// </summary>
public sealed class Embeddings
{
    private readonly float[] values;
    private readonly int[] labels;

    /// <summary>Takes vectors that stand one after the other.</summary>
    /// <param name="values">Images x dimensions.</param>
    /// <param name="dimensions">Numbers of a vector.</param>
    /// <param name="labels">The class of each image, at least 0.</param>
    /// <exception cref="DataException">The counts do not fit each other, a label is negative or a number is not finite.</exception>
    public Embeddings(ReadOnlySpan<float> values, int dimensions, ReadOnlySpan<int> labels)
    {
        if (dimensions < 1 || labels.Length == 0 || (long)labels.Length * dimensions != values.Length)
            throw new DataException($"Embeddings of {labels.Length:N0} labelled images with {dimensions:N0} dimensions "
                + $"have {labels.Length:N0} x {dimensions:N0} = {(long)labels.Length * dimensions:N0} numbers: "
                    + $"received {values.Length:N0}. At least one image and one dimension are needed.");
        for (var image = 0; image < labels.Length; image++)
        {
            if (labels[image] < 0)
                throw new DataException($"The label of image {image:N0} is {labels[image]}: classes are numbered from 0.");
            foreach (var value in values.Slice(image * dimensions, dimensions))
                if (!float.IsFinite(value))
                    throw new DataException($"The embedding of image {image:N0} has a number that is not finite ({value}): the network or "
                        + "its weights are broken.");
        }
        (this.values, Dimensions, this.labels) = (values.ToArray(), dimensions, labels.ToArray());
    }

    /// <summary>Images.</summary>
    public int Count => labels.Length;

    /// <summary>Numbers of a vector.</summary>
    public int Dimensions { get; }

    /// <summary>The vector of an image.</summary>
    public ReadOnlySpan<float> this[int image] => values.AsSpan(image * Dimensions, Dimensions);

    /// <summary>The class of an image.</summary>
    public int Label(int image) => labels[image];

    /// <summary>The distance of two images.</summary>
    public double Distance(int one, int other, EmbeddingDistance distance = EmbeddingDistance.Euclidean) =>
        Between(Point(one, distance), Point(other, distance), distance);

    /// <summary>
    /// The images that are nearest to one, the nearest first, itself left out; of several at the same distance the one that stands earlier
    /// in the set comes first.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="distance">How far vectors are apart.</param>
    /// <exception cref="UsageException">There is no such image, or fewer than one is asked for.</exception>
    public IReadOnlyList<Neighbour> Nearest(int image, int count, EmbeddingDistance distance = EmbeddingDistance.Euclidean)
    {
        if (image < 0 || image >= Count)
            throw new UsageException($"There is no image {image:N0}: the embeddings are of images 0 to {Count - 1:N0}.");
        if (count < 1) throw new UsageException($"At least 1 neighbour can be asked for: received {count:N0}.");
        var point = Point(image, distance);
        return
        [
            .. Enumerable.Range(0, Count).Where(other => other != image)
                .Select(other => new Neighbour(other, Between(point, Point(other, distance), distance)))
                .OrderBy(neighbour => neighbour.Distance).Take(count),
        ];
    }

    /// <summary>
    /// Recall at k: the share of images that have an image of their class among their k nearest neighbours, themselves left out. Images
    /// that are alone in their class are not asked. k = 1 is the accuracy of the nearest neighbour. At equal distances the image that
    /// stands earlier in the set is nearer.
    /// </summary>
    /// <exception cref="UsageException">k is below 1, or no image has a companion.</exception>
    public double RecallAt(int neighbours, EmbeddingDistance distance = EmbeddingDistance.Euclidean)
    {
        if (neighbours < 1)
            throw new UsageException($"Recall looks at 1 neighbour or more: received {neighbours}.");
        var points = Points(distance);
        var perClass = labels.CountBy(label => label).ToDictionary();
        int asked = 0, hits = 0;
        for (var image = 0; image < Count; image++)
        {
            if (perClass[labels[image]] < 2) continue;
            asked++;
            // The nearest companion has a rank: how many others stand before it.
            var companion = -1;
            var distances = new double[Count];
            for (var other = 0; other < Count; other++)
            {
                if (other == image) continue;
                distances[other] = Between(points[image], points[other], distance);
                if (labels[other] == labels[image] && (companion < 0 || distances[other] < distances[companion])) companion = other;
            }
            var before = 0;
            for (var other = 0; other < Count; other++)
                if (other != image && (distances[other] < distances[companion]
                    || (distances[other] == distances[companion] && other < companion)))
                    before++;
            if (before < neighbours) hits++;
        }
        return asked > 0 ? (double)hits / asked : throw new UsageException("Recall asks for images of the same class, and each of "
            + $"the {Count:N0} images is alone in its class.");
    }

    /// <summary>
    /// The share of images whose nearest class mean is that of their own class: a classifier that needs nothing but a few examples of each
    /// class. With cosine distances the means are taken over vectors of length 1.
    /// </summary>
    /// <param name="examples">The labelled images that the means are computed of, such as those of the training set; these images
    /// themselves where null.</param>
    /// <param name="distance">How far vectors are apart.</param>
    /// <exception cref="DataException">The examples have another number of dimensions.</exception>
    public double NearestMeanAccuracy(Embeddings? examples = null, EmbeddingDistance distance = EmbeddingDistance.Euclidean)
    {
        examples ??= this;
        if (examples.Dimensions != Dimensions)
            throw new DataException($"The examples have {examples.Dimensions} dimensions and the images {Dimensions}: both must come from "
                + "the same layer.");
        var means = examples.Means(distance);
        var right = 0;
        for (var image = 0; image < Count; image++)
        {
            var point = Point(image, distance);
            var (nearest, least) = (-1, double.PositiveInfinity);
            foreach (var (label, mean) in means)
                if (Between(point, mean, distance) is var apart && apart < least)
                    (nearest, least) = (label, apart);
            if (nearest == labels[image]) right++;
        }
        return (double)right / Count;
    }

    /// <summary>
    /// Pairs of images, alternately of one class and of two: first a class (or two) is drawn and then its images, so that large classes
    /// count no more than small ones. No pair is drawn twice. The same seed gives the same pairs.
    /// </summary>
    /// <param name="count">Pairs, half of them of one class.</param>
    /// <param name="seed">Decides which.</param>
    /// <exception cref="UsageException">There are not as many different pairs.</exception>
    public IReadOnlyList<ImagePair> DrawPairs(int count, ulong seed)
    {
        if (count is < 2 or > 10_000_000)
            throw new UsageException($"The number of pairs must be between 2 and 10,000,000: received {count:N0}.");
        var members = Enumerable.Range(0,
            Count).GroupBy(image => labels[image]).OrderBy(group => group.Key).Select(group => group.ToArray()).ToArray();
        var several = members.Where(list => list.Length > 1).ToArray();
        var random = new RandomSequence(seed, RandomPurpose.Pairs);
        var drawn = new HashSet<ImagePair>();
        var pairs = new List<ImagePair>(count);
        for (var failed = 0; pairs.Count < count;)
        {
            var isSame = pairs.Count % 2 == 0;
            var classes = isSame ? several : members;
            if (failed > 1_000 || classes.Length < (isSame ? 1 : 2))
                throw new UsageException($"There are not {(count + (isSame ? 1 : 0)) / 2:N0} different pairs of {(isSame ? "one "
                    + $"class" : "two classes")} among {Count:N0} images of {members.Length:N0} classes. Ask for fewer pairs, or embed more images.");
            var pair = isSame ? SamePair(ref random, classes) : DifferentPair(ref random, classes);
            failed = drawn.Add(pair) ? 0 : failed + 1;
            if (failed == 0) pairs.Add(pair);
        }
        return pairs;
    }

    /// <summary>Can two images be told to be of one class by their distance? See <see cref="Verification"/>.</summary>
    /// <param name="pairs">Pairs of images, such as <see cref="DrawPairs"/> draws.</param>
    /// <param name="distance">How far vectors are apart.</param>
    /// <param name="folds">Parts that the pairs are cut into: the threshold for each part comes from the others.</param>
    /// <exception cref="UsageException">The pairs do not fit the images, are all alike, or are fewer than the folds.</exception>
    public Verification Verify(IReadOnlyList<ImagePair> pairs, EmbeddingDistance distance = EmbeddingDistance.Euclidean, int folds = 10)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var (distances, areSame) = (new double[pairs.Count], new bool[pairs.Count]);
        for (var i = 0; i < pairs.Count; i++)
        {
            var (first, second) = pairs[i];
            if (first < 0 || first >= Count || second < 0 || second >= Count)
                throw new UsageException($"Pair {i:N0} is of the images {first:N0} and {second:N0}: there are images 0 to {Count - 1:N0}.");
            (distances[i], areSame[i]) = (Distance(first, second, distance), labels[first] == labels[second]);
        }
        return Verification.Of(distances, areSame, folds);
    }

    private static ImagePair SamePair(ref RandomSequence random, int[][] classes)
    {
        var images = classes[random.NextInt(classes.Length)];
        var (one, other) = Two(ref random, images.Length);
        return Ordered(images[one], images[other]);
    }

    private static ImagePair DifferentPair(ref RandomSequence random, int[][] classes)
    {
        var (one, other) = Two(ref random, classes.Length);
        return Ordered(classes[one][random.NextInt(classes[one].Length)], classes[other][random.NextInt(classes[other].Length)]);
    }

    private static ImagePair Ordered(int one, int other) => one < other ? new(one, other) : new(other, one);

    // Two different numbers below count.
    private static (int One, int Other) Two(ref RandomSequence random, int count)
    {
        var one = random.NextInt(count);
        var other = random.NextInt(count - 1);
        return (one, other < one ? other : other + 1);
    }

    private SortedDictionary<int, double[]> Means(EmbeddingDistance distance)
    {
        var means = new SortedDictionary<int, double[]>();
        for (var image = 0; image < Count; image++)
        {
            var point = Point(image, distance);
            if (!means.TryGetValue(labels[image], out var sum)) means.Add(labels[image], sum = new double[Dimensions]);
            for (var i = 0; i < Dimensions; i++)
                sum[i] += point[i];
        }
        var counts = labels.CountBy(label => label).ToDictionary();
        foreach (var (label, sum) in means)
            for (var i = 0; i < Dimensions; i++)
                sum[i] /= counts[label];
        return means;
    }

    private double[][] Points(EmbeddingDistance distance) => [.. Enumerable.Range(0, Count).Select(image => Point(image, distance))];

    // For cosines, vectors of length 1; one of zeros stays.
    private double[] Point(int image, EmbeddingDistance distance)
    {
        var point = Array.ConvertAll(this[image].ToArray(), value => (double)value);
        if (distance == EmbeddingDistance.Cosine) Normalize(point);
        return point;
    }

    private static void Normalize(double[] point)
    {
        var length = Math.Sqrt(Dot(point, point));
        for (var i = 0; i < point.Length && length > 0; i++)
            point[i] /= length;
    }

    private static double Between(double[] one, double[] other, EmbeddingDistance distance)
    {
        if (distance == EmbeddingDistance.Cosine)
            return 1 - (Dot(one, other) / Math.Max(1e-300, Math.Sqrt(Dot(one, one) * Dot(other, other))));
        double squares = 0;
        for (var i = 0; i < one.Length; i++)
            squares += (one[i] - other[i]) * (one[i] - other[i]);
        return Math.Sqrt(squares);
    }

    private static double Dot(double[] one, double[] other)
    {
        double sum = 0;
        for (var i = 0; i < one.Length; i++)
            sum += one[i] * other[i];
        return sum;
    }
}
