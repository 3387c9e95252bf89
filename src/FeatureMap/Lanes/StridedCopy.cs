using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>One loop of a strided copy.</summary>
/// <param name="Count">How often it turns.</param>
/// <param name="SourceStep">Elements that the source moves on each time; negative to walk backwards.</param>
/// <param name="TargetStep">Elements that the target moves on each time.</param>
internal readonly record struct CopyLoop(int Count, int SourceStep, int TargetStep);

/// <summary>
/// Moves elements from one order into another: nested loops, each with a step of its own on either side. An element is a vector of 16 lanes, which is one
/// whole cache line, so a copy with large steps wastes no part of what it fetches. Nothing is computed.
/// </summary>
internal sealed unsafe class StridedCopy
{
    private readonly CopyLoop[] loops;
    private readonly int sourceStart, targetStart;

    /// <param name="sourceStart">Element of the source that is copied first.</param>
    /// <param name="targetStart">Where it goes.</param>
    /// <param name="loops">The outermost first.</param>
    public StridedCopy(int sourceStart, int targetStart, params ReadOnlySpan<CopyLoop> loops)
    {
        (this.sourceStart, this.targetStart) = (sourceStart, targetStart);
        this.loops = Merged(loops);
    }

    /// <summary>The copy that brings every element back to where it came from.</summary>
    public StridedCopy Reversed => new(targetStart, sourceStart, Array.ConvertAll(loops, loop => new CopyLoop(loop.Count, loop.TargetStep, loop.SourceStep)));

    public void Run<TLanes>(float* source, float* target) where TLanes : unmanaged, ILanes<TLanes> =>
        Walk<TLanes>(0, source + ((nint)sourceStart * LaneLayout.Lanes), target + ((nint)targetStart * LaneLayout.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Walk<TLanes>(int level, float* source, float* target) where TLanes : unmanaged, ILanes<TLanes>
    {
        var loop = loops[level];
        if (level == loops.Length - 1 && loop is { SourceStep: 1, TargetStep: 1 })
        {
            var bytes = (long)loop.Count * LaneLayout.Lanes * sizeof(float);
            Buffer.MemoryCopy(source, target, bytes, bytes);
            return;
        }
        var (sourceStep, targetStep) = ((nint)loop.SourceStep * LaneLayout.Lanes, (nint)loop.TargetStep * LaneLayout.Lanes);
        for (var i = 0; i < loop.Count; i++, source += sourceStep, target += targetStep)
        {
            if (level < loops.Length - 1)
                Walk<TLanes>(level + 1, source, target);
            else
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    TLanes.Store(target + part, TLanes.Load(source + part));
        }
    }

    /// <summary>Leaves out loops that turn once, and makes one of two where the outer one goes on exactly where the inner one ends, on both sides.</summary>
    private static CopyLoop[] Merged(ReadOnlySpan<CopyLoop> loops)
    {
        var merged = new List<CopyLoop>();
        foreach (var inner in loops)
        {
            if (inner.Count == 1) continue;
            if (merged.Count > 0 && merged[^1] is var outer && outer.SourceStep == (long)inner.Count * inner.SourceStep && outer.TargetStep == (long)inner.Count * inner.TargetStep)
                merged[^1] = inner with { Count = outer.Count * inner.Count };
            else
                merged.Add(inner);
        }
        return merged.Count > 0 ? [.. merged] : [new CopyLoop(1, 1, 1)];
    }
}
