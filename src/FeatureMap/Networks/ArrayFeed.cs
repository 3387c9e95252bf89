namespace FeatureMap.Networks;

/// <summary>
/// Feeds a network with numbers that stand in arrays, image after image, planar: one array for each layer without op, in order.
/// </summary>
internal sealed class ArrayFeed : IBatchFeed
{
    private readonly Layer[] layers;
    private readonly float[][] values;

    /// <param name="network">Decides the sizes.</param>
    /// <param name="batch">Images of a full batch.</param>
    public ArrayFeed(Network network, int batch)
    {
        layers = [.. network.Layers.Where(layer => layer.Op is null)];
        values = Array.ConvertAll(layers, layer => new float[checked(batch * layer.Output.Count)]);
    }

    public long WorkFloats => 0;

    /// <summary>The numbers of all images for one of the layers without op, counted from 0.</summary>
    public float[] Of(int number) => values[number];

    /// <summary>How many layers without op there are.</summary>
    public int Count => values.Length;

    /// <summary>The numbers of one image.</summary>
    public Span<float> Of(int number, int image) => values[number].AsSpan(image * layers[number].Output.Count, layers[number].Output.Count);

    public void Fill(in ImageGroup group)
    {
        for (var number = 0; number < layers.Length; number++)
            group.Put(layers[number].Index, group.Part(values[number].AsSpan(), layers[number].Output.Count));
    }
}

/// <summary>Reads one layer of every image into an array, image after image, planar.</summary>
/// <param name="layer">The result or the last layer.</param>
/// <param name="batch">Images of a full batch.</param>
internal sealed class ArrayReader(Layer layer, int batch) : IBatchReader
{
    public float[] Values { get; } = new float[checked(batch * layer.Output.Count)];

    public IReadOnlyList<int> Layers => [];

    public ReadOnlySpan<float> Of(int image) => Values.AsSpan(image * layer.Output.Count, layer.Output.Count);

    public void Read(in ImageGroup group) => group.CopyTo(layer.Index, group.Part(Values.AsSpan(), layer.Output.Count));
}
