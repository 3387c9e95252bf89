namespace FeatureMap.Benchmarks.Networks;

/// <summary>A network to be timed: input shape, layers in order, number of classes and its direct-algorithm cost.</summary>
public sealed record NetworkSpecification(string Name, string Description, Shape Input, int Classes, IReadOnlyList<Layer> Layers)
{
    /// <summary>Multiply-adds of the forward pass for one image, counting convolutions and linear layers.</summary>
    public required long ForwardMultiplyAdds { get; init; }

    /// <summary>
    /// Floating-point operations of one training step for one image: forward, input gradient and weight gradient cost the same, and the
    /// first layer needs no input gradient. A multiply-add counts as two operations.
    /// </summary>
    public required long TrainingOperations { get; init; }

    public required long Parameters { get; init; }
}
