namespace FeatureMap.Data;

/// <content>
/// Boxes go where the pixels go: edge e of the image lies between the pixels e - 1 and e, so that the middle of pixel i is at i + 1/2. What
/// leaves the image is cut off at once, as the pixels are.
/// </content>
public ref partial struct AugmentationWork
{
    /// <summary>The boxes as they are now, to be changed in place, in pixels of the image as it is now.</summary>
    public readonly Span<TargetBox> Boxes => boxes[..boxCount];

    /// <summary>Hands the boxes of the image over; the room stays the caller's, and what is left of them begins it in the end.</summary>
    internal void Take(Span<TargetBox> room, int count)
    {
        boxes = room;
        boxCount = count;
    }

    /// <summary>
    /// Cuts the boxes off at the edges of the image, for steps of your own after they have moved them: what lies outside goes, and of what
    /// less than a quarter is left does not count.
    /// </summary>
    public void ClipBoxes() => ClipBoxes(Shape);

    private void ClipBoxes(Shape shape)
    {
        var kept = 0;
        foreach (var box in Boxes)
            if (box.Clip(shape.Width, shape.Height) is { } inside)
                boxes[kept++] = inside;
        boxCount = kept;
    }

    private readonly void MirrorBoxes(int width)
    {
        foreach (ref var box in Boxes)
            box = box with { Left = width - box.Right, Right = width - box.Left };
    }

    private readonly void OverturnBoxes(int height)
    {
        foreach (ref var box in Boxes)
            box = box with { Top = height - box.Bottom, Bottom = height - box.Top };
    }

    private readonly void TransposeBoxes()
    {
        foreach (ref var box in Boxes)
            box = box with { Left = box.Top, Top = box.Left, Right = box.Bottom, Bottom = box.Right };
    }

    // A window of the image becomes an image of a size.
    private void ResizeBoxes(int top, int left, int height, int width, Shape size)
    {
        float across = (float)size.Width / width, down = (float)size.Height / height;
        foreach (ref var box in Boxes)
            box = box with
            {
                Left = (box.Left - left) * across,
                Top = (box.Top - top) * down,
                Right = (box.Right - left) * across,
                Bottom = (box.Bottom - top) * down,
            };
        ClipBoxes(size);
    }

    // A map says where a pixel of the result comes from, so boxes go the other way; of a turned box, the box around it.
    private void WarpBoxes(in AffineMap map)
    {
        if (boxCount == 0) return;
        var determinant = (map.XX * map.YY) - (map.XY * map.YX);
        if (determinant == 0)
        {
            boxCount = 0;
            return;
        }
        foreach (ref var box in Boxes)
        {
            double left = double.PositiveInfinity, top = left, right = double.NegativeInfinity, bottom = right;
            for (var corner = 0; corner < 4; corner++)
            {
                var x = (corner % 2 == 0 ? box.Left : box.Right) - 0.5 - map.X0;
                var y = (corner / 2 == 0 ? box.Top : box.Bottom) - 0.5 - map.Y0;
                var toX = (((map.YY * x) - (map.XY * y)) / determinant) + 0.5;
                var toY = (((map.XX * y) - (map.YX * x)) / determinant) + 0.5;
                (left, right) = (Math.Min(left, toX), Math.Max(right, toX));
                (top, bottom) = (Math.Min(top, toY), Math.Max(bottom, toY));
            }
            box = box with { Left = (float)left, Top = (float)top, Right = (float)right, Bottom = (float)bottom };
        }
        ClipBoxes(Shape);
    }
}
