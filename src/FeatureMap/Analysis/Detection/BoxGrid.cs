using FeatureMap.Randomness;

namespace FeatureMap.Analysis;

/// <summary>
/// How boxes become numbers that a convolutional network can give: the image is cut into cells, and the cell in which the middle of a thing
/// lies answers for it, with a column of numbers:
/// whether there is a thing, where in the cell its middle is, the square roots of its width and height in cells, and a score for each
/// class. One cell answers for one thing. Source: Redmon, Divvala,
/// Girshick and Farhadi, "You only look once", arXiv 1506.02640, section 2; there sizes are parts of the image, which makes their mistakes
/// count so little that few epochs do not learn them.
/// </summary>
/// <remarks>
/// As a target: there (0 or 1), x and y from 0 to 1 inside the cell, sqrt(width), sqrt(height), and 1 at the class; all 0 where there is
/// nothing. As a network's output: a score for "there" and for x and y, which become numbers from 0 to 1 by a sigmoid, the two roots as
/// they are, and scores of the classes, which become probabilities by a softmax. <c>Loss.Detection</c> compares the two.
/// </remarks>
public sealed record BoxGrid
{
    /// <summary>Channels before those of the classes.</summary>
    internal const int There = 0, Place = 1, Size = 3, Classes = 5;

    /// <summary>Describes a grid.</summary>
    /// <param name="image">Shape of the images.</param>
    /// <param name="rows">Rows of cells: those of the network's output.</param>
    /// <param name="columns">Columns of cells.</param>
    /// <param name="classCount">Classes, at least one: a detector of one kind of thing, such as faces, has a class score that says nothing
    /// and is always right.</param>
    /// <exception cref="UsageException">A number is out of range.</exception>
    public BoxGrid(Shape image, int rows, int columns, int classCount)
    {
        if (rows < 1 || columns < 1 || rows > image.Height || columns > image.Width)
            throw new UsageException($"A grid on images of {image} has 1 to {image.Height} rows and 1 to {image.Width} columns: "
                + $"received {rows} and {columns}.");
        if (classCount < 1) throw new UsageException($"A detector finds things of at least one class: received {classCount}.");
        (Image, ClassCount) = (image, classCount);
        Shape = new Shape(Classes + classCount, rows, columns);
    }

    /// <summary>Shape of the images.</summary>
    public Shape Image { get; }

    /// <summary>Number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>Shape of the target and of the network's output: (5 + classes) x rows x columns.</summary>
    public Shape Shape { get; }

    private double CellWidth => (double)Image.Width / Shape.Width;

    private double CellHeight => (double)Image.Height / Shape.Height;

    /// <summary>The cell that answers for a box, by its number row by row.</summary>
    /// <exception cref="DataException">The middle of the box lies outside the image.</exception>
    public int CellOf(Box box)
    {
        double x = box.X + (box.Width / 2), y = box.Y + (box.Height / 2);
        if (!(x >= 0 && x < Image.Width && y >= 0 && y < Image.Height))
            throw new DataException($"The middle of a box, ({x:0.##}, {y:0.##}), lies outside images of {Image.Width} x {Image.Height} "
                + "pixels: no cell can answer for it.");
        return (CellAlong(y, Image.Height, Shape.Height) * Shape.Width) + CellAlong(x, Image.Width, Shape.Width);
    }

    /// <summary>Writes the target of an image; one without things is all 0.</summary>
    /// <param name="boxes">What is in it. Of two things in one cell only the first can be said.</param>
    /// <param name="target">Receives as many numbers as <see cref="Shape"/> has.</param>
    /// <returns>How many things found no cell of their own.</returns>
    /// <exception cref="DataException">A box is empty, outside the image or of an unknown class.</exception>
    /// <exception cref="ShapeException">The length does not fit.</exception>
    public int Encode(IReadOnlyList<LabelledBox> boxes, Span<float> target)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        CheckLength(target.Length);
        target.Clear();
        var leftOut = 0;
        foreach (var (box, label) in boxes)
        {
            if ((uint)label >= (uint)ClassCount) throw new DataException($"A box is of class {label}: with {ClassCount} classes they are "
                + $"0 to {ClassCount - 1}.");
            if (!(box.Width > 0 && box.Height > 0)) throw new DataException($"A box is {box.Width} x {box.Height} pixels: both sides "
                + "must be above 0.");
            var cell = CellOf(box);
            if (target[cell] != 0)
            {
                leftOut++;
                continue;
            }
            target[cell] = 1;
            target[(Place * Shape.Area) + cell] = (float)Past(cell % Shape.Width, box.X + (box.Width / 2), Image.Width, Shape.Width);
            target[((Place + 1) * Shape.Area) + cell] = (float)Past(cell / Shape.Width, box.Y + (box.Height / 2), Image.Height,
                Shape.Height);
            target[(Size * Shape.Area) + cell] = (float)Math.Sqrt(box.Width / CellWidth);
            target[((Size + 1) * Shape.Area) + cell] = (float)Math.Sqrt(box.Height / CellHeight);
            target[((Classes + label) * Shape.Area) + cell] = 1;
        }
        return leftOut;
    }

    /// <summary>What a network's output says: a box for every cell that is sure enough, in the order of the cells. Its score is the
    /// probability that there is a thing times that of its class.</summary>
    /// <param name="output">The numbers of one image.</param>
    /// <param name="leastScore">Boxes with a lower score are left out.</param>
    /// <exception cref="ShapeException">The length does not fit.</exception>
    public IReadOnlyList<DetectedBox> Decode(ReadOnlySpan<float> output, double leastScore = 0.05)
    {
        CheckLength(output.Length);
        var found = new List<DetectedBox>();
        for (var cell = 0; cell < Shape.Area; cell++)
        {
            var best = 0;
            for (var label = 1; label < ClassCount; label++)
                if (At(output, Classes + label, cell) > At(output, Classes + best, cell))
                    best = label;
            var sum = 0.0;
            for (var label = 0; label < ClassCount; label++)
                sum += PortableMath.Exp(At(output, Classes + label, cell) - At(output, Classes + best, cell));
            var score = Sigmoid(At(output, There, cell)) / sum;
            if (!(score >= leastScore)) continue;
            double rootWidth = Math.Max(0, At(output, Size, cell)), rootHeight = Math.Max(0, At(output, Size + 1, cell));
            double width = rootWidth * rootWidth * CellWidth, height = rootHeight * rootHeight * CellHeight;
            var x = ((cell % Shape.Width) + Sigmoid(At(output, Place, cell))) * CellWidth;
            var y = ((cell / Shape.Width) + Sigmoid(At(output, Place + 1, cell))) * CellHeight;
            found.Add(new(new Box(x - (width / 2), y - (height / 2), width, height), best, score));
        }
        return found;
    }

    // The cell whose left border is the last at or before the place. A quotient of rounded numbers may stand in the neighbour, which the
    // exact sign of the distance from the borders tells.
    private static int CellAlong(double place, int length, int cells)
    {
        var cell = Math.Clamp((int)(place * cells / length), 0, cells - 1);
        while (cell > 0 && Scaled(cell, place, length, cells) < 0) cell--;
        while (cell < cells - 1 && Scaled(cell + 1, place, length, cells) >= 0) cell++;
        return cell;
    }

    // How far a place lies past the left border of a cell, in cells: 0 to 1.
    private static double Past(int cell, double place, int length, int cells) => Scaled(cell, place, length, cells) / length;

    // place x cells - cell x length, rounded once: its sign is that of the exact number.
    private static double Scaled(int cell, double place, int length, int cells) =>
        Math.FusedMultiplyAdd(place, cells, -((double)cell * length));

    private double At(ReadOnlySpan<float> numbers, int channel, int cell) => numbers[(channel * Shape.Area) + cell];

    private static double Sigmoid(double score) =>
        score >= 0 ? 1 / (1 + PortableMath.Exp(-score)) : PortableMath.Exp(score) / (1 + PortableMath.Exp(score));

    private void CheckLength(int length)
    {
        if (length != Shape.Count) throw new ShapeException($"A grid of {Shape} (5 + {ClassCount} channels x rows x columns) "
            + $"has {Shape.Count:N0} numbers: received {length:N0}.");
    }
}
