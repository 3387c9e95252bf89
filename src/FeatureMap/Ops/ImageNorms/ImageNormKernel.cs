using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// An image norm on one shard, set by set. Every lane is an image, so mean and deviation are vectors and no phase waits for another shard. Of each set three
/// vectors are kept: a number x is normalised to z = (x - centre) factor + shift, where the centre is the mean rounded to float and the shift holds what the
/// rounding lost, so that nothing cancels however far the mean is from 0. Backward finds z again in the same way.
/// </summary>
internal sealed unsafe class ImageNormKernel<TLanes> : ShardKernel where TLanes : unmanaged, ILanes<TLanes>
{
    // Sums run in blocks, so that rounding grows with the root of a block's length and of the number of blocks instead of with that of the whole set.
    private const int Block = 64, KeptFloats = 3 * LaneLayout.Lanes;
    private readonly ImageNorm op;
    private readonly NormSets sets;
    private readonly LaneTensor kept;
    private readonly ShardSums? gammaParts, betaParts;

    public ImageNormKernel(ImageNorm op, KernelSite site) : base(site)
    {
        this.op = op;
        sets = op.Sets(site.Input.Shape);
        kept = site.Reserve(Shape.Vector(3 * sets.Count));
        if (!site.HasBackward || !op.IsAffine || !site.Parameters[0].IsTrained) return;
        gammaParts = new ShardSums(site, site.Parameters[0]);
        betaParts = new ShardSums(site, site.Parameters[1]);
    }

    protected override ShardSums?[] ParameterSums => [gammaParts, betaParts];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var y = Site.Output.At(item.Slot);
        var statistics = kept.At(item.Slot);
        for (var set = 0; set < sets.Count; set++, statistics += KeptFloats)
        {
            Measure(x + ((nint)sets.Start(set) * LaneLayout.Lanes), statistics);
            for (var member = 0; member < sets.Members; member++)
            {
                var gamma = Gamma(set, member);
                var beta = TLanes.Broadcast(op.IsAffine ? Site.Parameters[1].Values[sets.FirstChannel(set) + member] : 0);
                var (at, end) = Span(set, member);
                for (; at < end; at += LaneLayout.Lanes)
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                        TLanes.Store(y + at + part, TLanes.MultiplyAdd(Normalized(x + at, statistics, part), gamma, beta));
            }
        }
    }

    /// <summary>
    /// Two passes over a set: its mean, then the deviations d from the rounded mean. Their sum is what the rounding (and the first pass) lost, and goes into the
    /// shift and the variance: variance = sum d d / n - (sum d / n)^2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Measure(float* set, float* statistics)
    {
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var (centre, factor, shift) = Measure(set + part, sets.Size, (nint)sets.Step * LaneLayout.Lanes, op.Epsilon);
            TLanes.Store(statistics + part, centre);
            TLanes.Store(statistics + LaneLayout.Lanes + part, factor);
            TLanes.Store(statistics + (2 * LaneLayout.Lanes) + part, shift);
        }
    }

    /// <summary>Centre, factor and shift of the numbers of a set, which stand a step apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static (TLanes Centre, TLanes Factor, TLanes Shift) Measure(float* set, int size, nint step, float epsilon)
    {
        var share = TLanes.Broadcast(1f / size);
        var sum = TLanes.Zero;
        var x = set;
        for (var begin = 0; begin < size; begin += Block)
        {
            var blockSum = TLanes.Zero;
            for (var i = Math.Min(Block, size - begin); i > 0; i--, x += step)
                blockSum += TLanes.Load(x);
            sum += blockSum;
        }
        var centre = sum * share;

        var (rest, squares) = (TLanes.Zero, TLanes.Zero);
        x = set;
        for (var begin = 0; begin < size; begin += Block)
        {
            var (blockRest, blockSquares) = (TLanes.Zero, TLanes.Zero);
            for (var i = Math.Min(Block, size - begin); i > 0; i--, x += step)
            {
                var d = TLanes.Load(x) - centre;
                blockRest += d;
                blockSquares = TLanes.MultiplyAdd(d, d, blockSquares);
            }
            rest += blockRest;
            squares += blockSquares;
        }
        rest *= share;
        var variance = TLanes.MultiplySubtractFrom(rest, rest, squares * share);
        // Rounding may leave a constant set a hair below 0.
        variance = TLanes.Select(TLanes.GreaterThan(TLanes.Zero, variance), TLanes.Zero, variance);
        var factor = TLanes.Broadcast(1) / TLanes.Sqrt(variance + TLanes.Broadcast(epsilon));
        return (centre, factor, TLanes.Zero - (rest * factor));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        gammaParts?.Clear(item.Index);
        betaParts?.Clear(item.Index);
        // Sums over the set of g = gamma dy, and of g z.
        var gradients = stackalloc float[LaneLayout.Lanes];
        var products = stackalloc float[LaneLayout.Lanes];
        for (var set = 0; set < sets.Count; set++)
        {
            Sums(item, set, gradients, products);
            if (Site.InputGradients[0] is not null)
                InputGradient(item, set, gradients, products);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sums(in WorkItem item, int set, float* gradients, float* products)
    {
        var x = Site.Input.At(item.Slot);
        var dy = Site.OutputGradient!.At(item.Slot);
        var statistics = kept.At(item.Slot) + ((nint)set * KeptFloats);
        var channelGradients = stackalloc float[LaneLayout.Lanes];
        var channelProducts = stackalloc float[LaneLayout.Lanes];
        new Span<float>(gradients, LaneLayout.Lanes).Clear();
        new Span<float>(products, LaneLayout.Lanes).Clear();
        for (var member = 0; member < sets.Members; member++)
        {
            var gamma = Gamma(set, member);
            var (begin, end) = Span(set, member);
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
            {
                var (sum, product) = (TLanes.Zero, TLanes.Zero);
                for (var at = begin; at < end; at += LaneLayout.Lanes)
                {
                    var gradient = TLanes.Load(dy + at + part);
                    sum += gradient;
                    product = TLanes.MultiplyAdd(gradient, Normalized(x + at, statistics, part), product);
                }
                product = TLanes.And(TLanes.Load(item.Mask + part), product);
                TLanes.Store(channelGradients + part, sum);
                TLanes.Store(channelProducts + part, product);
                TLanes.Store(gradients + part, TLanes.MultiplyAdd(gamma, sum, TLanes.Load(gradients + part)));
                TLanes.Store(products + part, TLanes.MultiplyAdd(gamma, product, TLanes.Load(products + part)));
            }
            if (gammaParts is null) continue;
            var channel = sets.FirstChannel(set) + member;
            gammaParts.Of(item.Index)[channel] += LaneMath.Sum(channelProducts);
            betaParts!.Of(item.Index)[channel] += LaneMath.Sum(channelGradients);
        }
    }

    /// <summary>dx = factor (g - mean(g) - z mean(g z)), sorted by g, z and 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InputGradient(in WorkItem item, int set, float* gradients, float* products)
    {
        var x = Site.Input.At(item.Slot);
        var dy = Site.OutputGradient!.At(item.Slot);
        var dx = Site.InputGradients[0]!.At(item.Slot);
        var statistics = kept.At(item.Slot) + ((nint)set * KeptFloats);
        var share = TLanes.Broadcast(-1f / sets.Size);
        for (var member = 0; member < sets.Members; member++)
        {
            var gamma = Gamma(set, member);
            var (at, end) = Span(set, member);
            for (; at < end; at += LaneLayout.Lanes)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var factor = TLanes.Load(statistics + LaneLayout.Lanes + part);
                    var perZ = TLanes.Load(products + part) * share * factor;
                    var constant = TLanes.Load(gradients + part) * share * factor;
                    var rest = TLanes.MultiplyAdd(Normalized(x + at, statistics, part), perZ, constant);
                    var result = TLanes.MultiplyAdd(TLanes.Load(dy + at + part) * gamma, factor, rest);
                    TLanes.Store(dx + at + part, TLanes.And(TLanes.Load(item.Mask + part), result));
                }
        }
    }

    private static TLanes Normalized(float* x, float* statistics, int part) => TLanes.MultiplyAdd(
        TLanes.Load(x + part) - TLanes.Load(statistics + part),
        TLanes.Load(statistics + LaneLayout.Lanes + part),
        TLanes.Load(statistics + (2 * LaneLayout.Lanes) + part));

    private TLanes Gamma(int set, int member) => TLanes.Broadcast(op.IsAffine ? Site.Parameters[0].Values[sets.FirstChannel(set) + member] : 1);

    /// <summary>Where the numbers of one channel stand in a set, in floats from the start of the tensor.</summary>
    private (nint Begin, nint End) Span(int set, int member)
    {
        var begin = (sets.Start(set) + ((nint)member * sets.Area)) * LaneLayout.Lanes;
        return (begin, begin + ((nint)sets.Run * LaneLayout.Lanes));
    }
}
