using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: ops that move numbers without computing.
public sealed partial class Feature
{
    /// <summary>The same numbers as one vector; see <see cref="Ops.Flatten"/>.</summary>
    public Feature Flatten(string? name = null) => Then(new Flatten(), name);

    /// <summary>The channels of this output and then those of others, in the order given; see <see cref="Ops.Concat"/>.</summary>
    /// <exception cref="ShapeException">Heights or widths differ.</exception>
    public Feature Concat(params ReadOnlySpan<Feature> others) => Then(new Concat(), null, others);

    /// <summary>The channels of this output and then those of another, as a layer of the given name.</summary>
    public Feature Concat(Feature other, string name) => Then(new Concat(), name, other);
}
