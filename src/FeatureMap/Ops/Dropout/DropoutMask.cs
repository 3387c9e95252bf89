using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// What the kinds of dropout share: in training some numbers become 0 (or another constant), the others are multiplied by 1 / (1 - probability), so that the
/// expectation stays what it was; in evaluation nothing happens at all. The mask is a pure function of (seed, step, layer, image, place): it is never stored, the backward pass
/// draws it again, and a resumed run repeats it.
/// </summary>
public abstract class DropoutMask : Op
{
    private protected DropoutMask(float probability)
    {
        if (!(probability is >= 0 and < 1))
            throw new UsageException($"The probability of a dropout must be at least 0 and below 1: received {probability}. It is the "
                + "part that is dropped, not the part that is kept; common values are 0.05 to 0.5.");
        Probability = probability;
    }

    /// <summary>The part of the numbers that is dropped, on average.</summary>
    public float Probability { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    private protected static float ProbabilityOf(OpSettings settings) =>
        settings.Real("probability", (DropoutMask op) => op.Probability, 0, MathF.BitDecrement(1), probability => $"{probability}");

    /// <summary>How many neighbouring numbers of an image share one draw.</summary>
    internal abstract int Unit(Shape input);

    // Evaluation drops nothing, so nothing is written.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result(graph.Input());

    /// <summary>What a kept number is multiplied by.</summary>
    internal virtual double Scale => 1 / (1.0 - Probability);

    /// <summary>What is added to a kept number after that.</summary>
    internal virtual double Shift => 0;

    /// <summary>What a dropped number becomes.</summary>
    internal virtual double Dropped => 0;

    internal override GradientReads GradientReads => GradientReads.None;

    internal override bool IsView(ExecutionMode mode) => mode == ExecutionMode.Evaluation || Probability == 0;

    internal override bool IsChannelwise => true;

    internal override bool ForwardInPlace => true;

    internal override bool GradientInPlace => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new DropoutKernel<TLanes>(this, site);

    internal override void ReferenceForward(ReferencePass pass) => Apply(pass, pass.Input, pass.Output, Shift, Dropped);

    internal override void ReferenceBackward(ReferencePass pass) => Apply(pass, pass.OutputGradient!, pass.InputGradients[0], 0, 0);

    /// <summary>The key of one image of the whole batch: what its draws depend on beside their place.</summary>
    internal static uint Key(StepState step, int layer, int image) =>
        Philox.Words((uint)image, (uint)layer, step.Step, (uint)RandomPurpose.Dropout, (uint)step.Seed, (uint)(step.Seed >> 32)).X0;

    private unsafe void Apply(ReferencePass pass, ReferenceTensor source, ReferenceTensor target, double shift, double dropped)
    {
        var unit = Unit(pass.Input.Shape);
        for (var image = 0; image < source.Batch; image++)
        {
            var key = BitConverter.UInt32BitsToSingle(Key(pass.Step, pass.LayerIndex, image));
            for (var i = 0; i < source.Shape.Count; i++)
            {
                float drawn;
                LanesScalar.Store(&drawn, LanesScalar.Uniform(LanesScalar.Load(&key), (uint)(i / unit)));
                target[image, i] = pass.Mode == ExecutionMode.Evaluation ? source[image, i] : drawn < Probability ? dropped : (source[image, i] * Scale) + shift;
            }
        }
    }
}

/// <summary>Draws the mask and applies it, forward to the numbers and back to their gradients, which know no constants.</summary>
internal sealed unsafe class DropoutKernel<TLanes>(DropoutMask op, KernelSite site) : ShardKernel(site) where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly int unit = op.Unit(site.Input.Shape);

    // Channels where each has draws of its own; the image as one where they share one.
    private readonly Shape units =
        op.Unit(site.Input.Shape) <= site.Input.Shape.Area ? site.Input.Shape : new Shape(1, 1, site.Input.Shape.Count);

    protected override Shape? Channels => units;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item) =>
        Apply(item, Site.Input.At(item.Slot), Site.Output.At(item.Slot), (float)op.Shift, (float)op.Dropped);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item) => Apply(item, Site.OutputGradient!.At(item.Slot), Site.InputGradients[0]!.At(item.Slot), 0, 0);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Apply(in WorkItem item, float* source, float* target, float shift, float dropped)
    {
        var keys = stackalloc uint[LaneLayout.Lanes];
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            keys[lane] = DropoutMask.Key(Site.Step, Site.LayerIndex, item.FirstImage + lane);
        var probability = TLanes.Broadcast(op.Probability);
        var scale = TLanes.Broadcast((float)op.Scale);
        var perChannel = units.Area / unit;
        source += (nint)item.Channels.First * units.Area * LaneLayout.Lanes;
        target += (nint)item.Channels.First * units.Area * LaneLayout.Lanes;
        for (var index = (uint)(item.Channels.First * perChannel); index < (uint)(item.Channels.End * perChannel); index++)
        {
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
            {
                var isDropped = TLanes.GreaterThan(probability, TLanes.Uniform(TLanes.Load((float*)keys + part), index));
                for (nint pixel = 0; pixel < unit; pixel++)
                {
                    var at = (pixel * LaneLayout.Lanes) + part;
                    TLanes.Store(target + at, TLanes.Select(isDropped, TLanes.Broadcast(dropped), TLanes.MultiplyAdd(TLanes.Load(source + at), scale, TLanes.Broadcast(shift))));
                }
            }
            source += (nint)unit * LaneLayout.Lanes;
            target += (nint)unit * LaneLayout.Lanes;
        }
    }
}
