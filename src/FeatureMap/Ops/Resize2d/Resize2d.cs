namespace FeatureMap.Ops;

/// <summary>
/// Resizes each plane to a multiple of its size or to a fixed size: nearest, bilinear or bicubic, with the coordinates of PyTorch, ONNX and TensorFlow. Enlarging
/// before a convolution is the way to a larger map without checkerboards. No parameters.
/// Shapes: C x H x W to C x floor(H s) x floor(W s), or to the given size.
/// Sources: ONNX operator Resize; Keys, "Cubic convolution interpolation", 1981; Odena et al., "Deconvolution and checkerboard artifacts", Distill 2016.
/// </summary>
/// <example><c>new Resize2d(ResizeTarget.Scale(2), ResizeMode.Nearest)</c>, <c>new Resize2d(ResizeTarget.Size(64, 48)) { Antialias = true }</c></example>
public sealed partial class Resize2d : PlaneMap, IOpRoom
{
    /// <summary>Resizes as PyTorch's interpolate does by default: see <see cref="Coordinates"/>.</summary>
    public Resize2d(ResizeTarget target, ResizeMode mode = ResizeMode.Bilinear)
    {
        if (target == default)
            throw new UsageException("A resize needs a target: ResizeTarget.Scale(2) or ResizeTarget.Size(64, 64).");
        (Target, Mode) = (target, mode);
        Coordinates = UsualCoordinates(mode);
    }

    /// <summary>The size of the output, or the scale.</summary>
    public ResizeTarget Target { get; }

    /// <summary>How pixels between pixels are made.</summary>
    public ResizeMode Mode { get; }

    /// <summary>Where output pixels lie on the input; unless set, asymmetric for nearest and half-pixel for the others, which is PyTorch's way.</summary>
    public ResizeCoordinates Coordinates { get; init; }

    /// <summary>Which pixel is the nearest; for <see cref="ResizeMode.Nearest"/>.</summary>
    public NearestRounding Rounding { get; init; } = NearestRounding.Floor;

    /// <summary>Whether shrinking averages over all the pixels that an output covers, instead of skipping most of them. Not for nearest.</summary>
    public bool Antialias { get; init; }

    /// <summary>The coefficient a of Keys' cubic: -0.75 in PyTorch and ONNX; -0.5 in TensorFlow, Pillow, and PyTorch with antialias.</summary>
    public float CubicCoefficient { get; init; } = -0.75f;

    /// <summary>Whether taps beyond the edge are left out and the others weighted up, instead of reading the edge. PyTorch with antialias does so.</summary>
    public bool ExcludesOutside { get; init; }

    /// <summary>The part of the picture that is taken; for <see cref="ResizeCoordinates.CropAndResize"/>.</summary>
    public ResizeRegion Region { get; init; } = ResizeRegion.Whole;

    /// <summary>The number at places outside of the input; for <see cref="ResizeCoordinates.CropAndResize"/>.</summary>
    public float Outside { get; init; }

    /// <inheritdoc/>
    public override string Settings
    {
        get
        {
            var parts = new List<string> { Target.ToString(), Mode.ToString().ToLowerInvariant() };
            if (Coordinates != UsualCoordinates(Mode)) parts.Add($"{Coordinates}");
            if (Mode == ResizeMode.Nearest && Rounding != NearestRounding.Floor) parts.Add($"{Rounding}");
            if (Antialias) parts.Add("antialias");
            if (Mode == ResizeMode.Bicubic && CubicCoefficient != -0.75f) parts.Add($"coefficient {CubicCoefficient}");
            if (ExcludesOutside) parts.Add("outside left out");
            if (Region != ResizeRegion.Whole) parts.Add($"region {Region}");
            if (Outside != 0) parts.Add($"outside {Outside}");
            return string.Join(", ", parts);
        }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (Mode == ResizeMode.Nearest && Antialias)
            throw new ShapeException("Nearest takes pixels as they are, so there is nothing to smooth: use antialias with ResizeMode.Bilinear or ResizeMode.Bicubic.");
        return new Shape(inputs[0].Channels, Vertical(inputs[0]).Outputs, Horizontal(inputs[0]).Outputs);
    }

    /// <summary>As far as the taps of one output reach, in steps of 1 / scale, centred where its coordinate lies.</summary>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => new(ReachOf(Vertical(inputs[0])), ReachOf(Horizontal(inputs[0])));

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => Tables(inputs[0]).IsCopy
        ? new("copies", "every output is one input as it is, so a table of places per row and per column is all there is")
        : new("two passes", "the weights are a product of one factor per row and one per column: along the rows first, then along the columns, 2 k instead of k x k taps");

    static Op IOpRoom.FromSettings(OpSettings settings)
    {
        const int most = 1_000_000;
        var size = settings.Wholes("size", "height, width; 0, 0 for a scale", 2, (Resize2d op) =>
            [op.Target.Height, op.Target.Width], 0, most);
        var vertical = settings.Real("verticalScale", (Resize2d op) => op.Target.VerticalScale, 0, most);
        var horizontal = settings.Real("horizontalScale", (Resize2d op) => op.Target.HorizontalScale, 0, most);
        var target = size is [0, 0] ? ResizeTarget.Scale(vertical, horizontal) : ResizeTarget.Size(size[0], size[1]);
        return new Resize2d(target, settings.Choice("mode", (Resize2d op) => op.Mode))
        {
            Coordinates = settings.Choice("coordinates", (Resize2d op) => op.Coordinates),
            Rounding = settings.Choice("rounding", (Resize2d op) => op.Rounding),
            Antialias = settings.Flag("antialias", (Resize2d op) => op.Antialias),
            CubicCoefficient = settings.Real("cubicCoefficient", (Resize2d op) => op.CubicCoefficient, -10, 10),
            ExcludesOutside = settings.Flag("excludesOutside", (Resize2d op) => op.ExcludesOutside),
            Region = new ResizeRegion(
                settings.Real("regionTop", (Resize2d op) => op.Region.Top, -most, most),
                    settings.Real("regionLeft", (Resize2d op) => op.Region.Left, -most, most),
                settings.Real("regionBottom", (Resize2d op) => op.Region.Bottom, -most, most),
                    settings.Real("regionRight", (Resize2d op) => op.Region.Right, -most, most)),
            Outside = settings.Any("outside", (Resize2d op) => op.Outside),
        };
    }

    internal override PlaneTables Tables(Shape input) => new(Vertical(input).Table(), Horizontal(input).Table(), 0, input.Channels, Outside);

    /// <summary>The coordinates of PyTorch's interpolate, with align_corners off.</summary>
    internal static ResizeCoordinates UsualCoordinates(ResizeMode mode) => mode == ResizeMode.Nearest ? ResizeCoordinates.Asymmetric : ResizeCoordinates.HalfPixel;

    internal ResizeAxis Vertical(Shape input) => new(this, "rows", input.Height, Target.Height, Target.VerticalScale, (Region.Top, Region.Bottom));

    internal ResizeAxis Horizontal(Shape input) => new(this, "columns", input.Width, Target.Width, Target.HorizontalScale, (Region.Left, Region.Right));

    private AxisReach ReachOf(ResizeAxis axis)
    {
        var table = axis.Table();
        var step = Math.Abs(axis.Step);
        var windows = new List<(int Output, int First, int Last)>();
        for (var output = 0; output < table.Outputs; output++)
            if (table.Taps(output) is [var first, ..] taps)
                windows.Add((output, first.Position, taps[^1].Position));
        var extent = windows.Select(window => window.Last - window.First + 1).DefaultIfEmpty(1).Max();
        // Where rounding decides (nearest), the places jump around the coordinate: their mean is the shift.
        var centre = Mode != ResizeMode.Nearest ? axis.Coordinate(0) : windows.Select(window => ((window.First + window.Last) / 2.0) - (window.Output * step)).DefaultIfEmpty(0).Average();
        return new AxisReach(extent, step, ((extent - 1) / 2.0) - centre).Covering(windows);
    }
}
