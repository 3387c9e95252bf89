using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Reports;

/// <summary>
/// The layers of a network and what they read, drawn from the image at the top to the answer at the bottom: branches, skips and joins
/// where they are. A normalisation or an activation stands in the box of the layer before it.
/// </summary>
/// <example><code>
/// new Page("My network").Section("The network").Add(NetworkDiagram.Of(network)).Write("network.html");
/// </code></example>
public sealed record NetworkDiagram : PagePart
{
    private readonly Network network;

    private NetworkDiagram(Network network) => this.network = network;

    /// <summary>The diagram of a network.</summary>
    /// <param name="network">The network; no weights are needed.</param>
    public static NetworkDiagram Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new NetworkDiagram(network);
    }

    /// <summary>What it says in words.</summary>
    internal string Description
    {
        get
        {
            var joins = network.Layers.Count(layer => layer.Inputs.Count > 1);
            return $"{ReportText.Count(network.Layers.Count - 1, "layer")} from {network.Input} to {network.Output}; "
                + (joins == 0 ? "each reads the one before."
                    : $"{ReportText.Count(joins)} of them {(joins == 1 ? "joins" : "join")} branches.");
        }
    }

    /// <summary>The layers as nodes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="address">Where the box of a layer leads; nowhere where null.</param>
    /// <param name="current">The layer that the page is about.</param>
    internal static IReadOnlyList<DiagramNode> Nodes(Network network, Func<Layer, string?>? address = null, Layer? current = null) =>
    [
        .. network.Layers.Select(layer => new DiagramNode(layer.Name, layer.Output.ToString(), Detail(layer), layer.Inputs)
        {
            Kind = KindOf(layer),
            IsAttached = layer.Op is not null && KindOf(layer) is DiagramKind.Norm or DiagramKind.Function && layer.Inputs.Count == 1,
            Address = address?.Invoke(layer),
            IsCurrent = layer == current,
        }),
    ];

    internal override void Render(HtmlBuilder html, string id)
    {
        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-label="The layers and what they read">""");
        new DiagramDrawing(Nodes(network)).Write(html, id, "The layers and what they read", Description);
        html.Add($"</div>");
        Legend(html, network.Layers.Select(KindOf));
    }

    /// <summary>What the marks at the edges of the boxes mean, of those that are there.</summary>
    internal static void Legend(HtmlBuilder html, IEnumerable<DiagramKind> kinds)
    {
        var there = kinds.ToHashSet();
        html.Join($"""<ul class="legend kinds">""");
        foreach (var (kind, style, words) in (ReadOnlySpan<(DiagramKind, string, string)>)
            [
                (DiagramKind.Weighted, "c0", "weights"), (DiagramKind.Norm, "c2", "normalisation"),
                (DiagramKind.Function, "c1", "function of each number"),
                (DiagramKind.Sampling, "c3", "pooling, resizing"), (DiagramKind.Join, "c7", "joins"),
            ])
            if (there.Contains(kind))
            {
                html.Join($"""<li><svg viewBox="0 0 8 14" aria-hidden="true"><rect class="kind {style}" x="2" width="4" """);
                html.Join($"""height="14" rx="2"/></svg>{words}</li>""");
            }
        html.Add($"</ul>");
    }

    internal static DiagramKind KindOf(Layer layer) => Plain(layer.Op) switch
    {
        null or Constant or LearnedParameter => DiagramKind.Source,
        WeightedOp or AngularLinear or MatrixProduct => DiagramKind.Weighted,
        BatchNorm or ImageNorm or LocalResponseNorm or L2Normalize => DiagramKind.Norm,
        WindowPool or BinPool or GlobalAveragePool or GlobalMaxPool or PlaneMap or Reduction or PixelShuffle or PixelUnshuffle =>
            DiagramKind.Sampling,
        UnaryOp or ChannelSoftmax or PRelu or DropoutMask => DiagramKind.Function,
        Concat or BroadcastOp => DiagramKind.Join,
        _ => DiagramKind.Other,
    };

    private static Op? Plain(Op? op) => op is WeightNorm norm ? norm.Inner : op;

    private static string Detail(Layer layer) => layer.Op is null ? "input" : layer.Op.Settings.Length == 0 ? layer.Op.Name
        : $"{layer.Op.Name} {layer.Op.Settings}";
}
