using System.Globalization;
using System.Text;
using FeatureMap.Analysis;

namespace FeatureMap.Workbench;

/// <summary>Boxes as lines of comma-separated values.</summary>
internal static class DetectionTable
{
    public static void Header(StringBuilder text, params ReadOnlySpan<string> more) =>
        PredictionTable.Line(text, ["file", "class", "score", "x", "y", "width", "height", .. more]);

    public static void Lines(StringBuilder text, string file, IReadOnlyList<DetectedBox> boxes, IReadOnlyList<string> names,
        params string[] more)
    {
        foreach (var (box, label, score) in boxes)
            PredictionTable.Line(text, [file, names[label], Number(score, "0.####"), Number(box.X), Number(box.Y), Number(box.Width),
                Number(box.Height),
                .. more]);
    }

    private static string Number(double value, string format = "0.##") => value.ToString(format, CultureInfo.InvariantCulture);
}
