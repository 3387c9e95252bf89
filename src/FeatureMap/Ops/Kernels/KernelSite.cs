using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// A place of a plan: everything that a kernel is given. A copy with other parameters, for the kernel of an op inside of another, asks for
/// memory on behalf of the same place.
/// </summary>
internal sealed record KernelSite
{
    private readonly Requests requests = new();

    public required string Layer { get; init; }

    public required int LayerIndex { get; init; }

    /// <summary>How this layer computes, whether it has gradients or not.</summary>
    public required ExecutionMode Mode { get; init; }

    /// <summary>Shards of a full batch.</summary>
    public required int Shards { get; init; }

    /// <summary>
    /// About as many pieces as a shard's work should be cut into, so that all threads have some: 1 where there are shards enough or the
    /// work is light. It depends on the machine, so no bit may depend on it.
    /// </summary>
    public int Parts { get; init; } = 1;

    /// <summary>Lanes that can have an image; idle ones must only stay finite, and 0 in gradients. No bit depends on it.</summary>
    public int OccupiedLanes { get; init; } = LaneLayout.Lanes;

    public required StepState Step { get; init; }

    /// <summary>Lanes of an image: 1, or the strips that it is cut into (<see cref="StripRule"/>).</summary>
    public int Strips { get; init; } = 1;

    /// <summary>Lanes of the whole batch that have an image, or a strip of one.</summary>
    public int TotalLanes => Step.Total * Strips;

    /// <summary>The ranks over which the batch is cut.</summary>
    public ICollective Collective { get; init; } = OneRank.Instance;

    /// <summary>Shards of a full batch, over all ranks.</summary>
    public int TotalShards { get => field == 0 ? Shards : field; init; }

    /// <summary>Carries the partial sums of the parameters to the other ranks; null where there are none.</summary>
    public ShardExchange? Exchange { get; init; }

    public required Arena Arena { get; init; }

    public required LaneTensor[] Inputs { get; init; }

    public required LaneTensor Output { get; init; }

    /// <summary>Gradient of each input; null where nobody needs it: the images themselves, layers below which nothing is trained.</summary>
    public required LaneTensor?[] InputGradients { get; init; }

    /// <summary>Gradient of the output; null where this layer has no way back.</summary>
    public required LaneTensor? OutputGradient { get; init; }

    public required ParameterSlot[] Parameters { get; init; }

    /// <summary>An activation that follows and that the plan asks this kernel to apply as well; only for ops that say they can.</summary>
    public Activation? FusedActivation { get; init; }

    /// <summary>
    /// A batch normalisation with running statistics that follows and that the plan asks this kernel to apply, before the addition and the
    /// activation; only for ops that say they can (<see cref="Op.TakesNormAlong"/>).
    /// </summary>
    public NormAt? Norm { get; init; }

    /// <summary>
    /// A batch normalisation with running statistics that stands before this op and that the plan asks its kernel to apply to what
    /// it reads,
    /// and the activation between the two; only for ops that say they can (<see cref="Op.TakesSourceNorm"/>).
    /// </summary>
    public NormAt? SourceNorm { get; init; }

    /// <summary>The activation behind <see cref="SourceNorm"/>.</summary>
    public Activation? SourceActivation { get; init; }

    /// <summary>Where an addition follows (<see cref="Op.TakesSumAlong"/>): what is added to the output before the activation.</summary>
    public LaneTensor? Skip { get; init; }

    /// <summary>
    /// With a skip and a way back: where the gradient of the sum goes, which others read afterwards; it may be the memory of <see
    /// cref="OutputGradient"/>.
    /// </summary>
    public LaneTensor? SumGradient { get; init; }

    /// <summary>With a skip: a second part of the output's gradient, to be added to the first; null where there is one part.</summary>
    public LaneTensor? OtherGradient { get; init; }

    /// <summary>
    /// Whether gradients are computed here: of the inputs, of the parameters (<see cref="ParameterSlot.IsTrained"/>), or of both.
    /// </summary>
    public bool HasBackward => OutputGradient is not null;

    public LaneTensor Input => Inputs[0];

    /// <summary>Makes a kernel that applies <see cref="FusedActivation"/>, or nothing where there is none.</summary>
    public Kernel WithActivation(IUnaryVisitor<Kernel> maker) =>
        FusedActivation is { } activation ? activation.Accept(maker) : maker.Visit(default(IdentityFunction));

    public Shape[] InputShapes => Array.ConvertAll(Inputs, input => input.Shape);

    public IReadOnlyList<LaneTensor> Reserved => requests.Reserved;

    /// <summary>Floats of thread memory that this kernel needs in any one call.</summary>
    public long ScratchFloats => requests.ScratchFloats;

    /// <summary>Asks for memory per shard that lives from this layer's forward to its backward phases.</summary>
    public LaneTensor Reserve(Shape shape)
    {
        var tensor = new LaneTensor(shape, Arena);
        requests.Reserved.Add(tensor);
        return tensor;
    }

    /// <summary>Asks for thread memory; calls do not add up, the largest counts.</summary>
    public void Scratch(long floats) => requests.ScratchFloats = Math.Max(requests.ScratchFloats, floats);

    private sealed class Requests
    {
        public List<LaneTensor> Reserved { get; } = [];

        public long ScratchFloats { get; set; }
    }
}
