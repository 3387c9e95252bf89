using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// What the numbers at the end of a network are. Whoever predicts, judges or trains asks <see cref="Network.OutputValues"/> and need not
/// look at layers.
/// </summary>
public enum OutputValues
{
    /// <summary>
    /// Any real numbers: a softmax makes probabilities of scores of classes. Logarithms of probabilities are scores too, because
    /// softmax(log p) = p.
    /// </summary>
    Scores,

    /// <summary>Probabilities of classes that exclude each other, which add up to 1: the network ends in a softmax.</summary>
    Probabilities,

    /// <summary>
    /// Probabilities of yes-or-no questions, each its own, which need not add up to anything: the network ends in a sigmoid.
    /// </summary>
    IndependentProbabilities,
}

/// <summary>Reads the end of a network.</summary>
internal static class OutputEnd
{
    // Below this a probability has no logarithm of 32 bits that a loss could use; a sigmoid reaches it at scores of -16.
    private const double Least = 1e-30, LeastIndependent = 1e-7;

    public static OutputValues ValuesOf(Network network) =>
        Mean(network, network.Layers[^1]) is var (values, weight) && Math.Abs(weight - 1) < 1e-6 ? values : OutputValues.Scores;

    /// <summary>The layer before the softmaxes and sigmoids at the end; the last one where there are none.</summary>
    public static Layer ScoreLayer(Network network)
    {
        var score = network.Layers[^1];
        for (var layer = score; IsView(layer) || IsSquash(layer);)
        {
            var isPassed = IsSquash(layer) || layer.Op is DropoutMask;
            layer = network.Layers[layer.Inputs[0]];
            if (isPassed) score = layer;
        }
        return score;
    }

    /// <summary>See <see cref="Network.ToScores"/>.</summary>
    public static Network ToScores(Network network)
    {
        if (network.OutputValues is var values && values == OutputValues.Scores) return network;
        var squashes = new HashSet<int>();
        for (var layer = network.Layers[^1]; IsView(layer) || IsSquash(layer); layer = network.Layers[layer.Inputs[0]])
            if (IsSquash(layer))
                squashes.Add(layer.Index);
        if (squashes.Count == 0) return network.Append(x => values == OutputValues.Probabilities ? Logarithms(x) : LogarithmsOfOdds(x)); // a mean comes from no scores of its own
        return network.Rewrite((layer, inputs) => squashes.Contains(layer.Index) ? inputs[0] : null);
    }

    private static Feature Logarithms(Feature p) => p.Maximum(Least).Log();

    private static Feature LogarithmsOfOdds(Feature p)
    {
        p = p.Clip(LeastIndependent, 1 - LeastIndependent);
        return p.Log().Subtract(p.ScaleShift(-1, 1).Log());
    }

    private static bool IsSquash(Layer layer) => layer.Op is Softmax or LogSoftmax or Sigmoid or HardSigmoid;

    // What leaves every number in its channel.
    private static bool IsView(Layer layer) => layer.Op is DropoutMask || (layer.Op is Flatten or Reshape && layer.Output == layer.InputShapes[0]);

    // Probabilities, or sums of them with weights: the mean over several views of an image or several networks.
    private static (OutputValues Values, double Weight)? Mean(Network network, Layer layer) => layer.Op switch
    {
        Softmax => (OutputValues.Probabilities, 1),
        Sigmoid or HardSigmoid => (OutputValues.IndependentProbabilities, 1),
        _ when IsView(layer) => Mean(network, network.Layers[layer.Inputs[0]]),
        ScaleShift { Shift: 0, Scale: > 0 } scaled => Mean(network, network.Layers[layer.Inputs[0]]) is var (values, weight) ? (values, weight * scaled.Scale) : null,
        Add when layer.Inputs.All(input => network.Layers[input].Output == layer.Output) =>
            layer.Inputs.Select(input => Mean(network, network.Layers[input])).ToList() is var parts && parts.TrueForAll(part => part is not null && part.Value.Values == parts[0]!.Value.Values)
                ? (parts[0]!.Value.Values, parts.Sum(part => part!.Value.Weight)) : null,
        _ => null,
    };
}
