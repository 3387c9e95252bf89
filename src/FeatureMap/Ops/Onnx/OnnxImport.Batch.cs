namespace FeatureMap.Ops;

// The batch: its size is open in most files; a file may state it, and then shapes in it may count on that.
internal abstract partial class OnnxImport
{
    /// <summary>How many images a batch has where the graph states it; null where that is open.</summary>
    public abstract int? BatchSize { get; }

    /// <summary>
    /// Whether a size in a list of sizes is that of the batch: the number that stands for an open one, or the one that the graph states.
    /// </summary>
    public bool IsBatch(long size) => BatchSize is { } stated ? size == stated : size == long.MinValue;
}
