using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A network made ready for callers of any thread. Up to 8 images are computed one by one with their channels in the lanes, more with 16
/// images in the lanes: the same bits. The weights are packed once and read by all.
/// </summary>
internal sealed unsafe class SharedPlan : ISharedExecutable
{
    /// <summary>Images up to which they are computed one by one.</summary>
    internal const int MostSingles = 8;

    private readonly BufferOwner memory = new();
    private readonly EngineRequest request;
    private readonly ThreadTeam team;
    private readonly Plan? plan;
    private readonly ChannelPlan single;
    private readonly AlignedBuffer[] teamScratch;
    private readonly long scratchFloats;
    private Slot[] slots = [];
    private int callers, teamTaken;

    /// <param name="request">What it is made for; where its batch is one image, nothing is made ready for more.</param>
    /// <param name="team">Who works on an image; a caller that is not the only one works alone.</param>
    /// <param name="width">Width of the registers.</param>
    /// <exception cref="UsageException">The network compares the images of a batch with each other.</exception>
    public SharedPlan(EngineRequest request, ThreadTeam team, LaneWidth width)
    {
        (this.request, this.team) = (request, team);
        if (request.Batch > 1) plan = new Plan(request with { Batch = LaneLayout.Lanes }, team, width, isShared: true);
        single = new ChannelPlan(request, team.Threads, width);
        scratchFloats = new[] { 1, request.Feed.WorkFloats, single.ScratchFloats, plan?.ScratchFloats ?? 0 }.Max();
        using var collection = memory.Collect();
        teamScratch = team.Threads == 1
            ? [] : [.. Enumerable.Range(0, team.Threads).Select(_ => new AlignedBuffer(Math.Max(1, single.ScratchFloats)))];
    }

    public bool IsMeasuring
    {
        get => single.IsMeasuring;
        set => single.IsMeasuring = value;
    }

    public void Prepare()
    {
        plan?.Prepare();
        single.Prepare();
    }

    public void AddSlot()
    {
        plan?.AddSlot();
        single.AddSlot();
        using var collection = memory.Collect();
        slots = [.. slots, new Slot(scratchFloats)];
    }

    public bool TryTogether(Action body)
    {
        if (!TryTakeTeam()) return false;
        try
        {
            team.Run(_ => body());
            return true;
        }
        finally
        {
            Volatile.Write(ref teamTaken, 0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(int slot, int first, int images)
    {
        Interlocked.Increment(ref callers);
        try
        {
            Compute(slot, first, images);
        }
        finally
        {
            Interlocked.Decrement(ref callers);
        }
    }

    /// <summary>How single images run.</summary>
    public PlanDescription Describe(int steps = 0) => single.Describe(steps);

    public void Dispose()
    {
        plan?.Dispose();
        single.Dispose();
        memory.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compute(int slot, int first, int images)
    {
        if (plan is null || images <= MostSingles)
        {
            for (var image = 0; image < images; image++)
                ForwardOne(slot, first + image);
            return;
        }
        for (var done = 0; done < images; done += LaneLayout.Lanes)
        {
            var here = Math.Min(LaneLayout.Lanes, images - done);
            plan.Forward(new WorkItem
            {
                Index = 0,
                FirstImage = first + done,
                Slot = slot,
                Images = here,
                Mask = slots[slot].MaskOf(here),
                Scratch = slots[slot].Scratch,
            });
        }
    }

    // Not a lock: the threads of a team that works together ask too, and the one that has it must not have it twice.
    private bool TryTakeTeam() => team.Threads > 1 && Interlocked.Exchange(ref teamTaken, 1) == 0;

    private void ForwardOne(int slot, int image)
    {
        var scratch = slots[slot].Scratch;
        var group = new ImageGroup(single, slot, image, 0, 1, new Span<float>(scratch, checked((int)request.Feed.WorkFloats)));
        single.ClearIdleLanes(slot);
        request.Feed.Fill(group);
        // Beside other callers a team would wait for itself more than it computes.
        if (Volatile.Read(ref callers) == 1 && TryTakeTeam())
        {
            try
            {
                single.Forward(slot, team, teamScratch);
            }
            finally
            {
                Volatile.Write(ref teamTaken, 0);
            }
        }
        else
        {
            single.Forward(slot, scratch);
        }
        request.Reader?.Read(group);
    }

    /// <summary>The working memory of a caller besides its part of the plans.</summary>
    private sealed class Slot(long scratchFloats)
    {
        private readonly AlignedBuffer scratch = new(scratchFloats), masks = new(LaneLayout.Lanes);
        private int masked;

        public float* Scratch => scratch.Pointer;

        public float* MaskOf(int images)
        {
            for (var lane = 0; images != masked && lane < LaneLayout.Lanes; lane++)
                masks.Span[lane] = BitConverter.UInt32BitsToSingle(lane < images ? uint.MaxValue : 0);
            masked = images;
            return masks.Pointer;
        }
    }
}
