namespace FeatureMap.Lessons;

/// <summary>
/// A small colour picture that is drawn by formulas: sky, sun, a hill, a house with windows, a fence, water with waves, and a little
/// grain as a camera gives it. For lessons that run a kernel over a picture; the same numbers on any machine.
/// </summary>
internal static class DrawnPicture
{
    /// <summary>Height and width.</summary>
    public const int Side = 48;

    private static readonly Lazy<Volume> Drawn = new(() => Volume.Of(Shape.Image(3, Side, Side), (channel, row, column) =>
        Math.Clamp(Colour(row, column)[channel] + (0.03 * (Grain((row * Side) + column) - 0.5)), 0, 1)));

    private static readonly Lazy<Volume> Brightness = new(() => Volume.Of(Shape.Image(1, Side, Side), (_, row, column) =>
        (0.299 * Colours[0, row, column]) + (0.587 * Colours[1, row, column]) + (0.114 * Colours[2, row, column])));

    /// <summary>Red, green and blue from 0 to 1.</summary>
    private static Volume Colours => Drawn.Value;

    /// <summary>Brightness from 0 to 1.</summary>
    public static Volume Grey => Brightness.Value;

    /// <summary>Shows a picture of brightness as the eye sees it: the same for red, green and blue, from 0 to 1.</summary>
    public static void ShowGrey(LessonPage page, string key, string caption, Volume picture)
    {
        float[] grey = picture.ToArray();
        PhotoScene.Draw(page, key, caption, Shape.Image(3, picture.Shape.Height, picture.Shape.Width), [.. grey, .. grey, .. grey],
            GridScale.Sequential);
    }

    private static double[] Colour(int row, int column)
    {
        var hill = 26 + (5 * Math.Sin(column / 9.0));
        if (row >= 38) return Mixed([0.1, 0.3, 0.5], [0.5, 0.7, 0.85],
            0.5 + (0.5 * Math.Sin((row * 1.7) + (0.4 * Math.Sin(column / 3.0)))));
        if (row is >= 20 and < 36 && column is >= 26 and < 42)
            return row is >= 24 and < 29 && column % 8 is >= 4 and < 7 ? [0.15, 0.2, 0.3] : [0.8, 0.55, 0.4];
        if (row is >= 12 and < 20 && Math.Abs(column - 33.5) < row - 11) return [0.55, 0.15, 0.12];
        if (row is >= 32 and < 38 && column < 24 && column % 4 < 2) return [0.9, 0.88, 0.8];
        if (row >= hill) return Mixed([0.15, 0.4, 0.12], [0.45, 0.65, 0.25], (row - hill) / 14);
        return ((row - 9.5) * (row - 9.5)) + ((column - 11.5) * (column - 11.5)) < 20
            ? [1, 0.9, 0.5]
            : Mixed([0.35, 0.55, 0.9], [0.85, 0.9, 1], row / 30.0);
    }

    private static double[] Mixed(double[] one, double[] other, double part) =>
        [.. one.Zip(other, (from, to) => from + ((to - from) * Math.Clamp(part, 0, 1)))];

    // Without a pattern, between 0 and 1: the bits of a product, mixed.
    private static double Grain(int number)
    {
        var mixed = (uint)number * 2654435761u;
        mixed ^= mixed >> 15;
        mixed *= 2246822519u;
        return (mixed >> 8) / (double)(1 << 24);
    }
}
