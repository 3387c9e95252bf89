namespace FeatureMap.Ops;

/// <summary>
/// A resize along one axis: which coordinate of the input each output position stands on, and which input positions make it with which weights. All in double
/// precision; the formulas are those of the ONNX operator Resize.
/// </summary>
internal sealed class ResizeAxis
{
    private readonly Resize2d op;
    private readonly int input;
    private readonly double numerator, denominator, regionStart, regionEnd;
    private readonly float? scale;

    /// <param name="op">Mode, coordinates and their settings.</param>
    /// <param name="axis">What the positions are, for messages.</param>
    /// <param name="input">Positions of the input.</param>
    /// <param name="size">Positions of the output; 0 where the scale counts.</param>
    /// <param name="scale">Output positions per input position; 0 where the size counts.</param>
    /// <param name="region">The part of the axis that <see cref="ResizeCoordinates.CropAndResize"/> takes.</param>
    public ResizeAxis(Resize2d op, string axis, int input, int size, float scale, (float Start, float End) region)
    {
        (this.op, this.input, regionStart, regionEnd) = (op, input, region.Start, region.End);
        // 1 / scale as a fraction: of two whole numbers where a size is given, so that coordinates in the exact middle of two pixels are found there.
        (numerator, denominator) = size > 0 ? (input, size) : (1.0, scale);
        this.scale = size > 0 ? null : scale;
        // To float precision before rounding down: 10 x 0.7 is 7, though 0.7 as a float is a little less.
        var outputs = size > 0 ? size : Math.Floor((double)(float)((double)input * scale));
        if (outputs < 1)
            throw new ShapeException($"The scale {scale} leaves nothing of {input} {axis}: {input} x {scale} = "
                + $"{input * (double)scale:0.#######}, rounded down 0. Use a scale of at least {1.0 / input:0.####}, or give a size.");
        if (outputs > int.MaxValue)
            throw new ShapeException($"The scale {scale} would make {outputs:N0} of {input:N0} {axis}; at most {int.MaxValue:N0} "
                + "are possible.");
        Outputs = (int)outputs;
    }

    public int Outputs { get; }

    /// <summary>Input positions from one output to the next.</summary>
    public double Step => op.Coordinates switch
    {
        ResizeCoordinates.AlignCorners => Length > 1 ? (input - 1) / (Length - 1) : 0,
        ResizeCoordinates.CropAndResize => Length > 1 ? (regionEnd - regionStart) * (input - 1) / (Length - 1) : 0,
        _ => numerator / denominator,
    };

    // Outputs before rounding down: what aligned corners and regions measure.
    private double Length => input * denominator / numerator;

    /// <summary>The coordinate of an output position on the input.</summary>
    public double Coordinate(int output)
    {
        switch (op.Coordinates)
        {
            case ResizeCoordinates.AlignCorners:
                return Length == 1 ? 0 : output * (input - 1) / (Length - 1);
            case ResizeCoordinates.Asymmetric:
                return output * numerator / denominator;
            case ResizeCoordinates.TensorFlowHalfPixel:
                return (output + 0.5) * numerator / denominator;
            case ResizeCoordinates.CropAndResize:
                var offset = Length == 1 ? (regionEnd - regionStart) / 2 : output * (regionEnd - regionStart) / (Length - 1);
                return (regionStart + offset) * (input - 1);
            case ResizeCoordinates.PyTorchHalfPixel when Outputs == 1:
                return 0;
            case ResizeCoordinates.HalfPixelSymmetric:
                var leftOver = input / 2.0 * (1 - (Outputs / Length));
                return leftOver + HalfPixel(output);
            default:
                return HalfPixel(output);
        }
    }

    /// <summary>
    /// Whether the nearest pixel of some output hangs on the last digits of its coordinate: it stands on the edge between two pixels, or
    /// so near that float32 may put it there, and the scale is no number
    /// that float32 holds. Runtimes then choose one pixel or the other: 2 / (4 / 14) is 7 and, in float32, 6.9999995.
    /// </summary>
    public bool HangsOnRounding()
    {
        const double Near = 1e-5;
        var scale = denominator / numerator;
        var isExact = op.Coordinates == ResizeCoordinates.AlignCorners || (float)scale * numerator == denominator;
        for (var output = 0; output < Outputs; output++)
        {
            var x = Coordinate(output);
            var edge = op.Rounding is NearestRounding.Floor or NearestRounding.Ceiling ? x : x - 0.5;
            var distance = Math.Abs(edge - Math.Round(edge));
            if (distance <= Near * Math.Max(1, Math.Abs(x)) && !(distance == 0 && isExact)) return true;
        }
        return false;
    }

    /// <summary>What every output position reads.</summary>
    public AxisTable Table() => new(input, Enumerable.Range(0, Outputs).Select(output => Taps(op.Mode == ResizeMode.Nearest && scale is { } factor ? Single(output, factor) : Coordinate(output))));

    // Where a scale is given, runtimes divide by it in single precision, and take for the middle of two pixels what nearly is. Which pixel
    // is the nearest hangs on both:
    // 1.5 / 0.6 is 2.5, though 0.6 as a float is a little more.
    private double Single(int output, float factor)
    {
        const double nearly = 1e-6;
        double x = op.Coordinates switch
        {
            ResizeCoordinates.Asymmetric => output / factor,
            ResizeCoordinates.TensorFlowHalfPixel => (output + 0.5f) / factor,
            ResizeCoordinates.HalfPixel => ((output + 0.5f) / factor) - 0.5f,
            ResizeCoordinates.PyTorchHalfPixel when Outputs > 1 => ((output + 0.5f) / factor) - 0.5f,
            _ => Coordinate(output),
        };
        var middle = Math.Floor(x) + 0.5;
        return op.Rounding is NearestRounding.HalfDown or NearestRounding.HalfUp && Math.Abs(x - middle) < nearly ? middle : x;
    }

    private double HalfPixel(int output) => ((output + 0.5) * numerator / denominator) - 0.5;

    private List<AxisTap> Taps(double x)
    {
        if (op.Coordinates == ResizeCoordinates.CropAndResize && !(x >= 0 && x <= input - 1)) return [];
        if (op.Mode == ResizeMode.Nearest) return [new AxisTap((int)Math.Clamp(Nearest(x), 0, input - 1), 1)];
        // The kernel spans 1 (linear) or 2 (cubic) pixels on either side. Against aliasing it is stretched over as many input pixels as one output pixel covers.
        var support = op.Mode == ResizeMode.Bilinear ? 1 : 2;
        var shrink = op.Antialias ? Math.Min(1, denominator / numerator) : 1;
        var first = Math.Floor(-support / shrink) + 1;
        var last = 1 - first;
        var floor = Math.Floor(x);
        var weights = new SortedDictionary<int, double>();
        double sum = 0;
        for (var i = first; i <= last; i++)
        {
            var position = floor + i;
            var isOutside = position < 0 || position > input - 1;
            var weight = isOutside && op.ExcludesOutside ? 0 : Kernel(shrink * (i - (x - floor)));
            var at = (int)Math.Clamp(position, 0, input - 1); // beyond an edge stands the edge
            weights[at] = weights.GetValueOrDefault(at) + weight;
            sum += weight;
        }
        return [.. weights.Where(tap => tap.Value != 0).Select(tap => new AxisTap(tap.Key, (float)(tap.Value / sum)))];
    }

    private double Nearest(double x) => op.Rounding switch
    {
        NearestRounding.Floor => Math.Floor(x),
        NearestRounding.Ceiling => Math.Ceiling(x),
        NearestRounding.HalfDown => Math.Ceiling(x - 0.5),
        _ => Math.Floor(x + 0.5),
    };

    /// <summary>The weight of a pixel at this distance: a triangle, or Keys' cubic with its coefficient a.</summary>
    private double Kernel(double distance)
    {
        var d = Math.Abs(distance);
        if (op.Mode == ResizeMode.Bilinear) return Math.Max(0, 1 - d);
        double a = op.CubicCoefficient;
        return d <= 1 ? ((((a + 2) * d) - (a + 3)) * d * d) + 1
            : d < 2 ? (((((a * d) - (5 * a)) * d) + (8 * a)) * d) - (4 * a)
            : 0;
    }
}
