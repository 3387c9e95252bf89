using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>The curves of loss, accuracy and learning rate, each with a sentence that reads it, and the table of their numbers.</summary>
internal static class CurveSection
{
    private const int MostRows = 500;

    public static void Render(HtmlBuilder html, ReportData data)
    {
        html.Add($"""<div class="charts">""");
        Loss(html, data.Epochs);
        if (data.Epochs[^1].Metric.IsAccuracy) Accuracy(html, data.Epochs);
        else Metric(html, data.Epochs, data.Epochs[^1].Metric);
        Rate(html, data);
        html.Add($"</div>");
        Table(html, data.Epochs);
    }

    private static void Loss(HtmlBuilder html, IReadOnlyList<EpochRecord> epochs)
    {
        var series = Lines(("training", "train", epochs, row => row.TrainLoss),
            ("validation", "validation", epochs, row => row.ValidationLoss));
        if (series.Count == 0)
            return;
        var (minimum, maximum) = Extent(series);
        var logarithmic = minimum > 0 && maximum / minimum > 8;
        Figure(html, new LineChart
        {
            Id = "loss",
            Title = "Loss",
            Series = series,
            Range = logarithmic ? (minimum, maximum) : (Math.Min(0, minimum), maximum),
            Logarithmic = logarithmic,
            Format = ReportText.Number,
            TickFormat = ReportText.Number,
        }, "How wrong the answers are; less is better." + (logarithmic ? " The axis is logarithmic: equal distances are equal factors."
            : ""), ReadLoss(epochs));
    }

    private static void Accuracy(HtmlBuilder html, IReadOnlyList<EpochRecord> epochs)
    {
        var series = Lines(("training", "train", epochs, row => row.TrainAccuracy),
            ("validation", "validation", epochs, row => row.ValidationAccuracy));
        if (series.Count == 0)
            return;
        var (minimum, maximum) = Extent(series);
        // The first epochs lie far below the rest and would press the end of the curve, which matters most, into a few pixels.
        var later = series.SelectMany(line => line.Points.Skip(Math.Max(1, line.Points.Count / 5))).Select(point =>
            point.Y).DefaultIfEmpty(minimum).Min();
        var zoomed = epochs.Count >= 5 && maximum - later < 0.5 * (maximum - minimum);
        var decimals = maximum - (zoomed ? later : minimum) < 0.03 ? "0.0" : "0.#";
        string Tick(double value) => ReportText.Percent(value, decimals);
        // The axis ends at a round number, below the points that it is made for.
        var begin = AxisScale.Linear(zoomed ? later : minimum, maximum, 0, 1).Minimum;
        var clipped = series.SelectMany(line => line.Points).Where(point => point.Y < begin).Select(point => (int)point.X)
            .DefaultIfEmpty(0).Max();
        Figure(html, new LineChart
        {
            Id = "accuracy",
            Title = "Accuracy",
            Series = series,
            Range = (zoomed ? later : minimum, maximum),
            Format = value => ReportText.Percent(value),
            TickFormat = Tick,
        }, "The share of right answers; more is better."
            + (clipped > 0 ? $" The axis begins at {Tick(begin)} so that the last epochs can be told apart; {(clipped == 1 ? "epoch 1 "
                + $"lies" : $"parts of epochs 1 to {clipped} lie")} below it." : AxisScale.Beginning(begin, maximum, Tick)),
            ReadAccuracy(epochs));
    }

    private static void Metric(HtmlBuilder html, IReadOnlyList<EpochRecord> epochs, MetricInfo metric)
    {
        var series = Lines(("training", "train", epochs, row => row.TrainMetric),
            ("validation", "validation", epochs, row => row.ValidationMetric));
        if (series.Count == 0)
            return;
        Figure(html, new LineChart
        {
            Id = "metric",
            Title = metric.Title,
            Series = series,
            Range = Extent(series),
            Format = value => ReportText.Metric(metric, value),
            TickFormat = value => ReportText.Metric(metric, value),
        }, $"The mean over the images; {(metric.HigherIsBetter ? "more" : "less")} is better."
            + AxisScale.Beginning(Extent(series).Minimum, Extent(series).Maximum, value => ReportText.Metric(metric, value)),
            ReadMetric(epochs, metric));
    }

    private static string ReadMetric(IReadOnlyList<EpochRecord> epochs, MetricInfo metric)
    {
        var last = epochs[^1].ValidationMetric;
        var missing = epochs.Count(row => double.IsNaN(row.ValidationMetric));
        var note = missing == 0 ? "" : $" In {ReportText.Count(missing, "epoch")} it was not a number; "
            + $"{(missing == 1 ? "that one is" : "those are")} left out.";
        if (!double.IsFinite(last))
            return note.TrimStart();
        var best = BestEpoch(epochs)!;
        return $"It ends at {ReportText.Metric(metric, last)} on the "
            + "validation samples" + (best.ValidationMetric == last ? ", its best." : "; its best was "
            + $"{ReportText.Metric(metric, best.ValidationMetric)} in epoch {best.Epoch}.") + note;
    }

    private static void Rate(HtmlBuilder html, ReportData data)
    {
        var last = data.Epochs[^1];
        var stepsPerEpoch = (double)last.Step / last.Epoch;
        List<StepRecord> steps = [.. data.Steps.Where(step => double.IsFinite(step.LearningRate))];
        var fromSteps = steps.Count >= 2 && stepsPerEpoch > 0;
        var stride = Math.Max(1, steps.Count / 300);
        List<(double, double)> points = fromSteps
            ? [.. steps.Where((_, i) => i % stride == 0
                || i == steps.Count - 1).Select(step => (step.Step / stepsPerEpoch, step.LearningRate))]
            : [.. data.Epochs.Where(row => double.IsFinite(row.LearningRate)).Select(row => ((double)row.Epoch, row.LearningRate))];
        if (points.Count == 0)
            return;
        var series = new ChartSeries("rate", "rate", points);
        var peak = points.MaxBy(point => point.Item2);
        var reading = points.All(point => point.Item2 == peak.Item2)
            ? $"It was {ReportText.Number(peak.Item2)} all the time. A schedule that lets it fall at the end nearly always ends with a "
                + "better network."
            : $"It was largest, {ReportText.Number(peak.Item2)}, in epoch {ReportText.Number(Math.Max(1, Math.Ceiling(peak.Item1)))}. "
                + "Large steps find the way, small steps at the end settle: look for the loss falling faster when the rate falls.";
        Figure(html, new LineChart
        {
            Id = "rate",
            Title = "Learning rate",
            Series = [series],
            Range = (0, points.Max(point => point.Item2)),
            Format = ReportText.Number,
            TickFormat = ReportText.Number,
        }, "How far the weights move per step.",
            reading, wide: true);
    }

    private static void Figure(HtmlBuilder html, LineChart chart, string caption, string reading, bool wide = false)
    {
        html.Add($"""<figure class="card{(wide ? " wide" : "")}"><figcaption><h3>{chart.Title}</h3><p>{caption}</p></figcaption>""");
        html.Add($"""<div>""");
        if (chart.Series.Count > 1)
            chart.Legend(html);
        chart.Render(html);
        html.Add($"</div>");
        if (reading.Length > 0)
            html.Add($"""<p class="reading">{reading}</p>""");
        html.Add($"</figure>");
    }

    private static string ReadLoss(IReadOnlyList<EpochRecord> epochs)
    {
        var broken = epochs.Count(row => !double.IsFinite(row.TrainLoss));
        if (broken > 0)
            return $"In {ReportText.Count(broken, "epoch")} the training loss was not a finite number; they are left out. Try a smaller "
                + "learning rate.";
        var last = epochs[^1];
        var valid = epochs.Where(row => double.IsFinite(row.ValidationLoss)).ToList();
        if (epochs.Count < 2 || valid.Count == 0 || !double.IsFinite(last.ValidationLoss))
            return "";
        var best = valid.MinBy(row => row.ValidationLoss)!;
        if (last.ValidationLoss > 1.1 * best.ValidationLoss && last.TrainLoss < best.TrainLoss)
            return $"Validation loss was lowest in epoch {best.Epoch}, {ReportText.Number(best.ValidationLoss)}, and has risen "
                + $"to {ReportText.Number(last.ValidationLoss)} while training loss went on falling: since then the network has learned "
                    + "its training samples by heart. More data, augmentation, dropout or fewer epochs help.";
        var ending = best.Epoch == last.Epoch ? "Validation loss ends at its lowest."
            : $"Validation loss was lowest in epoch {best.Epoch}, {ReportText.Number(best.ValidationLoss)}, and has stayed near it.";
        return ending + (last.TrainLoss > last.ValidationLoss
            ? " Training loss lies above it, which is usual where augmentation or dropout makes the training samples harder than the "
                + "validation samples."
            : " The distance between the lines is what the network knows of its training samples but not of others.");
    }

    /// <summary>The epoch after which the validation metric was best, the first of equal ones; of the loss where no metric was measured;
    /// null where there is none.</summary>
    public static EpochRecord? BestEpoch(IReadOnlyList<EpochRecord> epochs)
    {
        EpochRecord? best = null;
        var hasMetric = epochs.Any(row => double.IsFinite(row.ValidationMetric));
        foreach (var row in epochs)
            if (hasMetric ? double.IsFinite(row.ValidationMetric) && (best is null || row.Metric.IsBetter(row.ValidationMetric,
                    best.ValidationMetric))
                : double.IsFinite(row.ValidationLoss) && (best is null || row.ValidationLoss < best.ValidationLoss))
                best = row;
        return best;
    }

    private static string ReadAccuracy(IReadOnlyList<EpochRecord> epochs)
    {
        var last = epochs[^1];
        if (!double.IsFinite(last.ValidationAccuracy) || BestEpoch(epochs) is not { } best)
            return "";
        var text = $"In the last epoch {ReportText.Percent(last.ValidationAccuracy)} of the validation samples are right"
            + (best.ValidationAccuracy <= last.ValidationAccuracy ? ", the best value of the run."
                : $"; the best was epoch {best.Epoch} with {ReportText.Percent(best.ValidationAccuracy)}.");
        return double.IsFinite(last.TrainAccuracy)
            ? $"{text} Training samples: {ReportText.Percent(last.TrainAccuracy)}, counted while the weights were still moving."
            : text;
    }

    private static void Table(HtmlBuilder html, IReadOnlyList<EpochRecord> epochs)
    {
        var best = BestEpoch(epochs);
        html.Add($"""<details><summary>The numbers behind the curves</summary><div class="scroll" tabindex="0" role="region" aria-label="Numbers of each epoch"><table class="numbers">""");
        html.Add($"""<thead><tr><th scope="col">Epoch</th><th scope="col">Step</th><th scope="col">Training loss</th><th scope="col">Training {epochs[^1].Metric.Name}</th><th scope="col">Validation loss</th><th scope="col">Validation {epochs[^1].Metric.Name}</th><th scope="col">Learning rate</th><th scope="col">Seconds</th><th scope="col">Images per second</th></tr></thead><tbody>""");
        foreach (var row in Shown(epochs, best))
        {
            html.Join($"""<tr class="{(row == best ? "marked" : "")}"><th scope="row">{row.Epoch}{(row == best ? " (best)" : "")}</th>""");
            html.Add($"""<td>{ReportText.Count(row.Step)}</td><td>{ReportText.Number(row.TrainLoss)}</td><td>{ReportText.Metric(row.Metric, row.TrainMetric)}</td><td>{ReportText.Number(row.ValidationLoss)}</td><td>{ReportText.Metric(row.Metric, row.ValidationMetric)}</td><td>{ReportText.Number(row.LearningRate)}</td><td>{ReportText.Number(row.Seconds)}</td><td>{ReportText.Number(Math.Round(row.ImagesPerSecond))}</td></tr>""");
        }
        html.Add($"</tbody></table></div>");
        if (epochs.Count > MostRows)
            html.Add($"""<p class="note">Of {ReportText.Count(epochs.Count)} epochs some at even distances, the best and the last.</p>""");
        html.Add($"</details>");
    }

    private static IEnumerable<EpochRecord> Shown(IReadOnlyList<EpochRecord> epochs, EpochRecord? best)
    {
        var stride = (epochs.Count + MostRows - 1) / MostRows;
        return epochs.Where((row, index) => index % stride == 0 || index == epochs.Count - 1 || row == best);
    }

    private static List<ChartSeries> Lines(params ReadOnlySpan<(string Name, string Style, IReadOnlyList<EpochRecord> Rows,
        Func<EpochRecord, double> Value)> lines)
    {
        var series = new List<ChartSeries>();
        foreach (var (name, style, rows, value) in lines)
        {
            List<(double, double)> points = [.. rows.Select(row => ((double)row.Epoch, value(row))).Where(point =>
                double.IsFinite(point.Item2))];
            if (points.Count > 0)
                series.Add(new ChartSeries(name, style, points));
        }
        return series;
    }

    private static (double Minimum, double Maximum) Extent(List<ChartSeries> series)
    {
        var values = series.SelectMany(line => line.Points).Select(point => point.Y).ToList();
        return (values.Min(), values.Max());
    }
}
