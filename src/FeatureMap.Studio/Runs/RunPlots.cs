using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>The curves of a run, each with a sentence on how to read it. Smoothing is RunCurves' of the workbench.</summary>
internal static class RunPlots
{
    public static IReadOnlyList<LinePlot> Of(RunDetail run, string axis, double smooth)
    {
        var one = run.Summary;
        var plots = new List<LinePlot>();
        if (axis == "step" && run.Steps.Count > 1) plots.Add(Steps(run, smooth));
        if (one.Epochs.Count == 0) return plots;
        double At(RunEpoch epoch) => axis switch { "step" => epoch.Step, "time" => epoch.TotalSeconds, _ => epoch.Epoch };
        var across = axis == "time" ? "seconds of training" : axis;
        IReadOnlyList<PlotLine> Lines(params (string Name, Func<RunEpoch, double> Value)[] all) => [.. all.SelectMany(line =>
            Smoothed(line.Name, [.. one.Epochs.Select(epoch => (At(epoch), line.Value(epoch)))], smooth))];
        var losses = Lines(("training", epoch => epoch.TrainLoss), ("validation", epoch => epoch.ValidationLoss));
        var isLogarithmic = losses.SelectMany(line => line.Points).Select(point => point.Y).Where(double.IsFinite).ToList()
            is { Count: > 0 } values
            && values.Min() > 0 && values.Max() / values.Min() > 8;
        plots.Add(new LinePlot
        {
            Title = "Loss",
            Caption = "How wrong the answers are; less is better." + (isLogarithmic ? " Equal distances upwards are equal factors." : ""),
            Across = across,
            Logarithmic = isLogarithmic,
            Lines = losses,
            Reading = LossReading(one),
        });
        if (one.Metric != "loss")
            plots.Add(new LinePlot
            {
                Title = $"{char.ToUpperInvariant(one.Metric[0])}{one.Metric[1..]}",
                Caption = $"{(one.HigherIsBetter ? "More" : "Less")} is better.{Beginning(one)}",
                Across = across,
                Format = one.Format,
                Lines = Lines(("training", epoch => epoch.TrainMetric), ("validation", epoch => epoch.ValidationMetric)),
                Reading = one.Best is { } best ? $"Best {best.Text} after epoch {best.Epoch}, last {one.Last?.Text ?? "–"} after epoch "
                    + $"{one.Last?.Epoch ?? 0}. Training images are met augmented and with dropout, so their line may lie below." : "",
            });
        plots.Add(new LinePlot
        {
            Title = "Learning rate",
            Caption = "Of the last step of each epoch.",
            Across = across,
            Lines = Lines(("rate", epoch => epoch.LearningRate)),
            Reading = "Where the rate falls, the loss usually falls with it. A loss that jumps where the rate is highest says that it "
                + "is too "
                + "high.",
        });
        plots.Add(new LinePlot
        {
            Title = "Images per second",
            Caption = "Training images, validation not counted.",
            Across = across,
            Lines = Lines(("images/s", epoch => epoch.ImagesPerSecond)),
            Reading = "A fall says that something else uses the processor, or that augmentation does not keep up.",
        });
        return plots;
    }

    private static LinePlot Steps(RunDetail run, double smooth) => new()
    {
        Title = "Loss of single steps",
        Caption = "Each point is one batch that the log has.",
        Across = "step",
        Lines = Smoothed("step", [.. run.Steps.Select(step => ((double)step.Step, step.Loss))], smooth),
        Reading = "Single batches jump: smooth them, and look whether the line still falls.",
    };

    private static IReadOnlyList<PlotLine> Smoothed(string name, IReadOnlyList<(double X, double Y)> points, double smooth)
    {
        var finite = points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)).ToList();
        return smooth == 0 || finite.Count < 3 ? [new PlotLine(name, finite)]
            : [new PlotLine($"{name}, smoothed", RunCurves.Smooth(finite, smooth)), new PlotLine(name, finite)];
    }

    private static string Beginning(RunSummary run) => run.Epochs.SelectMany(epoch => (double[])[epoch.TrainMetric, epoch.ValidationMetric])
        .Where(double.IsFinite).ToList() is { Count: > 0 } values ? AxisScale.Beginning(values.Min(), values.Max(), run.Format) : "";

    private static string LossReading(RunSummary run)
    {
        if (run.Epochs is not [_, .., var last] || !double.IsFinite(last.ValidationLoss)) return "";
        var least = run.Epochs.Where(epoch => double.IsFinite(epoch.ValidationLoss)).MinBy(epoch => epoch.ValidationLoss)!;
        if (least.Epoch == last.Epoch) return
            $"The validation loss is at its lowest after the last epoch, {last.Epoch}: longer training may still "
            + "help.";
        return last.ValidationLoss > 1.05 * least.ValidationLoss
            ? $"The validation loss was lowest after epoch {least.Epoch} and has risen since, while training goes on: often the network "
                + "begins "
                + "to learn its images by heart then. Augmentation, weight decay or fewer epochs help."
            : $"The validation loss was lowest after epoch {least.Epoch} and has stayed near it.";
    }
}
