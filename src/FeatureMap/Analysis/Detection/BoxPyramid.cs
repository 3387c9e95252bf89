using FeatureMap.Data;
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
public sealed partial record BoxPyramid : IBoxEncoder
{
    /// <summary>Channels before those of the classes.</summary>
    internal const int Edges = 0, Center = 4, Classes = 5;

    private const double Radius = 1.5, FewestCells = 4, MostCells = 8;

    // A network that has learned nothing yet takes every cell for a box; the surest are enough to choose from.
    private const int MostCandidates = 1_000;

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
        TargetBox[] all = [.. boxes.Select(ToTarget)];
        Own(all, target);
        var answered = target[..Cells].ToArray().Distinct().Count(owner => owner > 0);
        Fill(all, target);
        return all.Count(box => box.Counts) - answered;
    }

    // For boxes that are known to be right, as a training has them; it allocates nothing.
    void IBoxEncoder.Encode(ReadOnlySpan<TargetBox> boxes, Span<float> target)
    {
        CheckLength(target.Length);
        Own(boxes, target);
        Fill(boxes, target);
    }

    /// <summary>Boxes as targets of a set of images, which move with the images as these are augmented.</summary>
    /// <param name="boxes">What is in each image, in pixels of images of <see cref="Image"/>.</param>
    /// <exception cref="DataException">There is no image, or a box is empty or of an unknown class.</exception>
    public TargetSet Targets(IReadOnlyList<IReadOnlyList<LabelledBox>> boxes)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        return TargetSet.Boxes(this, [.. boxes.Select(things => (IReadOnlyList<TargetBox>)[.. things.Select(ToTarget)])]);
    }

    private static TargetBox ToTarget(LabelledBox thing) => new((float)thing.Box.X, (float)thing.Box.Y,
        (float)(thing.Box.X + thing.Box.Width), (float)(thing.Box.Y + thing.Box.Height), thing.Class)
    { Counts = thing.Counts };

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
        var surest = found.Count <= MostCandidates ? found : found.OrderByDescending(box => box.Score).Take(MostCandidates);
        return [.. DetectedBox.Suppress(surest, overlap).Take(most)];
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

    // Which box answers in each cell: its number + 1 in the first channel, 0 for none. Only cells near the middle of a box are looked at.
    private void Own(ReadOnlySpan<TargetBox> boxes, Span<float> target)
    {
        target.Clear();
        for (var i = 0; i < boxes.Length; i++)
        {
            if (!boxes[i].Counts) continue;
            for (var level = 0; level < Strides.Count; level++)
            {
                var stride = Strides[level];
                double middleX = ((double)boxes[i].Left + boxes[i].Right) / 2, middleY = ((double)boxes[i].Top + boxes[i].Bottom) / 2;
                var (columns, rows) = (Image.Width / stride, Image.Height / stride);
                int left = First(middleX), right = Math.Min(columns - 1, left + Near), top = First(middleY), bottom = Math.Min(rows - 1,
                    top + Near);
                for (var row = Math.Max(0, top); row <= bottom; row++)
                    for (var column = Math.Max(0, left); column <= right; column++)
                    {
                        if (!Answers(boxes[i], level, (column + 0.5) * stride, (row + 0.5) * stride)) continue;
                        ref var owner = ref target[starts[level] + (row * columns) + column];
                        if (owner == 0 || boxes[i].Area < boxes[(int)owner - 1].Area) owner = i + 1;
                    }

                int First(double middle) => (int)Math.Floor((middle / stride) - Radius - 0.5);
            }
        }
    }

    // Cells along a side from the first that may be near the middle of a box.
    private const int Near = 5;

    private void Fill(ReadOnlySpan<TargetBox> boxes, Span<float> target)
    {
        var hasUncounted = false;
        foreach (var box in boxes)
            hasUncounted |= !box.Counts;
        for (var level = 0; level < Strides.Count; level++)
            for (var cell = starts[level]; cell < starts[level + 1]; cell++)
            {
                var owner = (int)target[cell];
                if (owner == 0 && !hasUncounted) continue;
                var (row, column) = Math.DivRem(cell - starts[level], Image.Width / Strides[level]);
                var (x, y) = ((column + 0.5) * Strides[level], (row + 0.5) * Strides[level]);
                if (owner > 0) Write(boxes[owner - 1], Strides[level], x, y, cell, target);
                else if (IsInUncounted(boxes, x, y)) target[(Center * Cells) + cell] = -1;
            }
    }

    private static bool IsInUncounted(ReadOnlySpan<TargetBox> boxes, double x, double y)
    {
        foreach (var box in boxes)
            if (!box.Counts && Contains(box, x, y)) return true;
        return false;
    }

    private void Write(in TargetBox thing, int stride, double x, double y, int cell, Span<float> target)
    {
        double left = x - thing.Left, top = y - thing.Top, right = thing.Right - x, bottom = thing.Bottom - y;
        target[(Edges * Cells) + cell] = (float)(left / stride);
        target[((Edges + 1) * Cells) + cell] = (float)(top / stride);
        target[((Edges + 2) * Cells) + cell] = (float)(right / stride);
        target[((Edges + 3) * Cells) + cell] = (float)(bottom / stride);
        target[(Center * Cells) + cell] = (float)Math.Sqrt(
            Math.Min(left, right) / Math.Max(left, right) * (Math.Min(top, bottom) / Math.Max(top, bottom)));
        target[((Classes + thing.Class) * Cells) + cell] = 1;
    }

    private bool Answers(in TargetBox box, int level, double x, double y)
    {
        var stride = Strides[level];
        if (!Contains(box, x, y)) return false;
        if (Math.Max(Math.Abs(x - (((double)box.Left + box.Right) / 2)), Math.Abs(y - (((double)box.Top + box.Bottom) / 2)))
            >= Radius * stride)
            return false;
        var farthest = Math.Max(Math.Max(x - box.Left, box.Right - x), Math.Max(y - box.Top, box.Bottom - y));
        return (level == 0 || farthest > FewestCells * stride) && (level == Strides.Count - 1 || farthest <= MostCells * stride);
    }

    private static bool Contains(in TargetBox box, double x, double y) => x > box.Left && y > box.Top && x < box.Right && y < box.Bottom;

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
