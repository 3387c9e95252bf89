using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Parametric rectified linear unit: x above 0, slope x below, where the slope is learned: one per channel, or one for all. It starts at 0.25 and takes no weight
/// decay, which would pull it to ReLU. Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", arXiv 1502.01852.
/// </summary>
public sealed partial class PRelu : Op, IOpRoom
{
    private const float MostSlope = 1e6f;

    /// <summary>An activation with a learned slope below 0.</summary>
    /// <param name="slope">Where the slope starts.</param>
    /// <param name="isShared">Whether all channels have one slope together (PyTorch's default); by default each has its own (the paper's).</param>
    /// <exception cref="UsageException">The slope is not a number, or as large as one that has diverged.</exception>
    public PRelu(float slope = 0.25f, bool isShared = false)
    {
        if (!(slope is >= -MostSlope and <= MostSlope))
            throw new UsageException($"The slope of a PReLU starts at a number of at most {MostSlope:N0} in size: received {slope}. 0.25 "
                + "is common; 0 starts as ReLU.");
        (Slope, IsShared) = (slope, isShared);
    }

    /// <summary>Where the slope starts.</summary>
    public float Slope { get; }

    /// <summary>Whether all channels have one slope together.</summary>
    public bool IsShared { get; }

    /// <inheritdoc/>
    public override string Settings => $"{(IsShared ? "shared" : "per channel")}, from {Slope}";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) =>
        [new ParameterDefinition("weight", [IsShared ? 1 : inputs[0].Channels], Trainable: true, Initializer.Constant(Slope))];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("channels", "one pass over the planes; on the way back the gradient of the slope is summed in the same pass");

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new PRelu(settings.Real("slope", (PRelu op) => op.Slope, -MostSlope, MostSlope),
            settings.Flag("shared", (PRelu op) => op.IsShared));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("per channel", new PRelu(), [new Shape(3, 5, 4)], 19),
        new("shared", new PRelu(isShared: true), [new Shape(3, 5, 4)], 19),
        new("vector", new PRelu(), [Shape.Vector(7)], 16),
        new("reals", new PRelu(), [new Shape(2, 6, 6)], 35, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => Activation.AnyShape(new PRelu(isShared: random.NextInt(2) == 1), CaseValues.Integers, ref random);

    // A slope may become negative, so the output's sign does not tell the input's.
    internal override GradientReads GradientReads => GradientReads.Input;

    internal override bool ForwardInPlace => true;

    internal override bool GradientInPlace => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new PReluKernel<TLanes>(this, site);

    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) => new PReluChannels<TLanes>(this, place);

    internal override void ReferenceForward(ReferencePass pass)
    {
        foreach (var (image, i, slope) in Numbers(pass))
        {
            var x = pass.Input[image, i];
            pass.Output[image, i] = x > 0 ? x : pass.Parameters[0][slope] * x;
        }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        Array.Clear(pass.ParameterGradients[0]);
        foreach (var (image, i, slope) in Numbers(pass))
        {
            var (x, gradient) = (pass.Input[image, i], pass.OutputGradient![image, i]);
            pass.InputGradients[0][image, i] = x > 0 ? gradient : pass.Parameters[0][slope] * gradient;
            pass.ParameterGradients[0][slope] += x > 0 ? 0 : x * gradient;
        }
    }

    private IEnumerable<(int Image, int Index, int Slope)> Numbers(ReferencePass pass) =>
        from image in Enumerable.Range(0, pass.Input.Batch)
        from index in Enumerable.Range(0, pass.Input.Shape.Count)
        select (image, index, IsShared ? 0 : index / pass.Input.Shape.Area);
}

/// <summary>One slope per plane, forward and back.</summary>
internal sealed unsafe class PReluKernel<TLanes>(PRelu op, KernelSite site) : ShardKernel(site) where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly nint plane = site.Input.ChannelStep;
    private readonly ShardSums? sums = site.HasBackward && site.Parameters[0].IsTrained ? new ShardSums(site, site.Parameters[0]) : null;

    protected override ShardSums?[] ParameterSums => [sums];

    protected override Shape? Channels => Site.Input.Shape;

    // A shared slope sums over all channels.
    protected override Shape? BackwardChannels => op.IsShared ? null : Channels;

    private float SlopeOf(int channel) => Site.Parameters[0].Values[op.IsShared ? 0 : channel];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot, item.Channels.First);
        var y = Site.Output.At(item.Slot, item.Channels.First);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            var slope = TLanes.Broadcast(SlopeOf(channel));
            for (var end = x + plane; x < end; x += TLanes.Width, y += TLanes.Width)
            {
                var value = TLanes.Load(x);
                TLanes.Store(y, TLanes.Select(TLanes.GreaterThan(value, TLanes.Zero), value, value * slope));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var channels = BackwardChannels is null ? IndexRange.All(Site.Input.Shape.Channels) : item.Channels;
        var x = Site.Input.At(item.Slot, channels.First);
        var dy = Site.OutputGradient!.At(item.Slot, channels.First);
        var dx = Site.InputGradients[0] is { } gradient ? gradient.At(item.Slot, channels.First) : null;
        var row = sums is null ? null : sums.Of(item.Index);
        if (op.IsShared && row is not null) row[0] = 0;
        for (var channel = channels.First; channel < channels.End; channel++, x += plane, dy += plane)
        {
            // The slope's gradient first: dx may stand over dy.
            if (row is not null)
            {
                var sum = SlopeGradient(x, dy);
                row[op.IsShared ? 0 : channel] = op.IsShared ? row[0] + sum : sum;
            }
            if (dx is null) continue;
            var slope = TLanes.Broadcast(SlopeOf(channel));
            for (nint i = 0; i < plane; i += TLanes.Width)
            {
                var arriving = TLanes.Load(dy + i);
                TLanes.Store(dx + i, TLanes.Select(TLanes.GreaterThan(TLanes.Load(x + i), TLanes.Zero), arriving, arriving * slope));
            }
            dx += plane;
        }
    }

    /// <summary>The sum of dy min(x, 0) over pixels and images. Lanes without an image hold 0 in dy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float SlopeGradient(float* x, float* dy)
    {
        var lanes = stackalloc float[LaneLayout.Lanes];
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var sum = TLanes.Zero;
            for (nint i = part; i < plane; i += LaneLayout.Lanes)
                sum = TLanes.MultiplyAdd(TLanes.Load(dy + i), LaneMath.AtMost(TLanes.Load(x + i), TLanes.Zero), sum);
            TLanes.Store(lanes + part, sum);
        }
        return LaneMath.Sum(lanes);
    }
}

/// <summary>One slope per lane, for one image with channels in the lanes.</summary>
internal sealed unsafe class PReluChannels<TLanes>(PRelu op, ChannelSite place) : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly AlignedBuffer slopes = new(place.Site.Input.Shape.Channels * LaneLayout.Lanes);

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Prepare.Together(1, Pack);
        schedule.Forward.Together(place.Site.Input.Shape.Channels, Run);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(in WorkItem item)
    {
        for (var channel = 0; channel < place.Input.Channels; channel++)
            slopes.Span[channel] = place.Site.Parameters[0].Values[op.IsShared ? 0 : channel];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in WorkItem item)
    {
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            float* x = place.Site.Input.At(item.Slot, item.Index) + part, y = place.Site.Output.At(item.Slot, item.Index) + part;
            var slope = TLanes.Load(slopes.Pointer + (item.Index * LaneLayout.Lanes) + part);
            for (var end = x + place.Site.Input.ChannelStep; x < end; x += LaneLayout.Lanes, y += LaneLayout.Lanes)
            {
                var value = TLanes.Load(x);
                TLanes.Store(y, TLanes.Select(TLanes.GreaterThan(value, TLanes.Zero), value, value * slope));
            }
        }
    }
}
