using FeatureMap.Data;
using FeatureMap.Models;

namespace FeatureMap.Training;

/// <summary>How well one number of an image is told.</summary>
/// <param name="Name">What the number is.</param>
/// <param name="MeanAbsoluteError">The mean distance between answer and truth (MAE), in the unit of the number.</param>
/// <param name="RootMeanSquaredError">The root of the mean squared distance (RMSE), which large mistakes weigh more in.</param>
/// <param name="Explained">
/// R^2: 1 - the squared distances / those from the mean of the truths. 1 is all right, 0 no better than always answering the mean, below 0
/// worse; not a number where all truths are the same.
/// </param>
/// <param name="Mean">The mean of the truths.</param>
/// <param name="Deviation">Their standard deviation: the RMSE of whoever always answers the mean.</param>
/// <param name="Bias">The mean of answer - truth.</param>
public sealed record NumberJudgement(string Name, double MeanAbsoluteError, double RootMeanSquaredError, double Explained, double Mean,
    double Deviation, double Bias);

/// <summary>One number of one image as it was answered.</summary>
/// <param name="Image">Its place in the set.</param>
/// <param name="File">How the image is called.</param>
/// <param name="Name">What the number is.</param>
/// <param name="Truth">What it is.</param>
/// <param name="Answer">What was answered.</param>
public sealed record NumberAnswer(int Image, string File, string Name, double Truth, double Answer)
{
    /// <summary>Answer - truth.</summary>
    public double Error => Answer - Truth;
}

/// <summary>A model that tells numbers of an image, such as an age: each of them by itself, in its own unit.</summary>
/// <example><code>
/// var judged = QuantityJudgement.Of(model, data.Validation);
/// Console.WriteLine(judged);
/// foreach (var worst in judged.Worst.Take(9)) Console.WriteLine($"{worst.File}: {worst.Name} {worst.Truth}, answered {worst.Answer:0.0}");
/// </code></example>
public sealed class QuantityJudgement
{
    private readonly double[] units;

    private QuantityJudgement(IReadOnlyList<NumberJudgement> perNumber, IReadOnlyList<NumberAnswer> answers) =>
        (PerNumber, Answers, units) = (perNumber, answers, [.. perNumber.Select(one => one.Deviation > 0 ? one.Deviation : 1)]);

    /// <summary>Each number.</summary>
    public IReadOnlyList<NumberJudgement> PerNumber { get; }

    /// <summary>Every answer: image after image, and of each all numbers in their order.</summary>
    public IReadOnlyList<NumberAnswer> Answers { get; }

    /// <summary>How many images were judged.</summary>
    public int Images => Answers.Count / PerNumber.Count;

    /// <summary>The mean of R^2 over the numbers that differ between images.</summary>
    public double MeanExplained => PerNumber.Select(one => one.Explained).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The answers that are furthest off, counted in deviations of their number.</summary>
    public IEnumerable<NumberAnswer> Worst => Answers.Index().OrderByDescending(one =>
        Math.Abs(one.Item.Error) / units[one.Index % units.Length])
        .ThenBy(one => one.Index).Select(one => one.Item);

    /// <summary>Judges answers.</summary>
    /// <param name="answers">Of each image, what was answered for each number.</param>
    /// <param name="truths">Of each image, what the numbers are.</param>
    /// <param name="names">What each number is.</param>
    /// <param name="files">How the images are called; by their place where null.</param>
    /// <exception cref="DataException">Lengths differ, there are no images, or an answer is not a number.</exception>
    public static QuantityJudgement Of(IReadOnlyList<IReadOnlyList<double>> answers, IReadOnlyList<IReadOnlyList<double>> truths,
        IReadOnlyList<string> names, IReadOnlyList<string>? files = null)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(truths);
        ArgumentNullException.ThrowIfNull(names);
        if (answers.Count == 0 || answers.Count != truths.Count || names.Count == 0)
            throw new DataException($"Numbers are judged image by image: received {answers.Count:N0} answers and {truths.Count:N0} "
                + $"truths of {names.Count:N0} numbers.");
        for (var image = 0; image < answers.Count; image++)
        {
            if (answers[image].Count != names.Count || truths[image].Count != names.Count)
                throw new DataException($"Image {image} has {answers[image].Count:N0} answers and {truths[image].Count:N0} truths for "
                    + $"{names.Count:N0} numbers.");
            for (var number = 0; number < names.Count; number++)
                if (!double.IsFinite(answers[image][number]) || !double.IsFinite(truths[image][number]))
                    throw new DataException($"{files?[image] ?? $"Image {image}"}: {names[number]} is answered with "
                        + $"{answers[image][number]}, "
                        + $"and is {truths[image][number]}; both must be finite numbers.");
        }
        return new([.. names.Select((name, number) => Judge(name, [.. answers.Select(own => own[number])],
                [.. truths.Select(own => own[number])]))],
            [.. Enumerable.Range(0, answers.Count).SelectMany(image => names.Select((name, number) =>
                new NumberAnswer(image, files?[image] ?? $"{image}", name, truths[image][number], answers[image][number])))]);
    }

    /// <summary>Judges a model.</summary>
    /// <param name="model">A network that gives one number for each of the targets.</param>
    /// <param name="set">Images whose targets are quantities.</param>
    /// <param name="threads">Threads to use; 0 for one per logical processor. The result does not depend on it.</param>
    /// <exception cref="UsageException">The targets are no quantities.</exception>
    /// <exception cref="ShapeException">The network does not fit images or targets.</exception>
    /// <exception cref="DataException">An answer is not a number.</exception>
    public static QuantityJudgement Of(Model model, ImageSet set, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        if (set.Targets is not { Kind: TargetKind.Quantities } targets)
            throw new UsageException($"Numbers are judged on targets that are quantities, and {set.Name} has "
                + $"{(set.Targets is { } other ? $"{other}" : "one class for each image")}.");
        if (model.Network.Output != targets.Shape)
            throw new ShapeException($"The network gives {model.Network.Output}, and the targets are {targets.Shape}: one number for "
                + $"each.");
        double[][] Rows(Func<int, IEnumerable<float>> values) => [.. Enumerable.Range(0, set.Count).Select(image =>
            values(image).Select(value => (double)value).ToArray())];
        IReadOnlyList<float>[] given = [.. model.ComputeMany(set, threads)];
        return Of(Rows(image => given[image]), Rows(image => targets.Values(set.TargetOf(image)).ToArray()), targets.ClassNames,
            [.. Enumerable.Range(0, set.Count).Select(set.NameOf)]);
    }

    /// <summary>A table of the numbers.</summary>
    public override string ToString()
    {
        var width = Math.Max(6, PerNumber.Max(one => one.Name.Length));
        return string.Join('\n', [$"{"number".PadRight(width)}         MAE        RMSE      R^2        mean   deviation",
            .. PerNumber.Select(one => $"{one.Name.PadRight(width)}  {one.MeanAbsoluteError,10:G5}  {one.RootMeanSquaredError,10:G5}  "
                + $"{(double.IsNaN(one.Explained) ? "-" : $"{one.Explained:0.000}"),7}  {one.Mean,10:G5}  {one.Deviation,10:G5}")]);
    }

    private static NumberJudgement Judge(string name, double[] answers, double[] truths)
    {
        var mean = truths.Average();
        double absolute = 0, squared = 0, spread = 0, bias = 0;
        for (var image = 0; image < truths.Length; image++)
        {
            var error = answers[image] - truths[image];
            absolute += Math.Abs(error);
            squared += error * error;
            bias += error;
            spread += (truths[image] - mean) * (truths[image] - mean);
        }
        var count = truths.Length;
        return new(name, absolute / count, Math.Sqrt(squared / count), spread > 0 ? 1 - (squared / spread) : double.NaN, mean,
            Math.Sqrt(spread / count), bias / count);
    }
}
