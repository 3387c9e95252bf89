using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>The curve of a learning-rate range test.</summary>
public static class LearningRateChart
{
    /// <summary>The curve as a picture of its own: the loss over the rate, with a mark at the suggested rate.</summary>
    /// <param name="range">What the test found.</param>
    /// <param name="title">What stands above it, such as what was trained; empty for the kind of the test alone.</param>
    /// <exception cref="UsageException">There are fewer than two points.</exception>
    public static string ToSvg(this LearningRateRange range, string title = "")
    {
        ArgumentNullException.ThrowIfNull(range);
        var chart = range.Chart(range.Suggested, title)
            ?? throw new UsageException("The range test has fewer than two points, so there is no curve to draw. Start at a lower rate.");
        var html = new HtmlBuilder();
        chart.RenderAlone(html);
        return html.ToString();
    }

    /// <summary>The curve; null where there are fewer than two points.</summary>
    /// <param name="range">What the test found so far.</param>
    /// <param name="mark">The rate to mark; null for none.</param>
    /// <param name="title">What was trained; empty for the kind of the test alone.</param>
    internal static LineChart? Chart(this LearningRateRange range, double? mark, string title = "")
    {
        var usable = range.Points.Where(point => double.IsFinite(point.SmoothLoss) && double.IsFinite(point.Loss)).ToList();
        return usable.Count < 2 ? null : new LineChart
        {
            Id = "range",
            Title = title.Length > 0 ? $"Learning-rate range test: {title}" : "Learning-rate range test",
            Series =
            [
                new ChartSeries("loss", "train", [.. usable.Select(point => (point.LearningRate, point.Loss))]),
                new ChartSeries("smoothed", "validation", [.. usable.Select(point => (point.LearningRate, point.SmoothLoss))]),
            ],
            Range = (Math.Min(0, usable.Min(point => point.SmoothLoss)),
                Math.Min(usable.Max(point => point.Loss), 2.5 * usable[0].SmoothLoss)),
            LogarithmicAcross = true,
            Across = "learning rate",
            Mark = mark is { } rate && rate >= usable[0].LearningRate && rate <= usable[^1].LearningRate ? rate : null,
            Format = ReportText.Number,
            TickFormat = ReportText.Number,
        };
    }
}
