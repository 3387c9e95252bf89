using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>A function of one number, applied to every number by itself: the bricks of losses and layers of one's own. Keeps the shape, has no parameters.</summary>
public abstract class UnaryOp : Op
{
    private protected UnaryOp() { }

    /// <inheritdoc/>
    public override string Settings => "";

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

    internal override IReadOnlyList<OpSetting> SettingValues => [];

    internal override bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) => true;

    internal override bool ForwardInPlace => true;

    internal override bool GradientInPlace => true;

    /// <summary>The function at one number, in double precision.</summary>
    internal abstract double Value(double x);

    /// <summary>The derivative at one number, in double precision; not asked for where the op has no gradient.</summary>
    internal abstract double Derivative(double x);

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
}

/// <summary>A function of one number over lanes; a struct, so that the JIT inlines it into its kernel.</summary>
internal interface IUnaryFunction
{
    TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The gradient of the input: that of the output times the derivative.</summary>
    /// <param name="seen">The input, or the output where the op's <see cref="GradientReads"/> says so; without meaning where it reads neither.</param>
    /// <param name="dy">Gradient of the output.</param>
    TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>
/// One pass forward and one back, each possibly in place. Both write 0 in lanes without an image: a logarithm or quotient of what happens to stand there could
/// be infinite, and infinity times the gradient 0 of such a lane would reach weights as NaN.
/// </summary>
internal sealed unsafe class UnaryKernel<TLanes, TFunction>(UnaryOp op, TFunction function, KernelSite site) : Kernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IUnaryFunction
{
    public override void Schedule(StepSchedule schedule)
    {
        schedule.Forward.PerShard(Forward);
        if (site.InputGradients[0] is not null)
            schedule.Backward.PerShard(Backward);
    }

    private void Forward(in WorkItem item)
    {
        var x = site.Input.At(item.Slot);
        var y = site.Output.At(item.Slot);
        for (var end = x + site.Input.Floats; x < end;)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, x += TLanes.Width, y += TLanes.Width)
                TLanes.Store(y, TLanes.And(TLanes.Load(item.Mask + part), function.Value(TLanes.Load(x))));
    }

    private void Backward(in WorkItem item)
    {
        var dy = site.OutputGradient!.At(item.Slot);
        var dx = site.InputGradients[0]!.At(item.Slot);
        var seen = op.GradientReads switch { GradientReads.Input => site.Input.At(item.Slot), GradientReads.Output => site.Output.At(item.Slot), _ => dy };
        for (var end = dy + site.Output.Floats; dy < end;)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, dy += TLanes.Width, dx += TLanes.Width, seen += TLanes.Width)
                TLanes.Store(dx, TLanes.And(TLanes.Load(item.Mask + part), function.Gradient(TLanes.Load(seen), TLanes.Load(dy))));
    }
}
