using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// Super-resolution: ESPCN learns from the 91 pictures of T91 and is measured on the luminance of Set5 beside bicubic interpolation; then five ways to enlarge a map are compared,
/// untrained and after equal short trainings. README.md beside it explains the protocol.
/// </summary>
public sealed class SuperResolutionLab : Lab
{
    /// <summary>The name of the training; its folder is what <c>featuremap upscale</c> takes.</summary>
    public const string TrainingName = "espcn";

    private static readonly LabSetting<int> Factor = LabSetting.Whole("factor", "How many times wider and higher pictures become", 3, 2, 4);
    private static readonly LabSetting<int> Epochs = LabSetting.Whole("epochs", "Passes over the patches", 110, 1, 100_000);
    private static readonly LabSetting<int> Patch = LabSetting.Whole("patch", "Sides of a small patch, in pixels; the paper has 17", 17, 6, 128);
    private static readonly LabSetting<int> Stride = LabSetting.Whole("stride", "Pixels from one small patch to the next", 14, 1, 128);
    private static readonly LabSetting<bool> Augment = LabSetting.Flag("augment", "Whether patches are mirrored and turned by quarters at random, anew in each pass", true);
    private static readonly LabSetting<int> BatchSize = LabSetting.Whole("batch-size", "Patches per step", 16, 1, 10_000);
    private static readonly LabSetting<double> Rate = LabSetting.Real("rate", "Learning rate of Adam at the start; it falls by a half cosine to a two-hundredth", 0.002, 1e-7, 1);
    private static readonly LabSetting<string> Activation = LabSetting.Choice("activation", "What stands behind the first two convolutions; the paper has tanh", "tanh", "tanh", "relu");
    private static readonly LabSetting<int> HeldOut = LabSetting.Whole(
        "held-out", "Pictures of T91 that are not learned from but judged by after each epoch, to choose settings without Set5; 0 to learn from all and follow Set5", 0, 0, 45);
    private static readonly LabSetting<int> UpsamplerEpochs = LabSetting.Whole("upsampler-epochs", "Passes of each of the five upsamplers; 0 leaves the comparison out", 12, 0, 10_000);

    /// <inheritdoc/>
    public override string Name => "super-resolution";

    /// <inheritdoc/>
    public override string Title => "Super-resolution";

    /// <inheritdoc/>
    public override string Question => "How much sharper than bicubic interpolation is a picture that a small network has enlarged, and which way of enlarging draws checkerboards?";

    /// <inheritdoc/>
    public override string Needs => "T91.zip and Set5.zip (or folders T91, Set5) by --data";

    /// <inheritdoc/>
    public override IReadOnlyList<LabSetting> Settings => [Factor, Epochs, Patch, Stride, Augment, BatchSize, Rate, Activation, HeldOut, UpsamplerEpochs];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Key, string Value)> Quick => [("epochs", "12"), ("stride", "34"), ("upsampler-epochs", "3")];

    /// <inheritdoc/>
    public override LabPlan Plan(LabSettings settings, int? images = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new(1 + (settings.Get(UpsamplerEpochs) > 0 ? Upsampler.All.Count : 0), 0);
    }

    /// <inheritdoc/>
    public override void Run(LabRun run)
    {
        var factor = run.Get(Factor);
        var (learned, tests) = (Find(run, "T91", "It holds the 91 training pictures of Yang et al. 2010"), Find(run, "Set5", "It holds the five test pictures of Bevilacqua et al. 2012"));
        run.ThrowIfStopped();
        var data = Data(run, learned, tests);
        run.Say($"{learned.Count} pictures, {data.Training.Count:N0} patches of {data.ImageShape} -> {data.Training.Targets!.Shape}");

        var normalization = Normalization.Of(data.Training);
        var network = Network(data.ImageShape, factor, run.Get(Activation), normalization);
        // Copied kernels (ICNR) and the small start of Glorot, which the zoo has, need more steps until the sub-pixels and the features differ.
        var start = Weights.Initialize(network, run.Seed, Initializer.HeNormal);
        var training = run.Train(TrainingName, network, data, Options(run, data, normalization, run.Get(Epochs)) with { InitialWeights = start });
        using var upscaler = new Upscaler(training.Model, run.Threads);
        List<RestoredPicture> restored = [.. tests.Select(picture => RestoredPicture.Of(picture, upscaler))];
        var scores = run.Measure("PSNR and SSIM on the test pictures", () => restored.Select(picture => picture.Score()).ToList());
        run.Say($"  mean PSNR {scores.Average(score => score.Psnr):0.00} dB, bicubic {scores.Average(score => score.BicubicPsnr):0.00} dB");

        var page = new SuperResolutionPage(run, factor, data);
        page.Results(training, network, restored, scores, run.Get(HeldOut) > 0);
        if (run.Get(UpsamplerEpochs) > 0)
            new UpsamplerComparison(run, factor, data, normalization, tests).Write(Options(run, data, normalization, run.Get(UpsamplerEpochs)));
        page.Protocol();
    }

    /// <summary>
    /// ESPCN, and behind it the scale that puts mean and deviation of the luminance back: inside, the network works on numbers around 0 with deviation 1 at both ends, which Adam learns
    /// in half the steps that it takes from 0 to 1.
    /// </summary>
    internal static Network Network(Shape image, int factor, string activation, Normalization normalization) => Espcn
        .Build(image, factor, activation: activation == "relu" ? x => x.Relu() : null)
        .Append(x => x.Multiply(normalization.Deviation[0]).Add(normalization.Mean[0]));

    /// <summary>The patches: all of the training pictures, or without those that are held out.</summary>
    internal static SplitData Data(LabRun run, IReadOnlyList<Picture> learned, IReadOnlyList<Picture> tests)
    {
        int factor = run.Get(Factor), side = run.Get(Patch), stride = run.Get(Stride), held = run.Get(HeldOut);
        if (held >= learned.Count)
            throw new UsageException($"held-out is {held}, and there are {learned.Count} training pictures: at least one must be left to learn from.");
        // Evenly spread over the list, whose neighbours may be alike.
        var isHeld = Enumerable.Range(0, learned.Count).Select(i => held > 0 && (((long)i * held) % learned.Count) < held).ToList();
        var training = learned.Where((_, i) => !isHeld[i]).ToList();
        var judged = held > 0 ? learned.Where((_, i) => isHeld[i]).ToList() : tests;
        return new SplitData(
            "super-resolution", Patches.Cut("T91", training, factor, side, stride), Patches.Cut(held > 0 ? "T91, held out" : "Set5", judged, factor, side, side), "patches cut from pictures");
    }

    private static TrainingOptions Options(LabRun run, SplitData data, Normalization normalization, int epochs)
    {
        var rate = run.Get(Rate);
        var steps = (long)epochs * ((data.Training.Count + run.Get(BatchSize) - 1) / run.Get(BatchSize));
        return new()
        {
            Epochs = epochs,
            BatchSize = run.Get(BatchSize),
            Seed = run.Seed,
            Loss = Loss.Mse(),
            Metric = Metric.Psnr(border: run.Get(Factor)),
            Optimizer = new Adam(),
            Schedule = new CosineRate(rate, rate / 200, WarmUpSteps: Math.Min(50, steps / 10)),
            Normalization = normalization,
            Augmentation = run.Get(Augment) ? Augmentation.Sequence(new RandomHorizontalFlip(), new RandomQuarterTurns()) : Augmentation.None,
        };
    }

    // As an archive or, unpacked, as a folder of the same name.
    private static IReadOnlyList<Picture> Find(LabRun run, string name, string what)
    {
        what = $"{what}, as {name}.zip or a folder {name}; both sets come with most code of the literature.";
        return Picture.LoadAll(Found(run, $"{name}.zip", what) ?? Found(run, name, what) ?? run.FindFile($"{name}.zip", what));
    }

    private static string? Found(LabRun run, string name, string what)
    {
        try
        {
            return run.FindFile(name, what);
        }
        catch (DataException)
        {
            return null;
        }
    }
}
