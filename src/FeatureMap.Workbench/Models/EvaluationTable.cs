using System.Globalization;
using System.Text;
using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>What a model said of each image, as a table of comma-separated values (RFC 4180); see <see cref="PredictionTable"/>.</summary>
public static class EvaluationTable
{
    /// <summary>
    /// The text: a header, then a line for each image of the set, in its order. The columns are <c>image</c> (its place in the set),
    /// <c>file</c> (empty where it has none), <c>truth</c>, <c>answer</c>, <c>right</c> (1 or 0), <c>probability</c> of the answer,
    /// <c>truthProbability</c>, and <c>truthRank</c> (1 where the answer is right). Where the targets are no classes: <c>image</c>,
    /// <c>file</c> and what was measured of it, under its name; for label maps of whole images <c>pixels</c>, <c>wrong</c>,
    /// <c>pixelError</c> and <c>meanIntersectionOverUnion</c>.
    /// </summary>
    /// <param name="evaluation">What was judged.</param>
    /// <exception cref="DataException">The network makes no choice between classes, and nothing was measured of the images.</exception>
    public static string Of(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        if (evaluation.Segmentation is { } maps) return OfMaps(evaluation, maps);
        if (evaluation.Data.Validation.Targets is not null && evaluation.Result.Values.Count > 0) return OfMetric(evaluation);
        var judgement = evaluation.Judgement ?? throw new DataException($"{evaluation.Name} gives no probabilities of classes, so there "
            + "is no answer for each image that a table could hold.");
        var set = evaluation.Data.Validation;
        var text = new StringBuilder();
        PredictionTable.Line(text, ["image", "file", "truth", "answer", "right", "probability", "truthProbability", "truthRank"]);
        foreach (var (image, one) in judgement.Answers.Index())
        {
            PredictionTable.Line(text,
            [
                $"{image}", set.FileOf(image) ?? "", judgement.ClassNames[one.Truth], judgement.ClassNames[one.Answer],
                one.IsRight ? "1" : "0", Number(one.Probability), Number(one.TruthProbability), $"{one.TruthRank}",
            ]);
        }
        return text.ToString();
    }

    private static string OfMaps(Evaluation evaluation, SegmentationJudgement maps)
    {
        var text = new StringBuilder();
        PredictionTable.Line(text, ["image", "file", "pixels", "wrong", "pixelError", "meanIntersectionOverUnion"]);
        foreach (var (image, one) in maps.PerImage.Index())
            PredictionTable.Line(text, [$"{image}", evaluation.Data.Validation.FileOf(image) ?? "", $"{one.CountedPixels}",
                $"{one.CountedPixels - one.RightPixels}", Known(one.PixelError), Known(one.MeanIntersectionOverUnion)]);
        return text.ToString();

        static string Known(double value) => double.IsNaN(value) ? "" : Number(value);
    }

    private static string OfMetric(Evaluation evaluation)
    {
        var text = new StringBuilder();
        PredictionTable.Line(text, ["image", "file", evaluation.Result.Metric!.Name]);
        foreach (var (image, value) in evaluation.Result.Values.Index())
            PredictionTable.Line(text, [$"{image}", evaluation.Data.Validation.FileOf(image) ?? "", double.IsNaN(value) ? ""
                : Number(value)]);
        return text.ToString();
    }

    /// <summary>Writes it to a file.</summary>
    /// <exception cref="DataException">The file cannot be written, or the network makes no choice between classes.</exception>
    public static void Write(Evaluation evaluation, string file) => PredictionTable.Write(Of(evaluation), file);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
