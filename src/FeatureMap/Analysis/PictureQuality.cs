using FeatureMap.Data;
using FeatureMap.Randomness;

namespace FeatureMap.Analysis;

/// <summary>
/// How near a restored picture is to its original: PSNR, which measures single pixels, and SSIM, which compares small neighbourhoods. Both
/// are usual on the luminance plane (<see cref="LumaChroma.Luminance"/>), with a border left out, as restoring is guesswork there and
/// authors differ in it.
/// </summary>
public static class PictureQuality
{
    private const int Window = 11;
    private const double Spread = 1.5, LightConstant = 0.01, ContrastConstant = 0.03;

    /// <summary>
    /// Peak signal-to-noise ratio in decibels: 10 log10(255 x 255 / mean squared difference), over all channels together. 30 is a visible
    /// loss, 40 hardly one; half the error is 6.02 dB more; equal pictures have infinity.
    /// </summary>
    /// <param name="picture">What is judged.</param>
    /// <param name="original">What it should be, of the same shape.</param>
    /// <param name="border">Pixels left out on each of the four sides.</param>
    /// <exception cref="DataException">The shapes differ, or the border leaves nothing.</exception>
    public static double Psnr(Picture picture, Picture original, int border = 0)
    {
        var shape = Check(picture, original, border, 1);
        long squares = 0;
        for (var channel = 0; channel < shape.Channels; channel++)
            for (var y = border; y < shape.Height - border; y++)
            {
                var row = (channel * shape.Area) + (y * shape.Width);
                for (var i = row + border; i < row + shape.Width - border; i++)
                {
                    long difference = picture.Pixels[i] - original.Pixels[i];
                    squares += difference * difference;
                }
            }
        var count = (long)shape.Channels * (shape.Height - (2 * border)) * (shape.Width - (2 * border));
        return squares == 0 ? double.PositiveInfinity : 10 / PortableMath.Log(10) * PortableMath.Log(255.0 * 255 * count / squares);
    }

    /// <summary>
    /// Structural similarity: how alike mean, contrast and course of every neighbourhood of 11 x 11 pixels (Gaussian, deviation 1.5) are, 1
    /// for equal pictures. The mean over all neighbourhoods that lie inside, and over the channels. Source: Wang et al., "Image quality
    /// assessment: from error visibility to structural similarity", IEEE Transactions on Image Processing 13, 2004.
    /// </summary>
    /// <param name="picture">What is judged.</param>
    /// <param name="original">What it should be, of the same shape.</param>
    /// <param name="border">Pixels left out on each of the four sides.</param>
    /// <exception cref="DataException">The shapes differ, or what the border leaves is smaller than 11 x 11.</exception>
    public static double Ssim(Picture picture, Picture original, int border = 0)
    {
        var shape = Check(picture, original, border, Window);
        var (height, width) = (shape.Height - (2 * border), shape.Width - (2 * border));
        double[] x = new double[height * width], y = new double[height * width];
        double light = Square(LightConstant * 255), contrast = Square(ContrastConstant * 255), sum = 0;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var i = 0; i < x.Length; i++)
            {
                var at = (channel * shape.Area) + (((i / width) + border) * shape.Width) + (i % width) + border;
                (x[i], y[i]) = (picture.Pixels[at], original.Pixels[at]);
            }
            var (meanX, meanY) = (Blurred(x, width), Blurred(y, width));
            var (squareX, squareY, product) = (Blurred(Times(x, x), width), Blurred(Times(y, y), width), Blurred(Times(x, y), width));
            var similar = 0.0;
            for (var i = 0; i < meanX.Length; i++)
            {
                var (both, own) = (meanX[i] * meanY[i], Square(meanX[i]) + Square(meanY[i]));
                similar += ((2 * both) + light) * ((2 * (product[i] - both)) + contrast) / ((own + light) * (squareX[i] + squareY[i] - own + contrast));
            }
            sum += similar / meanX.Length;
        }
        return sum / shape.Channels;
    }

    private static double Square(double value) => value * value;

    private static double[] Times(double[] left, double[] right)
    {
        var product = new double[left.Length];
        for (var i = 0; i < product.Length; i++)
            product[i] = left[i] * right[i];
        return product;
    }

    // Gaussian means of all windows that lie inside: along the rows, then along the columns.
    private static double[] Blurred(double[] plane, int width)
    {
        var weights = Enumerable.Range(0, Window).Select(i => PortableMath.Exp(-Square(i - (Window / 2)) / (2 * Square(Spread)))).ToArray();
        var total = weights.Sum();
        int height = plane.Length / width, narrow = width - Window + 1;
        var rows = new double[height * narrow];
        for (var i = 0; i < rows.Length; i++)
            for (var tap = 0; tap < Window; tap++)
                rows[i] += weights[tap] / total * plane[(i / narrow * width) + (i % narrow) + tap];
        var result = new double[(height - Window + 1) * narrow];
        for (var i = 0; i < result.Length; i++)
            for (var tap = 0; tap < Window; tap++)
                result[i] += weights[tap] / total * rows[i + (tap * narrow)];
        return result;
    }

    private static Shape Check(Picture picture, Picture original, int border, int least)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(original);
        ArgumentOutOfRangeException.ThrowIfNegative(border);
        var shape = original.Shape;
        if (picture.Shape != shape)
            throw new DataException($"Only pictures of one shape can be compared: {picture.Name} is {picture.Shape}, its "
                + $"original {shape} (channels x height x width). Crop both alike, to a multiple of the factor.");
        if (Math.Min(shape.Height, shape.Width) - (2L * border) < least)
            throw new DataException($"The picture {original.Name} has {shape.Height} x {shape.Width} pixels (height x width): without a "
                + $"border of {border} on each side less than {least} x {least} is left. Use larger pictures or a smaller border.");
        return shape;
    }
}
