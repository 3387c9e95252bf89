using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// A network layer by layer: shapes, parameters, multiply-adds, memory, receptive field and kernel path, with totals. Prints as a text
/// table of at most 120 columns; also as JSON and as a table of texts.
/// </summary>
/// <example><code>Console.WriteLine(network.Summary());</code></example>
public sealed class NetworkSummary
{
    private const int MostBatch = 1_000_000;

    private NetworkSummary(Network network, int batch)
    {
        Network = network;
        Batch = batch;
        var fields = ReceptiveField.Of(network);
        Rows = [.. network.Layers.Select(layer =>
            new SummaryRow(layer, [.. layer.Inputs.Select(input => network.Layers[input].Name)], batch, fields[layer.Index]))];
    }

    /// <summary>The network that is summed up.</summary>
    public Network Network { get; }

    /// <summary>Images that the activation bytes are for.</summary>
    public int Batch { get; }

    /// <summary>One row per layer, the input first.</summary>
    public IReadOnlyList<SummaryRow> Rows { get; }

    /// <summary>Numbers that the optimiser changes.</summary>
    public long TrainableCount => Network.TrainableCount;

    /// <summary>Numbers that it does not change: running statistics.</summary>
    public long FixedCount => Network.FixedCount;

    /// <summary>Trainable and fixed numbers together: what Keras and PyTorch call the total.</summary>
    public long ParameterCount => TrainableCount + FixedCount;

    /// <summary>Multiply-accumulates of one sample's forward pass, bias additions not counted.</summary>
    public long MultiplyAdds => Network.MultiplyAdds;

    /// <summary>Bytes of all outputs of a batch together. The engine shares memory between layers, so a plan needs less.</summary>
    public long ActivationBytes => Rows.Sum(row => row.ActivationBytes);

    /// <summary>Bytes of all parameters.</summary>
    public long ParameterBytes => Rows.Sum(row => row.ParameterBytes);

    /// <summary>Sums a network up.</summary>
    /// <param name="network">Any network.</param>
    /// <param name="batch">Images that the activation bytes are for.</param>
    /// <exception cref="UsageException">The batch is below 1 or above 1,000,000.</exception>
    public static NetworkSummary Of(Network network, int batch = 128)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (batch is < 1 or > MostBatch)
            throw new UsageException($"The batch of a summary must be between 1 and {MostBatch:N0} images: received {batch:N0}. A common "
                + "value is 128.");
        return new NetworkSummary(network, batch);
    }

    /// <summary>A text table of at most 120 columns, with the totals and the kernel paths below.</summary>
    public override string ToString() => SummaryText.Of(this);

    /// <summary>One JSON document with every number of every row, and the totals.</summary>
    public string ToJson() => SummaryJson.Of(this);

    /// <summary>The rows as a table of texts, each with its kernel path.</summary>
    public ReportTable ToReportTable() => new(
        ["Layer", "Op", "Output", "Parameters", "Fixed", "MACs", "Activations", "Receptive field", "Stride", "Centre", "Kernel path"],
        [.. Rows.Select(row => (IReadOnlyList<string>)
        [
            row.Layer, SummaryText.OpText(row), row.Output.ToString(), SummaryText.Count(row.TrainableCount),
                SummaryText.Count(row.FixedCount), SummaryText.Count(row.MultiplyAdds),
            SummaryText.Bytes(row.ActivationBytes), ReceptiveField.Pair(row.Field.Vertical.Size, row.Field.Horizontal.Size),
            row.Field.IsGlobal ? "global" : ReceptiveField.Pair(row.Field.Vertical.Stride, row.Field.Horizontal.Stride),
            ReceptiveField.Pair(row.Field.Vertical.Offset, row.Field.Horizontal.Offset), row.Path is { } path ? path.Name : "",
        ])]);
}
