using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// From the pass-through network as the course trains it to <c>passthrough-best</c>, one change after the other, for equal epochs: what each was worth.
/// </summary>
internal sealed class PassThroughAblation : Lab
{
    private const int Side = 32;
    // The network as it is given, and each change of it.
    private const int Changes = 8;

    private static readonly LabSetting<int> Epochs = LabSetting.Whole("epochs", "Passes over the training images of each training", 10, 1, 1000);
    private static readonly LabSetting<int> TrainingImages = LabSetting.Whole("training-images", "How many training images are used; 0 for all", 0, 0);
    private static readonly LabSetting<double> Width = LabSetting.Real("width", "Factor on the channels of the network as the course gives it", 1, 0.01, 1);

    public override string Name => "passthrough-ablation";

    public override string Title => "What each change to the pass-through network is worth";

    public override string Question => "Which of the changes from passthrough-13 to passthrough-best makes how much of the difference?";

    public override string Dataset => "cifar10";

    public override string Needs => "cifar10 (or any set of classes by --data)";

    public override IReadOnlyList<LabSetting> Settings => [Epochs, TrainingImages, Width];

    public override IReadOnlyList<(string Key, string Value)> Quick => [("epochs", "1"), ("training-images", "128"), ("width", "0.05")];

    public override LabPlan Plan(LabSettings settings, int? images = null) =>
        new(Changes, (long)Changes * settings.Get(Epochs) * LabPlan.Of(settings.Get(TrainingImages), images));

    public override void Run(LabRun run)
    {
        var data = run.Data().TakeTraining(run.Get(TrainingImages));
        var shape = new Shape(data.ImageShape.Channels, Side, Side);
        var (given, best) = (Recipes.Get("passthrough-13").Options(), Recipes.Get("passthrough-best").Options());
        var network = PassThrough.Build(shape, data.ClassCount, width: run.Get(Width));
        var steps = new List<Change>
        {
            new("as given", "raw pixels, no augmentation, Adam at 0.001 throughout", network, given),
            new("normalised input", "mean 0 and deviation 1 instead of 0 to 255", network, given with { Normalization = best.Normalization }),
        };
        steps.Add(new("one cycle", "SGD with momentum and weight decay, the rate rises and falls once", network,
            best with { Augmentation = Augmentation.None, Loss = null }));
        steps.Add(new("augmentation", $"each image shifted, mirrored and partly covered: {best.Augmentation}", network,
            best with { Loss = null }));
        var (slim, smooth) = (Cifar.BestPassThrough(shape, data.ClassCount, x => x.Relu()), Recipes.Get("passthrough-best").Build(shape, data.ClassCount));
        steps.Add(new("slim head, three maps", "no pooling down to one pixel, the mean of the last map instead of dense 1,024", slim,
            best with { Loss = null }));
        steps.Add(new("whitening", "the first layer is measured on the images instead of learned", slim, best with { Loss = null },
            HasWhitening: true));
        steps.Add(new("GELU", "a smooth activation instead of ReLU", smooth, best with { Loss = null }, HasWhitening: true));
        steps.Add(new("label smoothing", $"the other classes share a part of the target: {best.Loss!.Description}", smooth, best,
            HasWhitening: true));
        var trainings = steps.ConvertAll(step => run.Train(step.Name, step.Network, data, Options(run, step, data)));
        Write(run, data, steps, trainings);
    }

    // Images of another size are scaled to that of the assignment, in training and validation alike.
    private static TrainingOptions Options(LabRun run, Change step, SplitData data)
    {
        var options = step.Options with { Epochs = run.Get(Epochs), Seed = run.Seed, TensorBoard = false };
        if (step.HasWhitening) options = PatchWhitening.Apply(options, step.Network, data.Training);
        return data.ImageShape is { Height: Side, Width: Side } ? options : options with { Augmentation = Augmentation.Sequence(new ResizeTo(Side, Side), options.Augmentation) };
    }

    private static void Write(LabRun run, SplitData data, List<Change> steps, List<LabTraining> trainings)
    {
        var (first, last) = (trainings[0], trainings[^1]);
        run.Page.Headline = (ReportText.Percent(last.Accuracy), $"after all changes, against {ReportText.Percent(first.Accuracy)} as given, both after {run.Get(Epochs)} epochs");
        run.Page.Section("What was done", $"Each row keeps the changes of the rows above it and adds its own. All train {run.Get(Epochs)} epochs of {ReportText.Count(data.Training.Count)} images with seed {run.Seed} and are judged by {ReportText.Count(data.Validation.Count)} validation images at the end of the last epoch; 'last five' is the mean over the last five epochs, which wander where the learning rate never falls. One seed: differences of a few tenths of a percent decide nothing.")
            .Table(
                new ReportTable(
                    ["change", "validation", "gain", "last five", "training", "parameters", "effective MACs", "seconds", "what it is"],
                    [.. steps.Select((step, i) => (IReadOnlyList<string>)
                    [
                        step.Name, ReportText.Percent(trainings[i].Accuracy),
                        i == 0 ? "" : $"{100 * (trainings[i].Accuracy - trainings[i - 1].Accuracy):+0.00;-0.00}",
                        ReportText.Percent(trainings[i].Epochs.TakeLast(5).Average(epoch => epoch.ValidationAccuracy)), ReportText.Percent(trainings[i].Epochs[^1].TrainAccuracy),
                        ReportText.Count(step.Network.TrainableCount + step.Network.FixedCount), ReportText.Count(EffectiveWork.Of(step.Network)), ReportText.Number(trainings[i].Seconds, "0"), step.Meaning,
                    ])]))
            .Add(new LinePlot
            {
                Title = "Validation accuracy",
                Lines = [.. steps.Select((step, i) => new PlotLine(step.Name, trainings[i].AccuracyCurve))],
                Across = "epoch",
                Format = share => ReportText.Percent(share),
                TickFormat = share => ReportText.Percent(share, "0"),
            })
            .Add(new LinePlot
            {
                Title = "Training accuracy: where it runs ahead of validation, the network learns by heart",
                Lines = [.. steps.Select((step, i) => new PlotLine(step.Name, trainings[i].Curve(epoch => epoch.TrainAccuracy)))],
                Across = "epoch",
                Format = share => ReportText.Percent(share),
                TickFormat = share => ReportText.Percent(share, "0"),
            });
    }

    /// <summary>One row: the network and settings after it.</summary>
    private sealed record Change(string Name, string Meaning, Network Network, TrainingOptions Options, bool HasWhitening = false);
}
