namespace FeatureMap.Data;

/// <summary>
/// Bicubic scaling as MATLAB's <c>imresize</c> does it, which is what the literature of super-resolution means by "bicubic": Keys' kernel with a = -1/2, pixel centres aligned;
/// along a side that gets shorter the kernel is widened by the factor, so that nothing is lost between the samples (antialiasing); weights add up to 1; beyond an edge the picture is
/// mirrored (the edge pixel stands twice). Other libraries differ: a = -3/4, no antialiasing, or repeated edges, and give PSNRs that cannot be compared.
/// Source: Keys, "Cubic convolution interpolation for digital image processing", IEEE Transactions on Acoustics, Speech and Signal Processing 29, 1981.
/// </summary>
public static class BicubicResize
{
    /// <summary>Scales a picture; the result is rounded to 8 bits once, at the end.</summary>
    /// <exception cref="DataException">A side is below 1, or the result has more than <see cref="ImageFile.MostPixels"/> pixels.</exception>
    public static Picture Apply(Picture picture, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var shape = picture.Shape;
        return shape.Height == height && shape.Width == width
            ? picture
            : new Picture(picture.Name, CheckedShape(shape, height, width), PixelRounding.ToBytes(Apply(PixelRounding.ToReals(picture.Pixels), shape, height, width)));
    }

    /// <summary>
    /// Makes a picture smaller by a whole factor and as large again, rounding only at the end: what interpolation makes of a small picture, the baseline of super-resolution.
    /// </summary>
    /// <exception cref="DataException">A side is not a multiple of the factor: see <see cref="Picture.CropToMultiple"/>.</exception>
    public static Picture ThereAndBack(Picture picture, int factor)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        var shape = picture.Shape;
        if (shape.Height % factor != 0 || shape.Width % factor != 0)
            throw new DataException($"The picture {picture.Name} has {shape.Height} x {shape.Width} pixels (height x width), which {factor} does not divide. Cut it to a multiple first: CropToMultiple({factor}).");
        var small = new Shape(shape.Channels, shape.Height / factor, shape.Width / factor);
        var reals = Apply(PixelRounding.ToReals(picture.Pixels), shape, small.Height, small.Width);
        return new Picture(picture.Name, shape, PixelRounding.ToBytes(Apply(reals, small, shape.Height, shape.Width)));
    }

    /// <summary>Scales planes of real numbers, in any unit and without rounding: between two steps of a computation.</summary>
    /// <param name="planar">Channels x height x width of <paramref name="shape"/>.</param>
    /// <param name="shape">The shape of the planes.</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="width">Columns of the result.</param>
    /// <returns>Planar, of the new size.</returns>
    /// <exception cref="DataException">The numbers do not have the length of the shape, a side is below 1, or the result is too large.</exception>
    public static double[] Apply(ReadOnlySpan<double> planar, Shape shape, int height, int width)
    {
        if (planar.Length != shape.Count)
            throw new DataException($"Planes of {shape} have {shape.Count:N0} numbers: received {planar.Length:N0}.");
        var target = CheckedShape(shape, height, width);
        double[] narrow = new double[shape.Channels * shape.Height * width], result = new double[target.Count];
        var columns = Table(shape.Width, width);
        for (var row = 0; row < shape.Channels * shape.Height; row++)
        {
            var from = planar.Slice(row * shape.Width, shape.Width);
            var to = narrow.AsSpan(row * width, width);
            for (var x = 0; x < width; x++)
            {
                var sum = 0.0;
                foreach (var (position, weight) in columns[x])
                    sum += weight * from[position];
                to[x] = sum;
            }
        }
        var rows = Table(shape.Height, height);
        for (var channel = 0; channel < shape.Channels; channel++)
            for (var y = 0; y < height; y++)
            {
                var to = result.AsSpan((channel * target.Area) + (y * width), width);
                foreach (var (position, weight) in rows[y])
                {
                    var from = narrow.AsSpan(((channel * shape.Height) + position) * width, width);
                    for (var x = 0; x < width; x++)
                        to[x] += weight * from[x];
                }
            }
        return result;
    }

    /// <summary>What each new position reads along one side: old positions with their weights, which add up to 1.</summary>
    internal static (int Position, double Weight)[][] Table(int from, int to)
    {
        var shrink = Math.Min(1, (double)to / from);
        var reach = 2 / shrink; // of the kernel, to either side, in old pixels
        var table = new (int, double)[to][];
        for (var output = 0; output < to; output++)
        {
            // (output + 1/2) from / to - 1/2 as one fraction, so that a centre on a pixel is exactly there.
            var centre = ((((2L * output) + 1) * from) - to) / (2.0 * to);
            var first = (int)Math.Floor(centre - reach);
            var last = (int)Math.Ceiling(centre + reach);
            var taps = new List<(int Position, double Weight)>();
            for (var position = first; position <= last; position++)
                if (Kernel(shrink * (centre - position)) is not 0 and var weight)
                    taps.Add((Mirrored(position, from), weight));
            var sum = taps.Sum(tap => tap.Weight);
            table[output] = [.. taps.Select(tap => (tap.Position, tap.Weight / sum))];
        }
        return table;
    }

    // Keys' cubic with a = -1/2: 1 at 0, 0 at 1 and 2, and the only choice of a that reproduces parabolas.
    private static double Kernel(double distance)
    {
        var d = Math.Abs(distance);
        return d <= 1 ? (((1.5 * d) - 2.5) * d * d) + 1
            : d < 2 ? (((((-0.5 * d) + 2.5) * d) - 4) * d) + 2
            : 0;
    }

    // ... 1 0 | 0 1 2 | 2 1 ...
    private static int Mirrored(int position, int length)
    {
        var inPeriod = ((position % (2 * length)) + (2 * length)) % (2 * length);
        return inPeriod < length ? inPeriod : (2 * length) - 1 - inPeriod;
    }

    private static Shape CheckedShape(Shape shape, int height, int width)
    {
        if (height < 1 || width < 1)
            throw new DataException($"A picture of {shape.Height} x {shape.Width} pixels (height x width) cannot be scaled to {height} x {width}: both sides must be at least 1.");
        if ((long)height * width > ImageFile.MostPixels)
            throw new DataException($"A picture of {height:N0} x {width:N0} = {(long)height * width:N0} pixels (height x width) is not made: at most {ImageFile.MostPixels:N0} are. Scale by a smaller factor, or cut the picture.");
        return new Shape(shape.Channels, height, width);
    }
}
