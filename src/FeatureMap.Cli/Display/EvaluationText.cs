using FeatureMap.Data;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>What <c>evaluate</c> prints for the eyes.</summary>
internal sealed class EvaluationText(Terminal terminal, Evaluation evaluation)
{
    private const int MostMistakes = 10, TopAnswers = 5;

    private readonly ImageSet set = evaluation.Data.Validation;

    public void Write(string name)
    {
        var (split, result) = (evaluation.Data, evaluation.Result);
        var table = new TextTable();
        table.Add("Model", name);
        table.Add("Data", $"{split.Name}, {set.Count:N0} validation images, {DataAccess.Origin(split)}");
        if (set.Targets is not null) AddMeasured(table);
        else table.Add("Accuracy", $"{result.Accuracy * 100:0.00} % ({Right():N0} of {set.Count:N0} right)");
        table.Add("Loss", $"{result.Loss:0.0000}{(set.Targets is not null && result.Predicted.Count > set.Count ? ", of patches" : "")}");
        if (evaluation.Judgement is { } judged) AddFigures(table, judged);
        table.Write(terminal.Output);
        terminal.Output.WriteLine();
        if (evaluation.Judgement is { } classes) WriteClasses(classes);
        if (evaluation.Segmentation is { } maps) Write(maps);
        if (evaluation.Labels is { } labels) AnswerText.Write(terminal, labels, set);
        if (evaluation.Quantities is { } numbers) AnswerText.Write(terminal, numbers, set);
        if (set.Targets is null) WriteMistakes();
    }

    // The set as a whole first: a mean over images is another number.
    private void AddMeasured(TextTable table)
    {
        if (evaluation.Segmentation is { } maps)
        {
            table.Add("mIoU", $"{maps.MeanIntersectionOverUnion * 100:0.00} %, the pixels of all images counted together");
            table.Add("Dice", $"{maps.MeanDice * 100:0.00} %, likewise");
            table.Add("Edges", $"{Number(maps.MeanBoundaryF)}, F of those within {SegmentationJudgement.BoundaryTolerance * 100:0.00} % "
                + "of the diagonal");
            table.Add("Pixels", $"{maps.PixelAccuracy * 100:0.00} % of {maps.CountedPixels:N0} right, {maps.PixelError * 100:0.00} % "
                + $"wrong");
        }
        if (evaluation.Labels is { } labels) AnswerText.Add(table, labels);
        else if (evaluation.Quantities is { } numbers) AnswerText.Add(table, numbers);
        else if (evaluation.Result.Metric is { } metric && evaluation.Result.Values.Count == set.Count)
            table.Add(metric.Title, $"{metric.Format(evaluation.Result.Value)}, the mean over images");
    }

    private void Write(SegmentationJudgement maps)
    {
        var classes = new TextTable("class", "pixels", "IoU", "Dice", "edges").AlignRight(1, 2, 3, 4);
        foreach (var one in maps.PerClass)
            classes.Add(one.Name, $"{one.Pixels:N0}", Number(one.IntersectionOverUnion), Number(one.Dice), Number(one.BoundaryF));
        classes.Write(terminal.Output);
        if (maps.PerClass.Any(one => !one.Occurs)) terminal.Output.WriteLine("A class that is in no target and no answer is in no mean.");
        if (set.FileOf(0) is null) return;
        terminal.Output.WriteLine();
        var worst = maps.PerImage.Where(one => one.CountedPixels > 0).OrderByDescending(one => one.PixelError).ToArray();
        var images = new TextTable(worst.Length > MostMistakes ? $"worst images ({MostMistakes} of {worst.Length:N0}; --csv has all)"
            : "images, the worst first", "pixels wrong", "mIoU").AlignRight(1, 2);
        foreach (var one in worst.Take(MostMistakes))
            images.Add(one.Name, $"{one.PixelError * 100:0.00} %", Number(one.MeanIntersectionOverUnion));
        images.Write(terminal.Output);
    }

    private int Right() => Enumerable.Range(0, set.Count).Count(i => evaluation.Result.Predicted[i] == set.Label(i));

    private void AddFigures(TextTable table, Judgement judged)
    {
        if (judged.ClassNames.Count > TopAnswers)
            table.Add("Top 5", $"{judged.TopAccuracy(TopAnswers) * 100:0.00} % have their class among the five most probable");
        table.Add("Balanced", $"{judged.BalancedAccuracy * 100:0.00} %, the mean recall of the classes");
        table.Add("Areas", $"ROC {Number(judged.RocArea)}, precision over recall {Number(judged.PrecisionArea)}; each class against the "
            + "rest");
        table.Add("Calibration", Sureness(judged.Calibration));
        if (evaluation.AfterCalibration is { } after)
            table.Add("Temperature", $"{evaluation.Model.Temperature:0.###}, kept in the model: at it the error is "
                + $"{after.Calibration.ExpectedError * 100:0.0} % on these images, on which it was measured. predict --calibrated uses it");
    }

    private static string Sureness(Calibration calibration)
    {
        var gap = calibration.Confidence - calibration.Accuracy;
        var words = Math.Abs(gap) < 0.005 ? "as sure as right" : gap > 0 ? "surer than right" : "less sure than right";
        return $"error {calibration.ExpectedError * 100:0.0} % ({words}: {calibration.Confidence * 100:0.0} % sure on average, "
            + $"{calibration.Accuracy * 100:0.0} % right)";
    }

    private void WriteClasses(Judgement judged)
    {
        var confusion = judged.Confusion();
        var classes = new TextTable("class", "images", "right", "precision", "recall", "F1", "ROC area", "most often taken for")
            .AlignRight(1, 2, 3, 4, 5, 6);
        foreach (var (label, one) in judged.PerClass.Index())
        {
            var wrong = Enumerable.Range(0, judged.ClassNames.Count).Where(other => other != label)
                .DefaultIfEmpty(label).MaxBy(other => confusion[label, other]);
            classes.Add(one.Name, $"{one.Support:N0}", $"{one.Right:N0}", Number(one.Precision) + (one.IsNeverAnswered ? "*" : ""),
                Number(one.Recall), Number(one.F1), Number(judged.Curve(label).RocArea),
                wrong == label || confusion[label, wrong] == 0 ? "" : $"{judged.ClassNames[wrong]} ({confusion[label, wrong]:N0} times)");
        }
        Means("mean of the classes", judged.Macro, judged.RocArea);
        Means("weighted by images", judged.Weighted, double.NaN);
        classes.Write(terminal.Output);
        if (judged.PerClass.Any(one => one.IsNeverAnswered))
            terminal.Output.WriteLine("* no image was taken for the class: its precision counts as 0");
        if (judged.PerClass.Any(one => one.Support == 0))
            terminal.Output.WriteLine("A class without images is in no mean.");

        void Means(string name, ClassMeans means, double area) => classes.Add(name, $"{judged.Images:N0}",
            $"{judged.Images - judged.Mistakes.Count:N0}", Number(means.Precision), Number(means.Recall), Number(means.F1),
            Number(area), "");
    }

    // By their files, so that they can be looked at; images without files of their own have only a number, which --json gives.
    private void WriteMistakes()
    {
        int[] wrong = [.. evaluation.Mistakes];
        if (wrong.Length == 0 || set.FileOf(0) is null) return;
        terminal.Output.WriteLine();
        var mistakes = new TextTable(wrong.Length > MostMistakes ? $"mistakes ({MostMistakes} of {wrong.Length:N0}; --json and --csv have "
            + "all)" : "mistakes", "is", "taken for");
        foreach (var i in wrong.Take(MostMistakes))
            mistakes.Add(set.FileOf(i)!, set.ClassNames[set.Label(i)], ClassName(set, evaluation.Result.Predicted[i]));
        mistakes.Write(terminal.Output);
    }

    /// <summary>The name of a class, or its number where a network has more answers than the data have classes.</summary>
    public static string ClassName(ImageSet set, int label) => label < set.ClassCount ? set.ClassNames[label] : $"{label}";

    private static string Number(double value) => double.IsNaN(value) ? "-" : $"{value:0.000}";
}
