namespace FeatureMap.Data;

/// <content>
/// The ways in which pixels move. Each does the same to the image and to its target map, whose sides are <c>scale</c> times those of the image: pixel (y, x) of the image is
/// the square of pixels from (scale y, scale x) on. Label maps take the nearest pixel, pictures are interpolated. Outside of a label map is class 0 where outside of the
/// image is a constant, or what is to be ignored where the maps have that.
/// </content>
public ref partial struct AugmentationWork
{
    /// <summary>Sides of the target map in units of the image's.</summary>
    private readonly int Scale => target.Shape.Height / image.Shape.Height;

    /// <summary>Exchanges left and right.</summary>
    internal void FlipLeftRight()
    {
        Flip.LeftRight(Pixels, Shape);
        if (HasTarget) Flip.LeftRight(TargetPixels, TargetShape);
        MirrorBoxes(Shape.Width);
    }

    /// <summary>Exchanges top and bottom.</summary>
    internal void FlipTopBottom()
    {
        Flip.TopBottom(Pixels, Shape);
        if (HasTarget) Flip.TopBottom(TargetPixels, TargetShape);
        OverturnBoxes(Shape.Height);
    }

    /// <summary>Exchanges rows and columns.</summary>
    internal void Transpose()
    {
        image.Accept(Flip.Transpose(Pixels, Shape, Next(Shape)));
        TransposeBoxes();
        if (HasTarget) target.Accept(Flip.Transpose(TargetPixels, TargetShape, NextTarget(TargetShape)));
    }

    /// <summary>Cuts out the window whose first pixel is (top, left); it may lie outside in part.</summary>
    internal void Cut(int top, int left, Shape window, Border border)
    {
        var scale = HasTarget ? Scale : 1;
        Window.Cut(Pixels, Shape, top, left, Next(window), window, border);
        image.Accept(window);
        ResizeBoxes(top, left, window.Height, window.Width, window);
        if (!HasTarget) return;
        var large = Scaled(window, scale);
        Window.Cut(TargetPixels, TargetShape, top * scale, left * scale, NextTarget(large), large, ForTarget(border));
        target.Accept(large);
    }

    /// <summary>Scales a window of the image to a size.</summary>
    internal void Resize(PixelBox box, Shape size)
    {
        var scale = HasTarget ? Scale : 1;
        AreaScaling.Apply(Pixels, Shape, box, Next(size), size, Scratch);
        image.Accept(size);
        ResizeBoxes(box.Top, box.Left, box.Height, box.Width, size);
        if (!HasTarget) return;
        var (window, large) = (new PixelBox(box.Top * scale, box.Left * scale, box.Height * scale, box.Width * scale), Scaled(size, scale));
        if (IsLabelMap) NearestPixel.Resize(TargetPixels, TargetShape, window, NextTarget(large), large);
        else AreaScaling.Apply(TargetPixels, TargetShape, window, NextTarget(large), large, Scratch);
        target.Accept(large);
    }

    /// <summary>Resamples by a map.</summary>
    internal void Warp(in AffineMap map, Border border)
    {
        image.Warp(map, border);
        WarpBoxes(map);
        if (!HasTarget) return;
        var large = map.Enlarged(Scale);
        if (!IsLabelMap)
        {
            target.Warp(large, ForTarget(border));
            return;
        }
        NearestPixel.Warp(TargetPixels, TargetShape, large, NextTarget(TargetShape), ForTarget(border));
        target.Accept(TargetShape);
    }

    /// <summary>Fetches each pixel from a place nearby.</summary>
    /// <param name="across">How far along the row, for each pixel of the image.</param>
    /// <param name="down">How far along the column.</param>
    /// <param name="border">What lies outside.</param>
    internal void Displace(ReadOnlySpan<float> across, ReadOnlySpan<float> down, Border border)
    {
        var shape = Shape;
        Displacement.Apply(Pixels, shape, shape, across, down, Next(shape), border, isLabelMap: false);
        image.Accept(shape);
        if (!HasTarget) return;
        Displacement.Apply(TargetPixels, TargetShape, shape, across, down, NextTarget(TargetShape), ForTarget(border), IsLabelMap);
        target.Accept(TargetShape);
    }

    private readonly Shape Scaled(Shape window, int scale) => new(target.Shape.Channels, window.Height * scale, window.Width * scale);

    private readonly Border ForTarget(Border border) => IsLabelMap ? border with { Value = outside } : border;
}
