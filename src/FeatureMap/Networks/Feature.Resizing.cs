using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: other sizes of a map.
public sealed partial class Feature
{
    /// <summary>Channels become resolution: r x r channels are the sub-pixels of each pixel; see <see cref="Ops.PixelShuffle"/>.</summary>
    /// <param name="factor">r: height and width grow by it, channels shrink by its square.</param>
    /// <param name="order">How the sub-pixels are numbered among the channels; PyTorch's way by default.</param>
    /// <param name="name">The layer's name; <c>pixelShuffle1</c>, ... by default.</param>
    /// <exception cref="ShapeException">The square of the factor does not divide the channels.</exception>
    public Feature PixelShuffle(int factor, ChannelOrder order = ChannelOrder.ColumnRowDepth, string? name = null) => Then(new PixelShuffle(factor) { Order = order }, name);

    /// <summary>Resolution becomes channels, and nothing is lost: blocks of r x r pixels become r x r channels; see <see cref="Ops.PixelUnshuffle"/>.</summary>
    /// <param name="factor">r: height and width shrink by it, channels grow by its square.</param>
    /// <param name="order">How the pixels of a block are numbered among the channels; PyTorch's way by default.</param>
    /// <param name="name">The layer's name; <c>pixelUnshuffle1</c>, ... by default.</param>
    /// <exception cref="ShapeException">The factor does not divide height or width.</exception>
    public Feature PixelUnshuffle(int factor, ChannelOrder order = ChannelOrder.ColumnRowDepth, string? name = null) => Then(new PixelUnshuffle(factor) { Order = order }, name);

    /// <summary>Enlarges height and width by a whole factor; see <see cref="Resize2d"/>. The same as PyTorch's Upsample.</summary>
    /// <param name="factor">2 doubles height and width.</param>
    /// <param name="mode">Nearest repeats pixels; bilinear and bicubic smooth between them.</param>
    /// <param name="alignCorners">Whether the centres of the corner pixels coincide, instead of the edges of the pictures; not for nearest.</param>
    /// <param name="name">The layer's name; <c>resize1</c>, ... by default.</param>
    public Feature Upsample(int factor, ResizeMode mode = ResizeMode.Nearest, bool alignCorners = false, string? name = null) =>
        Resize(ResizeTarget.Scale(factor), mode, alignCorners, false, name);

    /// <summary>
    /// Resizes to this many rows and columns; see <see cref="Resize2d"/>, whose further settings go through
    /// <see cref="Then(Op, string?, ReadOnlySpan{Feature})"/>. The same as PyTorch's interpolate.
    /// </summary>
    /// <param name="height">Rows of the output.</param>
    /// <param name="width">Columns of the output.</param>
    /// <param name="mode">Nearest takes pixels as they are; bilinear and bicubic smooth between them.</param>
    /// <param name="alignCorners">Whether the centres of the corner pixels coincide, instead of the edges of the pictures; not for nearest.</param>
    /// <param name="antialias">Whether shrinking averages over all pixels that an output covers; not for nearest. Weights as in PyTorch and Pillow.</param>
    /// <param name="name">The layer's name; <c>resize1</c>, ... by default.</param>
    /// <exception cref="UsageException">A size is out of range, or a setting does not go with nearest.</exception>
    public Feature Resize(int height, int width, ResizeMode mode = ResizeMode.Bilinear, bool alignCorners = false, bool antialias = false, string? name = null) =>
        Resize(ResizeTarget.Size(height, width), mode, alignCorners, antialias, name);

    /// <summary>As many rows and columns on each side of a plane; see <see cref="Pad2d"/>. Negative numbers crop.</summary>
    /// <param name="pixels">Pixels on each of the four sides.</param>
    /// <param name="mode">What stands there.</param>
    /// <param name="value">The number, where the mode is constant.</param>
    /// <param name="name">The layer's name; <c>pad1</c>, ... by default.</param>
    /// <exception cref="ShapeException">Cropping leaves nothing.</exception>
    public Feature Pad(int pixels, PadMode mode = PadMode.Constant, float value = 0, string? name = null) => Pad(pixels, pixels, pixels, pixels, mode, value, name);

    /// <summary>Rows and columns around each plane; see <see cref="Pad2d"/>. Negative numbers crop.</summary>
    /// <param name="top">Rows above.</param>
    /// <param name="left">Columns on the left.</param>
    /// <param name="bottom">Rows below.</param>
    /// <param name="right">Columns on the right.</param>
    /// <param name="mode">What stands there.</param>
    /// <param name="value">The number, where the mode is constant.</param>
    /// <param name="name">The layer's name; <c>pad1</c>, ... by default.</param>
    /// <exception cref="ShapeException">Cropping leaves nothing.</exception>
    public Feature Pad(int top, int left, int bottom, int right, PadMode mode = PadMode.Constant, float value = 0, string? name = null) =>
        Then(new Pad2d(top, left, bottom, right) { Mode = mode, Value = value }, name);

    /// <summary>Cuts a part out of each plane, by default the middle one: how U-Net brings a skip to the size of what it joins.</summary>
    /// <param name="height">Rows to keep.</param>
    /// <param name="width">Columns to keep.</param>
    /// <param name="top">The first row to keep; by default as many rows are left out above as below, and an odd one below.</param>
    /// <param name="left">The first column to keep; by default as many are left out on the left as on the right, and an odd one on the right.</param>
    /// <param name="name">The layer's name; <c>slice1</c>, ... by default.</param>
    /// <exception cref="ShapeException">The part does not lie inside.</exception>
    public Feature Crop(int height, int width, int? top = null, int? left = null, string? name = null)
    {
        var (firstRow, firstColumn) = (top ?? (Shape.Height - height) / 2, left ?? (Shape.Width - width) / 2);
        if (height < 1 || width < 1 || firstRow < 0 || firstColumn < 0 || firstRow > Shape.Height - height || firstColumn > Shape.Width - width)
            throw new ShapeException($"A crop of {height} x {width} at row {firstRow}, column {firstColumn} does not lie inside {Shape.Height} x {Shape.Width} (height x width). Keep at most that, or enlarge with Pad.");
        return Slice(rows: firstRow..(firstRow + height), columns: firstColumn..(firstColumn + width), name: name);
    }

    private Feature Resize(ResizeTarget target, ResizeMode mode, bool alignCorners, bool antialias, string? name)
    {
        if (mode == ResizeMode.Nearest && (alignCorners || antialias))
            throw new UsageException("Aligned corners and antialias need pixels between pixels, which nearest does not make: use ResizeMode.Bilinear or ResizeMode.Bicubic, or leave them out.");
        return Then(
            new Resize2d(target, mode)
            {
                Coordinates = alignCorners ? ResizeCoordinates.AlignCorners : Resize2d.UsualCoordinates(mode),
                Antialias = antialias,
                ExcludesOutside = antialias,
                CubicCoefficient = antialias ? -0.5f : -0.75f,
            },
            name);
    }
}
