using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// A function of one number, applied to every number by itself: activations, and the bricks of losses and layers of one's own. Keeps the
/// shape, has no parameters and costs no multiply-adds by the field's count.
/// </summary>
public abstract class UnaryOp : Op
{
    private protected UnaryOp() { }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("elementwise", "one pass over the numbers, in place where nobody needs the old ones");

    // Most have the same name in ONNX.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result(Name, [graph.Input()]);

    internal sealed override GradientReads GradientReads => Accept(default(ReadsOf));

    internal override bool IsChannelwise => true;

    internal override bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) => true;

    internal override StripRule? InStrips(IReadOnlyList<Shape> inputs, int strips) => new(this);

    internal override bool ForwardInPlace => true;

    internal override bool GradientInPlace => true;

    /// <summary>The function at one number, in double precision.</summary>
    internal abstract double Value(double x);

    /// <summary>The derivative at one number, in double precision; not asked for where the op has no gradient.</summary>
    internal abstract double Derivative(double x);

    /// <summary>
    /// Whether finite numbers keep a finite value and slope. Then nothing has to be masked out of lanes without an image.
    /// </summary>
    internal virtual bool StaysFinite => false;

    /// <summary>Hands the lane form of the function to a visitor, for example one that makes a kernel specialised for it.</summary>
    internal abstract TResult Accept<TResult>(IUnaryVisitor<TResult> visitor);

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => Accept(new KernelOf<TLanes>(site, !StaysFinite));

    internal override void ReferenceForward(ReferencePass pass)
    {
        for (var i = 0; i < pass.Output.Values.Length; i++)
            pass.Output.Values[i] = Value(pass.Input.Values[i]);
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        if (!HasGradient(0)) return;
        for (var i = 0; i < pass.Output.Values.Length; i++)
            pass.InputGradients[0].Values[i] = pass.OutputGradient!.Values[i] * Derivative(pass.Input.Values[i]);
    }

    private readonly struct KernelOf<TLanes>(KernelSite site, bool isMasked) : IUnaryVisitor<Kernel>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        public Kernel Visit<TFunction>(TFunction function) where TFunction : struct, IUnaryFunction =>
            new UnaryKernel<TLanes, TFunction>(function, site, isMasked);
    }

    private readonly struct ReadsOf : IUnaryVisitor<GradientReads>
    {
        public GradientReads Visit<TFunction>(TFunction function) where TFunction : struct, IUnaryFunction => TFunction.Reads;
    }
}

/// <summary>A function of one number over lanes; a struct, so that the JIT inlines it into the kernels that apply it.</summary>
internal interface IUnaryFunction
{
    /// <summary>What <see cref="Gradient"/> looks at besides the gradient of the output: the input, the output, or neither.</summary>
    static abstract GradientReads Reads { get; }

    TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The gradient of the input: that of the output times the derivative.</summary>
    /// <param name="seen">What <see cref="Reads"/> says; without meaning where it says neither.</param>
    /// <param name="dy">Gradient of the output.</param>
    TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>Does something with a function whose type the caller does not know.</summary>
internal interface IUnaryVisitor<TResult>
{
    TResult Visit<TFunction>(TFunction function) where TFunction : struct, IUnaryFunction;
}

/// <summary>
/// One pass forward and one back, each possibly in place. Where it is masked both write 0 in lanes without an image: a logarithm or quotient of what happens to
/// stand there could be infinite, and infinity times the gradient 0 of such a lane would reach weights as NaN.
/// </summary>
internal sealed unsafe class UnaryKernel<TLanes, TFunction>(TFunction function, KernelSite site, bool isMasked) : ShardKernel(site)
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IUnaryFunction
{
    protected override Shape? Channels => Site.Input.Shape;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot, item.Channels.First);
        var y = Site.Output.At(item.Slot, item.Channels.First);
        var end = x + (item.Channels.Count * Site.Input.ChannelStep);
        if (!isMasked)
            for (; x < end; x += TLanes.Width, y += TLanes.Width)
                TLanes.Store(y, function.Value(TLanes.Load(x)));
        while (x < end)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, x += TLanes.Width, y += TLanes.Width)
                TLanes.Store(y, TLanes.And(TLanes.Load(item.Mask + part), function.Value(TLanes.Load(x))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var first = item.Channels.First;
        var dy = Site.OutputGradient!.At(item.Slot, first);
        var dx = Site.InputGradients[0]!.At(item.Slot, first);
        var seen = TFunction.Reads switch { GradientReads.Input => Site.Input.At(item.Slot, first), GradientReads.Output => Site.Output.At(item.Slot, first), _ => dy };
        var end = dy + (item.Channels.Count * Site.Output.ChannelStep);
        if (!isMasked)
            for (; dy < end; dy += TLanes.Width, dx += TLanes.Width, seen += TLanes.Width)
                TLanes.Store(dx, function.Gradient(TLanes.Load(seen), TLanes.Load(dy)));
        while (dy < end)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, dy += TLanes.Width, dx += TLanes.Width, seen += TLanes.Width)
                TLanes.Store(dx, TLanes.And(TLanes.Load(item.Mask + part), function.Gradient(TLanes.Load(seen), TLanes.Load(dy))));
    }
}
