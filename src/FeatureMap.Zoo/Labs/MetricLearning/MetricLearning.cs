using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// Embeddings by several losses: drawn in two dimensions, and judged where it counts: can two images of classes that the training never saw be told to be of one class?
/// </summary>
internal sealed class MetricLearning : Lab
{
    private static readonly LabSetting<int> Epochs = LabSetting.Whole("epochs", "Passes over the training images", 8, 1, 1000);
    private static readonly LabSetting<int> Seeds = LabSetting.Whole("seeds", "Trainings of each method for the verification, with seeds that follow each other", 3, 1, 100);
    private static readonly LabSetting<int> TrainingImages = LabSetting.Whole("training-images", "How many training images are used; 0 for all", 10_000, 0);
    private static readonly LabSetting<int> Dimensions = LabSetting.Whole("dimensions", "Numbers of an embedding in the verification; drawn are always two", 16, 2, 1024);
    private static readonly LabSetting<int> HeldOut = LabSetting.Whole("held-out", "Classes that the verification training never sees, the last ones", 2, 2, 1000);
    private static readonly LabSetting<int> Pairs = LabSetting.Whole("pairs", "Pairs of images that are judged, half of them of one class", 6000, 20, 1_000_000);
    private static readonly LabSetting<double> Rate = LabSetting.Real("learning-rate", "The highest rate of Adam, by a one-cycle schedule", 0.004, 1e-6, 1);

    public override string Name => "metric-learning";

    public override string Title => "Metric learning";

    public override string Question => "Which loss makes embeddings that also tell apart what the network never saw?";

    public override string Dataset => "mnist";

    public override string Needs => "mnist (or any set of 4 classes or more by --data)";

    public override IReadOnlyList<LabSetting> Settings => [Epochs, Seeds, TrainingImages, Dimensions, HeldOut, Pairs, Rate];

    public override IReadOnlyList<(string Key, string Value)> Quick => [("epochs", "2"), ("seeds", "1"), ("training-images", "1200"), ("pairs", "400")];

    public override LabPlan Plan(LabSettings settings, int? images = null)
    {
        var trainings = MetricMethod.All.Count * (1 + settings.Get(Seeds));
        return new(trainings, trainings * (long)settings.Get(Epochs) * LabPlan.Of(settings.Get(TrainingImages), images));
    }

    public override void Run(LabRun run)
    {
        var data = run.Data();
        var (known, unseen) = ClassSplit.Of(data, run.Get(HeldOut));
        var plane = MetricMethod.All.Select(method => (method, Train(run, $"{method.Name}, plane", method, Limited(data, run), 2, run.Seed))).ToList();
        var judged = MetricMethod.All.Select(method => (method, Trainings: Enumerable.Range(0, run.Get(Seeds))
            .Select(seed => Train(run, $"{method.Name}, unseen classes, seed {run.Seed + (ulong)seed}", method, Limited(known, run), run.Get(Dimensions), run.Seed + (ulong)seed)).ToList())).ToList();
        run.Page.Section("What was done", "A network for classes knows its classes and no others. An embedding is a vector whose distances mean something: images of one class near to each other, also of classes that were not there when it was trained. Faces are recognised so. Here six losses train the same small network.")
            .Table(new ReportTable(["Method", "What it asks of the embedding", "Compared by"], [.. MetricMethod.All.Select(method => (IReadOnlyList<string>)
                [method.Name, method.Remark, method.Distance == EmbeddingDistance.Cosine ? "angle" : "distance"])]))
            .Facts(
                new("Data", $"{data.Name}, {ReportText.Count(Limited(data, run).Training.Count)} training images"),
                new("Network", $"three 3x3 layers with batch normalisation, one dense layer; {ReportText.Count(judged[0].Trainings[0].Model.Network.TrainableCount)} parameters with {run.Get(Dimensions)} dimensions"),
                new("Each training", $"{run.Get(Epochs)} epochs of batches with {MetricMethod.ImagesPerClass} images of each class, Adam"));
        new EmbeddingPlane(run, Limited(data, run), plane).Write();
        new UnseenClasses(run, unseen, judged, run.Get(Pairs)).Write(known, data);
    }

    // Validation after every epoch would cost more than the training; the unseen classes are judged on all their images.
    private static SplitData Limited(SplitData data, LabRun run)
    {
        var training = data.TakeTraining(run.Get(TrainingImages));
        return new SplitData(data.Name, training.Training, data.Validation.Take(EmbeddingPlane.MostPoints), data.Source, data.Notice) { Origin = data.Origin };
    }

    private static LabTraining Train(LabRun run, string name, MetricMethod method, SplitData data, int dimensions, ulong seed)
    {
        var classes = data.Training.CountPerClass().Count(count => count > 0);
        var batch = MetricMethod.ImagesPerClass * Math.Min(classes, 10);
        var sampler = new ClassBatchSampler(MetricMethod.ImagesPerClass);
        var steps = (long)run.Get(Epochs) * (sampler.Count(data.Training, batch) / batch);
        return run.Train(name, method.Build(data.ImageShape, data.ClassCount, dimensions), data, new TrainingOptions
        {
            Epochs = run.Get(Epochs),
            BatchSize = batch,
            Seed = seed,
            Sampler = sampler,
            Optimizer = new Adam(),
            Schedule = new OneCycle(run.Get(Rate)),
            Loss = method.Loss(steps),
            TensorBoard = false,
        });
    }

}

/// <summary>A data set cut by classes: those that are trained on, and the images of the others.</summary>
internal static class ClassSplit
{
    /// <param name="data">All classes.</param>
    /// <param name="heldOut">How many classes are kept apart, the last ones.</param>
    /// <returns>The first classes with labels of their own, and the validation images of the last.</returns>
    /// <exception cref="UsageException">Too few classes would be left.</exception>
    public static (SplitData Known, ImageSet Unseen) Of(SplitData data, int heldOut)
    {
        var kept = data.ClassCount - heldOut;
        if (kept < 2)
            throw new UsageException($"{data.Name} has {data.ClassCount} classes; without the last {heldOut} there are {Math.Max(0, kept)} left, and a training needs 2. Hold out fewer: --set held-out={Math.Max(2, data.ClassCount - 2)}.");
        return (new SplitData(data.Name, Below(data.Training, kept), Below(data.Validation, kept), data.Source, data.Notice) { Origin = data.Origin },
            data.Validation.Subset([.. Enumerable.Range(0, data.Validation.Count).Where(image => data.Validation.Label(image) >= kept)]));
    }

    // A set with fewer class names, so that the network has no outputs for classes that it never sees.
    private static ImageSet Below(ImageSet set, int classes)
    {
        int[] chosen = [.. Enumerable.Range(0, set.Count).Where(image => set.Label(image) < classes)];
        var size = set.ImageShape.Count;
        var pixels = new byte[(long)chosen.Length * size];
        foreach (var (place, image) in chosen.Index())
            set.Pixels(image).CopyTo(pixels.AsSpan(place * size));
        return new ImageSet(set.Name, set.ImageShape, pixels, [.. chosen.Select(set.Label)], set.ClassNames.Take(classes));
    }
}
