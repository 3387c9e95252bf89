using FeatureMap.Data;
using FeatureMap.Models;

namespace FeatureMap.Training;

/// <summary>
/// A model on labelled images, class by class and with each mistake by the name of its file: from probabilities and labels, wherever they
/// come from. A class without images is in no mean; a class that was never answered has precision 0 and is marked.
/// </summary>
/// <example><code>
/// var judged = Judgement.Of(model, data.Validation);
/// Console.WriteLine(judged);
/// foreach (var m in judged.Mistakes.Take(9)) Console.WriteLine($"{m.File}: {m.Truth}, called {m.Answer} ({m.Probability:P0})");
/// </code></example>
public sealed class Judgement
{
    private readonly IReadOnlyList<IReadOnlyList<double>> probabilities;
    private readonly RankingCurve?[] curves;
    private Calibration? calibration;

    private Judgement(IReadOnlyList<IReadOnlyList<double>> probabilities, IReadOnlyList<int> labels, IReadOnlyList<string> classNames,
        Func<int, string> nameOf)
    {
        this.probabilities = probabilities;
        (ClassNames, curves) = (classNames, new RankingCurve?[classNames.Count]);
        var answers = new ImageJudgement[labels.Count];
        int[] answered = new int[classNames.Count], right = new int[classNames.Count], support = new int[classNames.Count];
        var mistakes = new List<Mistake>();
        for (var image = 0; image < answers.Length; image++)
        {
            var one = answers[image] = Answer(probabilities[image], labels[image]);
            support[one.Truth]++;
            answered[one.Answer]++;
            if (one.IsRight) right[one.Answer]++;
            else mistakes.Add(new(image, nameOf(image), classNames[one.Truth], classNames[one.Answer], one.Probability));
        }
        Answers = answers;
        PerClass = [.. classNames.Select((name, label) => new ClassJudgement(name, support[label], answered[label], right[label]))];
        Mistakes = [.. mistakes.OrderByDescending(mistake => mistake.Probability).ThenBy(mistake => mistake.Image)];
    }

    /// <summary>The names of the classes, by label.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>What was said of each image, in the order of the set.</summary>
    public IReadOnlyList<ImageJudgement> Answers { get; }

    /// <summary>Each class, in the order of the labels.</summary>
    public IReadOnlyList<ClassJudgement> PerClass { get; }

    /// <summary>What was taken for another class; what the model was surest of first.</summary>
    public IReadOnlyList<Mistake> Mistakes { get; }

    /// <summary>How many images were judged.</summary>
    public int Images => Answers.Count;

    /// <summary>Part of the images that were taken for their class, 0 to 1.</summary>
    public double Accuracy => (double)(Images - Mistakes.Count) / Images;

    /// <summary>Mean precision, recall and F1 over the classes that have images: each class counts the same.</summary>
    public ClassMeans Macro => Mean(_ => 1);

    /// <summary>The same with each class counting as often as it has images.</summary>
    public ClassMeans Weighted => Mean(one => one.Support);

    /// <summary>
    /// Precision, recall and F1 of all answers together. Each image has one label and one answer, so all three are the accuracy.
    /// </summary>
    public ClassMeans Micro => new(Accuracy, Accuracy, Accuracy);

    /// <summary>Mean F1 over the classes that have images.</summary>
    public double MacroF1 => Macro.F1;

    /// <summary>Mean recall over the classes that have images: the accuracy if all had as many.</summary>
    public double BalancedAccuracy => Macro.Recall;

    /// <summary>
    /// Mean area under the ROC curves, each class against the rest; classes without images are left out. Not a number where no class has
    /// both images and others.
    /// </summary>
    public double RocArea => MeanOf(curve => curve.RocArea);

    /// <summary>Mean area under the curves of precision over recall, over the same classes.</summary>
    public double PrecisionArea => MeanOf(curve => curve.AveragePrecision);

    /// <summary>Whether the probabilities of the answers mean what they say, in 15 bins.</summary>
    public Calibration Calibration => calibration ??= Calibration.Of([.. Answers.Select(one => one.Probability)],
        [.. Answers.Select(one => one.IsRight)]);

    /// <summary>Part of the images whose class is among the most probable ones; equal probabilities stand in the order of the
    /// labels.</summary>
    /// <param name="count">How many answers are looked at, such as 5.</param>
    /// <exception cref="UsageException">It is below 1.</exception>
    public double TopAccuracy(int count) => count >= 1
        ? (double)Answers.Count(one => one.TruthRank <= count) / Images
        : throw new UsageException($"Top-k accuracy looks at 1 answer at least: received {count}.");

    /// <summary>How well the probability of a class puts its images before all others.</summary>
    /// <param name="label">The class.</param>
    public RankingCurve Curve(int label) => curves[label] ??= RankingCurve.Of(
        [.. probabilities.Select(own => own[label])], [.. Answers.Select(one => one.Truth == label)]);

    /// <summary>Counts by true class (rows) and answer (columns).</summary>
    public int[,] Confusion()
    {
        var counts = new int[ClassNames.Count, ClassNames.Count];
        foreach (var one in Answers)
            counts[one.Truth, one.Answer]++;
        return counts;
    }

    /// <summary>The temperature at which these probabilities are likeliest; see <see cref="TemperatureScaling"/>.</summary>
    /// <exception cref="UsageException">The probabilities do not add up to 1: each is one of its own.</exception>
    public double BestTemperature()
    {
        var image = Enumerable.Range(0, Images).FirstOrDefault(image => Math.Abs(probabilities[image].Sum() - 1) > 1e-3, -1);
        if (image >= 0)
            throw new UsageException($"A temperature is for probabilities of classes that exclude each other, and those of image {image} "
                + $"add up to {probabilities[image].Sum():0.###} in place of 1: the network ends in a sigmoid.");
        return TemperatureScaling.Fit(probabilities, [.. Answers.Select(one => one.Truth)]);
    }

    /// <summary>The same images with the probabilities at a temperature.</summary>
    /// <param name="temperature">Above 0; 1 changes nothing.</param>
    /// <exception cref="UsageException">The temperature is not above 0.</exception>
    public Judgement At(double temperature)
    {
        var names = Mistakes.ToDictionary(mistake => mistake.Image, mistake => mistake.File);
        return new([.. probabilities.Select(own => TemperatureScaling.Apply(own, temperature))], [.. Answers.Select(one => one.Truth)],
            ClassNames, image => names.GetValueOrDefault(image, $"image {image}"));
    }

    /// <summary>Judges a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="set">Images of the network's input shape, with the model's classes.</param>
    /// <param name="threads">Threads to use; 0 for one per logical processor. The result does not depend on it.</param>
    /// <exception cref="ShapeException">The images have another shape than the network's input, or it tells another number of classes
    /// apart.</exception>
    /// <exception cref="DataException">What the network gives is not a number.</exception>
    public static Judgement Of(Model model, ImageSet set, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        return Of([.. model.PredictMany(set, threads).Select(answer => answer.Probabilities)], set);
    }

    /// <summary>Judges probabilities.</summary>
    /// <param name="probabilities">Of each image, the probability of each class.</param>
    /// <param name="labels">The true class of each image.</param>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="files">How the images are called; by their places where null.</param>
    /// <exception cref="DataException">The lengths differ, there are no images, or a number is out of range.</exception>
    public static Judgement Of(IReadOnlyList<IReadOnlyList<double>> probabilities, IReadOnlyList<int> labels,
        IReadOnlyList<string> classNames, IReadOnlyList<string>? files = null)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classNames);
        ProbabilityTable.Check(probabilities, labels, classNames.Count);
        if (files is not null && files.Count != labels.Count)
            throw new DataException($"Each image needs a name: received {files.Count:N0} names for {labels.Count:N0} images.");
        return new(probabilities, labels, classNames, image => files?[image] ?? $"image {image}");
    }

    /// <summary>The probabilities of the images of a set. One of a sigmoid is that of the second of two classes.</summary>
    internal static Judgement Of(IReadOnlyList<IReadOnlyList<double>> probabilities, ImageSet set)
    {
        if (probabilities[0].Count == 1 && set.ClassCount == 2)
            probabilities = [.. probabilities.Select(own => (double[])[1 - own[0], own[0]])];
        if (probabilities[0].Count != set.ClassCount)
            throw new ShapeException($"The network tells {probabilities[0].Count} classes apart, {set.Name} has {set.ClassCount}. Judge "
                + "it on the data set that it was trained on.");
        int[] labels = [.. Enumerable.Range(0, set.Count).Select(set.Label)];
        ProbabilityTable.Check(probabilities, labels, set.ClassCount);
        return new(probabilities, labels, set.ClassNames, set.NameOf);
    }

    /// <summary>A table of the classes, and the means.</summary>
    public override string ToString()
    {
        var width = Math.Max(5, PerClass.Max(one => one.Name.Length));
        var lines = PerClass.Select(one => $"{one.Name.PadRight(width)}  {Number(one.Precision)}  {Number(one.Recall)}  {Number(one.F1)}  "
            + $"{one.Support,6:N0}{(one.IsNeverAnswered ? "  never answered" : "")}");
        return string.Join('\n', [$"{"class".PadRight(width)}   prec.  recall      f1  images", .. lines,
            $"{Accuracy * 100:0.0} % of {Images:N0} images right, macro F1 {MacroF1:0.000}"]);

        static string Number(double value) => double.IsNaN(value) ? "     -" : $"{value,6:0.000}";
    }

    private static ImageJudgement Answer(IReadOnlyList<double> own, int truth)
    {
        int best = 0, rank = 1;
        for (var label = 0; label < own.Count; label++)
        {
            if (own[label] > own[best]) best = label;
            if (own[label] > own[truth] || (own[label] == own[truth] && label < truth)) rank++;
        }
        return new(truth, best, own[best], own[truth], rank);
    }

    private ClassMeans Mean(Func<ClassJudgement, double> weight)
    {
        var counted = PerClass.Where(one => one.Support > 0).ToArray();
        var all = counted.Sum(weight);
        return new(Of(one => one.Precision), Of(one => one.Recall), Of(one => one.F1));

        double Of(Func<ClassJudgement, double> value) => counted.Sum(one => weight(one) * value(one)) / all;
    }

    private double MeanOf(Func<RankingCurve, double> area) => Enumerable.Range(0, ClassNames.Count).Select(Curve)
        .Where(curve => curve is { Positives: > 0, Negatives: > 0 }).Select(area).DefaultIfEmpty(double.NaN).Average();
}
