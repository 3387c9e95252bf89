using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>What a network is to be made ready for.</summary>
internal sealed record EngineRequest
{
    public required Weights Weights { get; init; }

    /// <summary>
    /// The layer whose output is the result; the last one where null. In training the last layer is the loss, one number per image, and
    /// the result stands before it.
    /// </summary>
    public int? Result { get; init; }

    /// <summary>Images of a full batch that are here; a step may have fewer.</summary>
    public required int Batch { get; init; }

    /// <summary>On lanes: how shards are cut; where null, as threads and shards ask for. No bit depends on it.</summary>
    public ShardCut? Cut { get; init; }

    /// <summary>The ranks over which batches are cut.</summary>
    public ICollective Collective { get; init; } = OneRank.Instance;

    /// <summary>Images of a full batch, over all ranks.</summary>
    public int TotalBatch { get => field == 0 ? Batch : field; init; }

    /// <summary>How the layers compute that are not frozen.</summary>
    public required ExecutionMode Mode { get; init; }

    /// <summary>Whether steps have a way back: gradients of what is trained, of the images or of a layer.</summary>
    public required bool HasGradients { get; init; }

    /// <summary>
    /// Names of layers that stay as they are: they compute as in evaluation, and their parameters have no gradient. Where nothing before
    /// them is trained, nothing is computed back through them.
    /// </summary>
    public IReadOnlyCollection<string> FrozenLayers { get; init; } = [];

    /// <summary>Where the images come from.</summary>
    public required IBatchFeed Feed { get; init; }

    /// <summary>Who reads the results of a step.</summary>
    public IBatchReader? Reader { get; init; }

    /// <summary>Adds what happens after the gradients: the optimiser.</summary>
    public Action<StepEnding, IExecutable>? Ending { get; init; }

    /// <summary>Whether the gradient of the images is wanted as well.</summary>
    public bool WantsImageGradient { get; init; }

    /// <summary>Whether every layer's output stays readable after the step (feature maps).</summary>
    public bool KeepsOutputs { get; init; }

    /// <summary>
    /// With gradients: layers whose outputs and gradients stay readable after the step, as they are: nothing is fused with them and nothing
    /// overwrites them. Not the input. A view (a flatten) only where it is the only one: it shares its memory with the layer before.
    /// </summary>
    public IReadOnlyCollection<int> KeptLayers { get; init; } = [];

    /// <summary>Where images are cut into strips: which layers compute those, and what became of the layers that were asked for.</summary>
    public StripLayout? Strips { get; init; }

    public bool IsFrozen(Layer layer) => FrozenLayers.Contains(layer.Name);

    public ExecutionMode ModeOf(Layer layer) => IsFrozen(layer) ? ExecutionMode.Evaluation : Mode;
}
