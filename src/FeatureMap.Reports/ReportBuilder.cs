using System.Globalization;
using System.Text;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>
/// Makes the report of a run: curves from its log, and from the model and the validation images the confusion matrix, the worst mistakes
/// with their Grad-CAM, the kernels of the first convolution, the feature maps of one sample, dead units and the network's summary. It
/// needs nothing that is not in the run folder besides the data set, so the same report can be made right after training or any time
/// later.
/// </summary>
public static class ReportBuilder
{
    private const int MostMistakes = 24, MostMaps = 40, MostMapNumbers = 4_000_000, MostLines = 1000;
    private const int VariantRows = 4, VariantColumns = 6, VariantSide = 64;

    /// <summary>Makes the report and writes it to <see cref="RunFolder.ReportPath"/>.</summary>
    /// <param name="folder">The run: its log and its name.</param>
    /// <param name="model">The trained model; later <c>ModelFile.Load(folder.Location)</c>.</param>
    /// <param name="data">The data set that it was trained on.</param>
    /// <param name="facts">Facts to show first, such as recipe, optimiser, seed and threads; those that log, model and data tell by
    /// themselves follow.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The report does not depend on it.</param>
    /// <returns>The path of the report.</returns>
    /// <exception cref="DataException">The log is damaged or the report cannot be written.</exception>
    /// <exception cref="ShapeException">The data do not fit the model.</exception>
    public static string Write(RunFolder folder, Model model, SplitData data, IReadOnlyList<ReportFact>? facts = null, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(folder);
        HtmlReport.Write(folder.ReportPath, Build(folder, model, data, facts, threads));
        return folder.ReportPath;
    }

    /// <summary>Makes what the report shows.</summary>
    /// <param name="folder">The run: its log and its name.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="data">The data set that it was trained on.</param>
    /// <param name="facts">Facts to show first; those that log, model and data tell by themselves follow.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor.</param>
    /// <exception cref="DataException">The log is damaged.</exception>
    /// <exception cref="ShapeException">The data do not fit the model.</exception>
    public static ReportData Build(RunFolder folder, Model model, SplitData data, IReadOnlyList<ReportFact>? facts = null, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        var log = RunLog.Read(folder.Location);
        var set = data.Validation;
        var detector = set.Targets is { Kind: TargetKind.Boxes } && set.ImageShape == model.Network.Input && Detector.Is(model)
            ? Detector.Of(model) : null;
        var detection = detector?.Judge(set, threads);
        // Where the targets are maps, pictures or numbers there are no classes to be confused.
        var answers = set.Targets is null ? model.PredictMany(set, threads) : null;
        var sample = answers is null ? 0 : Enumerable.Range(0, set.Count).FirstOrDefault(i => answers[i].Class == set.Label(i));
        // A network for patches reads whole images in tiles, and what it makes of one of them is shown.
        var patches = SegmentationJudgement.Fits(model, set) && set.ImageShape != model.Network.Input
            && set.ImageShape.Height >= model.Network.Input.Height && set.ImageShape.Width >= model.Network.Input.Width
            ? set.CoveringTiles(model.Network.Input.Height, model.Network.Input.Width) : set;
        var isReadable = patches.ImageShape == model.Network.Input;
        return new ReportData
        {
            Run = Typed(folder),
            Detection = detection,
            DetectionPictures = detection is null ? [] : DetectionSections.Pictures(detector!, set, detection.BestScore, threads),
            Title = TitleOf(data, detection is not null, answers is not null),
            Facts = Facts(facts ?? [], log, model, data, answers),
            Epochs = log.Epochs,
            Steps = log.Steps,
            Layers = log.Layers,
            ClassNames = model.ClassNames,
            Confusion = answers is null ? null : Confusion(set, answers),
            Judgement = Judged(set, answers),
            Segmentation = SegmentationJudgement.Fits(model, set) ? SegmentationJudgement.Of(model, set, threads) : null,
            Labels = set.Targets is { Kind: TargetKind.Labels } ? MultiLabelJudgement.Of(model, set, threads: threads) : null,
            Quantities = set.Targets is { Kind: TargetKind.Quantities } ? QuantityJudgement.Of(model, set, threads) : null,
            Mistakes = answers is null ? [] : Mistakes(model, set, answers, threads),
            Kernels = KernelPictures.First(model),
            Sample = isReadable ? Image(patches, sample) : null,
            FeatureMaps = isReadable ? Maps(model, patches.Pixels(sample)) : [],
            Activations = isReadable ? ActivationStatistics.Of(model, patches) : null,
            Diagram = NetworkDiagram.Of(model.Network),
            Summary = model.Network.Summary().ToReportTable(),
            LogText = LogText(log),
        };
    }

    /// <summary>Makes what there is to show of a run without its data: the curves and the log.</summary>
    /// <param name="folder">The run; it may be running, or was stopped.</param>
    /// <param name="title">The headline.</param>
    /// <param name="facts">Facts to show.</param>
    /// <exception cref="DataException">The log is damaged.</exception>
    public static ReportData OfLog(RunFolder folder, string title, IReadOnlyList<ReportFact>? facts = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var log = RunLog.Read(folder.Location);
        var network = File.Exists(folder.NetworkPath) ? NetworkFile.Load(folder.NetworkPath) : null;
        return new ReportData
        {
            Run = Typed(folder),
            Title = title,
            Facts = facts ?? [],
            Epochs = log.Epochs,
            Steps = log.Steps,
            Diagram = network is null ? null : NetworkDiagram.Of(network),
            Summary = network?.Summary().ToReportTable(),
            LogText = LogText(log),
        };
    }

    /// <summary>The kernels of the first convolution of a model; null where it has none.</summary>
    public static ReportKernels? KernelsOf(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return KernelPictures.First(model);
    }

    /// <summary>What an augmentation makes of the first samples of a training set, small enough for a page; null where it does nothing,
    /// or has no picture.</summary>
    /// <param name="set">The training samples.</param>
    /// <param name="augmentation">What is done with them.</param>
    /// <param name="seed">The seed of the training, whose variants these are.</param>
    /// <exception cref="ShapeException">The augmentation cannot work on these samples.</exception>
    public static ReportVariants? Variants(ImageSet set, Augmentation augmentation, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(augmentation);
        if (augmentation == Augmentation.None || set.Count == 0 || set.Targets is not null || set.ImageShape.Channels is not (1 or 3))
            return null;
        var (rows, columns) = (Math.Min(VariantRows, set.Count), VariantColumns);
        var (pixels, shape) = AugmentationPreview.Draw(set, augmentation, rows, columns, seed);
        var factor = VariantSide / (double)Math.Max(set.ImageShape.Height, set.ImageShape.Width);
        if (factor < 1)
        {
            var small = Shape.Image(shape.Channels, (int)(shape.Height * factor), (int)(shape.Width * factor));
            (pixels, shape) = (ImageResize.Resize(pixels, shape, small.Height, small.Width), small);
        }
        return new ReportVariants(augmentation.ToString()!, new ReportImage(pixels, shape), rows, columns);
    }

    // As it is typed where the folder of all runs is the usual one.
    private static string Typed(RunFolder folder) =>
        Path.GetFileName(Path.GetDirectoryName(folder.Location)) == "runs" ? $"runs/{folder.Name}" : folder.Name;

    private static string TitleOf(SplitData data, bool areBoxes, bool areClasses)
    {
        // Of an archive or a table the name alone.
        var name = Path.GetExtension(data.Name) is ".zip" or ".tar" or ".tgz" or ".csv" ? Path.GetFileNameWithoutExtension(data.Name)
            : data.Name;
        return areBoxes ? $"{name}: boxes of {ReportText.Count(data.ClassCount, "kind")}"
            : areClasses ? $"{name}: {ReportText.Count(data.ClassCount)} classes" : name;
    }

    private static List<ReportFact> Facts(IReadOnlyList<ReportFact> given, RunLogRows log, Model model, SplitData data,
        IReadOnlyList<Prediction>? answers)
    {
        List<ReportFact> own =
        [
            new("Data set", $"{data.Name}, {ReportText.Count(data.Training.Count)} training "
                + $"+ {ReportText.Count(data.Validation.Count)} validation images of {data.ImageShape}"),
            // A page that is mailed names no place of this machine.
            .. Path.IsPathFullyQualified(data.Source) ? (ReadOnlySpan<ReportFact>)[] : [new("Data source", data.Source)],
            new("Parameters", ReportText.Count(model.Network.TrainableCount) + (model.Network.FixedCount > 0
                ? $" trainable + {ReportText.Count(model.Network.FixedCount)} fixed" : "")),
            new("Multiply-adds per image", ReportText.Count(model.Network.MultiplyAdds)),
        ];
        if (log.Epochs.Count > 0)
        {
            var last = log.Epochs[^1];
            own.Add(new("Epochs", ReportText.Count(last.Epoch)));
            if (CurveSection.BestEpoch(log.Epochs) is { } best) own.Add(new("Best epoch", ReportText.Count(best.Epoch)));
            own.Add(new("Steps", ReportText.Count(last.Step)));
            if (double.IsFinite(last.TotalSeconds)) own.Add(new("Time", ReportText.Duration(last.TotalSeconds)));
            if (double.IsFinite(last.TrainMetric)) own.Add(new($"Training {last.Metric.Name}",
                ReportText.Metric(last.Metric, last.TrainMetric)));
            if (answers is null && double.IsFinite(last.ValidationMetric)) own.Add(new($"Validation {last.Metric.Name}",
                ReportText.Metric(last.Metric, last.ValidationMetric)));
            if (log.Epochs.FirstOrDefault(epoch => epoch.ValidationAccuracy >= 0.99) is { } reached
                && double.IsFinite(reached.TotalSeconds))
                own.Add(new("Time to 99 %", ReportText.Duration(reached.TotalSeconds)));
        }
        if (answers is not null)
        {
            var right = Enumerable.Range(0, answers.Count).Count(i => answers[i].Class == data.Validation.Label(i));
            own.Add(new("Validation accuracy",
                $"{ReportText.Percent((double)right / answers.Count)} ({ReportText.Count(right)} of {ReportText.Count(answers.Count)})"));
        }
        return [.. given, .. own.Where(fact => !given.Any(other => other.Name == fact.Name))];
    }

    // Null where there is no choice between the classes of the set, or no numbers to judge.
    private static Judgement? Judged(ImageSet set, IReadOnlyList<Prediction>? answers) =>
        answers is null || answers[0].Probabilities.Count != set.ClassCount
            || answers.Any(answer => answer.Probabilities.Any(p => !(p >= 0 && p <= 1))) ? null
            : Judgement.Of([.. answers.Select(answer => answer.Probabilities)], [.. Enumerable.Range(0, set.Count).Select(set.Label)],
                set.ClassNames, [.. Enumerable.Range(0, set.Count).Select(set.NameOf)]);

    // A network may have more outputs than the set has classes.
    internal static int[,] Confusion(ImageSet set, IReadOnlyList<Prediction> answers)
    {
        var size = Math.Max(set.ClassCount, answers[0].Probabilities.Count);
        var counts = new int[size, size];
        for (var i = 0; i < set.Count; i++)
            counts[set.Label(i), answers[i].Class]++;
        return counts;
    }

    private static IReadOnlyList<ReportMistake> Mistakes(Model model, ImageSet set, IReadOnlyList<Prediction> answers, int threads)
    {
        int[] worst = [.. Enumerable.Range(0, set.Count).Where(i => answers[i].Class != set.Label(i)).OrderByDescending(i =>
            answers[i].Probability).ThenBy(i => i).Take(MostMistakes)];
        var hasPlane = GradCam.CanLookInto(model.Network);
        var maps = hasPlane ? GradCam.OfMany(model, [.. worst.Select(i => set.Pixels(i).ToArray())],
            [.. worst.Select(i => answers[i].Class)], threads: threads) : [];
        return [.. worst.Select((i, place) => new ReportMistake(Image(set, i), set.Label(i), answers[i].Class,
            answers[i].Probability) { Attention = hasPlane ? maps[place] : null, Name = set.NameOf(i) })];
    }

    private static ReportImage Image(ImageSet set, int index) => new(set.Pixels(index).ToArray(), set.ImageShape);

    /// <summary>All layers where they are few, else some from the first to the last at even distances; never so many numbers that the
    /// report becomes heavy.</summary>
    internal static List<ReportFeatureMap> Maps(Model model, ReadOnlySpan<byte> pixels)
    {
        var all = model.FeatureMaps(pixels);
        var shown = Math.Min(all.Count, MostMaps);
        var maps = new List<ReportFeatureMap>();
        long numbers = 0;
        for (var i = 0; i < shown; i++)
        {
            var map = all[shown == 1 ? 0 : (int)((long)i * (all.Count - 1) / (shown - 1))];
            numbers += map.Values.Count;
            if (numbers <= MostMapNumbers || map.Layer.Output.IsVector)
                maps.Add(new ReportFeatureMap(map.Layer.Name, map.Layer.Output, map.Values));
        }
        return maps;
    }

    private static string LogText(RunLogRows log)
    {
        var text = new StringBuilder();
        if (log.Epochs.Count > MostLines)
            text.Append(CultureInfo.InvariantCulture, $"... the first {log.Epochs.Count - MostLines} lines are in log.jsonl\n");
        foreach (var row in log.Epochs.TakeLast(MostLines))
        {
            text.Append(CultureInfo.InvariantCulture, $"epoch {row.Epoch,3}  step {row.Step,7}  loss {row.TrainLoss:0.00000}");
            OptionalMetric(text, row.Metric, row.TrainMetric);
            Optional(text, "validation loss", row.ValidationLoss, "0.00000");
            OptionalMetric(text, row.Metric, row.ValidationMetric);
            Optional(text, "rate", row.LearningRate, "0.00000");
            Optional(text, "seconds", row.Seconds, "0.00");
            Optional(text, "images/s", row.ImagesPerSecond, "0");
            text.Append('\n');
        }
        return text.ToString();
    }

    private static void OptionalMetric(StringBuilder text, MetricInfo metric, double value) =>
        Optional(text, metric.Name, value * metric.Factor, "0.000", metric.Unit.Length == 0 ? "" : " " + metric.Unit);

    private static void Optional(StringBuilder text, string name, double value, string format, string unit = "")
    {
        if (double.IsFinite(value)) text.Append("  ").Append(name).Append(' ').Append(value.ToString(format,
            CultureInfo.InvariantCulture)).Append(unit);
    }
}
