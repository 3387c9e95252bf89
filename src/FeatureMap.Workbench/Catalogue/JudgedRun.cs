using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>A class of a judged run.</summary>
/// <param name="Name">The class.</param>
/// <param name="Images">Its validation images.</param>
/// <param name="Right">Those that were taken for it.</param>
/// <param name="Precision">Part of what was taken for it that is of it.</param>
/// <param name="Recall">Part of its images that were found.</param>
/// <param name="F1">The harmonic mean of both.</param>
public sealed record JudgedClass(string Name, int Images, int Right, double Precision, double Recall, double F1);

/// <summary>What a run says of one validation image.</summary>
/// <param name="Image">Its place in the set.</param>
/// <param name="File">What it is called: its file, where it has one.</param>
/// <param name="Truth">The number of its class.</param>
/// <param name="Answer">The number of the class that it was taken for.</param>
/// <param name="Probability">How sure the model was of that, 0 to 1.</param>
public sealed record JudgedImage(int Image, string File, int Truth, int Answer, double Probability)
{
    /// <summary>Whether it was taken for its class.</summary>
    public bool IsRight => Truth == Answer;
}

/// <summary>A finished run on its validation images, image by image.</summary>
public sealed class JudgedRun
{
    private readonly ImageSet set;

    internal JudgedRun(Judgement judgement, ImageSet set, string? notice)
    {
        this.set = set;
        Notice = notice;
        ClassNames = judgement.ClassNames;
        Classes = [.. judgement.PerClass.Select(one => new JudgedClass(one.Name, one.Support, one.Right, one.Precision, one.Recall,
            one.F1))];
        Images = [.. judgement.Answers.Select((one, image) => new JudgedImage(image, set.NameOf(image), one.Truth, one.Answer,
            one.Probability))];
        Counts = judgement.Confusion();
        Accuracy = judgement.Accuracy;
        MacroF1 = judgement.MacroF1;
        CalibrationError = judgement.Calibration.ExpectedError;
        Reliability = [.. judgement.Calibration.Bins.Where(bin => bin.Images > 0).Select(bin => (bin.Confidence, bin.Accuracy))];
    }

    /// <summary>The names of the classes, by number.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Class by class.</summary>
    public IReadOnlyList<JudgedClass> Classes { get; }

    /// <summary>Image by image, in the order of the set.</summary>
    public IReadOnlyList<JudgedImage> Images { get; }

    /// <summary>Counts by true class (rows) and answer (columns).</summary>
    public int[,] Counts { get; }

    /// <summary>Part of the images that are right.</summary>
    public double Accuracy { get; }

    /// <summary>Mean F1 over the classes that have images.</summary>
    public double MacroF1 { get; }

    /// <summary>How far sureness and truth are apart on average (expected calibration error).</summary>
    public double CalibrationError { get; }

    /// <summary>For each bin of answers the mean sureness and the share that is right.</summary>
    public IReadOnlyList<(double Confidence, double Accuracy)> Reliability { get; }

    /// <summary>Something about the data that a user should know; null for nothing.</summary>
    public string? Notice { get; }

    /// <summary>The wrong answers, the surest first.</summary>
    public IEnumerable<JudgedImage> Mistakes => Images.Where(one => !one.IsRight).OrderByDescending(one => one.Probability)
        .ThenBy(one => one.Image);

    /// <summary>A validation image as the network reads it; null where it is none, or has channels that nothing shows.</summary>
    /// <param name="image">Its place in the set.</param>
    public Picture? Picture(int image) => image < 0 || image >= set.Count || set.ImageShape.Channels is not (1 or 3) ? null
        : new Picture(set.NameOf(image), set.ImageShape, set.Pixels(image).ToArray());
}

/// <summary>
/// Judges finished runs on their validation images, once for each: the last few are kept. Several may ask at the same time; the work is
/// done by one. Data are looked for where the run had them and never downloaded.
/// </summary>
/// <param name="catalogue">The runs.</param>
public sealed class RunJudge(RunCatalogue catalogue)
{
    private const int MostKept = 4;
    private readonly Lock gate = new();
    private readonly List<(string Key, Lazy<JudgedRun> Judged)> kept = [];

    /// <summary>A run on its validation images.</summary>
    /// <param name="id">The run.</param>
    /// <exception cref="UsageException">There is no such run.</exception>
    /// <exception cref="DataException">It is not finished, its data are not there any more, or it makes no choice between
    /// classes.</exception>
    public JudgedRun Judge(string id)
    {
        var path = catalogue.PathOf(id);
        try
        {
            return Kept(path).Value;
        }
        catch (FeatureMapException error)
        {
            throw new DataException(error.Message.Replace(path, id[RunCatalogue.Prefix.Length..], StringComparison.Ordinal), error);
        }
    }

    /// <summary>A run as one HTML file that needs nothing else, whatever it is doing; see <see cref="RunReport.AsFile"/>.</summary>
    /// <param name="id">The run.</param>
    /// <exception cref="UsageException">There is no such run.</exception>
    /// <exception cref="DataException">Its configuration or its log cannot be read.</exception>
    public string AsFile(string id)
    {
        var path = catalogue.PathOf(id);
        try
        {
            return RunReport.AsFile(path, [], new WorkContext { MayDownload = false }).Html;
        }
        catch (FeatureMapException error)
        {
            throw new DataException(error.Message.Replace(path, id[RunCatalogue.Prefix.Length..], StringComparison.Ordinal), error);
        }
    }

    /// <summary>A run on its validation images where that is done already; null where it is not.</summary>
    /// <param name="id">The run.</param>
    public JudgedRun? Known(string id)
    {
        if (!catalogue.Has(id)) return null;
        var key = KeyOf(catalogue.PathOf(id));
        lock (gate) return kept.FirstOrDefault(one => one.Key == key).Judged is { IsValueCreated: true } done ? done.Value : null;
    }

    /// <summary>The kernels of the first convolution of a finished run; null where its network has none.</summary>
    /// <param name="id">The run.</param>
    /// <exception cref="UsageException">There is no such run.</exception>
    /// <exception cref="DataException">It is not finished.</exception>
    public ReportKernels? Kernels(string id)
    {
        var model = RunInput.Finished(catalogue.PathOf(id)).Model;
        foreach (var layer in model.Network.Layers)
            if (model.Weights.Parameters.FirstOrDefault(one => one.Name == $"{layer.Name}.weight" && one.Dimensions.Count == 4)
                is { } found)
            {
                var weights = found.Values.ToArray();
                return new ReportKernels(layer.Name, [.. weights.Chunk(weights.Length / found.Dimensions[0])], found.Dimensions[1],
                    found.Dimensions[2], found.Dimensions[3]);
            }
        return null;
    }

    private Lazy<JudgedRun> Kept(string path)
    {
        var key = KeyOf(path);
        lock (gate)
        {
            var place = kept.FindIndex(one => one.Key == key);
            // What failed is tried again: the data may be there by then.
            var found = place >= 0 ? kept[place] : (Key: key, Judged: new Lazy<JudgedRun>(() => Judged(path),
                LazyThreadSafetyMode.ExecutionAndPublication));
            if (place >= 0) kept.RemoveAt(place);
            kept.Insert(0, found);
            if (kept.Count > MostKept) kept.RemoveRange(MostKept, kept.Count - MostKept);
            return found.Judged;
        }
    }

    private static string KeyOf(string path) => Path.Combine(path, Interchange.ModelFile.WeightsName) is var file && File.Exists(file)
        ? $"{path} {File.GetLastWriteTimeUtc(file).Ticks}" : path;

    private JudgedRun Judged(string path)
    {
        string? notice = null;
        try
        {
            var context = new WorkContext { MayDownload = false, Notice = told => notice ??= told };
            var evaluation = Evaluation.Run(new EvaluationRequest(path), context);
            return new JudgedRun(evaluation.Judgement
                ?? throw new DataException("The network of this run makes no choice between classes, so "
                + "there is no table of confusions."), evaluation.Data.Validation, notice);
        }
        catch (FeatureMapException)
        {
            // An error is not kept.
            lock (gate) kept.RemoveAll(one => one.Key == KeyOf(path));
            throw;
        }
    }
}
