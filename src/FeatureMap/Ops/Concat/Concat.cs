using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Two or more inputs of equal height and width one behind the other along the channels, in the order given: how Inception joins its branches, DenseNet
/// its layers, and a U-Net its skip connections. Each input receives its slice of the gradient. No parameters.
/// Source: Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional networks", arXiv 1608.06993.
/// </summary>
public sealed class Concat : Op, IPlainRoom<Concat>
{
    /// <inheritdoc/>
    public override int InputCount => -1;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var first = inputs[0];
        long channels = first.Channels;
        for (var i = 1; i < inputs.Count; i++)
        {
            if (inputs[i].Height != first.Height || inputs[i].Width != first.Width)
                throw new ShapeException($"Concat joins along the channels and needs equal height and width: input 1 is {Plane(first)}, but input {i + 1} is {Plane(inputs[i])} (height x width). Crop or pad one of them, pool or stride the larger one, or enlarge the smaller one.");
            channels += inputs[i].Channels;
        }
        return channels <= int.MaxValue
            ? new Shape((int)channels, first.Height, first.Width)
            : throw new ShapeException($"Concat would give {channels:N0} channels; at most {int.MaxValue:N0} are possible.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new(
        "placed, or copied",
        "the channels of a shard stand one behind the other: an input is one block of memory in the output, mostly written there");

    internal override StripRule? InStrips(IReadOnlyList<Shape> inputs, int strips) => new(this);

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Concat", graph.Alike(), new OnnxAttribute("axis", 1));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Concat", ReadOnnx, "axis")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("two planes", new Concat(), [new Shape(3, 5, 4), new Shape(2, 5, 4)], 19),
        new("two vectors", new Concat(), [Shape.Vector(7), Shape.Vector(1)], 16),
        new("four", new Concat(), [new Shape(2, 3, 3), new Shape(1, 3, 3), new Shape(4, 3, 3), new Shape(2, 3, 3)], 3),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var (height, width) = (1 + random.NextInt(8), 1 + random.NextInt(8));
        var shapes = new Shape[2 + random.NextInt(3)];
        for (var i = 0; i < shapes.Length; i++)
            shapes[i] = new Shape(1 + random.NextInt(5), height, width);
        return new OpCase("random", new Concat(), shapes, 1 + random.NextInt(40));
    }

    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new ConcatKernel(site);

    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) => new ConcatChannels(place);

    internal override void ReferenceForward(ReferencePass pass) => ForEachElement(pass, (image, place, input, index) => pass.Output[image, place] = pass.Inputs[input][image, index]);

    internal override void ReferenceBackward(ReferencePass pass) => ForEachElement(pass, (image, place, input, index) => pass.InputGradients[input][image, index] = pass.OutputGradient![image, place]);

    private static void ForEachElement(ReferencePass pass, Action<int, int, int, int> action)
    {
        for (var image = 0; image < pass.Output.Batch; image++)
        {
            var place = 0;
            for (var input = 0; input < pass.Inputs.Length; input++)
                for (var index = 0; index < pass.Inputs[input].Shape.Count; index++)
                    action(image, place++, input, index);
        }
    }

    /// <summary>Joins features along any axis; along others than the first, that axis becomes the channels for the time.</summary>
    internal static OnnxFeature Joined(OnnxImport node, IReadOnlyList<OnnxFeature> features, int axis)
    {
        var sizes = features[0].Dimensions;
        if (features.FirstOrDefault(feature => feature.Dimensions.Count != sizes.Count || feature.Dimensions.Where((size, i) => i != axis && size != sizes[i]).Any()) is { } other)
            throw node.Wrong($"it joins {OnnxTensor.Written(sizes)} and {OnnxTensor.Written(other.Dimensions)} along axis {axis} of them, where all other sizes should be equal");
        return node.FromChannels(node.Layer(new Concat(), [.. features.Select(feature => node.ToChannels(feature, axis))]), sizes, axis);
    }

    private static void ReadOnnx(OnnxImport node)
    {
        var numbers = Enumerable.Range(0, node.InputCount).ToList();
        var first = node.Feature(numbers.Find(input => !node.IsConstant(input)));
        // Known numbers, such as coordinates of pixels, are the same for every image.
        var inputs = numbers.ConvertAll(input => node.IsConstant(input) ? OnnxBroadcast.Source(node, input, first.Dimensions.Count, isWhole: true) : node.Feature(input));
        var axis = node.Axis(first, node.Whole("axis", 1));
        node.Result(inputs.Count == 1 ? inputs[0] : Joined(node, inputs, axis));
    }

    private static string Plane(Shape shape) => $"{shape.Height} x {shape.Width}";
}

/// <summary>
/// Blocks of memory forward and back; no arithmetic, so no register width either. What the plan placed where it belongs is not copied.
/// </summary>
internal sealed unsafe class ConcatKernel(KernelSite site) : Kernel
{
    private readonly int parts = Math.Min(site.Parts, site.Output.Shape.Channels);

    /// <summary>Whether all inputs stand where they are to be joined.</summary>
    public static bool IsJoined(IReadOnlyList<LaneTensor?> parts, LaneTensor whole, IReadOnlyList<LaneTensor>? shapes = null)
    {
        var first = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i]?.IsPartOf(whole, first) == false) return false;
            first += (shapes?[i] ?? parts[i]!).Shape.Channels;
        }
        return true;
    }

    public override void Schedule(StepSchedule schedule)
    {
        if (!IsJoined(site.Inputs, site.Output)) schedule.Forward.PerShard(parts, Forward);
        if (site.HasBackward && !IsJoined(site.InputGradients, site.OutputGradient!, site.Inputs))
            schedule.Backward.PerShard(parts, Backward);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward(in WorkItem item)
    {
        var first = 0;
        foreach (var input in site.Inputs)
        {
            if (!input.IsPartOf(site.Output, first))
                Copy(input.At(item.Slot), site.Output.At(item.Slot, first), Common(item, first, input));
            first += input.Shape.Channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backward(in WorkItem item)
    {
        var first = 0;
        for (var input = 0; input < site.Inputs.Length; input++)
        {
            if (site.InputGradients[input] is { } gradient && !gradient.IsPartOf(site.OutputGradient!, first))
                Copy(site.OutputGradient!.At(item.Slot, first), gradient.At(item.Slot), Common(item, first, gradient));
            first += site.Inputs[input].Shape.Channels;
        }
    }

    // The channels of an input, which begin at one of the output, that belong to the part of an item.
    private IndexRange Common(in WorkItem item, int first, LaneTensor input)
    {
        var channels = site.Output.Shape.Channels;
        var part = new IndexRange((int)((long)channels * item.Part / parts), (int)((long)channels * (item.Part + 1) / parts));
        return IndexRange.All(input.Shape.Channels).Intersect(new(part.First - first, part.End - first));
    }

    private void Copy(float* source, float* target, IndexRange channels)
    {
        if (channels.Count <= 0) return;
        var (start, count) = (channels.First * site.Output.ChannelStep, channels.Count * (int)site.Output.ChannelStep);
        new Span<float>(source + start, count).CopyTo(new Span<float>(target + start, count));
    }
}

/// <summary>
/// Joins one image whose channels ride in the lanes: whole blocks where an input begins at a multiple of 16 channels, else number by number.
/// The lanes behind an input's last channel are written over by the next input.
/// </summary>
internal sealed unsafe class ConcatChannels(ChannelSite place) : Kernel
{
    public override void Schedule(StepSchedule schedule) => schedule.Forward.PerShard(Forward);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward(in WorkItem item)
    {
        var output = place.Site.Output.At(item.Slot);
        var first = 0;
        for (var input = 0; input < place.Inputs.Length; first += place.Inputs[input++].Channels)
        {
            var source = place.Site.Inputs[input].At(item.Slot);
            if (first % LaneLayout.Lanes == 0)
            {
                var count = (int)place.Site.Inputs[input].Floats;
                new Span<float>(source, count).CopyTo(new Span<float>(output + ChannelSite.Place(place.Output, first, 0), count));
                continue;
            }
            for (var channel = 0; channel < place.Inputs[input].Channels; channel++)
            {
                var from = source + ChannelSite.Place(place.Output, channel, 0);
                var to = output + ChannelSite.Place(place.Output, first + channel, 0);
                for (nint pixel = 0; pixel < (nint)place.Output.Area * LaneLayout.Lanes; pixel += LaneLayout.Lanes)
                    to[pixel] = from[pixel];
            }
        }
    }
}
