using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>A function of two or three numbers over lanes; with two, <c>c</c> is without meaning. A struct, so that the JIT inlines it into its kernel.</summary>
internal interface IBroadcastFunction
{
    TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The gradient of one input at one position: that of the output times the derivative by this input.</summary>
    TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>
/// Row by row over the output. The gradient of an input that was not stretched is written where it belongs; that of a stretched one is computed a row at a time
/// and folded onto its place. Lanes without an image become 0, forward and back, as in <see cref="UnaryKernel{TLanes, TFunction}"/>.
/// </summary>
internal sealed unsafe class BroadcastKernel<TLanes, TFunction> : ShardKernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IBroadcastFunction
{
    private readonly TFunction function;
    private readonly Walk walk;
    private readonly LaneTensor a, b, c;
    private readonly Steps stepsA, stepsB, stepsC;
    private readonly bool isAlike;

    public BroadcastKernel(TFunction function, KernelSite site) : base(site)
    {
        this.function = function;
        walk = new Walk(site.Output.Shape, site.InputShapes);
        (a, b, c) = (site.Inputs[0], site.Inputs[1], site.Inputs[^1]);
        (stepsA, stepsB, stepsC) = (walk.StepsOf(a.Shape), walk.StepsOf(b.Shape), walk.StepsOf(c.Shape));
        isAlike = Array.TrueForAll(site.Inputs, input => input.Shape == site.Output.Shape);
        if (site.HasBackward && !isAlike)
            site.Scratch(walk.RowFloats);
    }

    protected override Shape? Channels => isAlike ? Site.Output.Shape : null;

    // Where all shapes are equal the walk has one row, of which some channels are a part.
    private (nint First, nint End) RowPart(in WorkItem item) =>
        isAlike ? (item.Channels.First * Site.Output.ChannelStep, item.Channels.End * Site.Output.ChannelStep) : (0, walk.RowFloats);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot);
        var (first, end) = RowPart(item);
        for (var row = 0; row < walk.Rows; row++, y += walk.RowFloats)
        {
            float* x0 = a.At(item.Slot) + walk.Start(stepsA, row), x1 = b.At(item.Slot) + walk.Start(stepsB, row), x2 = c.At(item.Slot) + walk.Start(stepsC, row);
            Skip(first, ref x0, ref x1, ref x2);
            for (var at = first; at < end; at += LaneLayout.Lanes, x0 += stepsA.Column, x1 += stepsB.Column, x2 += stepsC.Column)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var value = function.Value(TLanes.Load(x0 + part), TLanes.Load(x1 + part), TLanes.Load(x2 + part));
                    TLanes.Store(y + at + part, TLanes.And(TLanes.Load(item.Mask + part), value));
                }
        }
    }

    private void Skip(nint floats, ref float* x0, ref float* x1, ref float* x2)
    {
        var numbers = floats / LaneLayout.Lanes;
        x0 += numbers * stepsA.Column;
        x1 += numbers * stepsB.Column;
        x2 += numbers * stepsC.Column;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        for (var input = 0; input < Site.Inputs.Length; input++)
            if (Site.InputGradients[input] is { } gradient)
                Backward(item, input, gradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backward(in WorkItem item, int input, LaneTensor gradient)
    {
        var dx = gradient.At(item.Slot);
        var dy = Site.OutputGradient!.At(item.Slot);
        var isStretched = gradient.Shape != Site.Output.Shape;
        var (first, end) = RowPart(item);
        var steps = walk.StepsOf(gradient.Shape);
        if (isStretched) Fold<TLanes, SumFold>.Begin(dx, (nint)gradient.Floats);
        for (var row = 0; row < walk.Rows; row++, dy += walk.RowFloats)
        {
            var place = dx + walk.Start(steps, row);
            var target = isStretched ? item.Scratch : place;
            float* x0 = a.At(item.Slot) + walk.Start(stepsA, row), x1 = b.At(item.Slot) + walk.Start(stepsB, row), x2 = c.At(item.Slot) + walk.Start(stepsC, row);
            Skip(first, ref x0, ref x1, ref x2);
            for (var at = first; at < end; at += LaneLayout.Lanes, x0 += stepsA.Column, x1 += stepsB.Column, x2 += stepsC.Column)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var product = function.Gradient(input, TLanes.Load(x0 + part), TLanes.Load(x1 + part), TLanes.Load(x2 + part), TLanes.Load(dy + at + part));
                    TLanes.Store(target + at + part, TLanes.And(TLanes.Load(item.Mask + part), product));
                }
            if (isStretched) Fold<TLanes, SumFold>.Row(item.Scratch, walk.Columns, place, steps.Column);
        }
    }
}
