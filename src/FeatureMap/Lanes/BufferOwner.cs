namespace FeatureMap.Lanes;

/// <summary>
/// Owns the native memory of whatever is made of many parts that nobody wants to free one by one, such as the kernels of a plan: every
/// buffer that a thread asks for while it collects.
/// </summary>
internal sealed class BufferOwner : IDisposable
{
    [ThreadStatic]
    private static BufferOwner? collecting;

    private readonly List<AlignedBuffer> buffers = [];

    /// <summary>The buffers that this thread asks for are this owner's, until the result is disposed.</summary>
    public Collection Collect()
    {
        var collection = new Collection(collecting);
        collecting = this;
        return collection;
    }

    /// <summary>Frees all of them. Nobody may work on them any more.</summary>
    public void Dispose()
    {
        foreach (var buffer in buffers)
            buffer.Free();
        buffers.Clear();
    }

    internal static void Register(AlignedBuffer buffer) => collecting?.buffers.Add(buffer);

    /// <summary>The time in which buffers are collected.</summary>
    public readonly struct Collection(BufferOwner? before) : IDisposable
    {
        public void Dispose() => collecting = before;
    }
}
