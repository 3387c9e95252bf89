using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// What an op with weights does with its sums before they leave the cache: y = function(x scale + shift + skip), as far as the plan
/// asks for it; or with what it reads, after it came into the cache. Scale and shift are those of a batch normalisation with running
/// statistics; every number goes through the arithmetic of the layers' own kernels, so the bits are the same.
/// </summary>
internal sealed unsafe class MapFinish
{
    private readonly KernelSite site;
    private readonly NormAt? norm;
    private readonly AlignedBuffer? scale, shift;

    private MapFinish(KernelSite site, NormAt? norm, AlignedBuffer? scale, AlignedBuffer? shift, SumFinish numbers)
    {
        (this.site, this.norm, this.scale, this.shift) = (site, norm, scale, shift);
        Numbers = numbers;
    }

    /// <summary>What is done with the numbers, wherever they stand.</summary>
    public SumFinish Numbers { get; }

    /// <summary>What the place of the plan asks for behind the sums; null where that is nothing.</summary>
    public static MapFinish? OfSums<TLanes>(KernelSite site) where TLanes : unmanaged, ILanes<TLanes> =>
        site is { Norm: null, FusedActivation: null, Skip: null } ? null
        : Make<TLanes>(site, site.Norm, site.FusedActivation, site.Skip is not null);

    /// <summary>The same for what is read.</summary>
    public static MapFinish? OfSource<TLanes>(KernelSite site) where TLanes : unmanaged, ILanes<TLanes> =>
        site.SourceNorm is null ? null : Make<TLanes>(site, site.SourceNorm, site.SourceActivation, skips: false);

    /// <summary>Looks at the running statistics: before a step, when they have changed.</summary>
    public void Prepare() => norm?.Op.RunningScales(norm.Parameters, scale!.Span, shift!.Span);

    /// <summary>The finish of the sums in one shard.</summary>
    public ShardFinish At(int slot) => new(Numbers, site.Skip is null ? 0 : (nint)(site.Skip.At(slot) - site.Output.At(slot)));

    private static MapFinish Make<TLanes>(KernelSite site, NormAt? norm, Activation? activation, bool skips)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        AlignedBuffer? scale = norm is null ? null : new(norm.Channels), shift = norm is null ? null : new(norm.Channels);
        var maker = new Maker<TLanes>(scale, shift, skips);
        var numbers = activation is null ? maker.Visit(default(IdentityFunction)) : activation.Accept(maker);
        return new MapFinish(site, norm, scale, shift, numbers);
    }

    private sealed class Maker<TLanes>(AlignedBuffer? scale, AlignedBuffer? shift, bool skips) : IUnaryVisitor<SumFinish>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        private readonly float* a = scale is null ? null : scale.Pointer, b = shift is null ? null : shift.Pointer;

        public SumFinish Visit<TFunction>(TFunction function) where TFunction : struct, IUnaryFunction => (a != null, skips) switch
        {
            (true, true) => new NumberFinish<TLanes, TFunction, Yes, Yes>(function, a, b),
            (true, false) => new NumberFinish<TLanes, TFunction, Yes, No>(function, a, b),
            (false, true) => new NumberFinish<TLanes, TFunction, No, Yes>(function, a, b),
            _ => new NumberFinish<TLanes, TFunction, No, No>(function, a, b),
        };
    }
}

/// <summary>A batch normalisation with running statistics whose work another op's kernel does, and its parameters.</summary>
internal sealed record NormAt(BatchNorm Op, ParameterSlot[] Parameters)
{
    public int Channels => Parameters[Op.RunningMean].Count;
}

/// <summary>A compile-time answer: the JIT makes one copy per answer and drops what is not asked for.</summary>
internal interface IAnswer
{
    static abstract bool IsYes { get; }
}

internal readonly struct Yes : IAnswer { public static bool IsYes => true; }

internal readonly struct No : IAnswer { public static bool IsYes => false; }

/// <summary>y = function(x scale + shift + skip).</summary>
internal sealed unsafe class NumberFinish<TLanes, TFunction, TScales, TSkips>(TFunction function, float* scale, float* shift) : SumFinish
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IUnaryFunction
    where TScales : struct, IAnswer
    where TSkips : struct, IAnswer
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(
        float* target, int output, (int Outputs, int Pixels, int Lanes) size, nint outputStep, nint pixelStep, nint toSkip)
    {
        var isOneRow = size.Lanes == LaneLayout.Lanes && pixelStep == LaneLayout.Lanes;
        var floats = (nint)size.Pixels * pixelStep;
        for (var end = output + size.Outputs; output < end; output++, target += outputStep)
        {
            TLanes a = TLanes.Zero, b = TLanes.Zero;
            if (TScales.IsYes) (a, b) = (TLanes.Broadcast(scale[output]), TLanes.Broadcast(shift[output]));
            if (isOneRow)
            {
                for (nint at = 0; at < floats; at += TLanes.Width)
                    TLanes.Store(target + at, Value(TLanes.Load(target + at), a, b, target + at + toSkip));
                continue;
            }
            for (var lane = 0; lane < size.Lanes; lane += TLanes.Width)
                for (nint at = lane; at < floats; at += pixelStep)
                    TLanes.Store(target + at, Value(TLanes.Load(target + at), a, b, target + at + toSkip));
        }
    }

    public override void StoreTile(
        float* sums, nint sumStep, nint pixel, float* target, (nint Right, nint Lower, nint Plane) steps, (bool Right, bool Bottom) has,
        float* bias, IndexRange outputs, nint toSkip, int images, bool clears, bool streams)
    {
        var blanks = (clears ? images : LaneLayout.Lanes, streams);
        if (images >= TLanes.Width) StoreTile<TLanes>(sums, sumStep, pixel, target, steps, has, bias, outputs, toSkip, blanks);
        else if (images == Lanes256.Width) StoreTile<Lanes256>(sums, sumStep, pixel, target, steps, has, bias, outputs, toSkip, blanks);
        else StoreTile<Lanes128>(sums, sumStep, pixel, target, steps, has, bias, outputs, toSkip, blanks);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreTile<TPart>(
        float* sums, nint sumStep, nint pixel, float* target, (nint Right, nint Lower, nint Plane) steps, (bool Right, bool Bottom) has,
        float* bias, IndexRange outputs, nint toSkip, (int First, bool Streams) blanks)
        where TPart : unmanaged, ILanes<TPart>
    {
        var (right, lower) = (steps.Right, steps.Lower);
        for (var output = outputs.First; output < outputs.End; output++, sums += sumStep, target += steps.Plane)
        {
            TPart a = TPart.Zero, b = TPart.Zero;
            if (TScales.IsYes) (a, b) = (TPart.Broadcast(scale[output]), TPart.Broadcast(shift[output]));
            var start = bias == null ? TPart.Zero : TPart.Broadcast(bias[output]);
            Put(target, Value(TPart.Load(sums) + start, a, b, target + toSkip), blanks);
            if (has.Right) Put(target + right, Value(TPart.Load(sums + pixel) + start, a, b, target + right + toSkip), blanks);
            if (!has.Bottom) continue;
            Put(target + lower, Value(TPart.Load(sums + (2 * pixel)) + start, a, b, target + lower + toSkip), blanks);
            if (has.Right)
                Put(
                    target + lower + right,
                    Value(TPart.Load(sums + (3 * pixel)) + start, a, b, target + lower + right + toSkip), blanks);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TPart>(float* pixel, TPart value, (int First, bool Streams) blanks) where TPart : unmanaged, ILanes<TPart>
    {
        if (blanks.Streams)
        {
            TPart.Stream(pixel, value);
            for (var lane = blanks.First; lane < LaneLayout.Lanes; lane += TPart.Width)
                TPart.Stream(pixel + lane, TPart.Zero);
            return;
        }
        TPart.Store(pixel, value);
        for (var lane = blanks.First; lane < LaneLayout.Lanes; lane += TPart.Width)
            TPart.Store(pixel + lane, TPart.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TPart Value<TPart>(TPart x, TPart a, TPart b, float* skip) where TPart : unmanaged, ILanes<TPart>
    {
        if (TScales.IsYes) x = TPart.MultiplyAdd(x, a, b);
        if (TSkips.IsYes) x += TPart.Load(skip);
        return function.Value(x);
    }
}
