using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Models;

/// <summary>A network made ready to evaluate images that are handed over as pixels. Not for two callers at a time.</summary>
internal sealed unsafe class Predictor : IDisposable
{
    private readonly Network network;
    private readonly Model model;
    private readonly ThreadTeam team;
    private readonly Plan plan;
    private readonly byte[] pixels;
    private readonly float[] scores, prepared;

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
        scores = new float[(long)capacity * network.Output.Count];
        prepared = model.Preparation is NoAugmentation ? [] : new float[pixels.Length];
        team = new ThreadTeam(threads);
        plan = new Plan(new PlanRequest
        {
            Weights = weights,
            Batch = capacity,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Team = team,
            Load = made => (in item) => Fill(made.Input.At(item.Slot), item),
            Consume = made => (in item) => ShardImages.Read(made.Output.At(item.Slot), item.Images, ShardImages.Part(scores.AsSpan(), network.Output.Count, item)),
            KeepsOutputs = keepsOutputs,
        });
    }

    public int Capacity => pixels.Length / network.Input.Count;

    /// <summary>Where the pixels of an image of the batch go.</summary>
    public Span<byte> Pixels(int image) => pixels.AsSpan(image * network.Input.Count, network.Input.Count);

    /// <summary>The network's output for an image of the batch.</summary>
    public ReadOnlySpan<float> Scores(int image) => scores.AsSpan(image * network.Output.Count, network.Output.Count);

    /// <summary>Takes over the weights as they are now.</summary>
    public void Prepare() => plan.Prepare();

    public void Run(int images) => plan.Forward(images);

    /// <summary>
    /// Whether the output of a layer is there after a run, where outputs are kept: not where a later layer wrote over it (an activation that the normalisation
    /// before it applies).
    /// </summary>
    public bool KeepsOutputOf(int layer)
    {
        var output = plan.OutputOf(layer);
        return !Enumerable.Range(layer + 1, network.Layers.Count - layer - 1).Any(later => ReferenceEquals(plan.OutputOf(later), output));
    }

    /// <summary>The output of a layer for an image of the batch, where it is kept.</summary>
    public float[] OutputOf(int layer, int image = 0) => ShardImages.Gather(plan.OutputOf(layer), image);

    public void Dispose()
    {
        team.Dispose();
        plan.Dispose();
    }

    private void Fill(float* target, in WorkItem item)
    {
        var own = ShardImages.Part(pixels.AsSpan(), network.Input.Count, item);
        if (prepared.Length == 0)
        {
            ShardPixels.Write(own, network.Input, model.Normalization, target);
            return;
        }
        var numbers = ShardImages.Part(prepared.AsSpan(), network.Input.Count, item);
        for (var start = 0; start < own.Length; start += network.Input.Count)
            Model.Read(network.Input, model.Normalization, model.Preparation, own.Slice(start, network.Input.Count), numbers.Slice(start, network.Input.Count));
        ShardImages.Write(numbers, network.Input, target);
    }
}
