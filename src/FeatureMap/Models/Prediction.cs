using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.Models;

/// <summary>What a network makes of one image: a probability for each class.</summary>
public sealed class Prediction
{
    private readonly IReadOnlyList<string> classNames;

    internal Prediction(IReadOnlyList<double> probabilities, IReadOnlyList<string> classNames)
    {
        Probabilities = probabilities;
        this.classNames = classNames;
        for (var i = 1; i < probabilities.Count; i++)
            if (probabilities[i] > probabilities[Class])
                Class = i;
    }

    /// <summary>
    /// Probability of each class, by label: the softmax of the network's scores in double precision, which adds up to 1; what the network
    /// gives where it ends in a softmax itself. Where it ends in a sigmoid (<see cref="Network.OutputValues"/>), each is the probability of
    /// its own label, and they need not add up to anything.
    /// </summary>
    public IReadOnlyList<double> Probabilities { get; }

    /// <summary>Label of the most probable class; among equal ones the lowest.</summary>
    public int Class { get; }

    /// <summary>Name of the most probable class.</summary>
    public string ClassName => NameOf(Class);

    /// <summary>Probability of the most probable class, 0 to 1.</summary>
    public double Probability => Probabilities[Class];

    /// <summary>Name of a class; its number where the model has no name for it.</summary>
    public string NameOf(int label) => label < classNames.Count ? classNames[label] : $"{label}";

    /// <summary>The most probable classes, the best first.</summary>
    /// <param name="count">How many, at most.</param>
    public IReadOnlyList<(int Class, string Name, double Probability)> Top(int count) =>
        [.. Enumerable.Range(0, Probabilities.Count).OrderByDescending(label => Probabilities[label]).ThenBy(label => label).Take(count).Select(label => (label, NameOf(label), Probabilities[label]))];

    /// <summary>Of several labels, each a question of its own: those that are more likely there than not, the surest first.</summary>
    /// <param name="threshold">From this probability on a label is said.</param>
    public IReadOnlyList<(int Class, string Name, double Probability)> Said(double threshold = 0.5) =>
        [.. Top(Probabilities.Count).Where(one => one.Probability >= threshold)];

    /// <summary>Written as <c>7 (99.8 %)</c>.</summary>
    public override string ToString() => $"{ClassName} ({Probability * 100:0.0} %)";

    /// <summary>The probabilities that a network's output stands for.</summary>
    internal static double[] Of(ReadOnlySpan<float> output, OutputValues values)
    {
        if (values == OutputValues.Scores) return Softmax(output);
        var probabilities = new double[output.Length];
        for (var i = 0; i < output.Length; i++)
            probabilities[i] = output[i];
        return probabilities;
    }

    /// <summary>exp(x - max) / sum: the maximum is taken off first, so that nothing overflows.</summary>
    internal static double[] Softmax(ReadOnlySpan<float> scores)
    {
        var probabilities = new double[scores.Length];
        double largest = scores[0], sum = 0;
        foreach (var score in scores)
            largest = Math.Max(largest, score);
        for (var i = 0; i < scores.Length; i++)
            sum += probabilities[i] = PortableMath.Exp(scores[i] - largest);
        for (var i = 0; i < scores.Length; i++)
            probabilities[i] /= sum;
        return probabilities;
    }
}
