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
    /// <c>pixelError</c> and <c>meanIntersectionOverUnion</c>; for several labels those that are there and those that were said, with '|'
    /// between them, how many are wrong, and the probability of each; for numbers truth, answer and error of each.
    /// </summary>
    /// <param name="evaluation">What was judged.</param>
    /// <exception cref="DataException">The network makes no choice between classes, and nothing was measured of the images.</exception>
    public static string Of(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        if (evaluation.Segmentation is { } maps) return OfMaps(evaluation, maps);
        if (evaluation.Labels is { } labels) return OfLabels(evaluation, labels);
        if (evaluation.Quantities is { } numbers) return OfNumbers(evaluation, numbers);
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

    private static string OfLabels(Evaluation evaluation, MultiLabelJudgement labels)
    {
        var text = new StringBuilder();
        var set = evaluation.Data.Validation;
        PredictionTable.Line(text, ["image", "file", "truth", "answer", "wrong", .. labels.PerLabel.Select(one => one.Name)]);
        var all = Enumerable.Range(0, labels.PerLabel.Count).ToArray();
        for (var image = 0; image < labels.Images; image++)
        {
            string Names(Func<int, bool> has) => string.Join('|', all.Where(has).Select(label => labels.PerLabel[label].Name));
            PredictionTable.Line(text, [$"{image}", set.FileOf(image) ?? "", Names(label => labels.IsThere(image, label)),
                Names(label => labels.IsSaid(image, label)), $"{all.Count(label => labels.IsSaid(image, label) != labels.IsThere(image, label))}",
                .. all.Select(label => Number(labels.Probability(image, label)))]);
        }
        return text.ToString();
    }

    private static string OfNumbers(Evaluation evaluation, QuantityJudgement numbers)
    {
        var text = new StringBuilder();
        var (set, count) = (evaluation.Data.Validation, numbers.PerNumber.Count);
        PredictionTable.Line(text, ["image", "file", .. numbers.PerNumber.SelectMany(one => (string[])[one.Name, $"{one.Name} answered",
            $"{one.Name} error"])]);
        for (var image = 0; image < numbers.Images; image++)
            PredictionTable.Line(text, [$"{image}", set.FileOf(image) ?? "", .. Enumerable.Range(0, count).SelectMany(number =>
                numbers.Answers[(image * count) + number] is var one ? (string[])[Number(one.Truth), Number(one.Answer), Number(one.Error)] : [])]);
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
