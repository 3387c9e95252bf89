using FeatureMap.Data;
using FeatureMap.Models;

namespace FeatureMap.Training;

/// <summary>How well one class is told from the others.</summary>
/// <param name="Name">The class.</param>
/// <param name="Support">Its images.</param>
/// <param name="Answers">Images that were taken for it.</param>
/// <param name="Right">Images of it that were taken for it.</param>
public sealed record ClassJudgement(string Name, int Support, int Answers, int Right)
{
    /// <summary>Part of what was taken for it that is of it; 0 where nothing was (<see cref="Answers"/> is 0 then).</summary>
    public double Precision => Answers == 0 ? 0 : (double)Right / Answers;

    /// <summary>Part of its images that were taken for it; not a number where it has none.</summary>
    public double Recall => Support == 0 ? double.NaN : (double)Right / Support;

    /// <summary>2 precision x recall / (precision + recall) = 2 right / (answers + support); not a number for a class without
    /// images.</summary>
    public double F1 => Support == 0 ? double.NaN : 2.0 * Right / (Answers + Support);
}

/// <summary>An image that was taken for another class.</summary>
/// <param name="Image">Its place in the set.</param>
/// <param name="File">How it is called: its file, where it has one.</param>
/// <param name="Truth">Its class.</param>
/// <param name="Answer">The class it was taken for.</param>
/// <param name="Probability">How sure the model was of the answer, 0 to 1.</param>
public sealed record Mistake(int Image, string File, string Truth, string Answer, double Probability);

/// <summary>
/// A model on labelled images, class by class and with each mistake by the name of its file. A class without images is in no mean; a class
/// that was never answered has precision 0.
/// </summary>
/// <example><code>
/// var judged = Judgement.Of(model, data.Validation);
/// Console.WriteLine(judged);
/// foreach (var m in judged.Mistakes.Take(9)) Console.WriteLine($"{m.File}: {m.Truth}, called {m.Answer} ({m.Probability:P0})");
/// </code></example>
public sealed class Judgement
{
    private Judgement(IReadOnlyList<ClassJudgement> perClass, IReadOnlyList<Mistake> mistakes, int images) =>
        (PerClass, Mistakes, Images) = (perClass, mistakes, images);

    /// <summary>Each class, in the order of the labels.</summary>
    public IReadOnlyList<ClassJudgement> PerClass { get; }

    /// <summary>What was taken for another class; what the model was surest of first.</summary>
    public IReadOnlyList<Mistake> Mistakes { get; }

    /// <summary>How many images were judged.</summary>
    public int Images { get; }

    /// <summary>Part of the images that were taken for their class, 0 to 1.</summary>
    public double Accuracy => (double)(Images - Mistakes.Count) / Images;

    /// <summary>Mean F1 over the classes that have images.</summary>
    public double MacroF1 => PerClass.Where(one => one.Support > 0).Average(one => one.F1);

    /// <summary>Mean recall over the classes that have images: the accuracy if all had as many.</summary>
    public double BalancedAccuracy => PerClass.Where(one => one.Support > 0).Average(one => one.Recall);

    /// <summary>Judges a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="set">Images of the network's input shape, with the model's classes.</param>
    /// <param name="threads">Threads to use; 0 for one per logical processor. The result does not depend on it.</param>
    /// <exception cref="ShapeException">The images have another shape than the network's input, or it tells another number of classes
    /// apart.</exception>
    public static Judgement Of(Model model, ImageSet set, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        var answers = model.PredictMany(set, threads);
        if (answers[0].Probabilities.Count != set.ClassCount)
            throw new ShapeException($"The network tells {answers[0].Probabilities.Count} classes apart, {set.Name} has {set.ClassCount}. "
                + "Judge it on the data set that it was trained on.");
        int[] answered = new int[set.ClassCount], right = new int[set.ClassCount];
        var mistakes = new List<Mistake>();
        for (var image = 0; image < set.Count; image++)
        {
            var (truth, answer) = (set.Label(image), answers[image].Class);
            answered[answer]++;
            if (answer == truth) right[answer]++;
            else mistakes.Add(new(image, set.NameOf(image), set.ClassNames[truth], set.ClassNames[answer], answers[image].Probability));
        }
        var support = set.CountPerClass();
        return new(
            [.. Enumerable.Range(0, set.ClassCount).Select(label => new ClassJudgement(set.ClassNames[label], support[label],
                answered[label], right[label]))],
            [.. mistakes.OrderByDescending(mistake => mistake.Probability).ThenBy(mistake => mistake.Image)], set.Count);
    }

    /// <summary>A table of the classes, and the means.</summary>
    public override string ToString()
    {
        var width = Math.Max(5, PerClass.Max(one => one.Name.Length));
        var lines = PerClass.Select(one =>
            $"{one.Name.PadRight(width)}  {Number(one.Precision)}  {Number(one.Recall)}  {Number(one.F1)}  {one.Support,6:N0}");
        return string.Join('\n', [$"{"class".PadRight(width)}   prec.  recall      f1  images", .. lines,
            $"{Accuracy * 100:0.0} % of {Images:N0} images right, macro F1 {MacroF1:0.000}"]);

        static string Number(double value) => double.IsNaN(value) ? "     -" : $"{value,6:0.000}";
    }
}
