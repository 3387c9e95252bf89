using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: arithmetic number by number.
public sealed partial class Feature
{
    /// <summary>This output plus others of the same shape, number by number; see <see cref="Ops.Add"/>.</summary>
    /// <exception cref="ShapeException">Shapes differ; the message says which and how to project.</exception>
    public Feature Add(params ReadOnlySpan<Feature> others) => Then(new Add(), null, others);

    /// <summary>This output plus another, as a layer of the given name.</summary>
    public Feature Add(Feature other, string name) => Then(new Add(), name, other);
}
