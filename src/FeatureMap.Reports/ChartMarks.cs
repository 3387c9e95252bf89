namespace FeatureMap.Reports;

/// <summary>
/// How the series of a chart differ: by colour, by the shape of their markers and, from the eleventh on, by dashes. The colours are those
/// of the style sheet; they differ in lightness too, and every chart
/// writes names beside its marks, so that nobody has to tell two colours apart.
/// </summary>
internal static class ChartMarks
{
    /// <summary>Colours of the style sheet; then they begin again.</summary>
    public const int Colors = 10;

    private const int Shapes = 6;

    /// <summary>The class of a series in the style sheet.</summary>
    public static string Style(int series) => series / Colors % 2 == 0 ? $"c{series % Colors}" : $"c{series % Colors} dashed";

    /// <summary>A marker as a path around the origin, about 3 units in radius.</summary>
    public static string Path(int series) => (series % Shapes) switch
    {
        1 => "M-2.7-2.7h5.4v5.4h-5.4z",
        2 => "M0-3.6L3.4 2.5H-3.4z",
        3 => "M0-3.8L3.4 0L0 3.8L-3.4 0z",
        4 => "M0 3.6L3.4-2.5H-3.4z",
        5 => "M-3.3-1.1H-1.1V-3.3H1.1V-1.1H3.3V1.1H1.1V3.3H-1.1V1.1H-3.3z",
        _ => "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
    };
}
