using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>A judged model as a page: classes, curves, calibration, confusions and the worst mistakes.</summary>
public static class EvaluationPage
{
    private const int MostMistakes = 24, TopAnswers = 5;

    /// <summary>Makes the page.</summary>
    /// <param name="evaluation">What was judged.</param>
    /// <exception cref="DataException">The network makes no choice between classes.</exception>
    public static Page Of(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        if (evaluation.Segmentation is { } maps) return MaskPage.Of(evaluation, maps);
        if (evaluation.Labels is { } labels) return OfLabels(evaluation, labels);
        if (evaluation.Quantities is { } numbers) return OfNumbers(evaluation, numbers);
        var judged = evaluation.Judgement ?? throw new DataException($"{evaluation.Name} gives no probabilities of classes, so there is "
            + "nothing that the page could show.");
        var (split, set) = (evaluation.Data, evaluation.Data.Validation);
        var page = new Page(evaluation.Name, "Evaluation", $"{ReportText.Count(judged.Mistakes.Count)} of "
            + $"{ReportText.Count(judged.Images)} validation images got a wrong answer.")
        {
            Headline = (ReportText.Percent(judged.Accuracy), "of the validation images right"),
        };
        List<ReportFact> facts =
        [
            new("Model", evaluation.Location),
            new("Data", $"{split.Name}, {DataAccess.Origin(split)}"),
            new("Loss", ReportText.Number(evaluation.Result.Loss)),
            new("Balanced accuracy", ReportText.Percent(judged.BalancedAccuracy)),
        ];
        if (judged.ClassNames.Count > TopAnswers) facts.Add(new("Top 5", ReportText.Percent(judged.TopAccuracy(TopAnswers))));
        if (evaluation.Model.Temperature is { } temperature) facts.Add(new("Temperature kept in the model",
            ReportText.Number(temperature)));
        page.Section("What was judged").Facts(facts).Judged(judged);
        if (judged.Mistakes.Count == 0) return page;
        return page.Section("Worst mistakes", "The wrong answers that the model was surest of. Ask of each whether you would have known "
            + "better: some labels are doubtful themselves.").Add(new PictureGrid
            {
                Pictures = [.. judged.Mistakes.Take(MostMistakes).Select(one => new PagePicture(
                    new ReportImage(set.Pixels(one.Image).ToArray(), set.ImageShape),
                    $"{one.File}: {one.Truth}, called {one.Answer} ({ReportText.Percent(one.Probability, "0")})"))],
            });
    }

    private static Page OfLabels(Evaluation evaluation, MultiLabelJudgement labels)
    {
        var (split, set) = (evaluation.Data, evaluation.Data.Validation);
        var page = new Page(evaluation.Name, "Evaluation",
            $"{ReportText.Count(labels.PerLabel.Count, "label")}, each a question of its own, "
            + $"on {ReportText.Count(labels.Images, "validation image")}.")
        {
            Headline = (ReportText.Number(labels.MacroF1, "0.000"), "F1, the mean over the labels"),
        };
        page.Section("What was judged").Facts(
            new ReportFact("Model", evaluation.Location), new("Data", $"{split.Name}, {DataAccess.Origin(split)}"),
            new("Loss", ReportText.Number(evaluation.Result.Loss))).Judged(labels);
        if (labels.Mistakes.Count == 0) return page;
        return page.Section("Worst mistakes",
            "The answers that were furthest on the wrong side of their threshold. Some labels are doubtful "
            + "themselves.").Add(new PictureGrid
            {
                Pictures = [.. labels.Mistakes.Take(MostMistakes).Select(one => new PagePicture(
                    new ReportImage(set.Pixels(one.Image).ToArray(), set.ImageShape),
                    $"{set.NameOf(one.Image)}: {(labels.IsThere(one.Image, one.Label) ? "has" : "has no")} "
                        + $"{labels.PerLabel[one.Label].Name} "
                    + $"({ReportText.Percent(labels.Probability(one.Image, one.Label), "0")})"))],
            });
    }

    private static Page OfNumbers(Evaluation evaluation, QuantityJudgement numbers)
    {
        var (split, set) = (evaluation.Data, evaluation.Data.Validation);
        var first = numbers.PerNumber[0];
        var page = new Page(evaluation.Name, "Evaluation", $"{ReportText.Count(numbers.PerNumber.Count, "number")} of each of "
            + $"{ReportText.Count(numbers.Images, "validation image")}.")
        {
            Headline = numbers.PerNumber.Count == 1 ? ($"{first.MeanAbsoluteError:G4}", $"is {first.Name} off on average")
                : (ReportText.Number(numbers.MeanExplained, "0.000"), "R\u00b2, the mean over the numbers"),
        };
        page.Section("What was judged").Facts(
            new ReportFact("Model", evaluation.Location), new("Data", $"{split.Name}, {DataAccess.Origin(split)}"),
            new("Loss", ReportText.Number(evaluation.Result.Loss))).Judged(numbers);
        return page.Section("Furthest off", "The answers that were furthest from the truth, counted in deviations of their number.")
            .Add(new PictureGrid
            {
                Pictures = [.. numbers.Worst.Take(MostMistakes).Select(one => new PagePicture(
                    new ReportImage(set.Pixels(one.Image).ToArray(), set.ImageShape),
                    $"{one.File}: {one.Name} {one.Truth:G5}, answered {one.Answer:G5}"))],
            });
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="DataException">The file cannot be written, or the network makes no choice between classes.</exception>
    public static void Write(Evaluation evaluation, string file) => Of(evaluation).Write(file);
}
