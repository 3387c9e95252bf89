using System.Numerics;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// The gradient of any weighted sum of one layer's numbers, by the pixels of each image and, where asked for, by the output of an inner
/// layer. The layers compute as in evaluation, and all of them are frozen: the images of a batch do not influence each other, and no
/// weight has a gradient. Weights are copied when the probe is made. Not for two callers at a time.
/// </summary>
internal sealed class GradientProbe : IDisposable
{
    private readonly IEngine engine;
    private readonly IExecutable executable;
    private readonly Shape input, output;
    private readonly ArrayFeed feed;
    private readonly ArrayReader sums;
    private readonly Layer? inner;
    private readonly int? kept;
    private int images;

    /// <param name="weights">What computes.</param>
    /// <param name="target">The layer whose numbers are summed.</param>
    /// <param name="inner">A layer before it whose output and gradient are wanted as well.</param>
    /// <param name="capacity">Images of a batch.</param>
    /// <param name="threads">Threads to use; 0 for one per logical processor. The result does not depend on it.</param>
    /// <exception cref="UsageException">The target does not depend on the inner layer.</exception>
    public GradientProbe(Weights weights, Layer target, Layer? inner, int capacity, int threads = 0)
    {
        // What is differentiated is the mean over the batch: of 2^k images, so that the factor is exact and an image's gradient has the
        // same bits alone or among others.
        Capacity = (int)BitOperations.RoundUpToPowerOf2((uint)capacity);
        (input, output) = (weights.Network.Input, target.Output);
        var graph = weights.Network.CutAt(target).Probe();
        kept = graph.Layers.FirstOrDefault(layer => layer.Name == inner?.Name)?.Index;
        if (inner is not null && (kept is null || inner.Index > target.Index))
            throw new UsageException(
                $"Layer '{target.Name}' does not depend on layer '{inner.Name}', so there is no gradient. Name a layer on the way to it.");
        this.inner = inner;
        (feed, sums) = (new ArrayFeed(graph, Capacity), new ArrayReader(graph.Layers[^1], Capacity));
        engine = new LaneEngine(threads);
        executable = engine.Prepare(new EngineRequest
        {
            Weights = weights.Derive(graph),
            Batch = Capacity,
            Mode = ExecutionMode.Evaluation,
            HasGradients = true,
            FrozenLayers = [.. graph.Layers.Select(layer => layer.Name)],
            WantsImageGradient = true,
            KeptLayers = kept is > 0 ? [kept.Value] : [],
            Feed = feed,
            Reader = sums,
        });
    }

    /// <summary>Images of a batch: at least as many as were asked for.</summary>
    public int Capacity { get; }

    /// <summary>Positions of the target layer's plane.</summary>
    public int TargetArea => output.Area;

    /// <summary>Where an image of the batch goes, as the network reads it: normalised.</summary>
    public Span<float> Input(int image) => feed.Of(0, image);

    /// <summary>Where the factors of the target layer's numbers go.</summary>
    public Span<float> Seed(int image) => feed.Of(1, image);

    /// <summary>Computes the first images of the batch.</summary>
    public void Run(int count)
    {
        images = (int)BitOperations.RoundUpToPowerOf2((uint)count);
        executable.Run(images);
    }

    /// <summary>The weighted sum of an image.</summary>
    public float Sum(int image) => sums.Values[image];

    /// <summary>Its gradient by the numbers that the network reads; all 0 where it does not depend on them.</summary>
    public float[] InputGradient(int image) => Gradient(0, input, image);

    /// <summary>The inner layer's output.</summary>
    public float[] InnerOutput(int image)
    {
        if (kept is not > 0) return Input(image).ToArray();
        var values = new float[inner!.Output.Count];
        executable.ReadOutput(kept.Value, image, values);
        return values;
    }

    /// <summary>The gradient by the inner layer's output.</summary>
    public float[] InnerGradient(int image) => kept is > 0 ? Gradient(kept.Value, inner!.Output, image) : InputGradient(image);

    public void Dispose()
    {
        engine.Dispose();
        executable.Dispose();
    }

    // Times the size of the batch, and each image has its own gradient again.
    private float[] Gradient(int layer, Shape shape, int image)
    {
        var values = new float[shape.Count];
        executable.ReadGradient(layer, image, values);
        for (var i = 0; i < values.Length; i++)
            values[i] *= images;
        return values;
    }
}
