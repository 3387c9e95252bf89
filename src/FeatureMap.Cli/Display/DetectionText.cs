using System.Text.Json.Nodes;
using FeatureMap.Analysis;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>What is shown of a detector: what it is worth, and what it finds.</summary>
internal static class DetectionText
{
    private const int MostBoxes = 20;

    /// <summary>What <c>evaluate</c> prints of a detector.</summary>
    public static void Write(Terminal terminal, DetectionEvaluation evaluation)
    {
        var (judged, images) = (evaluation.Judgement, evaluation.Images);
        var (coco, least) = (judged.Coco, judged.BestScore);
        var table = new TextTable();
        table.Add("Detector", evaluation.Name);
        table.Add("Data", $"{evaluation.Data.Set.Name}, {images.Count:N0} {evaluation.Part} pictures with {judged.Precision.Things:N0} "
            + $"things, "
            + $"from {Terminal.Shown(evaluation.Data.Set.Location)}");
        table.Add("mAP@0.5", $"{Share(judged.Precision.Mean)}, at all points (VOC); {Share(judged.ElevenPointPrecision.Mean)} at 11");
        table.Add("mAP", $"{Share(coco.Precision)}, the mean over least overlaps from 0.5 to 0.95 (COCO); at 0.75 "
            + $"{Share(coco.Precision75)}");
        table.Add("By size", $"small {Share(coco.SmallPrecision)}, medium {Share(coco.MediumPrecision)}, large "
            + $"{Share(coco.LargePrecision)}");
        table.Add("Recall", $"{Share(coco.Recall1)} with one box for each picture and class, {Share(coco.Recall10)} with 10, "
            + $"{Share(coco.Recall100)} with 100");
        // Written down, so that the box that has just this score is shown.
        var typed = $"{Math.Floor(least * 1000) / 1000:0.###}";
        var point = judged.Curve().FirstOrDefault(one => one.Score == least);
        var nothing = judged.Precision.Things == 0 ? "-, as there is nothing to be found" : "-, as no box is right whatever its score";
        table.Add("Best F1", point.Right == 0 ? nothing : $"{point.F1:0.000} with boxes from a score of {typed} on: {point.Right:N0} "
            + $"right, {point.Wrong:N0} wrong, {point.Things - point.Right:N0} missed. predict --least-score {typed} shows these");
        table.Write(terminal.Output);
        terminal.Output.WriteLine();
        var classes = new TextTable("class", "things", "AP@0.5", "AP", "found", "wrong").AlignRight(1, 2, 3, 4, 5);
        foreach (var (label, name) in evaluation.Detector.ClassNames.Index())
        {
            var curve = judged.Curve(label);
            var shown = curve.LastOrDefault(one => one.Score >= least);
            classes.Add(name, $"{judged.ThingsOf(label):N0}", Number(judged.Precision.PerClass[label]),
                Number(coco.PerClass[label]), $"{shown.Right:N0}", $"{shown.Wrong:N0}");
        }
        classes.Write(terminal.Output);
        if (judged.Precision.PerClass.Any(double.IsNaN)) terminal.Output.WriteLine("A class without things is in no mean.");
    }

    /// <summary>The same as a document.</summary>
    public static JsonObject Document(DetectionEvaluation evaluation)
    {
        var (judged, names) = (evaluation.Judgement, evaluation.Detector.ClassNames);
        string[] twelve = ["AP", "AP50", "AP75", "APsmall", "APmedium", "APlarge", "AR1", "AR10", "AR100", "ARsmall", "ARmedium",
            "ARlarge"];
        var coco = new JsonObject();
        foreach (var (name, value) in twelve.Zip(judged.Coco.All))
            coco[name] = Terminal.Number(value);
        return new()
        {
            ["run"] = evaluation.Location,
            ["data"] = evaluation.Data.Set.Location,
            ["part"] = evaluation.Part,
            ["images"] = evaluation.Images.Count,
            ["things"] = judged.Precision.Things,
            ["map50"] = Terminal.Number(judged.Precision.Mean),
            ["map50ElevenPoints"] = Terminal.Number(judged.ElevenPointPrecision.Mean),
            ["coco"] = coco,
            ["bestScore"] = judged.BestScore,
            ["classes"] = new JsonArray([.. names.Select((name, label) => new JsonObject
            {
                ["class"] = name,
                ["ap50"] = Terminal.Number(judged.Precision.PerClass[label]),
                ["ap"] = Terminal.Number(judged.Coco.PerClass[label]),
            })]),
            ["weightsSha256"] = evaluation.Detector.Model.Weights.Sha256(),
        };
    }

    /// <summary>What <c>predict</c> prints of a detector.</summary>
    public static void Write(Terminal terminal, DetectionPredictions found)
    {
        if (found.Answers.Count == 0) return;
        var table = new TextTable("file", "class", "score", "x", "y", "width", "height").AlignRight(2, 3, 4, 5, 6);
        foreach (var (path, boxes) in found.Answers)
        {
            if (boxes.Count == 0) table.Add(path, "nothing");
            foreach (var (box, label, score) in boxes.Take(MostBoxes))
                table.Add(path, found.ClassNames[label], $"{score:0.00}", $"{box.X:0}", $"{box.Y:0}", $"{box.Width:0}", $"{box.Height:0}");
            if (boxes.Count > MostBoxes) table.Add(path, $"and {boxes.Count - MostBoxes:N0} more (--csv and --json have all)");
        }
        table.Write(terminal.Output);
    }

    /// <summary>The same as a document.</summary>
    public static JsonObject Document(DetectionPredictions found) => new()
    {
        ["classes"] = new JsonArray([.. found.ClassNames.Select(name => JsonValue.Create(name))]),
        ["predictions"] = new JsonArray([.. found.Answers.Select(answer => new JsonObject
        {
            ["image"] = answer.Path,
            ["boxes"] = new JsonArray([.. answer.Boxes.Select(box => new JsonObject
            {
                ["class"] = found.ClassNames[box.Class],
                ["score"] = Terminal.Number(box.Score),
                ["x"] = Terminal.Number(box.Box.X),
                ["y"] = Terminal.Number(box.Box.Y),
                ["width"] = Terminal.Number(box.Box.Width),
                ["height"] = Terminal.Number(box.Box.Height),
            })]),
        })]),
        ["errors"] = new JsonArray([.. found.Failures.Select(failure => new JsonObject { ["image"] = failure.Path, ["message"]
            = failure.Message })]),
    };

    private static string Share(double value) => value < 0 || double.IsNaN(value) ? "-" : $"{value * 100:0.00} %";

    private static string Number(double value) => value < 0 || double.IsNaN(value) ? "-" : $"{value:0.000}";
}
