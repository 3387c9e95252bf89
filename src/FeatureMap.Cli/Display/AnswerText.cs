using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Training;

namespace FeatureMap.Cli;

/// <summary>Several labels or numbers of images, judged: for the eyes and as a document.</summary>
internal static class AnswerText
{
    private const int MostMistakes = 10;

    public static void Add(TextTable table, MultiLabelJudgement labels)
    {
        table.Add("Macro F1", $"{labels.MacroF1:0.000}, the mean over the labels, each said from {MultiLabelJudgement.UsualThreshold * 100:0} % on; "
            + $"micro F1 {labels.MicroF1:0.000}");
        table.Add("mAP", $"{labels.MeanAveragePrecision:0.000}, the mean average precision of the labels, whatever the thresholds");
        table.Add("All right", $"{labels.ExactMatches:N0} of {labels.Images:N0} images have every label right");
    }

    public static void Add(TextTable table, QuantityJudgement numbers)
    {
        foreach (var one in numbers.PerNumber.Take(5))
            table.Add(numbers.PerNumber.Count == 1 ? "Error" : one.Name, $"MAE {Plain(one.MeanAbsoluteError)}, RMSE {Plain(one.RootMeanSquaredError)}, "
                + $"R2 {Number(one.Explained)}; always answering the mean {Plain(one.Mean)} has RMSE {Plain(one.Deviation)}");
        if (numbers.PerNumber.Count > 5) table.Add("Mean R2", Number(numbers.MeanExplained));
    }

    public static void Write(Terminal terminal, MultiLabelJudgement labels, ImageSet set)
    {
        var table = new TextTable("label", "images", "said", "right", "precision", "recall", "F1", "AP").AlignRight(1, 2, 3, 4, 5, 6, 7);
        foreach (var one in labels.PerLabel)
            table.Add(one.Name, $"{one.Support:N0}", $"{one.Answers:N0}", $"{one.Right:N0}", Number(one.Precision), Number(one.Recall),
                Number(one.F1), Number(one.Curve.AveragePrecision));
        table.Write(terminal.Output);
        if (labels.PerLabel.Any(one => one.Support == 0)) terminal.Output.WriteLine("A label that no image has is in no mean.");
        if (labels.Mistakes.Count == 0 || set.FileOf(0) is null) return;
        terminal.Output.WriteLine();
        var mistakes = new TextTable(labels.Mistakes.Count > MostMistakes ? $"mistakes ({MostMistakes} of {labels.Mistakes.Count:N0}; --json and "
            + "--csv have all)" : "mistakes", "label", "is", "probability").AlignRight(3);
        foreach (var (image, label) in labels.Mistakes.Take(MostMistakes))
            mistakes.Add(set.NameOf(image), labels.PerLabel[label].Name, labels.IsThere(image, label) ? "there" : "not there",
                $"{labels.Probability(image, label) * 100:0.0} %");
        mistakes.Write(terminal.Output);
    }

    public static void Write(Terminal terminal, QuantityJudgement numbers, ImageSet set)
    {
        var table = new TextTable("number", "MAE", "RMSE", "R2", "mean", "deviation", "bias").AlignRight(1, 2, 3, 4, 5, 6);
        foreach (var one in numbers.PerNumber)
            table.Add(one.Name, Plain(one.MeanAbsoluteError), Plain(one.RootMeanSquaredError), Number(one.Explained), Plain(one.Mean),
                Plain(one.Deviation), Plain(one.Bias));
        table.Write(terminal.Output);
        if (set.FileOf(0) is null) return;
        terminal.Output.WriteLine();
        var worst = new TextTable("furthest off", "number", "is", "answered").AlignRight(2, 3);
        foreach (var one in numbers.Worst.Take(MostMistakes))
            worst.Add(one.File, one.Name, Plain(one.Truth), Plain(one.Answer));
        worst.Write(terminal.Output);
    }

    public static void Add(JsonObject document, MultiLabelJudgement labels, ImageSet set)
    {
        document["macroF1"] = Terminal.Number(labels.MacroF1);
        document["microF1"] = Terminal.Number(labels.MicroF1);
        document["meanAveragePrecision"] = Terminal.Number(labels.MeanAveragePrecision);
        document["exactMatches"] = labels.ExactMatches;
        document["perLabel"] = new JsonArray([.. labels.PerLabel.Select(one => new JsonObject
        {
            ["label"] = one.Name,
            ["threshold"] = one.Threshold,
            ["images"] = one.Support,
            ["answers"] = one.Answers,
            ["right"] = one.Right,
            ["precision"] = one.Precision,
            ["recall"] = Terminal.Number(one.Recall),
            ["f1"] = Terminal.Number(one.F1),
            ["averagePrecision"] = Terminal.Number(one.Curve.AveragePrecision),
            ["rocArea"] = Terminal.Number(one.Curve.RocArea),
        })]);
        document["mistakes"] = new JsonArray([.. labels.Mistakes.Select(one => new JsonObject
        {
            ["image"] = one.Image,
            ["file"] = set.FileOf(one.Image),
            ["label"] = labels.PerLabel[one.Label].Name,
            ["isThere"] = labels.IsThere(one.Image, one.Label),
            ["probability"] = labels.Probability(one.Image, one.Label),
        })]);
    }

    public static void Add(JsonObject document, QuantityJudgement numbers)
    {
        document["meanR2"] = Terminal.Number(numbers.MeanExplained);
        document["perNumber"] = new JsonArray([.. numbers.PerNumber.Select(one => new JsonObject
        {
            ["number"] = one.Name,
            ["meanAbsoluteError"] = one.MeanAbsoluteError,
            ["rootMeanSquaredError"] = one.RootMeanSquaredError,
            ["r2"] = Terminal.Number(one.Explained),
            ["mean"] = one.Mean,
            ["deviation"] = one.Deviation,
            ["bias"] = one.Bias,
        })]);
    }

    private static string Plain(double value) => double.IsNaN(value) ? "-" : $"{value:G5}";

    private static string Number(double value) => double.IsNaN(value) ? "-" : $"{value:0.000}";
}
