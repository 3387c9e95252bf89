namespace FeatureMap.Data;

/// <summary>A contact sheet of what an augmentation makes of images: one row per image, first the image itself, then one variant per epoch.</summary>
public static class AugmentationPreview
{
    private const int Gap = 4, SmallestCell = 64;
    private const byte Background = 40;

    /// <summary>
    /// Draws the sheet. The variants are exactly those that a training on this set with this seed would see in its first epochs. Small images are enlarged by a whole number; where
    /// an augmentation standardises, each variant is stretched to 0 to 255 to be seen.
    /// </summary>
    /// <param name="set">Where the images come from: the first ones.</param>
    /// <param name="augmentation">What to show.</param>
    /// <param name="images">Rows; at most as many as the set has images.</param>
    /// <param name="epochs">Variants of each image.</param>
    /// <param name="seed">Seed of the training.</param>
    /// <returns>The sheet as planar CHW bytes with its shape, for <see cref="PngWriter"/>.</returns>
    /// <exception cref="UsageException">A number is out of range.</exception>
    /// <exception cref="ShapeException">The augmentation cannot work on these images.</exception>
    public static (byte[] Pixels, Shape Shape) Draw(ImageSet set, Augmentation augmentation, int images = 8, int epochs = 8, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(augmentation);
        if (images is < 1 or > 1000) throw new UsageException($"A preview shows 1 to 1,000 images: received {images}.");
        if (epochs is < 1 or > 1000) throw new UsageException($"A preview shows 1 to 1,000 epochs: received {epochs}.");
        var fitted = augmentation.Fit(set);
        Shape shape = set.ImageShape, output = fitted.OutputShape(shape);
        int rows = Math.Min(images, set.Count), cellHeight = Math.Max(shape.Height, output.Height), cellWidth = Math.Max(shape.Width, output.Width);
        var scale = Math.Max(1, SmallestCell / Math.Max(cellHeight, cellWidth));
        int stepY = (cellHeight * scale) + Gap, stepX = (cellWidth * scale) + Gap;
        // A wider gap sets the first column apart.
        var sheet = new Sheet(new(shape.Channels, (rows * stepY) + Gap, ((epochs + 1) * stepX) + (3 * Gap)), scale);
        var variant = new float[output.Count];
        for (var row = 0; row < rows; row++)
        {
            sheet.Paste(set.Pixels(row), shape, Gap + (row * stepY), Gap);
            for (var epoch = 0; epoch < epochs; epoch++)
            {
                fitted.Apply(set.Pixels(row), shape, seed, (uint)epoch, (uint)row, variant);
                sheet.Paste(Visible(variant), output, Gap + (row * stepY), (3 * Gap) + ((epoch + 1) * stepX));
            }
        }
        return (sheet.Pixels, sheet.Shape);
    }

    private static byte[] Visible(float[] pixels)
    {
        var (least, greatest) = PixelMath.Range(pixels);
        float offset = 0, scale = 1;
        if (least < 0 || greatest > 255 || greatest <= 1) (offset, scale) = (least, greatest > least ? 255 / (greatest - least) : 0);
        return [.. pixels.Select(pixel => (byte)ColorMath.Level((pixel - offset) * scale))];
    }

    private sealed class Sheet
    {
        private readonly int scale;

        public Sheet(Shape shape, int scale)
        {
            (Shape, this.scale) = (shape, scale);
            Pixels = new byte[shape.Count];
            Pixels.AsSpan().Fill(Background);
        }

        public Shape Shape { get; }

        public byte[] Pixels { get; }

        public void Paste(ReadOnlySpan<byte> image, Shape shape, int top, int left)
        {
            for (var channel = 0; channel < shape.Channels; channel++)
                for (var y = 0; y < shape.Height * scale; y++)
                    for (var x = 0; x < shape.Width * scale; x++)
                        Pixels[(channel * Shape.Area) + ((top + y) * Shape.Width) + left + x] = image[(channel * shape.Area) + (y / scale * shape.Width) + (x / scale)];
        }
    }
}
