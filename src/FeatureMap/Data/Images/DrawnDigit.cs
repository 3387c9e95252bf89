namespace FeatureMap.Data;

/// <summary>
/// A drawing of one character, set as the digits of MNIST are: light ink on black, the box around the ink scaled to 20 pixels at its longer side, its centre of mass
/// in the middle of 28x28. A network that learned from such images answers badly where a drawing is smaller, in a corner or dark on white, and does not say why.
/// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", which describes the boxes and centres.
/// </summary>
public sealed class DrawnDigit
{
    /// <summary>Rows and columns of the result.</summary>
    public const int Side = 28;

    private const int LongestInk = 20;
    private const int LeastContrast = 32; // grey levels between paper and the strongest ink
    private const double LeastInk = 0.2; // of the strongest: what is fainter is the shade of the paper

    private readonly byte[] pixels;

    private DrawnDigit(byte[] pixels) => this.pixels = pixels;

    /// <summary>28 x 28 pixels, row by row: 0 (paper) to 255 (the strongest ink).</summary>
    public ReadOnlySpan<byte> Pixels => pixels;

    /// <summary>First row of the drawing that has ink.</summary>
    public required int Top { get; init; }

    /// <summary>First column of the drawing that has ink.</summary>
    public required int Left { get; init; }

    /// <summary>Rows from the first to the last with ink.</summary>
    public required int Height { get; init; }

    /// <summary>Columns from the first to the last with ink.</summary>
    public required int Width { get; init; }

    /// <summary>Length in the result of one pixel of the drawing.</summary>
    public required double Scale { get; init; }

    /// <summary>Whether the ink was darker than the paper, so that the drawing was turned to its negative.</summary>
    public required bool IsInverted { get; init; }

    /// <summary>What was done, in a line: <c>box of 112x70 pixels at row 60, column 91, scaled by 0.179, centred; dark ink on light paper, inverted</c>.</summary>
    public override string ToString() =>
        $"box of {Height}x{Width} pixels at row {Top}, column {Left}, scaled by {Scale:0.###}, centred{(IsInverted ? "; dark ink on light paper, inverted" : "")}";

    /// <summary>Finds the ink of a drawing and sets it.</summary>
    /// <param name="drawing">Gray or in colour, of any size; the paper is what most of its border shows.</param>
    /// <exception cref="DataException">Nothing is drawn: no pixel differs from the paper by 32 grey levels or more.</exception>
    public static DrawnDigit Of(Picture drawing)
    {
        ArgumentNullException.ThrowIfNull(drawing);
        var (height, width) = (drawing.Shape.Height, drawing.Shape.Width);
        var grey = Grey(drawing);
        var paper = Paper(grey, height, width);
        // Ink is on the side of the paper where the values reach farther.
        double lightest = grey.Max() - paper, darkest = paper - grey.Min();
        var isInverted = darkest > lightest;
        var strongest = Math.Max(lightest, darkest);
        if (strongest < LeastContrast)
            throw new DataException($"Nothing is drawn on {drawing.Name}: its paper is {paper:0} of 255, and no pixel of the {height} x {width} differs "
                + $"from it by more than {strongest:0}; {LeastContrast} are needed. Draw with more contrast, on paper that reaches to the border.");
        var ink = Array.ConvertAll(grey, value => Math.Max(0, (isInverted ? paper - value : value - paper) / strongest) is var share && share < LeastInk ? 0 : (float)share);

        var box = InkBox(ink, height, width);
        var scale = (double)LongestInk / Math.Max(box.Height, box.Width);
        var scaled = new Shape(1, Rounded(box.Height * scale), Rounded(box.Width * scale));
        var small = new float[scaled.Count];
        var shape = new Shape(1, height, width);
        AreaScaling.Apply(ink, shape, box, small, scaled, new float[AreaScaling.ScratchFloats(shape, scaled)]);
        var peak = small.Max(); // thin lines fade when they get smaller: the strongest ink stays white
        return new(Centred(small, scaled, peak))
        {
            Top = box.Top,
            Left = box.Left,
            Height = box.Height,
            Width = box.Width,
            Scale = scale,
            IsInverted = isInverted,
        };
    }

    private static int Rounded(double length) => Math.Max(1, (int)Math.Round(length));

    // Luminance of ITU-R BT.601.
    private static double[] Grey(Picture picture)
    {
        var area = picture.Shape.Area;
        var grey = new double[area];
        for (var i = 0; i < area; i++)
            grey[i] = picture.IsGray ? picture.Pixels[i] : (0.299 * picture.Pixels[i]) + (0.587 * picture.Pixels[area + i]) + (0.114 * picture.Pixels[(2 * area) + i]);
        return grey;
    }

    // The median of the border: a stroke that leaves the picture does not change it.
    private static double Paper(double[] grey, int height, int width)
    {
        var border = new List<double>(2 * (height + width));
        for (var x = 0; x < width; x++)
            border.AddRange([grey[x], grey[((height - 1) * width) + x]]);
        for (var y = 0; y < height; y++)
            border.AddRange([grey[y * width], grey[(y * width) + width - 1]]);
        border.Sort();
        return border[border.Count / 2];
    }

    private static PixelBox InkBox(float[] ink, int height, int width)
    {
        int top = height, left = width, bottom = -1, right = -1;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                if (ink[(y * width) + x] == 0) continue;
                (top, bottom) = (Math.Min(top, y), y);
                (left, right) = (Math.Min(left, x), Math.Max(right, x));
            }
        }
        return new(top, left, bottom - top + 1, right - left + 1);
    }

    private static byte[] Centred(float[] small, Shape shape, float peak)
    {
        double mass = 0, down = 0, across = 0;
        for (var i = 0; i < small.Length; i++)
        {
            mass += small[i];
            down += small[i] * ((i / shape.Width) + 0.5);
            across += small[i] * ((i % shape.Width) + 0.5);
        }
        // A heavy end may pull the other over the edge: it stays inside.
        var top = Math.Clamp((int)Math.Round((Side / 2.0) - (down / mass)), 0, Side - shape.Height);
        var left = Math.Clamp((int)Math.Round((Side / 2.0) - (across / mass)), 0, Side - shape.Width);
        var pixels = new byte[Side * Side];
        for (var y = 0; y < shape.Height; y++)
            for (var x = 0; x < shape.Width; x++)
                pixels[((top + y) * Side) + left + x] = PixelRounding.ToByte(255 * small[(y * shape.Width) + x] / peak);
        return pixels;
    }
}
