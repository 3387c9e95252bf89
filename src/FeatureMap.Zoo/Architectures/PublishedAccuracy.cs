namespace FeatureMap.Zoo;

/// <summary>How often the best score of a trained network is the right class, and who says so.</summary>
/// <param name="TopOne">In percent.</param>
/// <param name="Source">Whose weights, on which pictures, and where that is printed.</param>
public sealed record PublishedAccuracy(double TopOne, string Source)
{
    /// <summary>The percentage and its source.</summary>
    public override string ToString() => $"{TopOne:0.###} % ({Source})";
}
