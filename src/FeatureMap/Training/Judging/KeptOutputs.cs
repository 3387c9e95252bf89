using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>What a network gave for each image of a set.</summary>
/// <param name="Outputs">One number per class.</param>
/// <param name="IsOdds">Whether these are scores of yes-or-no questions, each its own, of which a sigmoid makes probabilities.</param>
/// <param name="Values">What they are otherwise.</param>
/// <param name="Set">The images.</param>
internal sealed record KeptOutputs(float[][] Outputs, bool IsOdds, OutputValues Values, ImageSet Set)
{
    public Judgement Judge() => Judgement.Of(Probabilities(), Set);

    public IReadOnlyList<double[]> Probabilities() => Array.ConvertAll(Outputs, Of);

    private double[] Of(float[] output) => !IsOdds ? Prediction.Of(output, Values)
        : Array.ConvertAll(output, Sigmoid);

    private static double Sigmoid(float score) =>
        score >= 0 ? 1 / (1 + PortableMath.Exp(-score)) : PortableMath.Exp(score) / (1 + PortableMath.Exp(score));
}
