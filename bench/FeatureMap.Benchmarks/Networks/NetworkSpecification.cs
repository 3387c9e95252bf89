using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Benchmarks.Networks;

/// <summary>A network to be timed. Every contender translates its layers into its own modules.</summary>
public sealed record NetworkSpecification(string Name, string Description, Network Network)
{
    public int Classes => Network.Output.Channels;

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
