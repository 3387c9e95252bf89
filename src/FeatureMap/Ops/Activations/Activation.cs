using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// A function applied to every number by itself. Keeps the shape, has no parameters and costs no multiply-adds by the field's count. A normalisation
/// right before it applies it in the same pass over memory; in training only where the function is cheap.
/// </summary>
public abstract class Activation : Op
{
    private protected Activation() { }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("elementwise", "one pass over the numbers, or none where the normalisation before it takes it along");

    /// <summary>The function at one number, in double precision.</summary>
    internal abstract double Value(double x);

    /// <summary>The derivative at one number, in double precision.</summary>
    internal abstract double Derivative(double x);

    /// <summary>Hands the lane form of the function to a visitor, which makes a kernel specialised for it.</summary>
    internal abstract Kernel Accept(IActivationVisitor visitor);

    /// <summary>
    /// Whether computing it is cheaper than a pass over memory. Only then a normalisation takes it along in training, because it stores nothing and computes
    /// the function twice again on the way back; in evaluation there is no way back, and every activation goes along.
    /// </summary>
    internal virtual bool IsCheap => false;

    internal override bool ForwardInPlace => true;

    internal override bool GradientInPlace => true;

    /// <summary>A random shape and batch for an activation; reals reach out to where the functions are flat or straight.</summary>
    internal static OpCase AnyShape(Op op, CaseValues values, ref RandomSequence random) =>
        new("random", op, [new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 1 + random.NextInt(40), values)
        {
            InputValues = values == CaseValues.Reals ? FarReals : [],
        };

    /// <summary>Inputs on both sides of everything that bends.</summary>
    internal static IReadOnlyList<InputValues> FarReals { get; } = [InputValues.Between(-10, 10)];

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => Accept(new KernelMaker<TLanes>(site));

    internal override void ReferenceForward(ReferencePass pass)
    {
        for (var i = 0; i < pass.Output.Values.Length; i++)
            pass.Output.Values[i] = Value(pass.Input.Values[i]);
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        for (var i = 0; i < pass.Output.Values.Length; i++)
            pass.InputGradients[0].Values[i] = pass.OutputGradient!.Values[i] * Derivative(pass.Input.Values[i]);
    }

    private sealed class KernelMaker<TLanes>(KernelSite site) : IActivationVisitor where TLanes : unmanaged, ILanes<TLanes>
    {
        public Kernel Visit<TFunction>(TFunction function) where TFunction : struct, IActivationFunction => new ActivationKernel<TLanes, TFunction>(function, site);
    }
}

/// <summary>An activation over lanes; a struct, so that the JIT inlines it into the kernels that apply it.</summary>
internal interface IActivationFunction
{
    /// <summary>Whether <see cref="Gradient"/> looks at the function's output instead of its input.</summary>
    static abstract bool GradientFromOutput { get; }

    TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The gradient of the input: that of the output times the derivative.</summary>
    TLanes Gradient<TLanes>(TLanes seen, TLanes outputGradient) where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>Makes a kernel for an activation function whose type the caller does not know.</summary>
internal interface IActivationVisitor
{
    Kernel Visit<TFunction>(TFunction function) where TFunction : struct, IActivationFunction;
}

/// <summary>No activation: what a normalisation applies when nothing follows.</summary>
internal readonly struct IdentityFunction : IActivationFunction
{
    public static bool GradientFromOutput => false;

    public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x;

    public TLanes Gradient<TLanes>(TLanes seen, TLanes outputGradient) where TLanes : unmanaged, ILanes<TLanes> => outputGradient;
}

/// <summary>An activation that stands alone: one pass forward and one back, each possibly in place.</summary>
internal sealed unsafe class ActivationKernel<TLanes, TFunction>(TFunction function, KernelSite site) : Kernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IActivationFunction
{
    public override void Schedule(StepSchedule schedule)
    {
        schedule.Forward.PerChannel(site.Input.Shape, Forward);
        if (site.InputGradients[0] is not null)
            schedule.Backward.PerChannel(site.Input.Shape, Backward);
    }

    private void Forward(in WorkItem item)
    {
        var x = site.Input.At(item.Slot, item.Channels.First);
        var y = site.Output.At(item.Slot, item.Channels.First);
        for (var end = x + (item.Channels.Count * site.Input.ChannelStep); x < end; x += TLanes.Width, y += TLanes.Width)
            TLanes.Store(y, function.Value(TLanes.Load(x)));
    }

    private void Backward(in WorkItem item)
    {
        var seen = (TFunction.GradientFromOutput ? site.Output : site.Input).At(item.Slot, item.Channels.First);
        var dy = site.OutputGradient!.At(item.Slot, item.Channels.First);
        var dx = site.InputGradients[0]!.At(item.Slot, item.Channels.First);
        for (var end = dy + (item.Channels.Count * site.Output.ChannelStep); dy < end;
            dy += TLanes.Width, dx += TLanes.Width, seen += TLanes.Width)
            TLanes.Store(dx, function.Gradient(TLanes.Load(seen), TLanes.Load(dy)));
    }
}
