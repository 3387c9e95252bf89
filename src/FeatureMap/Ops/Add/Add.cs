using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The sum of two or more inputs, number by number: how a residual block joins its skip path, y = x + F(x). Shapes are equal, or stretch: a vector of C is added to
/// the channels of a map. Each input receives the gradient of the sum unchanged, which is why it reaches the first layers of a deep network; one that was
/// stretched, the sum over its positions. No parameters.
/// Source: He, Zhang, Ren and Sun, "Identity mappings in deep residual networks", arXiv 1603.05027.
/// </summary>
public sealed class Add : BroadcastOp, IPlainRoom<Add>
{
    /// <inheritdoc/>
    public override int InputCount => -1;

    // ONNX's Add takes two inputs, its Sum any number.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result(graph.InputShapes.Count == 2 ? "Add" : "Sum", graph.Broadcast());

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Add", ReadOnnx), new("Sum", ReadOnnx), new("Mean", ReadMean)];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        .. ElementwiseCases.OfTwo(new Add()),
        new("four", new Add(), [new Shape(2, 3, 3), new Shape(2, 3, 3), new Shape(2, 3, 3), new Shape(2, 3, 3)], 3),
        new("three that stretch", new Add(), [Shape.Vector(2), new Shape(2, 5, 3), new Shape(1, 5, 1)], 18),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        new("random", new Add(), ElementwiseCases.RandomShapes(ref random, 2 + random.NextInt(3)), 1 + random.NextInt(40));

    internal override GradientReads GradientReads => GradientReads.None;

    internal override bool PassesGradient => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new AddKernel<TLanes>(site);

    /// <summary>Where an activation follows (the end of a residual block), it is applied in the same pass.</summary>
    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) =>
        place.Site.FusedActivation is { } activation && Array.TrueForAll(place.Inputs, input => input == place.Output)
            ? activation.Accept(new ChannelMaker<TLanes>(place)) : null;

    internal override double Value(double[] x) => x.Sum();

    internal override double Derivative(double[] x, int input) => 1;

    private sealed class ChannelMaker<TLanes>(ChannelSite place) : IUnaryVisitor<Kernel> where TLanes : unmanaged, ILanes<TLanes>
    {
        public Kernel Visit<TFunction>(TFunction function) where TFunction : struct, IUnaryFunction =>
            new AddChannels<TLanes, TFunction>(function, place);
    }

    private static void ReadOnnx(OnnxImport node) => OnnxBroadcast.Read(node, new Add(), (number, _) => new ScaleShift(1, number));

    private static void ReadMean(OnnxImport node)
    {
        var sum = OnnxBroadcast.Joined(node, new Add());
        node.Result(node.InputCount == 1 ? sum : node.Layer(new ScaleShift(1f / node.InputCount), [sum], sum.Dimensions));
    }
}

/// <summary>Sums forward, in the order of the inputs; back, copies, and sums for what was stretched.</summary>
internal sealed unsafe class AddKernel<TLanes>(KernelSite site) : ShardKernel(site) where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly Walk walk = new(site.Output.Shape, site.InputShapes);

    protected override Shape? Channels => Array.TrueForAll(Site.Inputs, input => input.Shape == Site.Output.Shape) ? Site.Output.Shape : null;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardAlike(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot, item.Channels.First);
        var left = Site.Inputs[0].At(item.Slot, item.Channels.First);
        for (var input = 1; input < Site.Inputs.Length; input++, left = y)
        {
            var right = Site.Inputs[input].At(item.Slot, item.Channels.First);
            for (nint i = 0, end = item.Channels.Count * Site.Output.ChannelStep; i < end; i += TLanes.Width)
                TLanes.Store(y + i, TLanes.Load(left + i) + TLanes.Load(right + i));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        if (Channels is not null)
        {
            ForwardAlike(item);
            return;
        }
        Sum(item, Site.Inputs[0], Site.Inputs[1]);
        for (var input = 2; input < Site.Inputs.Length; input++)
            Sum(item, Site.Output, Site.Inputs[input]);
    }

    /// <summary>output = left + right, where left may be the output itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum(in WorkItem item, LaneTensor left, LaneTensor right)
    {
        var (stepsLeft, stepsRight) = (walk.StepsOf(left.Shape), walk.StepsOf(right.Shape));
        var y = Site.Output.At(item.Slot);
        for (var row = 0; row < walk.Rows; row++)
        {
            float* a = left.At(item.Slot) + walk.Start(stepsLeft, row), b = right.At(item.Slot) + walk.Start(stepsRight, row);
            for (var end = y + walk.RowFloats; y < end; y += LaneLayout.Lanes, a += stepsLeft.Column, b += stepsRight.Column)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    TLanes.Store(y + part, TLanes.Load(a + part) + TLanes.Load(b + part));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        foreach (var gradient in Site.InputGradients)
            if (gradient is not null && gradient != Site.OutputGradient) // one input may be handed the output's gradient itself
                Backward(item, gradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backward(in WorkItem item, LaneTensor gradient)
    {
        var dy = Site.OutputGradient!.At(item.Slot, item.Channels.First);
        var dx = gradient.At(item.Slot, item.Channels.First);
        if (gradient.Shape == Site.Output.Shape)
        {
            var count = item.Channels.Count == 0 ? (int)gradient.Floats : item.Channels.Count * (int)gradient.ChannelStep;
            new Span<float>(dy, count).CopyTo(new Span<float>(dx, count));
            return;
        }
        var steps = walk.StepsOf(gradient.Shape);
        Fold<TLanes, SumFold>.Begin(dx, (nint)gradient.Floats);
        for (var row = 0; row < walk.Rows; row++, dy += walk.RowFloats)
            Fold<TLanes, SumFold>.Row(dy, walk.Columns, dx + walk.Start(steps, row), steps.Column);
    }
}

/// <summary>The sum of maps of one shape and the activation behind it, for one image with channels in the lanes.</summary>
internal sealed unsafe class AddChannels<TLanes, TFunction>(TFunction function, ChannelSite place) : Kernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IUnaryFunction
{
    public override void Schedule(StepSchedule schedule) => schedule.Forward.Together(place.Site.Output.Shape.Channels, Run);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in WorkItem item)
    {
        var y = place.Site.Output.At(item.Slot, item.Index);
        var left = place.Site.Inputs[0].At(item.Slot, item.Index);
        var last = place.Site.Inputs.Length - 1;
        for (var input = 1; input <= last; input++, left = y)
        {
            var right = place.Site.Inputs[input].At(item.Slot, item.Index);
            for (nint i = 0, end = place.Site.Output.ChannelStep; i < end; i += TLanes.Width)
            {
                var sum = TLanes.Load(left + i) + TLanes.Load(right + i);
                TLanes.Store(y + i, input == last ? function.Value(sum) : sum);
            }
        }
    }
}
