using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The mean of each plane: C x H x W to a vector of C, whatever H and W are. As the last step before the classifier it replaces a dense layer over all
/// pixels, has no parameters, and ties each channel to one meaning. The gradient spreads evenly over the plane.
/// Source: Lin, Chen and Yan, "Network in network", arXiv 1312.4400.
/// </summary>
public sealed class GlobalAveragePool : Op, IPlainRoom<GlobalAveragePool>
{
    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Shape.Vector(inputs[0].Channels);

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Global(inputs[0]);

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("plane sums", "one pass with four sums per channel, so that additions do not wait for each other");

    internal override bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) => true;

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("GlobalAveragePool", [graph.Image()]);

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("GlobalAveragePool", ReadOnnx)];

    // A plane of 1, 2, 4, ... pixels divides by a power of two, which is exact on integers; others round.
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("16 pixels", new GlobalAveragePool(), [new Shape(5, 4, 4)], 19),
        new("one pixel", new GlobalAveragePool(), [Shape.Vector(7)], 16),
        new("two pixels", new GlobalAveragePool(), [new Shape(3, 1, 2)], 3),
        new("35 pixels", new GlobalAveragePool(), [new Shape(3, 5, 7)], 18, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var shape = new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8));
        return new OpCase("random", new GlobalAveragePool(), [shape], 1 + random.NextInt(40), int.IsPow2(shape.Area) ? CaseValues.Integers : CaseValues.Reals);
    }

    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new GlobalAveragePoolKernel<TLanes>(site);

    internal override void ReferenceForward(ReferencePass pass)
    {
        foreach (var (image, channel, row, column) in pass.Input.Positions)
            pass.Output[image, channel, 0, 0] += pass.Input[image, channel, row, column] / pass.Input.Shape.Area;
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        foreach (var (image, channel, row, column) in pass.Input.Positions)
            pass.InputGradients[0][image, channel, row, column] = pass.OutputGradient![image, channel, 0, 0] / pass.Input.Shape.Area;
    }

    private static void ReadOnnx(OnnxImport node)
    {
        var image = node.Channels();
        node.Result(node.Layer(new GlobalAveragePool(), [image], [image.Dimensions[0], .. image.Dimensions.Skip(1).Select(_ => 1)]));
    }
}

/// <summary>Sums of planes forward, spreading back.</summary>
internal sealed unsafe class GlobalAveragePoolKernel<TLanes>(KernelSite site) : ShardKernel(site) where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly int area = site.Input.Shape.Area;

    protected override Shape? Channels => Site.Input.Shape;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot, item.Channels.First);
        var y = Site.Output.At(item.Slot, item.Channels.First);
        var share = TLanes.Broadcast(1f / area);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++, x += Site.Input.ChannelStep)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, y += TLanes.Width)
                TLanes.Store(y, PlaneSum<TLanes>.Of(x + part, area) * share);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var dy = Site.OutputGradient!.At(item.Slot, item.Channels.First);
        var dx = Site.InputGradients[0]!.At(item.Slot, item.Channels.First);
        var share = TLanes.Broadcast(1f / area);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++, dy += LaneLayout.Lanes)
            for (var pixel = 0; pixel < area; pixel++)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, dx += TLanes.Width)
                    TLanes.Store(dx, TLanes.Load(dy + part) * share);
    }
}
