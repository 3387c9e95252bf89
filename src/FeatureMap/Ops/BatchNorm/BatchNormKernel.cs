using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Batch normalisation with the activation behind it. Statistics of the batch: statistics per shard, meet, normalise; back: two sums per
/// shard, meet, input gradient. Running statistics: the same scale and shift for every image, so nobody meets, forward or back.
/// The normalised values are not stored: with one multiply-add z = x scale + shift the backward pass finds again what the activation saw.
/// Where the normalised values meet a skip path, y = f(z + skip), they are added in the same pass; back, the gradient of the sum is made
/// once from what arrives and from y, channel by channel, and stays for the skip path.
/// </summary>
/// <typeparam name="TLanes">The register.</typeparam>
/// <typeparam name="TFunction">The activation.</typeparam>
/// <typeparam name="TCarried">The activation again; with a skip path nothing, as the gradient has passed it by then.</typeparam>
internal sealed unsafe class BatchNormKernel<TLanes, TFunction, TCarried> : Kernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IUnaryFunction
    where TCarried : struct, IUnaryFunction
{
    private readonly BatchNorm op;
    private readonly TFunction function;
    private readonly TCarried carried;
    private readonly LaneTensor? gradient;
    private readonly KernelSite site;
    private readonly int channels, area;

    // Per channel: y = x scale + shift, and dx = g scale + x slope + offset.
    private readonly AlignedBuffer scale, shift, slope, offset;

    // Per channel, kept from forward to backward.
    private readonly double[] mean, inverseDeviation;

    // Statistics of the batch: of each shard, per channel, mean and sum of squared deviations; then the two sums of the gradient.
    // [channel][2]
    private readonly ShardRows? parts;

    // Running statistics: of each shard the gradients of gamma and beta, where they are trained.
    private readonly ShardSums? gammaSums, betaSums;
    private readonly RowJoin joinStatistics;

    public BatchNormKernel(BatchNorm op, TFunction function, TCarried carried, KernelSite site)
    {
        (this.op, this.function, this.carried, this.site) = (op, function, carried, site);
        gradient = site.SumGradient ?? site.OutputGradient;
        (channels, area) = (site.Input.Shape.Channels, site.Input.Shape.Area);
        (scale, shift, slope, offset) = (new(channels), new(channels), new(channels), new(channels));
        (mean, inverseDeviation) = (new double[channels], new double[channels]);
        if (site.Mode == ExecutionMode.Training)
            parts = new ShardRows(site.TotalShards, 2 * channels, site.Collective);
        else if (IsTrained)
            (gammaSums, betaSums) = (new ShardSums(site, site.Parameters[0]), new ShardSums(site, site.Parameters[1]));
        joinStatistics = JoinStatistics;
    }

    public override void Schedule(StepSchedule schedule)
    {
        if (parts is not null)
        {
            schedule.Forward.PerChannel(site.Input.Shape, Statistics);
            Combine(schedule.Forward, CombineStatistics);
        }
        else
        {
            schedule.Prepare.Together(1, UseRunningStatistics);
        }
        schedule.Forward.PerChannel(site.Input.Shape, Normalize);
        if (!site.HasBackward) return;
        if (parts is not null || IsTrained) schedule.Backward.PerChannel(site.Input.Shape, GradientSums);
        if (parts is not null) Combine(schedule.Backward, CombineGradientSums);
        if (site.InputGradients[0] is not null)
            schedule.Backward.PerChannel(site.Input.Shape, parts is not null ? InputGradient : ScaledGradient);
        gammaSums?.Schedule(schedule.Finish);
        betaSums?.Schedule(schedule.Finish);
    }

    // What a channel's shards have in common concerns no other channel; but the way to other ranks is one for all of them.
    private void Combine(PhaseList list, PhaseAction action)
    {
        if (site.Collective.Ranks == 1) list.TogetherPerChannel(channels, action);
        else list.Together(1, (in item) => action(item with { Channels = IndexRange.All(channels) }));
    }

    private bool IsTrained => site.HasBackward && op.IsAffine && site.Parameters[0].IsTrained;

    /// <summary>The shard's mean first, then the squared deviations from it: no cancellation however far the mean is from 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Statistics(in WorkItem item)
    {
        var x = site.Input.At(item.Slot, item.Channels.First);
        var lanes = stackalloc float[LaneLayout.Lanes];
        new Span<float>(lanes, LaneLayout.Lanes).Clear();
        var count = (double)item.Images * area;
        var row = Row(item);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++, x += (nint)area * LaneLayout.Lanes)
        {
            for (var lane = 0; lane < site.OccupiedLanes; lane += TLanes.Width)
                TLanes.Store(lanes + lane, TLanes.And(TLanes.Load(item.Mask + lane), PlaneSum<TLanes>.Of(x + lane, area)));
            var shardMean = LaneMath.SumDouble(lanes) / count;
            row[2 * channel] = shardMean;
            for (var lane = 0; lane < site.OccupiedLanes; lane += TLanes.Width)
            {
                TLanes s0 = TLanes.Zero, s1 = TLanes.Zero, s2 = TLanes.Zero, s3 = TLanes.Zero;
                var centre = TLanes.Broadcast((float)shardMean);
                var p = x + lane;
                nint pixel = 0;
                for (; pixel + 4 <= area; pixel += 4, p += 4 * LaneLayout.Lanes)
                {
                    var d0 = TLanes.Load(p) - centre;
                    var d1 = TLanes.Load(p + LaneLayout.Lanes) - centre;
                    var d2 = TLanes.Load(p + (2 * LaneLayout.Lanes)) - centre;
                    var d3 = TLanes.Load(p + (3 * LaneLayout.Lanes)) - centre;
                    s0 = TLanes.MultiplyAdd(d0, d0, s0);
                    s1 = TLanes.MultiplyAdd(d1, d1, s1);
                    s2 = TLanes.MultiplyAdd(d2, d2, s2);
                    s3 = TLanes.MultiplyAdd(d3, d3, s3);
                }
                for (; pixel < area; pixel++, p += LaneLayout.Lanes)
                {
                    var d0 = TLanes.Load(p) - centre;
                    s0 = TLanes.MultiplyAdd(d0, d0, s0);
                }
                TLanes.Store(lanes + lane, TLanes.And(TLanes.Load(item.Mask + lane), (s0 + s1) + (s2 + s3)));
            }
            // The centre was the mean rounded to float: what is left of it is taken out of the squares exactly.
            var rest = shardMean - (float)shardMean;
            row[(2 * channel) + 1] = LaneMath.SumDouble(lanes) - (count * rest * rest);
        }
    }

    private static IndexRange Numbers(in WorkItem item) => new(2 * item.Channels.First, 2 * item.Channels.End);

    private Span<double> Row(in WorkItem item) => parts is null ? [] : parts.Of(item.FirstImage / LaneLayout.Lanes);

    /// <summary>Means and squares of two nodes: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm", 1979.</summary>
    private void JoinStatistics(Span<double> left, ReadOnlySpan<double> right, int leftImages, int rightImages)
    {
        var count = (double)(leftImages + rightImages);
        var (share, spread) = (rightImages / count, (double)area * leftImages * rightImages / count);
        for (var channel = 0; channel < left.Length; channel += 2)
        {
            var difference = right[channel] - left[channel];
            left[channel] += difference * share;
            left[channel + 1] += right[channel + 1] + (difference * difference * spread);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CombineStatistics(in WorkItem item)
    {
        var joined = parts!.Join(site.Step, joinStatistics, Numbers(item));
        var total = (double)site.TotalLanes * area;
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            var (average, squares) = (joined[2 * channel], joined[(2 * channel) + 1]);
            var variance = squares / total;
            mean[channel] = average;
            SetScale(channel, average, variance);
            var runningMean = Running(0);
            var runningVariance = Running(1);
            runningMean[channel] += op.Momentum * ((float)average - runningMean[channel]);
            runningVariance[channel] += op.Momentum * ((float)(total > 1 ? squares / (total - 1) : variance) - runningVariance[channel]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void UseRunningStatistics(in WorkItem item)
    {
        for (var channel = 0; channel < channels; channel++)
        {
            mean[channel] = Running(0)[channel];
            SetScale(channel, mean[channel], Running(1)[channel]);
        }
    }

    private void SetScale(int channel, double average, double variance)
    {
        var (gamma, beta) = op.IsAffine ? (site.Parameters[0].Values[channel], site.Parameters[1].Values[channel]) : (1, 0);
        (scale.Pointer[channel], shift.Pointer[channel], inverseDeviation[channel]) = op.Scale(average, variance, gamma, beta);
    }

    /// <summary>The running mean (0) or variance (1) of each channel.</summary>
    private float* Running(int which) => site.Parameters[op.RunningMean + which].Values;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Normalize(in WorkItem item)
    {
        var x = site.Input.At(item.Slot, item.Channels.First);
        var y = site.Output.At(item.Slot, item.Channels.First);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            var a = TLanes.Broadcast(scale.Pointer[channel]);
            var b = TLanes.Broadcast(shift.Pointer[channel]);
            var end = x + ((nint)area * LaneLayout.Lanes);
            if (site.Skip is not null)
                for (var skip = site.Skip.At(item.Slot, channel); x < end; x += TLanes.Width, y += TLanes.Width, skip += TLanes.Width)
                    TLanes.Store(y, function.Value(TLanes.MultiplyAdd(TLanes.Load(x), a, b) + TLanes.Load(skip)));
            for (; x < end; x += TLanes.Width, y += TLanes.Width)
                TLanes.Store(y, function.Value(TLanes.MultiplyAdd(TLanes.Load(x), a, b)));
        }
    }

    /// <summary>With a skip path: the gradient of the sum, while the channel's plane comes into the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CarryThroughSum(in WorkItem item, int channel)
    {
        if (site.SumGradient is null || (typeof(TFunction) == typeof(IdentityFunction) && site.OtherGradient is null)) return;
        var dy = site.OutputGradient!.At(item.Slot, channel);
        var seen = site.Output.At(item.Slot, channel);
        var sum = site.SumGradient.At(item.Slot, channel);
        var end = dy + ((nint)area * LaneLayout.Lanes);
        if (site.OtherGradient is not null)
            for (var other = site.OtherGradient.At(item.Slot, channel); dy < end; other += TLanes.Width)
            {
                TLanes.Store(sum, function.Gradient(TLanes.Load(seen), TLanes.Load(dy) + TLanes.Load(other)));
                dy += TLanes.Width;
                seen += TLanes.Width;
                sum += TLanes.Width;
            }
        for (; dy < end; dy += TLanes.Width, seen += TLanes.Width, sum += TLanes.Width)
            TLanes.Store(sum, function.Gradient(TLanes.Load(seen), TLanes.Load(dy)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GradientSums(in WorkItem item)
    {
        var x = site.Input.At(item.Slot, item.Channels.First);
        var dy = gradient!.At(item.Slot, item.Channels.First);
        var sums = stackalloc float[LaneLayout.Lanes];
        var products = stackalloc float[LaneLayout.Lanes];
        new Span<float>(sums, LaneLayout.Lanes).Clear();
        new Span<float>(products, LaneLayout.Lanes).Clear();
        var row = Row(item);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            CarryThroughSum(item, channel);
            var a = TLanes.Broadcast(scale.Pointer[channel]);
            var b = TLanes.Broadcast(shift.Pointer[channel]);
            var centre = TLanes.Broadcast((float)mean[channel]);
            for (var lane = 0; lane < site.OccupiedLanes; lane += TLanes.Width)
            {
                TLanes s0 = TLanes.Zero, s1 = TLanes.Zero, p0 = TLanes.Zero, p1 = TLanes.Zero;
                var px = x + lane;
                var pg = dy + lane;
                nint pixel = 0;
                for (; pixel + 2 <= area; pixel += 2, px += 2 * LaneLayout.Lanes, pg += 2 * LaneLayout.Lanes)
                {
                    var x0 = TLanes.Load(px);
                    var x1 = TLanes.Load(px + LaneLayout.Lanes);
                    var g0 = Gradient(x0, TLanes.Load(pg), a, b);
                    var g1 = Gradient(x1, TLanes.Load(pg + LaneLayout.Lanes), a, b);
                    s0 += g0;
                    s1 += g1;
                    p0 = TLanes.MultiplyAdd(g0, x0 - centre, p0);
                    p1 = TLanes.MultiplyAdd(g1, x1 - centre, p1);
                }
                if (pixel < area)
                {
                    var x0 = TLanes.Load(px);
                    var g0 = Gradient(x0, TLanes.Load(pg), a, b);
                    s0 += g0;
                    p0 = TLanes.MultiplyAdd(g0, x0 - centre, p0);
                }
                var mask = TLanes.Load(item.Mask + lane);
                TLanes.Store(sums + lane, TLanes.And(mask, s0 + s1));
                TLanes.Store(products + lane, TLanes.And(mask, p0 + p1));
            }
            var (sum, product) = (LaneMath.SumDouble(sums), LaneMath.SumDouble(products));
            if (parts is not null)
            {
                (row[2 * channel], row[(2 * channel) + 1]) = (sum, product);
            }
            else
            {
                gammaSums!.Of(item.Index)[channel] = (float)(product * inverseDeviation[channel]);
                betaSums!.Of(item.Index)[channel] = (float)sum;
            }
            x += (nint)area * LaneLayout.Lanes;
            dy += (nint)area * LaneLayout.Lanes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CombineGradientSums(in WorkItem item)
    {
        var joined = parts!.Join(site.Step, ShardRows.Add, Numbers(item));
        var total = (double)site.TotalLanes * area;
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            var (sum, product) = (joined[2 * channel], joined[(2 * channel) + 1]);
            var normalized = product * inverseDeviation[channel];
            if (IsTrained)
                (site.Parameters[0].Gradient[channel], site.Parameters[1].Gradient[channel]) = ((float)normalized, (float)sum);
            // dx = scale (g - sum / n - (x - mean) / deviation x normalized / n), sorted by g, x and 1.
            var factor = -(double)scale.Pointer[channel] / total;
            var perX = factor * normalized * inverseDeviation[channel];
            slope.Pointer[channel] = (float)perX;
            offset.Pointer[channel] = (float)((factor * sum) - (perX * mean[channel]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InputGradient(in WorkItem item)
    {
        var x = site.Input.At(item.Slot, item.Channels.First);
        var dy = gradient!.At(item.Slot, item.Channels.First);
        var dx = site.InputGradients[0]!.At(item.Slot, item.Channels.First);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            var a = TLanes.Broadcast(scale.Pointer[channel]);
            var b = TLanes.Broadcast(shift.Pointer[channel]);
            var c = TLanes.Broadcast(slope.Pointer[channel]);
            var d = TLanes.Broadcast(offset.Pointer[channel]);
            for (var pixel = 0; pixel < area; pixel++)
            {
                for (var lane = 0; lane < LaneLayout.Lanes; lane += TLanes.Width)
                {
                    var seen = TLanes.Load(x);
                    var carriedGradient = Gradient(seen, TLanes.Load(dy), a, b);
                    var result = TLanes.MultiplyAdd(carriedGradient, a, TLanes.MultiplyAdd(seen, c, d));
                    TLanes.Store(dx, TLanes.And(TLanes.Load(item.Mask + lane), result));
                    x += TLanes.Width;
                    dy += TLanes.Width;
                    dx += TLanes.Width;
                }
            }
        }
    }

    /// <summary>Running statistics do not depend on x: dx = scale g.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScaledGradient(in WorkItem item)
    {
        var x = site.Input.At(item.Slot, item.Channels.First);
        var dy = gradient!.At(item.Slot, item.Channels.First);
        var dx = site.InputGradients[0]!.At(item.Slot, item.Channels.First);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            if (!IsTrained) CarryThroughSum(item, channel);
            var a = TLanes.Broadcast(scale.Pointer[channel]);
            var b = TLanes.Broadcast(shift.Pointer[channel]);
            for (var pixel = 0; pixel < area; pixel++)
            {
                for (var lane = 0; lane < LaneLayout.Lanes; lane += TLanes.Width)
                {
                    var result = Gradient(TLanes.Load(x), TLanes.Load(dy), a, b) * a;
                    TLanes.Store(dx, TLanes.And(TLanes.Load(item.Mask + lane), result));
                    x += TLanes.Width;
                    dy += TLanes.Width;
                    dx += TLanes.Width;
                }
            }
        }
    }

    /// <summary>The gradient that arrives behind the activation, carried through it.</summary>
    private TLanes Gradient(TLanes x, TLanes outputGradient, TLanes a, TLanes b)
    {
        var z = TLanes.MultiplyAdd(x, a, b);
        return carried.Gradient(TCarried.Reads == GradientReads.Output ? carried.Value(z) : z, outputGradient);
    }
}
