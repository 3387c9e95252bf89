namespace FeatureMap.Lessons;

/// <summary>A function of two numbers with its gradient and the frame in which it is drawn.</summary>
/// <param name="Word">Its word.</param>
/// <param name="Text">How it is written.</param>
/// <param name="Height">Its value.</param>
/// <param name="Slope">Its gradient.</param>
/// <param name="Half">Half the width of the frame, around 0.</param>
/// <param name="Bottom">Its lowest value, or what counts as the bottom of a saddle.</param>
internal sealed record DescentSurface(string Word, string Text, Func<double, double, double> Height, Func<double, double,
    (double X, double Y)> Slope, double Half, double Bottom)
{
    /// <summary>The surfaces by their words.</summary>
    public static IReadOnlyList<DescentSurface> All { get; } =
    [
        new("bowl", "x^2 + y^2", (x, y) => (x * x) + (y * y), (x, y) => (2 * x, 2 * y), 3, 0),
        new("valley", "x^2 / 10 + 2 y^2", (x, y) => (0.1 * x * x) + (2 * y * y), (x, y) => (0.2 * x, 4 * y), 3, 0),
        new("saddle", "x^2 - y^2 + y^4 / 4", (x, y) => (x * x) - (y * y) + (y * y * y * y / 4),
            (x, y) => (2 * x, (-2 * y) + (y * y * y)), 3, -1),
        new("two-bump", "1 - exp(-(x - 1)^2 - y^2) - exp(-(x + 1.5)^2 - y^2) / 2 + (x^2 + y^2) / 50", TwoBumps, TwoBumpsSlope, 3, Deepest),
    ];

    // Where the deeper of the two hollows of the last surface ends, found by descent; see the tests.
    private const double Deepest = 0.018536567;

    /// <summary>The surface of a word.</summary>
    public static DescentSurface Of(string word) => All.First(surface => surface.Word == word);

    private static double TwoBumps(double x, double y) => 1 - Math.Exp(-((x - 1) * (x - 1)) - (y * y))
        - (0.5 * Math.Exp(-((x + 1.5) * (x + 1.5)) - (y * y))) + (((x * x) + (y * y)) / 50);

    private static (double X, double Y) TwoBumpsSlope(double x, double y)
    {
        var (near, far) = (Math.Exp(-((x - 1) * (x - 1)) - (y * y)), 0.5 * Math.Exp(-((x + 1.5) * (x + 1.5)) - (y * y)));
        return ((2 * (x - 1) * near) + (2 * (x + 1.5) * far) + (x / 25), (2 * y * (near + far)) + (y / 25));
    }
}
