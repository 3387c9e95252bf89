using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// What <see cref="Softmax"/> and <see cref="LogSoftmax"/> share: at every pixel by itself, the numbers of all channels become probabilities
/// exp(x) / sum exp(x), or their logarithms. The largest number is subtracted first, so numbers of any size are no problem.
/// </summary>
public abstract partial class ChannelSoftmax : Op
{
    private protected ChannelSoftmax() { }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => inputs[0].Channels > 1
        ? inputs[0]
        : throw new ShapeException($"A softmax over 1 channel is 1 whatever the number is: received {inputs[0]} (channels x height x width). Give it one channel per class, or use Sigmoid where one number stands for a probability.");

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("channels", "every image has its own lane, so maximum and sum over the channels of a pixel are plain loops");

    /// <summary>Whether the logarithms are wanted.</summary>
    internal abstract bool IsLog { get; }

    internal override GradientReads GradientReads => GradientReads.Output;

    internal override bool ForwardInPlace => true;

    internal override bool GradientInPlace => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new ChannelSoftmaxKernel<TLanes>(this, site);

    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) => new SoftmaxChannels<TLanes>(this, place);

    internal override void ReferenceForward(ReferencePass pass)
    {
        foreach (var (image, pixel, channels) in Pixels(pass))
        {
            var logs = Logs(pass, image, pixel);
            foreach (var channel in channels)
                pass.Output[image, (channel * pass.Input.Shape.Area) + pixel] = IsLog ? logs[channel] : Math.Exp(logs[channel]);
        }
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        foreach (var (image, pixel, channels) in Pixels(pass))
        {
            // dp_k / dx_j = p_k ([k = j] - p_j), and d log p_k / dx_j = [k = j] - p_j.
            var logs = Logs(pass, image, pixel);
            int At(int channel) => (channel * pass.Input.Shape.Area) + pixel;
            var sum = channels.Sum(k => pass.OutputGradient![image, At(k)] * (IsLog ? 1 : Math.Exp(logs[k])));
            foreach (var j in channels)
            {
                var (p, gradient) = (Math.Exp(logs[j]), pass.OutputGradient![image, At(j)]);
                pass.InputGradients[0][image, At(j)] = IsLog ? gradient - (p * sum) : p * (gradient - sum);
            }
        }
    }

    private protected static OpCase RandomCaseOf(ChannelSoftmax op, ref RandomSequence random) =>
        new("random", op, [new Shape(2 + random.NextInt(20), 1 + random.NextInt(6), 1 + random.NextInt(6))], 1 + random.NextInt(40), CaseValues.Reals);

    private static IEnumerable<(int Image, int Pixel, int[] Channels)> Pixels(ReferencePass pass) =>
        from image in Enumerable.Range(0, pass.Input.Batch)
        from pixel in Enumerable.Range(0, pass.Input.Shape.Area)
        select (image, pixel, Enumerable.Range(0, pass.Input.Shape.Channels).ToArray());

    private static double[] Logs(ReferencePass pass, int image, int pixel)
    {
        double[] x = [.. Enumerable.Range(0, pass.Input.Shape.Channels).Select(channel => pass.Input[image, (channel * pass.Input.Shape.Area) + pixel])];
        var largest = x.Max();
        var logSum = largest + Math.Log(x.Sum(value => Math.Exp(value - largest)));
        return Array.ConvertAll(x, value => value - logSum);
    }
}

/// <summary>
/// Pixel by pixel over the channels. A number is read for the last time right before its place is written, so output may stand over input and gradient over
/// gradient: the second walk over a pixel reads what the first one wrote.
/// </summary>
internal sealed unsafe class ChannelSoftmaxKernel<TLanes>(ChannelSoftmax op, KernelSite site) : ShardKernel(site)
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly nint step = site.Input.ChannelStep, count = (nint)site.Input.Floats;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        if (op.IsLog) ForwardLog(item);
        else ForwardPlain(item);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        if (op.IsLog) BackwardLog(item);
        else BackwardPlain(item);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardPlain(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var y = Site.Output.At(item.Slot);
        for (nint i = 0; i < step; i += TLanes.Width)
        {
            var largest = Largest(x + i);
            var sum = TLanes.Zero;
            for (var at = i; at < count; at += step)
            {
                var power = LaneMath.ExpOrZero(TLanes.Load(x + at) - largest);
                sum += power;
                TLanes.Store(y + at, power);
            }
            var reciprocal = LaneMath.Reciprocal(sum);
            for (var at = i; at < count; at += step)
                TLanes.Store(y + at, TLanes.Load(y + at) * reciprocal);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardLog(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var y = Site.Output.At(item.Slot);
        for (nint i = 0; i < step; i += TLanes.Width)
        {
            var largest = Largest(x + i);
            var sum = TLanes.Zero;
            for (var at = i; at < count; at += step)
                sum += LaneMath.ExpOrZero(TLanes.Load(x + at) - largest);
            var logarithm = LaneMath.Log(sum);
            for (var at = i; at < count; at += step)
                TLanes.Store(y + at, TLanes.Load(x + at) - largest - logarithm);
        }
    }

    // dx = p (dy - sum of p dy)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardPlain(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot);
        var dy = Site.OutputGradient!.At(item.Slot);
        var dx = Site.InputGradients[0]!.At(item.Slot);
        for (nint i = 0; i < step; i += TLanes.Width)
        {
            var sum = TLanes.Zero;
            for (var at = i; at < count; at += step)
                sum = TLanes.MultiplyAdd(TLanes.Load(y + at), TLanes.Load(dy + at), sum);
            for (var at = i; at < count; at += step)
                TLanes.Store(dx + at, TLanes.Load(y + at) * (TLanes.Load(dy + at) - sum));
        }
    }

    // dx = dy - p (sum of dy), with p = exp(y)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardLog(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot);
        var dy = Site.OutputGradient!.At(item.Slot);
        var dx = Site.InputGradients[0]!.At(item.Slot);
        for (nint i = 0; i < step; i += TLanes.Width)
        {
            var sum = TLanes.Zero;
            for (var at = i; at < count; at += step)
                sum += TLanes.Load(dy + at);
            for (var at = i; at < count; at += step)
                TLanes.Store(dx + at, TLanes.MultiplySubtractFrom(LaneMath.ExpOrZero(TLanes.Load(y + at)), sum, TLanes.Load(dy + at)));
        }
    }

    private TLanes Largest(float* pixel)
    {
        var largest = TLanes.Load(pixel);
        for (var at = step; at < count; at += step)
            largest = LaneMath.AtLeast(TLanes.Load(pixel + at), largest);
        return largest;
    }
}
