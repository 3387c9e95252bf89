namespace FeatureMap.Zoo;

/// <summary>The eight ways to lay down a picture: mirrored or not, and turned by quarters.</summary>
internal static class Orientations
{
    /// <summary>Computes a map of each orientation of an image, turns the maps back and takes their mean: what depends on how the picture lies cancels out.</summary>
    /// <param name="pixels">The image, planar.</param>
    /// <param name="shape">Its shape; only square images are turned, others are mirrored in both ways.</param>
    /// <param name="compute">Makes a map of one channel, of the size of the image that it is given.</param>
    public static float[] Mean(ReadOnlySpan<byte> pixels, Shape shape, Func<byte[], Shape, float[]> compute)
    {
        var sum = new float[shape.Area];
        var count = shape.Height == shape.Width ? 8 : 4;
        for (var orientation = 0; orientation < count; orientation++)
        {
            var map = compute(Lay(pixels.ToArray(), shape, orientation, back: false), shape);
            var upright = Lay(map, new Shape(1, shape.Height, shape.Width), orientation, back: true);
            for (var i = 0; i < sum.Length; i++)
                sum[i] += upright[i] / count;
        }
        return sum;
    }

    /// <summary>Lays a picture in an orientation, or back: bit 0 mirrors the columns, bit 1 the rows, bit 2 exchanges rows and columns before that.</summary>
    public static T[] Lay<T>(T[] picture, Shape shape, int orientation, bool back)
    {
        var result = new T[picture.Length];
        for (var channel = 0; channel < shape.Channels; channel++)
            for (var y = 0; y < shape.Height; y++)
                for (var x = 0; x < shape.Width; x++)
                {
                    var (line, column) = (orientation & 4) == 0 ? (y, x) : (x, y);
                    if ((orientation & 2) != 0) line = shape.Height - 1 - line;
                    if ((orientation & 1) != 0) column = shape.Width - 1 - column;
                    var (upright, laid) = ((channel * shape.Area) + (y * shape.Width) + x, (channel * shape.Area) + (line * shape.Width) + column);
                    if (back) result[upright] = picture[laid];
                    else result[laid] = picture[upright];
                }
        return result;
    }
}
