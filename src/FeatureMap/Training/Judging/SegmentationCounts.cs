namespace FeatureMap.Training;

/// <summary>
/// Counts pixels of label maps, image by image, for a <see cref="SegmentationJudgement"/> of them all: for answers that come from elsewhere
/// than a model of this library. Images may have different sizes.
/// </summary>
/// <example><code>
/// var counts = new SegmentationCounts(["background", "cell"], ignoreValue: 255);
/// foreach (var (answer, truth) in maps) counts.Add(height, width, answer, truth);
/// Console.WriteLine(counts.Judge());
/// </code></example>
public sealed class SegmentationCounts
{
    private readonly IReadOnlyList<string> classNames;
    private readonly int? ignored;
    private readonly long[,] confusion;

    // Of each class: edge pixels of the answer, those that have one of the target nearby, and the reverse.
    private readonly long[] given, met, wanted, found;
    private readonly List<SegmentedImage> images = [];

    /// <summary>Begins with nothing.</summary>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="ignoreValue">The label of target pixels that are to be ignored; null where all count.</param>
    /// <exception cref="UsageException">There are no classes or more than 256.</exception>
    public SegmentationCounts(IReadOnlyList<string> classNames, byte? ignoreValue = null)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        var classes = classNames.Count;
        if (classes is < 1 or > 256) throw new UsageException($"Label maps tell 1 to 256 classes apart: received {classes} class names.");
        (this.classNames, ignored, confusion) = (classNames, ignoreValue, new long[classes, classes]);
        (given, met, wanted, found) = (new long[classes], new long[classes], new long[classes], new long[classes]);
    }

    /// <summary>Counts an image.</summary>
    /// <param name="height">Rows of both maps.</param>
    /// <param name="width">Columns of both maps.</param>
    /// <param name="answer">The class of each pixel as it was told, row by row.</param>
    /// <param name="truth">The class of each pixel as it is.</param>
    /// <param name="name">What the image is called; its place where null.</param>
    /// <exception cref="DataException">A map has another length, or a label is out of range.</exception>
    public void Add(int height, int width, ReadOnlySpan<byte> answer, ReadOnlySpan<byte> truth, string? name = null)
    {
        if (height < 1 || width < 1 || answer.Length != height * width || truth.Length != height * width)
            throw new DataException($"Maps of {height} x {width} pixels have {(long)height * width:N0} labels each: received "
                + $"{answer.Length:N0} of the answer and {truth.Length:N0} of the target.");
        // Pixels that are to be ignored are of no class in both, so that they are no edge of anything.
        int[] told = new int[answer.Length], real = new int[answer.Length];
        long[] common = new long[classNames.Count], either = new long[classNames.Count];
        for (var pixel = 0; pixel < answer.Length; pixel++)
        {
            if (truth[pixel] == ignored)
            {
                told[pixel] = real[pixel] = -1;
                continue;
            }
            if (truth[pixel] >= classNames.Count || answer[pixel] >= classNames.Count)
                throw new DataException($"The {(truth[pixel] >= classNames.Count ? "target" : "answer")} has label "
                    + $"{(truth[pixel] >= classNames.Count ? truth[pixel] : answer[pixel])} in row {pixel / width}, column "
                    + $"{pixel % width}: with {classNames.Count} classes they are 0 to {classNames.Count - 1}.");
            confusion[truth[pixel], answer[pixel]]++;
            either[truth[pixel]]++;
            if (truth[pixel] == answer[pixel]) common[truth[pixel]]++;
            else either[answer[pixel]]++;
            (told[pixel], real[pixel]) = (answer[pixel], truth[pixel]);
        }
        // A wrong pixel is in what either has of two classes, and so once too often in their sum.
        var (right, counted) = (common.Sum(), (either.Sum() + common.Sum()) / 2);
        images.Add(new(name ?? $"image {images.Count}", counted, right, either.Index().Where(one => one.Item > 0)
            .Select(one => (double)common[one.Index] / one.Item).DefaultIfEmpty(double.NaN).Average()));
        var reach = SegmentationJudgement.BoundaryTolerance * Math.Sqrt(((double)height * height) + ((double)width * width));
        for (var label = 0; label < classNames.Count; label++)
        {
            var (mine, theirs) = (Edge(told, label, height, width), Edge(real, label, height, width));
            given[label] += mine.Count;
            wanted[label] += theirs.Count;
            if (mine.Count == 0 || theirs.Count == 0) continue;
            met[label] += Near(mine, theirs, height, width, reach);
            found[label] += Near(theirs, mine, height, width, reach);
        }
    }

    /// <summary>What was counted so far.</summary>
    /// <exception cref="DataException">Nothing was.</exception>
    public SegmentationJudgement Judge()
    {
        if (images.Count == 0) throw new DataException("There are no images to be judged: one at least is needed.");
        var classes = classNames.Count;
        return new([.. classNames.Select((name, label) => new SegmentationClass(
            name,
            Enumerable.Range(0, classes).Sum(other => confusion[label, other]),
            Enumerable.Range(0, classes).Sum(other => confusion[other, label]),
            confusion[label, label]) { BoundaryF = BoundaryF(label) })], (long[,])confusion.Clone(), [.. images]);
    }

    private double BoundaryF(int label)
    {
        if (given[label] + wanted[label] == 0) return double.NaN;
        if (given[label] == 0 || wanted[label] == 0) return 0;
        double precision = (double)met[label] / given[label], recall = (double)found[label] / wanted[label];
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    /// <summary>Pixels of a class that have a neighbour of another one at a side; what is ignored and what is outside is none.</summary>
    private static List<int> Edge(int[] map, int label, int height, int width)
    {
        var edge = new List<int>();
        for (int y = 0, pixel = 0; y < height; y++)
            for (var x = 0; x < width; x++, pixel++)
                if (map[pixel] == label
                    && ((x > 0 && IsOther(map[pixel - 1])) || (x < width - 1 && IsOther(map[pixel + 1]))
                        || (y > 0 && IsOther(map[pixel - width])) || (y < height - 1 && IsOther(map[pixel + width]))))
                    edge.Add(pixel);
        return edge;

        bool IsOther(int other) => other != label && other >= 0;
    }

    // How many of some pixels are at most so far from one of others. Each of the others covers a disk, which is a run in each row; runs are
    // noted by their two ends, so that a pixel costs as much as the disk is high.
    private static int Near(List<int> some, List<int> others, int height, int width, double reach)
    {
        var stride = width + 1;
        var ends = new int[height * stride];
        var rows = (int)reach;
        foreach (var pixel in others)
        {
            int y = pixel / width, x = pixel % width;
            for (var row = Math.Max(0, y - rows); row <= Math.Min(height - 1, y + rows); row++)
            {
                var half = (int)Math.Sqrt((reach * reach) - ((double)(row - y) * (row - y)));
                ends[(row * stride) + Math.Max(0, x - half)]++;
                ends[(row * stride) + Math.Min(width, x + half + 1)]--;
            }
        }
        for (var row = 0; row < height; row++)
            for (var x = 1; x < width; x++)
                ends[(row * stride) + x] += ends[(row * stride) + x - 1];
        return some.Count(pixel => ends[(pixel / width * stride) + (pixel % width)] > 0);
    }
}
