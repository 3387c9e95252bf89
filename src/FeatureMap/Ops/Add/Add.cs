using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The sum of two or more inputs of equal shape, number by number: how a residual block joins its skip path, y = x + F(x). Each input receives the gradient of
/// the sum unchanged, which is why it reaches the first layers of a deep network. No parameters.
/// Source: He, Zhang, Ren and Sun, "Identity mappings in deep residual networks", arXiv 1603.05027.
/// </summary>
public sealed class Add : Op, IOpRoom
{
    /// <inheritdoc/>
    public override string Name => "Add";

    /// <inheritdoc/>
    public override string Settings => "";

    /// <inheritdoc/>
    public override int InputCount => -1;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var first = inputs[0];
        for (var i = 1; i < inputs.Count; i++)
            if (inputs[i] != first)
                throw new ShapeException($"Add needs equal shapes: input 1 is {first}, but input {i + 1} is {inputs[i]} ({Differences(first, inputs[i])}). {Fix(first, inputs[i], i + 1)}");
        return first;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("elementwise", "one pass over all inputs, however many; back, one copy of the gradient per input");

    // ONNX's Add takes two inputs, its Sum any number.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result(graph.InputShapes.Count == 2 ? "Add" : "Sum", graph.Alike());

    internal override IReadOnlyList<OpSetting> SettingValues => [];

    static Op IOpRoom.FromSettings(SettingReader settings) => new Add();

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Add", ReadOnnx), new("Sum", ReadOnnx)];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("two planes", new Add(), [new Shape(3, 5, 4), new Shape(3, 5, 4)], 19),
        new("two vectors", new Add(), [Shape.Vector(7), Shape.Vector(7)], 16),
        new("four", new Add(), [new Shape(2, 3, 3), new Shape(2, 3, 3), new Shape(2, 3, 3), new Shape(2, 3, 3)], 3),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var shape = new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8));
        return new OpCase("random", new Add(), [.. Enumerable.Repeat(shape, 2 + random.NextInt(3))], 1 + random.NextInt(40));
    }

    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new AddKernel<TLanes>(site);

    internal override void ReferenceForward(ReferencePass pass)
    {
        for (var i = 0; i < pass.Output.Values.Length; i++)
            pass.Output.Values[i] = pass.Inputs.Sum(input => input.Values[i]);
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        foreach (var gradient in pass.InputGradients)
            pass.OutputGradient!.Values.CopyTo(gradient.Values, 0);
    }

    private static void ReadOnnx(OnnxImport node)
    {
        var inputs = Enumerable.Range(0, node.InputCount).Select(node.Canonical).ToList();
        if (inputs.Find(input => !input.Dimensions.SequenceEqual(inputs[0].Dimensions)) is { } other)
            throw node.Wrong($"it adds {OnnxTensor.Written(inputs[0].Dimensions)} and {OnnxTensor.Written(other.Dimensions)}; equal sizes were expected");
        node.Result(inputs.Count == 1 ? inputs[0] : node.Layer(new Add(), inputs, inputs[0].Dimensions));
    }

    private static string Differences(Shape first, Shape other)
    {
        var parts = new List<string>();
        if (first.Channels != other.Channels) parts.Add($"channels {first.Channels} and {other.Channels}");
        if (first.Height != other.Height) parts.Add($"height {first.Height} and {other.Height}");
        if (first.Width != other.Width) parts.Add($"width {first.Width} and {other.Width}");
        return string.Join(", ", parts);
    }

    private static string Fix(Shape first, Shape other, int number)
    {
        if (first.Height == other.Height && first.Width == other.Width)
            return $"Project one of them with a 1x1 convolution: Conv({first.Channels}, kernel: 1) on the other path gives {first.Channels} channels.";
        if (Ratio(first, other) is { } ofFirst)
            return $"Project the larger one with a strided 1x1 convolution: Conv({other.Channels}, kernel: 1, stride: {ofFirst}) on input 1.";
        if (Ratio(other, first) is { } ofOther)
            return $"Project the larger one with a strided 1x1 convolution: Conv({first.Channels}, kernel: 1, stride: {ofOther}) on input {number}.";
        return "Give both paths the same padding and stride: padding: Padding.Same keeps the size at stride 1.";
    }

    /// <summary>The stride that makes the larger plane as small as the smaller one, where there is one.</summary>
    private static int? Ratio(Shape larger, Shape smaller)
    {
        var stride = larger.Height / smaller.Height;
        return stride > 1 && larger.Height == stride * smaller.Height && larger.Width == stride * smaller.Width ? stride : null;
    }
}

/// <summary>Sums forward, in the order of the inputs; copies back.</summary>
internal sealed unsafe class AddKernel<TLanes>(KernelSite site) : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    public override void Schedule(StepSchedule schedule)
    {
        schedule.Forward.PerShard(Forward);
        if (Array.Exists(site.InputGradients, gradient => gradient is not null))
            schedule.Backward.PerShard(Backward);
    }

    private void Forward(in WorkItem item)
    {
        var y = site.Output.At(item.Slot);
        var first = site.Inputs[0].At(item.Slot);
        var second = site.Inputs[1].At(item.Slot);
        var count = (nint)site.Output.Floats;
        for (nint i = 0; i < count; i += TLanes.Width)
            TLanes.Store(y + i, TLanes.Load(first + i) + TLanes.Load(second + i));
        for (var input = 2; input < site.Inputs.Length; input++)
        {
            var more = site.Inputs[input].At(item.Slot);
            for (nint i = 0; i < count; i += TLanes.Width)
                TLanes.Store(y + i, TLanes.Load(y + i) + TLanes.Load(more + i));
        }
    }

    private void Backward(in WorkItem item)
    {
        var dy = site.OutputGradient!.At(item.Slot);
        foreach (var gradient in site.InputGradients)
            if (gradient is not null)
                new Span<float>(dy, (int)gradient.Floats).CopyTo(new Span<float>(gradient.At(item.Slot), (int)gradient.Floats));
    }
}
