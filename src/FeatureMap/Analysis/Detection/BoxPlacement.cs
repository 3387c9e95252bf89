using FeatureMap.Data;

namespace FeatureMap.Analysis;

/// <summary>
/// Where the boxes of a picture are once it was made to fit a network, and the way back: x of the picture is x * <see cref="Across"/> +
/// <see cref="Left"/> of the image.
/// </summary>
/// <remarks>
/// A picture of 640 x 480 pixels (width x height) for 320 x 256 with <c>pad</c>: it is scaled by 1/2 to 320 x 240, and 8 gray rows are
/// above and below, so (100, 100, 40, 20) becomes (50, 58, 20, 10).
/// </remarks>
/// <param name="Across">Pixels of the image for one of the picture, along the rows.</param>
/// <param name="Down">The same along the columns.</param>
/// <param name="Left">Where the left edge of the picture is; below 0 where that was cut off.</param>
/// <param name="Top">Where its upper edge is.</param>
/// <param name="Width">Columns of the picture.</param>
/// <param name="Height">Its rows.</param>
public readonly record struct BoxPlacement(double Across, double Down, double Left, double Top, int Width, int Height)
{
    /// <summary>How a picture is placed.</summary>
    /// <param name="fit">How it is made to fit.</param>
    /// <param name="height">Rows of the picture, upright.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="size">Size of the image.</param>
    public static BoxPlacement Of(ImageFit fit, int height, int width, ImageSize size)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var placed = fit.Place(height, width, size);
        var taken = placed.Taken;
        return new((double)placed.ScaledWidth / width, (double)placed.ScaledHeight / height,
            ((size.Width - taken.Width) / 2) - taken.Left, ((size.Height - taken.Height) / 2) - taken.Top, width, height);
    }

    /// <summary>A box of the picture in pixels of the image; it may reach out of it where the picture was cut.</summary>
    public Box Into(Box box) => new((box.X * Across) + Left, (box.Y * Down) + Top, box.Width * Across, box.Height * Down);

    /// <summary>A box of the image in pixels of the picture, cut off at its edges; null where nothing of it lies inside.</summary>
    public Box? Back(Box box)
    {
        double left = Math.Clamp((box.X - Left) / Across, 0, Width), top = Math.Clamp((box.Y - Top) / Down, 0, Height);
        double right = Math.Clamp((box.X + box.Width - Left) / Across, 0, Width);
        var bottom = Math.Clamp((box.Y + box.Height - Top) / Down, 0, Height);
        return right > left && bottom > top ? new(left, top, right - left, bottom - top) : null;
    }
}
