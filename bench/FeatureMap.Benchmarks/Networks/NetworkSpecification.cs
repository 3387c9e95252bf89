using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Benchmarks.Networks;

/// <summary>A network to be timed, built when it is asked for. Every contender translates its layers into its own.</summary>
/// <param name="name">What the command line calls it.</param>
/// <param name="description">What it is, in a line.</param>
/// <param name="input">Channels x height x width of an image.</param>
/// <param name="build">Builds it for an image of a shape.</param>
public sealed class NetworkSpecification(string name, string description, Shape input, Func<Shape, Network> build)
{
    private readonly Lazy<Network> network = new(() => build(input));

    public string Name => name;

    public string Description => description;

    public Network Network => network.Value;

    /// <summary>The images per step that people train it with.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [128];

    /// <summary>A smaller image, on which the answers of two engines are compared before anything is timed; null for the same.</summary>
    public Shape? SmallInput { get; init; }

    /// <summary>The same layers for <see cref="SmallInput"/>.</summary>
    public Network Small => SmallInput is { } small ? build(small) : Network;

    public long Parameters => Network.TrainableCount;

    /// <summary>Multiply-adds of the forward pass for one image, counting convolutions and linear layers.</summary>
    public long ForwardMultiplyAdds => Network.MultiplyAdds;

    /// <summary>
    /// Floating-point operations of one training step for one image: forward, input gradient and weight gradient cost the same, and the
    /// first layer needs no input gradient. A multiply-add counts as two operations.
    /// </summary>
    public long TrainingOperations
    {
        get
        {
            var first = Network.Layers.First(layer => layer.Op is Conv2d or Linear);
            return 2 * ((3 * Network.MultiplyAdds) - first.Op!.Cost(first.InputShapes).MultiplyAdds);
        }
    }
}
