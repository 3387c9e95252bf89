using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>The results of a comparison: a table, dots with their spread, curves, and a sentence that says whether the differences are larger than chance.</summary>
internal sealed class ComparisonPage(LabRun run, SplitData data, IReadOnlyList<Standing> standings)
{
    private readonly int classes = data.ClassCount;

    public void Write()
    {
        var ranked = standings.OrderByDescending(standing => standing.Mean(classes)).ToList();
        var best = ranked[0];
        run.Page.Headline = (ReportText.Percent(best.Mean(classes)), $"{best.Contender.Name}, the highest mean accuracy");
        run.Page.Section("Results", Verdict(ranked));
        run.Page.Table(
            new ReportTable(
                ["", "Accuracy, %", "Lowest", "Highest", "Training loss", "Learning rate", "Seconds", "What it is"],
                [.. standings.Select(Row)]),
            $"Validation accuracy after the last epoch: mean, lowest and highest of {ReportText.Count(standings[0].Trainings.Count, "seed")}. Seconds are those of one training on this machine, with whatever else it was doing.",
            marked: [Index(best)]);
        run.Page.Add(new BarPlot
        {
            Title = "Accuracy",
            Caption = "The dot is the mean over the seeds, the line reaches from the lowest to the highest." + (Far.Count > 0 ? $" Left out, far below: {string.Join(", ", Far.Select(standing => standing.Contender.Name))}." : ""),
            FromZero = false,
            Bars = [.. standings.Except(Far).Select(standing => new PlotBar(standing.Contender.Name, standing.Mean(classes)) { Spread = standing.Spread(classes) })],
            Format = share => ReportText.Percent(share),
            TickFormat = share => ReportText.Percent(share, "0.##"),
        });
        Curves();
    }

    // Those that learned next to nothing would press all others into one place of the axis.
    private List<Standing> Far
    {
        get
        {
            var median = standings.Select(standing => standing.Mean(classes)).Order().ElementAt(standings.Count / 2);
            return [.. standings.Where(standing => 1 - standing.Mean(classes) > Math.Max(6 * (1 - median), 0.1))];
        }
    }

    private void Curves()
    {
        var epochs = standings.SelectMany(standing => standing.Trainings).OfType<LabTraining>().Select(training => training.Epochs.Count).DefaultIfEmpty(0).Max();
        var losses = standings.Select(standing => standing.Line(epoch => epoch.TrainLoss)).ToList();
        run.Page.Section("Curves", "Each line is the mean over the seeds, the band behind it reaches from the lowest to the highest. Point at a mark to see its value.");
        run.Page.Add(new LinePlot
        {
            Title = "Training loss",
            Caption = "Less is better. The axis is logarithmic.",
            Logarithmic = true,
            Lines = losses,
        });
        run.Page.Add(new LinePlot
        {
            Title = "Validation accuracy",
            Caption = "More is better." + (Far.Count > 0 ? " Those far below are left out." : ""),
            Lines = [.. standings.Except(Far).Select(standing => standing.Line(epoch => epoch.ValidationAccuracy))],
            Range = epochs > 3 ? Zoom() : null,
            Format = share => ReportText.Percent(share),
            TickFormat = share => ReportText.Percent(share, "0.##"),
        });
    }

    // The first epochs lie far below the rest and would press the ends together, which matter most.
    private (double Minimum, double Maximum)? Zoom()
    {
        var points = standings.Except(Far).SelectMany(standing => standing.Line(epoch => epoch.ValidationAccuracy).Points).ToList();
        if (points.Count == 0) return null;
        var second = points.Where(point => point.X == 2).Select(point => point.Y).Order().ToList();
        return second.Count == 0 ? null : (second[second.Count / 4], points.Max(point => point.Y));
    }

    private string Verdict(List<Standing> ranked)
    {
        var best = ranked[0];
        if (ranked.Count < 2) return "";
        // Who cannot be told from the best: their ranges over the seeds overlap.
        var even = ranked.Skip(1).Where(standing => standing.Spread(classes).High >= best.Spread(classes).Low).Select(standing => standing.Contender.Name).ToList();
        var text = $"{best.Contender.Name} has the highest mean. ";
        text += standings[0].Trainings.Count < 2 ? "With one seed nothing tells a difference from chance: train more (--seeds 5)."
            : even.Count == 0 ? $"The next, {ranked[1].Contender.Name}, is {ReportText.Number((best.Mean(classes) - ranked[1].Mean(classes)) * 100, "0.00")} points behind, and no seed of it reaches the lowest of {best.Contender.Name}."
            : $"Its range over the seeds overlaps with {(even.Count == 1 ? "that" : "those")} of {Joined(even)}: between these nothing is decided here.";
        var lost = standings.Where(standing => standing.Diverged > 0).Select(standing => $"{standing.Contender.Name} ({standing.Diverged} of {standing.Trainings.Count})").ToList();
        return lost.Count == 0 ? text : $"{text} The loss left all numbers in trainings of {Joined(lost)}; they count as guesses.";
    }

    private static string Joined(List<string> names) => names.Count == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";

    private int Index(Standing standing) => standings.Index().First(pair => pair.Item == standing).Index;

    private static string Lost(Standing standing) =>
        standing.LostRates.Count == 0 ? "" : $" ({string.Join(", ", standing.LostRates.Select(rate => ReportText.Number(rate, "G3")))} failed)";

    private IReadOnlyList<string> Row(Standing standing)
    {
        var (low, high) = standing.Spread(classes);
        return
        [
            standing.Contender.Name,
            ReportText.Number(standing.Mean(classes) * 100, "0.00"), ReportText.Number(low * 100, "0.00"), ReportText.Number(high * 100, "0.00"),
            ReportText.Number(standing.TrainLoss, "0.0000"), ReportText.Number(standing.Rate, "G3") + Lost(standing), ReportText.Number(standing.Seconds, "0.0"), standing.Contender.Remark,
        ];
    }
}
