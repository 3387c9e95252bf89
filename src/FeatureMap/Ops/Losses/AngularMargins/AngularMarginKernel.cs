using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// With c = z / L and the target q: y = z + q (L F(c) - z), dz = dy (1 + q (F'(c) - 1)) and, where the length of the embedding x is part of L = scale |x|,
/// dx = scale x / |x| times the sum of dy q (F(c) - c F'(c)).
/// </summary>
/// <param name="site">Scores, target, and perhaps the embedding.</param>
/// <param name="scale">The factor of the cosines.</param>
/// <param name="functionAt">F in this step.</param>
internal sealed unsafe class AngularMarginKernel<TLanes, TFunction>(KernelSite site, float scale, Func<StepState, TFunction> functionAt)
    : ShardKernel(site)
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IMarginFunction
{
    private const float LeastLength = 1e-15f;
    private readonly nint end = (nint)site.Input.Shape.Count * LaneLayout.Lanes;

    private LaneTensor? Embedding => Site.Inputs.Length > 2 ? Site.Inputs[2] : null;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var function = functionAt(Site.Step);
        var z = Site.Input.At(item.Slot);
        var q = Site.Inputs[1].At(item.Slot);
        var y = Site.Output.At(item.Slot);
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var (length, inverse) = Length(item.Slot, part);
            for (nint at = part; at < end; at += LaneLayout.Lanes)
            {
                var score = TLanes.Load(z + at);
                var (value, _) = function.At(score * inverse);
                TLanes.Store(y + at, TLanes.MultiplyAdd(TLanes.Load(q + at), (length * value) - score, score));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var function = functionAt(Site.Step);
        var z = Site.Input.At(item.Slot);
        var q = Site.Inputs[1].At(item.Slot);
        var dy = Site.OutputGradient!.At(item.Slot);
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var (length, inverse) = Length(item.Slot, part);
            var byLength = TLanes.Zero;
            for (nint at = part; at < end; at += LaneLayout.Lanes)
            {
                var cosine = TLanes.Load(z + at) * inverse;
                var (value, slope) = function.At(cosine);
                var gradient = TLanes.Load(dy + at);
                var weighted = gradient * TLanes.Load(q + at);
                if (Site.InputGradients[0] is { } scores)
                    TLanes.Store(scores.At(item.Slot) + at, TLanes.MultiplyAdd(weighted, slope - TLanes.Broadcast(1), gradient));
                byLength = TLanes.MultiplyAdd(weighted, TLanes.MultiplySubtractFrom(cosine, slope, value), byLength);
            }
            if (Embedding is null || Site.InputGradients[2] is not { } embeddings) continue;
            // scale / |x| = scale^2 / L
            var factor = byLength * inverse * TLanes.Broadcast(scale * scale);
            for (nint at = part; at < (nint)Embedding.Floats; at += LaneLayout.Lanes)
                TLanes.Store(embeddings.At(item.Slot) + at, TLanes.Load(Embedding.At(item.Slot) + at) * factor);
        }
    }

    /// <summary>L and 1 / L; an embedding of length 0 has no angle, and cosine and gradient are taken as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (TLanes Length, TLanes Inverse) Length(int slot, int part)
    {
        if (Embedding is null) return (TLanes.Broadcast(scale), TLanes.Broadcast(1 / scale));
        var x = Embedding.At(slot) + part;
        var squares = TLanes.Zero;
        for (nint at = 0; at < (nint)Embedding.Floats; at += LaneLayout.Lanes)
            squares = TLanes.MultiplyAdd(TLanes.Load(x + at), TLanes.Load(x + at), squares);
        var length = TLanes.Sqrt(squares);
        var isZero = TLanes.GreaterThan(TLanes.Broadcast(LeastLength), length);
        length *= TLanes.Broadcast(scale);
        return (length, TLanes.Select(isZero, TLanes.Zero, TLanes.Broadcast(1) / length));
    }
}
