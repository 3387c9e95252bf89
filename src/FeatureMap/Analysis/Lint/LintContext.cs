using System.Globalization;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>What a rule of the linter looks at: the network, who reads which layer, and the analyses, each made once when the first rule
/// asks for it.</summary>
public sealed class LintContext
{
    private readonly Lazy<IReadOnlyList<ReceptiveField>> fields;
    private readonly Lazy<IReadOnlyList<UnreadPixels>> unread;
    private readonly List<Layer>[] readers;

    internal LintContext(Network network, LintOptions options)
    {
        (Network, Options) = (network, options);
        fields = new(() => ReceptiveField.Of(network));
        unread = new(() => UnreadPixels.Of(network));
        readers = [.. network.Layers.Select(_ => new List<Layer>())];
        foreach (var layer in network.Layers)
            foreach (var input in layer.Inputs.Distinct())
                readers[input].Add(layer);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>What the user said about its use.</summary>
    public LintOptions Options { get; }

    /// <summary>The receptive field of every layer, in their order.</summary>
    public IReadOnlyList<ReceptiveField> Fields => fields.Value;

    /// <summary>What each convolution and pooling does not look at.</summary>
    public IReadOnlyList<UnreadPixels> Unread => unread.Value;

    /// <summary>Trainable parameters and running statistics together: what Keras and PyTorch call the total.</summary>
    public long ParameterCount => Network.TrainableCount + Network.FixedCount;

    /// <summary>The layers that read a layer's output.</summary>
    public IReadOnlyList<Layer> ReadersOf(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return readers[layer.Index];
    }

    /// <summary>The layer whose output a layer reads (the first, where it reads several).</summary>
    public Layer SourceOf(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Network.Layers[layer.Inputs[0]];
    }

    /// <summary>All layers of a kind, with or without weight normalisation around them.</summary>
    internal IEnumerable<(Layer Layer, TOp Op)> All<TOp>() where TOp : Op
    {
        foreach (var layer in Network.Layers)
            if (layer.PlainOp is TOp op)
                yield return (layer, op);
    }

    /// <summary>
    /// The layers behind the last weights, from the output backwards: activations, dropout, pooling and changes of shape that turn the last
    /// weighted sums into the output. Empty when the weighted sums are the output, or where branches meet there.
    /// </summary>
    internal IEnumerable<Layer> Tail()
    {
        for (var layer = Network.Layers[^1]; IsTail(layer.Op); layer = SourceOf(layer))
            yield return layer;
    }

    /// <summary>Walks back from a layer over whatever leaves every channel to itself, and returns the first layer that does not.</summary>
    internal Layer BehindChannelwise(Layer layer)
    {
        var source = SourceOf(layer);
        while (source.Op is { IsChannelwise: true }) source = SourceOf(source);
        return source;
    }

    /// <summary>Whether an op is a normalisation of activations.</summary>
    internal static bool IsNorm(Op? op) => op is BatchNorm or ImageNorm;

    /// <summary>Whether another layer that reads the same input reads all of its pixels.</summary>
    internal bool IsReadElsewhere(Layer layer) => ReadersOf(SourceOf(layer)).Any(
        other => other != layer && (other.Windows is not var (rows, columns) || rows.Unread + columns.Unread == 0));

    private static bool IsTail(Op? op) =>
        op is Activation or ChannelSoftmax or DropoutMask or Flatten or Reshape or GlobalAveragePool or GlobalMaxPool or AdaptivePool2d or WindowPool or ReduceMean or BatchNorm;
}

/// <summary>Numbers as the messages of the linter write them.</summary>
internal static class LintWords
{
    /// <summary>A whole number with separators.</summary>
    public static string Count(long number) => SummaryText.Count(number);

    /// <summary>A whole number and its noun, which gets an s where there are several, or another form.</summary>
    public static string Count(long number, string noun, string? several = null) =>
        $"{Count(number)} {(number == 1 ? noun : several ?? $"{noun}s")}";

    /// <summary>A part of a whole, such as <c>78.8 %</c>.</summary>
    public static string Percent(double part, double whole) => (part / whole).ToString("0.0 %", CultureInfo.InvariantCulture);

    /// <summary>A factor or another number with at most two decimals.</summary>
    public static string Number(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);

    /// <summary>Names in quotes: 'a', 'b' and 'c'.</summary>
    public static string Names(IEnumerable<string> names)
    {
        var quoted = names.Select(name => $"'{name}'").ToList();
        return quoted.Count < 2 ? string.Concat(quoted) : $"{string.Join(", ", quoted[..^1])} and {quoted[^1]}";
    }
}
