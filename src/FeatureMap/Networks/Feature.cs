using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A layer's output while a network is being built. Each call appends a layer and returns its output; keep one in a variable to branch:
/// <c>var skip = x; x = x.Conv(64, kernel: 3, padding: 1); x = x.Add(skip);</c>
/// </summary>
public sealed partial class Feature
{
    internal Feature(NetworkBuilder builder, int index) => (Builder, Index) = (builder, index);

    internal NetworkBuilder Builder { get; }

    internal int Index { get; }

    /// <summary>Shape of this output for one sample.</summary>
    public Shape Shape => Builder.ShapeOf(Index);

    /// <summary>Appends any op that reads this output, and perhaps others.</summary>
    /// <param name="op">What to compute.</param>
    /// <param name="name">The layer's name; by default the op's name and a number.</param>
    /// <param name="others">Further inputs, for ops that take several.</param>
    /// <exception cref="ShapeException">It does not fit.</exception>
    public Feature Then(Op op, string? name = null, params ReadOnlySpan<Feature> others)
    {
        ArgumentNullException.ThrowIfNull(op);
        return Builder.Add(op, name, [this, .. others]);
    }

    /// <summary>
    /// Builds layers whose names begin with a common name, such as <c>stage1/block2/conv1</c>: weights are stored under these names, and tables stay readable.
    /// Automatic numbers start at 1 inside. May be nested.
    /// </summary>
    /// <param name="name">The common name; null or empty for none.</param>
    /// <param name="body">Builds the layers and returns the last.</param>
    /// <example><code>x = x.Scope("stem", x => x.Conv(64, kernel: 7, stride: 2).BatchNorm().Relu());   // stem/conv1, stem/batchNorm1, stem/relu1</code></example>
    public Feature Scope(string? name, Func<Feature, Feature> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return string.IsNullOrEmpty(name) ? body(this) : Builder.Scope(name, body, this);
    }
}
