
namespace FeatureMap.Ops;

/// <summary>How the pixels between the pixels are made.</summary>
public enum ResizeMode
{
    /// <summary>The nearest pixel as it is: blocks when enlarging. No arithmetic, so integers stay integers.</summary>
    Nearest,

    /// <summary>A line between the two neighbours along each axis (ONNX: linear). Smooth; corners in the slope.</summary>
    Bilinear,

    /// <summary>A cubic through the four neighbours along each axis. Sharper; may overshoot the range of the pixels.</summary>
    Bicubic,
}

/// <summary>Where an output pixel lies on the input: which coordinate x belongs to output u, for n inputs, m outputs and scale s = m / n. Pixel centres count 0, 1, 2, ...</summary>
public enum ResizeCoordinates
{
    /// <summary>x = (u + 1/2) / s - 1/2: the edges of both pictures coincide. PyTorch with align_corners off; the right choice for pictures.</summary>
    HalfPixel,

    /// <summary>As <see cref="HalfPixel"/>, and where n s is no whole number the left-over is shared between both ends.</summary>
    HalfPixelSymmetric,

    /// <summary>As <see cref="HalfPixel"/>, but x = 0 for a single output. ONNX's name; PyTorch itself takes the middle.</summary>
    PyTorchHalfPixel,

    /// <summary>x = u (n - 1) / (m - 1): the centres of the corner pixels coincide. PyTorch with align_corners on.</summary>
    AlignCorners,

    /// <summary>x = u / s: the first pixels coincide. What PyTorch's nearest uses, together with <see cref="NearestRounding.Floor"/>.</summary>
    Asymmetric,

    /// <summary>The corners of <see cref="Resize2d.Region"/>, and places outside of the input get <see cref="Resize2d.Outside"/> (TensorFlow's crop_and_resize).</summary>
    CropAndResize,

    /// <summary>
    /// x = (u + 1/2) / s: TensorFlow's nearest with half_pixel_centers, where a pixel is named by the corner before it. With <see
    /// cref="NearestRounding.Floor"/> the same as <see cref="HalfPixel"/> with <see cref="NearestRounding.HalfUp"/>.
    /// </summary>
    TensorFlowHalfPixel,
}

/// <summary>Which pixel is the nearest, where a coordinate lies between two.</summary>
public enum NearestRounding
{
    /// <summary>The one before. PyTorch's nearest.</summary>
    Floor,

    /// <summary>The one behind.</summary>
    Ceiling,

    /// <summary>The nearer one; from the exact middle the one before. ONNX's default, round_prefer_floor.</summary>
    HalfDown,

    /// <summary>The nearer one; from the exact middle the one behind. With <see cref="ResizeCoordinates.HalfPixel"/> PyTorch's nearest-exact.</summary>
    HalfUp,
}

/// <summary>A part of a picture in units of its size: 0 is the centre of the first row or column of pixels, 1 that of the last. It may reach out.</summary>
/// <param name="Top">Upper end.</param>
/// <param name="Left">Left end.</param>
/// <param name="Bottom">Lower end; above <paramref name="Top"/> to turn the picture upside down.</param>
/// <param name="Right">Right end.</param>
public readonly record struct ResizeRegion(float Top, float Left, float Bottom, float Right)
{
    /// <summary>All of it.</summary>
    public static ResizeRegion Whole => new(0, 0, 1, 1);

    /// <summary>Written as <c>0,0,1,1</c>.</summary>
    public override string ToString() => $"{Top},{Left},{Bottom},{Right}";
}

/// <summary>What a picture is resized to: a fixed size, or a multiple of its own.</summary>
public readonly record struct ResizeTarget
{
    private const int Most = 1_000_000;

    private ResizeTarget(int height, int width, float vertical, float horizontal) => (Height, Width, VerticalScale, HorizontalScale) = (height, width, vertical, horizontal);

    /// <summary>Rows of the output; 0 where a scale counts.</summary>
    public int Height { get; }

    /// <summary>Columns of the output; 0 where a scale counts.</summary>
    public int Width { get; }

    /// <summary>Output rows per input row; 0 where a size counts.</summary>
    public float VerticalScale { get; }

    /// <summary>Output columns per input column; 0 where a size counts.</summary>
    public float HorizontalScale { get; }

    internal bool IsSize => Height > 0;

    /// <summary>This many rows and columns, whatever the input has.</summary>
    /// <exception cref="UsageException">A size is below 1 or above 1,000,000.</exception>
    public static ResizeTarget Size(int height, int width) => height is >= 1 and <= Most && width is >= 1 and <= Most
        ? new(height, width, 0, 0)
        : throw new UsageException($"A picture can be resized to between 1 and {Most:N0} rows and columns: received {height:N0} x {width:N0} (height x width).");

    /// <summary>A multiple of the input's size, rounded down: 2 doubles, 0.5 halves.</summary>
    /// <exception cref="UsageException">The factor is not above 0, or above 1,000,000.</exception>
    public static ResizeTarget Scale(float factor) => Scale(factor, factor);

    /// <summary>A multiple of the input's height, and one of its width, both rounded down.</summary>
    /// <exception cref="UsageException">A factor is not above 0, or above 1,000,000.</exception>
    public static ResizeTarget Scale(float vertical, float horizontal) => vertical is > 0 and <= Most && horizontal is > 0 and <= Most
        ? new(0, 0, vertical, horizontal)
        : throw new UsageException($"A picture can be scaled by factors above 0 and up to {Most:N0}: received {vertical} and {horizontal} "
        + "(vertical and horizontal).");

    /// <summary>Written as <c>to 64x48</c>, <c>x2</c> or <c>x2,x1.5</c> (vertical, horizontal).</summary>
    public override string ToString() => IsSize ? $"to {Height}x{Width}"
        : VerticalScale == HorizontalScale ? $"x{VerticalScale}"
        : $"x{VerticalScale},x{HorizontalScale}";
}
