using FeatureMap.Randomness;

namespace FeatureMap.Analysis;

/// <summary>
/// How boxes become numbers on several grids, from fine to coarse, so that small things are told where the map is fine and large ones where
/// it is coarse. Every cell whose middle lies near the middle of a thing answers for it: it gives the distances to the four edges, how near
/// its own middle is to that of the thing (centre-ness), and a score for each class. There are no anchor boxes and nothing to tune to the
/// data. Source: Tian, Shen, Chen and He, "FCOS", ICCV 2019, with the rules of its published detectors: a cell answers within 1.5 cells of
/// the middle; a level takes things whose farthest edge is 4 to 8 cells away (the first from 0 on, the last without end); of several
/// things the smallest.
/// </summary>
/// <remarks>
/// The cells of all levels stand in one row, level by level and row by row: (5 + classes) x 1 x cells. As a target: distances to the left,
/// upper, right and lower edge in cells of the level, centre-ness, and 1 at the class; all 0 where there is nothing, and a centre-ness of
/// -1 where nobody is to answer, inside a crowd or a difficult thing. As a network's output: the distances before a softplus, centre-ness
/// and classes before a sigmoid. <c>PyramidLoss</c> compares the two.
/// </remarks>
public sealed partial record BoxPyramid
{
    /// <summary>Channels before those of the classes.</summary>
    internal const int Edges = 0, Center = 4, Classes = 5;

    private const double Radius = 1.5, FewestCells = 4, MostCells = 8;

    private readonly int[] starts;

    /// <summary>Describes the grids.</summary>
    /// <param name="image">Shape of the images; its sides are multiples of the largest stride.</param>
    /// <param name="classCount">Classes, at least one.</param>
    /// <param name="strides">Pixels of a cell of each level, each twice the one before; 8, 16 and 32 where null.</param>
    /// <exception cref="UsageException">A number is out of range.</exception>
    public BoxPyramid(Shape image, int classCount, IReadOnlyList<int>? strides = null)
    {
        strides ??= [8, 16, 32];
        if (classCount < 1) throw new UsageException($"A detector finds things of at least one class: received {classCount}.");
        if (strides.Count == 0 || strides[0] < 1 || strides.Zip(strides.Skip(1)).Any(pair => pair.Second != 2 * pair.First))
            throw new UsageException("The levels of a pyramid have cells of 8, 16, 32 pixels or the like, each twice those before: "
                + $"received {string.Join(", ", strides.Select(stride => $"{stride}"))}.");
        if (image.Height % strides[^1] != 0 || image.Width % strides[^1] != 0)
            throw new UsageException($"Images of {image.Height} x {image.Width} pixels have no whole number of cells of {strides[^1]}: "
                + $"take sides that are multiples of it, such as {Near(image.Height, strides[^1])} x {Near(image.Width, strides[^1])}.");
        (Image, ClassCount, Strides) = (image, classCount, strides.ToArray());
        starts = new int[strides.Count + 1];
        for (var level = 0; level < strides.Count; level++)
            starts[level + 1] = starts[level] + (image.Height / strides[level] * (image.Width / strides[level]));
        Shape = new Shape(Classes + classCount, 1, starts[^1]);

        static int Near(int side, int stride) => Math.Max(1, side / stride) * stride;
    }

    /// <summary>Shape of the images.</summary>
    public Shape Image { get; }

    /// <summary>Number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>Pixels of a cell of each level.</summary>
    public IReadOnlyList<int> Strides { get; }

    /// <summary>Shape of the target and of the network's output: (5 + classes) x 1 x cells.</summary>
    public Shape Shape { get; }

    /// <summary>Cells of all levels.</summary>
    public int Cells => Shape.Width;

    /// <summary>Writes the target of an image; one without things is all 0.</summary>
    /// <param name="boxes">What is in it.</param>
    /// <param name="target">Receives as many numbers as <see cref="Shape"/> has.</param>
    /// <returns>How many things that count found no cell to answer for them.</returns>
    /// <exception cref="DataException">A box is empty or of an unknown class.</exception>
    /// <exception cref="ShapeException">The length does not fit.</exception>
    public int Encode(IReadOnlyList<LabelledBox> boxes, Span<float> target)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        CheckLength(target.Length);
        foreach (var (box, label) in boxes)
        {
            if ((uint)label >= (uint)ClassCount) throw new DataException($"A box is of class {label}: with {ClassCount} classes they are "
                + $"0 to {ClassCount - 1}.");
            if (!(box.Width > 0 && box.Height > 0)) throw new DataException($"A box is {box.Width} x {box.Height} pixels: both sides must "
                + "be above 0.");
        }
        target.Clear();
        var answered = new HashSet<int>();
        for (var cell = 0; cell < Cells; cell++)
        {
            var (level, x, y) = Middle(cell);
            var best = -1;
            for (var i = 0; i < boxes.Count; i++)
                if (boxes[i].Counts && Answers(boxes[i].Box, level, x, y) && (best < 0 || boxes[i].Box.Area < boxes[best].Box.Area))
                    best = i;
            if (best >= 0)
            {
                answered.Add(best);
                Write(boxes[best], Strides[level], x, y, cell, target);
            }
            else if (boxes.Any(box => !box.Counts && Contains(box.Box, x, y))) target[(Center * Cells) + cell] = -1;
        }
        return Enumerable.Range(0, boxes.Count).Count(i => boxes[i].Counts && !answered.Contains(i));
    }

    /// <summary>
    /// What a network's output says: the boxes of all cells and classes that are sure enough, cut off at the edges of the image, without
    /// those that tell the same thing (<see cref="DetectedBox.Suppress"/>). The score is the root of class times centre-ness, so that boxes
    /// told from far off the middle stand back.
    /// </summary>
    /// <param name="output">The numbers of one image.</param>
    /// <param name="leastScore">Boxes with a lower score are left out; 0.05 to judge a detector, 0.2 or more to show boxes.</param>
    /// <param name="overlap">Of boxes of one class that overlap more, the surest stays.</param>
    /// <param name="most">Boxes that are kept at most.</param>
    /// <exception cref="ShapeException">The length does not fit.</exception>
    public IReadOnlyList<DetectedBox> Decode(ReadOnlySpan<float> output, double leastScore = 0.05, double overlap = 0.6, int most = 100)
    {
        CheckLength(output.Length);
        var found = new List<DetectedBox>();
        for (var cell = 0; cell < Cells; cell++)
        {
            var center = Sigmoid(output[(Center * Cells) + cell]);
            var box = default(Box?);
            for (var label = 0; label < ClassCount; label++)
            {
                var score = Math.Sqrt(center * Sigmoid(output[((Classes + label) * Cells) + cell]));
                if (!(score >= leastScore)) continue;
                box ??= BoxOf(output, cell);
                if (box.Value is { Width: > 0, Height: > 0 }) found.Add(new(box.Value, label, score));
            }
        }
        return [.. DetectedBox.Suppress(found, overlap).Take(most)];
    }

    private Box BoxOf(ReadOnlySpan<float> output, int cell)
    {
        var (level, x, y) = Middle(cell);
        var stride = Strides[level];
        double left = Math.Max(0, x - (stride * Softplus(output[cell]))), top = Math.Max(0, y - (stride * Softplus(output[Cells + cell])));
        var right = Math.Min(Image.Width, x + (stride * Softplus(output[(2 * Cells) + cell])));
        var bottom = Math.Min(Image.Height, y + (stride * Softplus(output[(3 * Cells) + cell])));
        return new(left, top, right - left, bottom - top);
    }

    private void Write(LabelledBox thing, int stride, double x, double y, int cell, Span<float> target)
    {
        var (left, top, right, bottom) = Distances(thing.Box, x, y);
        double[] edges = [left, top, right, bottom];
        for (var edge = 0; edge < edges.Length; edge++)
            target[((Edges + edge) * Cells) + cell] = (float)(edges[edge] / stride);
        target[(Center * Cells) + cell] = (float)Math.Sqrt(
            Math.Min(left, right) / Math.Max(left, right) * (Math.Min(top, bottom) / Math.Max(top, bottom)));
        target[((Classes + thing.Class) * Cells) + cell] = 1;
    }

    private bool Answers(Box box, int level, double x, double y)
    {
        var stride = Strides[level];
        if (!Contains(box, x, y)) return false;
        if (Math.Max(Math.Abs(x - (box.X + (box.Width / 2))), Math.Abs(y - (box.Y + (box.Height / 2)))) >= Radius * stride) return false;
        var (left, top, right, bottom) = Distances(box, x, y);
        var farthest = Math.Max(Math.Max(left, right), Math.Max(top, bottom));
        return (level == 0 || farthest > FewestCells * stride) && (level == Strides.Count - 1 || farthest <= MostCells * stride);
    }

    private static (double Left, double Top, double Right, double Bottom) Distances(Box box, double x, double y) =>
        (x - box.X, y - box.Y, box.X + box.Width - x, box.Y + box.Height - y);

    private static bool Contains(Box box, double x, double y) => x > box.X && y > box.Y && x < box.X + box.Width && y < box.Y + box.Height;

    private (int Level, double X, double Y) Middle(int cell)
    {
        var level = 0;
        while (cell >= starts[level + 1]) level++;
        var (row, column) = Math.DivRem(cell - starts[level], Image.Width / Strides[level]);
        return (level, (column + 0.5) * Strides[level], (row + 0.5) * Strides[level]);
    }

    private static double Sigmoid(double score) =>
        score >= 0 ? 1 / (1 + PortableMath.Exp(-score)) : PortableMath.Exp(score) / (1 + PortableMath.Exp(score));

    private static double Softplus(double score) => Math.Max(score, 0) + PortableMath.Log(1 + PortableMath.Exp(-Math.Abs(score)));

    private void CheckLength(int length)
    {
        if (length != Shape.Count) throw new ShapeException($"A pyramid of {Shape} (5 + {ClassCount} channels x 1 x cells) has "
            + $"{Shape.Count:N0} numbers: received {length:N0}.");
    }
}
