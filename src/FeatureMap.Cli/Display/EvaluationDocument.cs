using System.Text.Json.Nodes;
using FeatureMap.Models;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>What <c>evaluate --json</c> writes.</summary>
internal static class EvaluationDocument
{
    public static JsonObject Of(Evaluation evaluation, TestTimeViews views)
    {
        var (split, result) = (evaluation.Data, evaluation.Result);
        var set = split.Validation;
        var confusion = result.Confusion(set);
        var range = Enumerable.Range(0, set.ClassCount).ToArray();
        var document = new JsonObject
        {
            ["run"] = evaluation.Location,
            ["dataset"] = split.Name,
            ["dataSource"] = split.Source,
            ["images"] = set.Count,
            ["views"] = ViewsOption.Shown(views),
            ["accuracy"] = Terminal.Number(result.Accuracy),
            ["correct"] = range.Sum(label => confusion[label, label]),
            ["loss"] = Terminal.Number(result.Loss),
            ["weightsSha256"] = evaluation.Model.Weights.Sha256(),
            ["temperature"] = Terminal.Number(evaluation.Model.Temperature),
            ["classes"] = new JsonArray([.. set.AnswerNames.Select(name => JsonValue.Create(name))]),
            ["mistakes"] = new JsonArray([.. (set.Targets is null ? evaluation.Mistakes : []).Select(i => new JsonObject
            {
                ["image"] = i,
                ["file"] = set.FileOf(i),
                ["class"] = set.ClassNames[set.Label(i)],
                ["predicted"] = EvaluationText.ClassName(set, result.Predicted[i]),
            })]),
            ["confusion"] = new JsonArray([.. range.Select(label =>
                new JsonArray([.. range.Select(other => JsonValue.Create(confusion[label, other]))]))]),
        };
        if (evaluation.Judgement is { } judged) Add(document, judged);
        if (evaluation.Labels is { } labels) AnswerText.Add(document, labels, set);
        if (evaluation.Quantities is { } numbers) AnswerText.Add(document, numbers);
        if (set.Targets is not null && result.Metric is { } metric)
        {
            document["metric"] = new JsonObject
            {
                ["name"] = metric.Name,
                ["unit"] = metric.Unit,
                ["meanOverImages"] = Terminal.Number(result.Value),
            };
        }
        if (evaluation.Segmentation is { } maps) document["segmentation"] = Segmented(maps);
        if (evaluation.AfterCalibration is { } after) document["calibrated"] = Calibrated(after.Calibration);
        return document;
    }

    private static void Add(JsonObject document, Judgement judged)
    {
        if (judged.ClassNames.Count > 5) document["top5"] = judged.TopAccuracy(5);
        document["balancedAccuracy"] = judged.BalancedAccuracy;
        document["rocArea"] = Terminal.Number(judged.RocArea);
        document["precisionRecallArea"] = Terminal.Number(judged.PrecisionArea);
        document["macro"] = Means(judged.Macro);
        document["micro"] = Means(judged.Micro);
        document["weighted"] = Means(judged.Weighted);
        document["perClass"] = new JsonArray([.. judged.PerClass.Select((one, label) => new JsonObject
        {
            ["class"] = one.Name,
            ["images"] = one.Support,
            ["answers"] = one.Answers,
            ["right"] = one.Right,
            ["neverAnswered"] = one.IsNeverAnswered,
            ["precision"] = one.Precision,
            ["recall"] = Terminal.Number(one.Recall),
            ["f1"] = Terminal.Number(one.F1),
            ["rocArea"] = Terminal.Number(judged.Curve(label).RocArea),
            ["precisionRecallArea"] = Terminal.Number(judged.Curve(label).AveragePrecision),
        })]);
        document["calibration"] = Calibrated(judged.Calibration);
    }

    private static JsonObject Segmented(SegmentationJudgement maps) => new()
    {
        ["meanIntersectionOverUnion"] = Terminal.Number(maps.MeanIntersectionOverUnion),
        ["meanDice"] = Terminal.Number(maps.MeanDice),
        ["meanBoundaryF"] = Terminal.Number(maps.MeanBoundaryF),
        ["pixelAccuracy"] = Terminal.Number(maps.PixelAccuracy),
        ["pixels"] = maps.CountedPixels,
        ["images"] = new JsonArray([.. maps.PerImage.Select(one => new JsonObject
        {
            ["image"] = one.Name,
            ["pixels"] = one.CountedPixels,
            ["right"] = one.RightPixels,
            ["meanIntersectionOverUnion"] = Terminal.Number(one.MeanIntersectionOverUnion),
        })]),
        ["classes"] = new JsonArray([.. maps.PerClass.Select(one => new JsonObject
        {
            ["class"] = one.Name,
            ["pixels"] = one.Pixels,
            ["answers"] = one.Answers,
            ["right"] = one.Right,
            ["intersectionOverUnion"] = Terminal.Number(one.IntersectionOverUnion),
            ["dice"] = Terminal.Number(one.Dice),
            ["boundaryF"] = Terminal.Number(one.BoundaryF),
        })]),
    };

    private static JsonObject Means(ClassMeans means) =>
        new() { ["precision"] = means.Precision, ["recall"] = means.Recall, ["f1"] = means.F1 };

    private static JsonObject Calibrated(Calibration calibration) => new()
    {
        ["expectedError"] = calibration.ExpectedError,
        ["largestError"] = calibration.LargestError,
        ["confidence"] = calibration.Confidence,
        ["bins"] = new JsonArray([.. calibration.Bins.Select(bin => new JsonObject
        {
            ["from"] = bin.From,
            ["to"] = bin.To,
            ["images"] = bin.Images,
            ["confidence"] = Terminal.Number(bin.Confidence),
            ["accuracy"] = Terminal.Number(bin.Accuracy),
        })]),
    };
}
