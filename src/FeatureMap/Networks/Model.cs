using FeatureMap.Data;

namespace FeatureMap.Networks;

/// <summary>A network with weights and with what it takes to use it on pixels: normalisation and class names.</summary>
public sealed partial class Model
{
    /// <summary>Puts the parts together.</summary>
    /// <exception cref="ShapeException">The normalisation has another number of channels than the network's input.</exception>
    public Model(Weights weights, Normalization normalization, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentNullException.ThrowIfNull(classNames);
        if (normalization.Channels != weights.Network.Input.Channels)
            throw new ShapeException($"The network takes {weights.Network.Input.Channels} channels, the normalisation has {normalization.Channels}.");
        Weights = weights;
        Normalization = normalization;
        ClassNames = classNames;
    }

    /// <summary>What computes.</summary>
    public Network Network => Weights.Network;

    /// <summary>Its numbers.</summary>
    public Weights Weights { get; }

    /// <summary>How pixels become numbers.</summary>
    public Normalization Normalization { get; }

    /// <summary>Names of the classes, in the order of the scores.</summary>
    public IReadOnlyList<string> ClassNames { get; }
}
