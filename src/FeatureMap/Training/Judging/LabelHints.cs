using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>An image whose label may be wrong.</summary>
/// <param name="Image">Its place in its part.</param>
/// <param name="IsValidation">Whether it is of the validation part.</param>
/// <param name="File">How it is called: its file, where it has one.</param>
/// <param name="Label">The label that it has.</param>
/// <param name="Probability">How probable that label is to networks that never saw the image: the lower, the more suspicious.</param>
/// <param name="Likelier">The label that they would give.</param>
/// <param name="LikelierProbability">How probable that one is.</param>
public sealed record LabelHint(
    int Image, bool IsValidation, string File, int Label, double Probability, int Likelier, double LikelierProbability);

/// <summary>One of the trainings of <see cref="LabelHints"/> is done.</summary>
/// <param name="Fold">Which, from 1.</param>
/// <param name="Folds">How many there are.</param>
/// <param name="Images">Images that it learned from.</param>
/// <param name="Judged">Images that it never saw and judged.</param>
/// <param name="Agreement">The share of these whose label it would give.</param>
public readonly record struct HintProgress(int Fold, int Folds, int Images, int Judged, double Agreement);

/// <summary>
/// Images whose labels may be wrong, the most suspicious first: those whose label is the least probable to networks that never saw the
/// image. A network that has seen it may know a wrong label by heart, so its training images are cut into parts, and each part is judged by
/// a training on the others (cross-validation); images to judge by, which no training sees, are judged by all of them. A hint is no
/// verdict: hard images are among the first as well.
/// Source: Northcutt, Jiang and Chuang, "Confident learning", JAIR 70, 2021 (out-of-sample probabilities, ranked by that of the given
/// label; the number of wrong labels).
/// </summary>
/// <example><code>
/// var hints = LabelHints.Of(data, network, new TrainingOptions { Epochs = 10 });
/// foreach (var hint in hints.All.Take(20))
///     Console.WriteLine($"{hint.File}: {data.ClassNames[hint.Label]}? rather {data.ClassNames[hint.Likelier]}");
/// </code></example>
public sealed class LabelHints
{
    private LabelHints(IReadOnlyList<LabelHint> all, Judgement judgement, int folds) => (All, Judgement, Folds) = (all, judgement, folds);

    /// <summary>Every image, the most suspicious label first; equal ones in the order of the set, training images first.</summary>
    public IReadOnlyList<LabelHint> All { get; }

    /// <summary>
    /// The networks on images that they never saw, training images first: how much the hints can be trusted. Where few labels are met, what
    /// is hard stands among what is wrong.
    /// </summary>
    public Judgement Judgement { get; }

    /// <summary>How many trainings judged.</summary>
    public int Folds { get; }

    /// <summary>
    /// How many labels are probably wrong: images for which another class is at least as probable as it is on average for its own images,
    /// and more than every other such class.
    /// </summary>
    public int Suspects { get; private init; }

    /// <summary>Trains and judges.</summary>
    /// <param name="data">Labelled images.</param>
    /// <param name="train">
    /// Trains on the training part that it is given, with the seed that it is given, and returns the model. The other part is what the
    /// model will be judged on; it must not be trained on.
    /// </param>
    /// <param name="folds">Into how many parts the training images are cut, and so how many trainings there are: 2 at least.</param>
    /// <param name="seed">Decides the parts, and counts up for the trainings.</param>
    /// <param name="threads">Threads for judging; 0 for one per logical processor.</param>
    /// <param name="progress">Told after each training.</param>
    /// <exception cref="UsageException">There are fewer than 2 folds, or the images have targets in place of classes.</exception>
    /// <exception cref="DataException">A class has fewer images than there are folds.</exception>
    public static LabelHints Of(SplitData data, Func<SplitData, ulong, Model> train, int folds = 5, ulong seed = 0, int threads = 0,
        IProgress<HintProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(train);
        Check(data, folds);
        var (training, validation) = (data.Training, data.Validation);
        var fold = FoldOf(training, folds, seed);
        var own = new IReadOnlyList<double>[training.Count];
        var others = Enumerable.Range(0, validation.Count).Select(_ => new double[data.ClassCount]).ToArray();
        for (var part = 0; part < folds; part++)
        {
            int[] judged = [.. Enumerable.Range(0, training.Count).Where(image => fold[image] == part)];
            int[] learned = [.. Enumerable.Range(0, training.Count).Where(image => fold[image] != part)];
            var split = data.With(training.Subset(learned), training.Subset(judged));
            var model = train(split, seed + (ulong)part);
            foreach (var (place, given) in Probabilities(model, split.Validation, threads).Index())
                own[judged[place]] = given;
            foreach (var (image, given) in Probabilities(model, validation, threads).Index())
                for (var label = 0; label < data.ClassCount; label++)
                    others[image][label] += given[label] / folds;
            var met = judged.Count(image => IsHighest(own[image], training.Label(image)));
            progress?.Report(new(part + 1, folds, learned.Length, judged.Length, (double)met / judged.Length));
        }
        return Of(data, [.. own, .. others.Select(sums => Array.ConvertAll(sums, sum => Math.Min(sum, 1)))], folds);
    }

    /// <summary>Trains a network from scratch for each part.</summary>
    /// <param name="data">Labelled images of the network's input shape.</param>
    /// <param name="network">What is trained.</param>
    /// <param name="options">How; the seed counts up.</param>
    /// <param name="folds">Into how many parts the training images are cut.</param>
    /// <param name="progress">Told after each training.</param>
    /// <exception cref="UsageException">There are fewer than 2 folds, or the images have targets in place of classes.</exception>
    /// <exception cref="DataException">A class has fewer images than there are folds.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LabelHints Of(SplitData data, Network network, TrainingOptions? options = null, int folds = 5,
        IProgress<HintProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new();
        return Of(data, (split, seed) => Fit(network, split, options with { Seed = seed, Folder = null }), folds, options.Seed,
            options.Threads, progress);
    }

    /// <summary>Fits a head to a pretrained body, whose features are computed once, for each part: seconds in place of minutes.</summary>
    /// <param name="data">Images of the network's input shape.</param>
    /// <param name="model">A pretrained body with a head for the classes of the data, see <see cref="FineTuning"/>.</param>
    /// <param name="options">How the head learns; <see cref="FineTuningOptions.UsualForHead"/> where null.</param>
    /// <param name="folds">Into how many parts the training images are cut.</param>
    /// <param name="progress">Told after each training.</param>
    /// <exception cref="UsageException">There are fewer than 2 folds, or the model is for other classes.</exception>
    /// <exception cref="DataException">A class has fewer images than there are folds.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LabelHints Of(SplitData data, Model model, FineTuningOptions? options = null, int folds = 5,
        IProgress<HintProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        Check(data, folds);
        options = (options ?? new() { Training = FineTuningOptions.UsualForHead }) with { HeadOnly = true };
        var plan = FineTuningPlan.Of(model, data, options);
        var training = plan.HeadOptions with { PartOf = null, Folder = null };
        return Of(plan.Features(), plan.Head, training, folds, progress);
    }

    /// <summary>Trains, and refuses to go on with what was stopped half-way.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    private static Model Fit(Network network, SplitData split, TrainingOptions options)
    {
        var run = Trainer.Fit(network, split, options);
        return run.IsComplete ? run.Model : throw new OperationCanceledException(options.Cancellation);
    }

    /// <summary>Ranks by probabilities of models that never saw the images.</summary>
    /// <param name="data">Labelled images.</param>
    /// <param name="probabilities">Of each image, those of the classes: training images first, then validation images.</param>
    /// <param name="folds">How many models judged.</param>
    /// <exception cref="DataException">The lengths differ, or a number is no probability.</exception>
    public static LabelHints Of(SplitData data, IReadOnlyList<IReadOnlyList<double>> probabilities, int folds = 1)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(probabilities);
        var (training, validation) = (data.Training, data.Validation);
        (ImageSet Set, int Image)[] images =
        [
            .. Enumerable.Range(0, training.Count).Select(image => (training, image)),
            .. Enumerable.Range(0, validation.Count).Select(image => (validation, image)),
        ];
        var judgement = Judgement.Of(probabilities, [.. images.Select(one => one.Set.Label(one.Image))], data.ClassNames,
            [.. images.Select(one => one.Set.NameOf(one.Image))]);
        var all = judgement.Answers.Select((answer, place) =>
        {
            var (set, image) = images[place];
            var likelier = Highest(probabilities[place], other => other != answer.Truth);
            return new LabelHint(image, place >= training.Count, set.NameOf(image), answer.Truth, answer.TruthProbability, likelier,
                probabilities[place][likelier]);
        });
        return new([.. all.OrderBy(hint => hint.Probability)], judgement, folds) { Suspects = CountSuspects(probabilities, judgement) };
    }

    // A class is confidently there where it is at least as probable as on average for the images that have its label.
    private static int CountSuspects(IReadOnlyList<IReadOnlyList<double>> probabilities, Judgement judgement)
    {
        var usual = new double[judgement.ClassNames.Count];
        foreach (var answer in judgement.Answers)
            usual[answer.Truth] += answer.TruthProbability / judgement.PerClass[answer.Truth].Support;
        return judgement.Answers.Where((answer, image) => Highest(probabilities[image],
            label => judgement.PerClass[label].Support > 0 && probabilities[image][label] >= usual[label]) is >= 0 and var sure
                && sure != answer.Truth).Count();
    }

    // The images of each class are dealt out in turn, from another part on for each class, so that the parts are of about one size.
    private static int[] FoldOf(ImageSet set, int folds, ulong seed)
    {
        var fold = new int[set.Count];
        var next = 0;
        for (var label = 0; label < set.ClassCount; label++)
        {
            int[] members = [.. Enumerable.Range(0, set.Count).Where(image => set.Label(image) == label)];
            if (members.Length == 0) continue;
            var sequence = new RandomSequence(seed, RandomPurpose.Split, (uint)label, stream: 1);
            sequence.Shuffle(members);
            foreach (var image in members)
                fold[image] = next++ % folds;
        }
        return fold;
    }

    private static IReadOnlyList<IReadOnlyList<double>> Probabilities(Model model, ImageSet set, int threads) =>
        model.Evaluate(set, threads: threads).Kept?.Probabilities() ?? throw new ShapeException("The network gives "
            + $"{model.Network.Output}, and {set.Name} has {set.ClassCount} classes: it must give one score for each.");

    private static bool IsHighest(IReadOnlyList<double> own, int label) => Highest(own, _ => true) == label;

    private static int Highest(IReadOnlyList<double> own, Func<int, bool> isAllowed)
    {
        var best = -1;
        for (var label = 0; label < own.Count; label++)
            if (isAllowed(label) && (best < 0 || own[label] > own[best]))
                best = label;
        return best;
    }

    private static void Check(SplitData data, int folds)
    {
        if (folds < 2) throw new UsageException("Images are judged by a training that never saw them, so there are 2 folds at least: "
            + $"received {folds}. 5 are usual.");
        if (data.Training.Targets is not null)
            throw new UsageException($"Hints at wrong labels are for classes of whole images, and the images of '{data.Name}' have "
                + "targets.");
        var counts = data.Training.CountPerClass();
        var few = Array.FindIndex(counts, count => count > 0 && count < folds);
        if (few >= 0)
            throw new DataException($"The class {data.ClassNames[few]} of {data.Name} has too few images to learn from: {counts[few]:N0}, "
                + $"and each of {folds} folds needs one. Take fewer folds, or add images.");
        if (data.ClassCount < 2) throw new DataException($"{data.Name} has one class, so no label could be another.");
    }
}
