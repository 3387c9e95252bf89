using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// Keeps how the network becomes what it is, in the folder <c>history</c> of a run (<see cref="RunHistory"/>): after each epoch the
/// confusion matrix of the validation images where there are classes, and for a few images, always the same ones, what the network
/// answers, the kernels of the first convolution and the maps of the first layers. Nothing that is computed depends on it. Where it cannot
/// be written, that is said once and the training goes on without it.
/// </summary>
/// <param name="folder">The folder of the run.</param>
public sealed class HistoryListener(RunFolder folder) : FolderListener(folder)
{
    private const int MostKernels = 64, MostKernelChannels = 4, LargestPicture = 96, HeaderBytes = 8192;
    private readonly RunHistory history = new(folder.Location);
    private bool isWritable;
    private HistorySamples? samples;
    private long epochBytes;

    /// <summary>
    /// Whether the history goes on where the training does: later epochs are removed. Otherwise that of another training is removed.
    /// </summary>
    public bool Resumes { get; init; }

    internal long Limit { get; init; } = RunHistory.MostBytes;

    /// <inheritdoc/>
    public override void Started(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        (isWritable, samples) = (true, null);
        var kept = Resumes ? job.StepsDone / job.StepsPerEpoch : 0;
        Guard(job, () => history.Remove(epoch => epoch > kept));
    }

    /// <inheritdoc/>
    public override void Validated(TrainingJob job, EvaluationResult validation)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(validation);
        if (!isWritable) return;
        var session = job.Session;
        var probe = session.LookAtSample();
        var (hasClasses, probabilities) = (HasClasses(session), Probabilities(session));
        var epoch = new HistoryEpoch
        {
            Epoch = job.Epoch,
            Step = job.StepsDone,
            Confusion = hasClasses ? Counts(validation, session.JudgedImages) : [],
            Answers = !probe.KeepsAnswers ? [] : [.. probe.Shown.Select((_, shown) => probabilities is { } of ? of(probe.AnswerOf(shown))
                : probe.AnswerOf(shown))],
            Kernels = Kernels(session.Judged),
            Maps = [.. probe.Maps.Select((map, number) => new HistoryMap(map.Layer, map.Whole, map.Kept, [.. Enumerable
                .Range(0, Math.Min(SampleProbe.MostMapped, probe.Shown.Count)).Select(shown => probe.MapOf(number, shown))]))],
        };
        Guard(job, () =>
        {
            CheckPlace();
            if (samples is null)
            {
                history.Write(samples = SamplesOf(job, probe, hasClasses, probabilities is not null));
                epochBytes = Bytes(epoch, hasClasses ? session.JudgedImages : null);
            }
            history.Write(epoch, RunHistory.Stride(epoch.Epoch, epochBytes, Limit));
        });
    }

    /// <summary>The most bytes that an epoch takes, whatever is confused in it.</summary>
    private static long Bytes(HistoryEpoch epoch, ImageSet? classes) => HeaderBytes
        + (classes is null ? 0 : 12 * Math.Min((long)classes.ClassCount * classes.ClassCount, classes.Count))
        + (sizeof(float) * (epoch.Answers.Sum(answer => (long)answer.Length) + (epoch.Kernels?.Weights.Sum(one => (long)one.Length) ?? 0)))
        + epoch.Maps.Sum(map => map.Samples.Sum(one => (long)one.Length));

    private void Guard(TrainingJob job, Action write)
    {
        try
        {
            write();
        }
        catch (DataException error)
        {
            CheckPlace(); // a folder that was moved ends the training
            isWritable = false;
            job.Tell($"The history of the run is left out from here on, and the training goes on: {error.Message}");
        }
    }

    private static bool HasClasses(TrainingSession session) => session.JudgedImages.Targets is null
        && session.Graph.GivesScores(session.JudgedImages.ClassCount);

    // What makes probabilities of answers; null where they are none of classes.
    private static Func<float[], float[]>? Probabilities(TrainingSession session)
    {
        if (!HasClasses(session)) return null;
        var (values, isOdds) = (session.Graph.Network.OutputValues, session.Graph.Reading == Analysis.OutputReading.Sigmoid);
        return answer => Array.ConvertAll(new KeptOutputs([answer], isOdds, values, session.JudgedImages).Probabilities()[0], number =>
            (float)number);
    }

    private static IReadOnlyList<HistoryCount> Counts(EvaluationResult validation, ImageSet set) =>
    [
        .. Enumerable.Range(0, set.Count).GroupBy(image => (Truth: set.Label(image), Answer: validation.Predicted[image]))
            .OrderBy(group => group.Key).Select(group => new HistoryCount(group.Key.Truth, group.Key.Answer, group.Count())),
    ];

    private static HistoryKernels? Kernels(Weights weights)
    {
        if (SampleLayers.WithKernels(weights.Network) is not { } layer) return null;
        var parameter = weights[$"{layer.Name}.weight"];
        var size = parameter.Dimensions;
        var shape = new Shape(Math.Min(size[1], MostKernelChannels), size[2], size[3]);
        var kernels = new float[Math.Min(size[0], MostKernels)][];
        for (var kernel = 0; kernel < kernels.Length; kernel++)
            kernels[kernel] = parameter.Values.Slice(kernel * size[1] * shape.Area, shape.Count).ToArray();
        return new(layer.Name, shape, kernels, size[0]);
    }

    // Of a head that is trained on what its body gives, the images are shown that it gave that for.
    private static HistorySamples SamplesOf(TrainingJob job, SampleProbe probe, bool hasClasses, bool areProbabilities)
    {
        var judged = job.Session.JudgedImages;
        var set = job.Options.PartOf?.Data.Validation is { } images && images.Count == judged.Count ? images : judged;
        return new()
        {
            Samples = [.. probe.Shown.Select(image =>
            {
                var (shape, pixels) = Picture(set, image);
                return new HistorySample(image, set.NameOf(image), hasClasses ? set.Label(image) : -1, shape, pixels);
            })],
            ClassNames = hasClasses ? set.ClassNames : [],
            AnswersAreProbabilities = areProbabilities,
        };
    }

    private static (Shape Shape, byte[] Pixels) Picture(ImageSet set, int image)
    {
        if (set.HasNumbers) return (new(1, 1, 1), []);
        var shape = set.ImageShape;
        var pixels = set.Pixels(image);
        var factor = (Math.Max(shape.Height, shape.Width) + LargestPicture - 1) / LargestPicture;
        var (high, wide) = (Math.Min(factor, shape.Height), Math.Min(factor, shape.Width));
        var small = new Shape(shape.Channels == 3 ? 3 : 1, Math.Max(1, shape.Height / factor), Math.Max(1, shape.Width / factor));
        var values = new byte[small.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var (channel, y, x) = (i / small.Area, i % small.Area / small.Width, i % small.Width);
            var sum = 0;
            for (var dy = 0; dy < high; dy++)
                for (var dx = 0; dx < wide; dx++)
                    sum += pixels[(channel * shape.Area) + (((y * factor) + dy) * shape.Width) + (x * factor) + dx];
            values[i] = (byte)((sum + (high * wide / 2)) / (high * wide));
        }
        return (small, values);
    }
}
