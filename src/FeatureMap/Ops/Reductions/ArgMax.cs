using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Which channel holds the largest number, at every pixel by itself: what a segmentation ends in when it is to give classes instead of scores. The first channel is 0, of
/// equal numbers the first wins, and the places are whole numbers in float32. Flat wherever it has a derivative, so no gradient goes back: train on what stands before it.
/// </summary>
public sealed class ArgMax : Op, IPlainRoom<ArgMax>
{
    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => new(1, inputs[0].Height, inputs[0].Width);

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("channels", "pixel by pixel the best number and its place stay in two registers while the channels go by");

    // Its places are 64-bit integers there.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result(
        "Cast", [graph.Node("ArgMax", [graph.Input()], new OnnxAttribute("axis", 1), new OnnxAttribute("keepdims", true))], new OnnxAttribute("to", OnnxExport.Float32));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new("ArgMax", node => ReadOnnx(node, 1), "axis", "keepdims", "select_last_index"),
        new("ArgMin", node => ReadOnnx(node, -1), "axis", "keepdims", "select_last_index"),
    ];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("map, with equal numbers", new ArgMax(), [new Shape(21, 5, 4)], 19),
        new("vector", new ArgMax(), [Shape.Vector(10)], 16, CaseValues.Reals),
        new("one channel is always the first", new ArgMax(), [new Shape(1, 3, 3)], 3),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new("random", new ArgMax(), [ElementwiseCases.RandomShape(ref random)], 1 + random.NextInt(40));

    internal override GradientReads GradientReads => GradientReads.None;

    internal override bool HasGradient(int input) => false;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new ArgMaxKernel<TLanes>(site);

    internal override void ReferenceForward(ReferencePass pass)
    {
        var x = pass.Input;
        for (var image = 0; image < pass.Batch; image++)
            for (var pixel = 0; pixel < x.Shape.Area; pixel++)
            {
                var numbers = Enumerable.Range(0, x.Shape.Channels).Select(channel => x[image, (channel * x.Shape.Area) + pixel]).ToArray();
                pass.Output[image, pixel] = Array.IndexOf(numbers, numbers.Max());
            }
    }

    // No gradient goes back.
    internal override void ReferenceBackward(ReferencePass pass) { }

    /// <summary>Along any axis, which becomes the channels for the time. The smallest number is the largest of the negative ones, the last place the first from behind.</summary>
    private static void ReadOnnx(OnnxImport node, float sign)
    {
        var feature = node.Feature();
        var sizes = feature.Dimensions;
        var axis = node.Axis(feature, node.Whole("axis", 0));
        var isLast = node.Flag("select_last_index");
        var channels = node.ToChannels(feature, axis);
        if (sign < 0) channels = node.Layer(new ScaleShift(sign), [channels]);
        if (isLast) channels = node.Layer(new Slice { Channels = AxisSlice.Backwards }, [channels]);
        var place = node.Layer(new ArgMax(), [channels]);
        if (isLast) place = node.Layer(new ScaleShift(-1, sizes[axis] - 1), [place]);
        var result = node.FromChannels(place, sizes, axis);
        node.Result(node.Flag("keepdims", true) ? result : result with { Dimensions = [.. sizes.Where((_, i) => i != axis)] });
    }
}

/// <summary>One walk over the channels of each pixel.</summary>
internal sealed unsafe class ArgMaxKernel<TLanes>(KernelSite site) : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly nint step = site.Input.ChannelStep;
    private readonly int channels = site.Input.Shape.Channels;

    public override void Schedule(StepSchedule schedule) => schedule.Forward.PerShard(Forward);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward(in WorkItem item)
    {
        var x = site.Input.At(item.Slot);
        var y = site.Output.At(item.Slot);
        for (nint i = 0; i < step; i += TLanes.Width)
        {
            var (best, place) = (TLanes.Load(x + i), TLanes.Zero);
            for (var channel = 1; channel < channels; channel++)
            {
                var value = TLanes.Load(x + i + (channel * step));
                var wins = TLanes.GreaterThan(value, best);
                best = TLanes.Select(wins, value, best);
                place = TLanes.Select(wins, TLanes.Broadcast(channel), place);
            }
            TLanes.Store(y + i, place);
        }
    }
}
