using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>What the last measured update was like, layer by layer.</summary>
/// <param name="weights">What is trained.</param>
/// <param name="moves">Which of its parameters are, in their order.</param>
internal sealed class LayerMeter(Weights weights, bool[] moves)
{
    private readonly UpdateSquares[] byParameter = new UpdateSquares[weights.Parameters.Count];

    /// <summary>Reads what an update has measured: each layer with all its trained parameters, in the order of the network.</summary>
    public IReadOnlyList<LayerMeasure> Read(IWeightUpdate update)
    {
        Array.Clear(byParameter);
        update.AddMeasures(byParameter);
        return
        [
            .. Enumerable.Range(0, moves.Length).Where(i => moves[i]).GroupBy(i => weights.Parameters[i].Layer).OrderBy(group => group.Key)
                .Select(group => Of(weights.Network.Layers[group.Key], group.Aggregate(default(UpdateSquares), (sum, i) =>
                    sum + byParameter[i]))),
        ];
    }

    private static LayerMeasure Of(Layer layer, UpdateSquares sums) => new(
        layer.Name, layer.Op!.Name, Math.Sqrt(sums.Gradient), sums.Before > 0 ? Math.Sqrt(sums.Change / sums.Before) : double.NaN);
}
