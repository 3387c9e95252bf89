namespace FeatureMap.Networks;

/// <summary>What is said where images do not fit a network.</summary>
internal static class NetworkInput
{
    /// <summary>The error for images of another shape.</summary>
    /// <param name="network">The network.</param>
    /// <param name="received">What came in their place and what to do, from the comma on.</param>
    public static ShapeException Refuse(Network network, string received) =>
        new($"The network takes images of {network.Input} (channels x height x width), {received}");
}
