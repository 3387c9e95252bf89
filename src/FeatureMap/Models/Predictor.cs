using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Models;

/// <summary>A network made ready to evaluate images that are handed over as pixels. Not for two callers at a time.</summary>
internal sealed class Predictor : IDisposable, IBatchFeed
{
    private readonly Network network;
    private readonly Model model;
    private readonly IEngine engine;
    private readonly IExecutable executable;
    private readonly ArrayReader scores;
    private readonly byte[] pixels;

    /// <param name="model">How pixels become numbers.</param>
    /// <param name="weights">What computes: the model's weights, or those of a network that begins like its own.</param>
    /// <param name="capacity">Images of a batch.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    /// <param name="keepsOutputs">Whether every layer's output stays readable.</param>
    public Predictor(Model model, Weights weights, int capacity, int threads, bool keepsOutputs = false)
    {
        network = weights.Network;
        this.model = model;
        pixels = new byte[(long)capacity * network.Input.Count];
        scores = new ArrayReader(network.Layers[^1], capacity);
        engine = new LaneEngine(threads);
        executable = engine.Prepare(new EngineRequest
        {
            Weights = weights,
            Batch = capacity,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Feed = this,
            Reader = scores,
            KeepsOutputs = keepsOutputs,
        });
    }

    public int Capacity => pixels.Length / network.Input.Count;

    long IBatchFeed.WorkFloats => GroupPixels.WorkFloats(model, network.Input);

    /// <summary>Where the pixels of an image of the batch go.</summary>
    public Span<byte> Pixels(int image) => pixels.AsSpan(image * network.Input.Count, network.Input.Count);

    /// <summary>The network's output for an image of the batch.</summary>
    public ReadOnlySpan<float> Scores(int image) => scores.Of(image);

    /// <summary>Takes over the weights as they are now.</summary>
    public void Prepare() => executable.Prepare();

    public void Run(int images) => executable.Forward(images);

    /// <inheritdoc cref="IExecutable.KeepsOutput"/>
    public bool KeepsOutputOf(int layer) => executable.KeepsOutput(layer);

    /// <summary>The output of a layer for an image of the batch, where it is kept.</summary>
    public float[] OutputOf(int layer, int image = 0)
    {
        var values = new float[network.Layers[layer].Output.Count];
        executable.ReadOutput(layer, image, values);
        return values;
    }

    public void Dispose()
    {
        engine.Dispose();
        executable.Dispose();
    }

    void IBatchFeed.Fill(in ImageGroup group) =>
        group.PutPixels(group.Part(pixels.AsSpan(), network.Input.Count), network.Input, model);
}
