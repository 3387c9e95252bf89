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
    /// Appends all layers of a network, under their names or below a common one. Its weights go along by <see cref="Weights.TakeUnder"/>.
    /// </summary>
    /// <param name="network">
    /// A network of one input, made for the shape of this output; see <see cref="Network.WithInput"/> for another one.
    /// </param>
    /// <param name="scope">
    /// The common name: <c>backbone</c> makes <c>backbone/conv1</c> of <c>conv1</c>; null for none. To use a network twice, give two.
    /// </param>
    /// <returns>The network's output.</returns>
    /// <exception cref="ShapeException">The network takes another shape, or has a second input.</exception>
    /// <exception cref="UsageException">A name is taken.</exception>
    public Feature Then(Network network, string? scope = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        network.CheckOneInput("be used inside another");
        if (network.Input != Shape)
            throw new ShapeException(
                $"The network takes {network.Input} and stands behind '{Builder.NameOf(Index)}', which gives {Shape} "
                + "(channels x height x width). Bring the one to the other by layers between them, or build the network for this shape: "
                + "network.WithInput(x.Shape).");
        return Scope(scope, x => Builder.Include(network, x));
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
