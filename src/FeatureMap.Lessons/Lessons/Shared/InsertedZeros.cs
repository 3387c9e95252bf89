using FeatureMap.Ops;

namespace FeatureMap.Lessons;

/// <summary>
/// The simple way to a transposed convolution: zeros between the pixels and around them, over which an ordinary convolution with the
/// kernel turned by half a turn runs.
/// </summary>
internal sealed class InsertedZeros
{
    private readonly int stride, top, left;
    private readonly Volume image;

    private InsertedZeros(ConvTranspose2d op, Volume image, Volume kernel, Shape output)
    {
        (stride, this.image) = (op.Stride.Vertical, image);
        var (down, across) = (op.Dilation.Vertical * (kernel.Shape.Height - 1), op.Dilation.Horizontal * (kernel.Shape.Width - 1));
        (top, left) = (down - op.Padding.Top, across - op.Padding.Left);
        Shape = Shape.Image(1, output.Height + down, output.Width + across);
        Picture = Volume.Of(Shape, (_, row, column) => PixelOf(row, column) is { } pixel ? image.Values[pixel] : 0);
        Turned = Volume.Of(kernel.Shape, (_, row, column) => kernel[0, kernel.Shape.Height - 1 - row, kernel.Shape.Width - 1 - column]);
    }

    /// <summary>Size of the picture with its zeros.</summary>
    public Shape Shape { get; }

    /// <summary>The kernel, turned by half a turn.</summary>
    public Volume Turned { get; }

    /// <summary>The picture with its zeros.</summary>
    public Volume Picture { get; }

    /// <summary>For a transposed convolution of one channel; null where so much is cut off that zeros would have to be cut too.</summary>
    /// <param name="op">The layer; the same stride along both axes.</param>
    /// <param name="image">What it reads.</param>
    /// <param name="kernel">Its weights.</param>
    /// <param name="output">Shape of its output.</param>
    public static InsertedZeros? Of(ConvTranspose2d op, Volume image, Volume kernel, Shape output) =>
        new InsertedZeros(op, image, kernel, output) is { top: >= 0, left: >= 0 } inserted ? inserted : null;

    /// <summary>The pixel that stands at a place, planar; null where an inserted zero does.</summary>
    public int? PixelOf(int row, int column)
    {
        var (y, x) = (row - top, column - left);
        return y >= 0 && x >= 0 && y % stride == 0 && x % stride == 0 && y / stride < image.Shape.Height && x / stride < image.Shape.Width
            ? (y / stride * image.Shape.Width) + (x / stride)
            : null;
    }

    /// <summary>The same by the number of the cell.</summary>
    public int? PixelOf(int cell) => PixelOf(cell / Shape.Width, cell % Shape.Width);
}
