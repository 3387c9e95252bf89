using System.Runtime.CompilerServices;
using System.Diagnostics;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// Runs the stages of a plan on a thread team. A thread takes an item of a stage (a shard, a piece of one, or some channels), walks it
/// through the phases of its group, and takes the next. Between stages the team meets. Everything is prepared when the plan is made;
/// running allocates nothing.
/// </summary>
internal sealed unsafe class StepExecutor
{
    private readonly ThreadTeam team;
    private readonly StepState step;
    private readonly Stage[] stages;
    private readonly AlignedBuffer masks, stripMasks;
    private readonly int strips;
    private readonly AlignedBuffer[] scratch;
    private readonly Action<int> body;
    private readonly bool slotPerThread;
    private int firstStage, lastStage;

    public StepExecutor(ThreadTeam team, StepState step, IReadOnlyList<Stage> stages, int shards, long scratchFloats, bool slotPerThread)
    {
        this.team = team;
        this.step = step;
        this.stages = [.. stages];
        this.slotPerThread = slotPerThread;
        // One number for all phases that say so; their images are in one shard.
        strips = stages.SelectMany(stage => stage.Phases).Select(phase => phase.Strips).DefaultIfEmpty(1).Max();
        masks = new AlignedBuffer((long)shards * LaneLayout.Lanes);
        stripMasks = new AlignedBuffer(LaneLayout.Lanes);
        scratch = [.. Enumerable.Range(0, team.Threads).Select(_ => new AlignedBuffer(Math.Max(LaneLayout.Lanes, scratchFloats)))];
        body = RunStages;
    }

    /// <summary>All stages in order, with the time spent per phase when measuring was asked for: for benchmarks and for finding what to improve.</summary>
    public IReadOnlyList<Stage> Stages => stages;

    /// <summary>Whether to measure each phase.</summary>
    public bool IsMeasuring { get; set; }

    /// <summary>Runs stages <paramref name="first"/> up to and without <paramref name="end"/> for a batch of <paramref name="images"/>.</summary>
    public void Run(int images, int first, int end)
    {
        if (step.Count != images || masks.Span[0] == 0) SetMasks(images);
        foreach (var stage in stages)
            stage.Ticket = 0;
        (firstStage, lastStage) = (first, end - 1);
        team.Run(body);
    }

    private void SetMasks(int images)
    {
        step.Count = images;
        SetMasks(masks, images);
        SetMasks(stripMasks, Math.Min(LaneLayout.Lanes, images * strips));
    }

    private static void SetMasks(AlignedBuffer masks, int lanes)
    {
        var bits = System.Runtime.InteropServices.MemoryMarshal.Cast<float, uint>(masks.Span);
        for (var lane = 0; lane < bits.Length; lane++)
            bits[lane] = lane < lanes ? uint.MaxValue : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunStages(int thread)
    {
        for (var number = firstStage; number <= lastStage; number++)
        {
            if (number > firstStage) team.Meet();
            RunStage(stages[number], thread);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunStage(Stage stage, int thread)
    {
        var shards = LaneLayout.Shards(step.Count);
        var items = stage.Items(shards);
        int ticket;
        while ((ticket = Interlocked.Increment(ref stage.Ticket) - 1) < items)
        {
            var number = 0;
            for (int count; ticket >= (count = stage.Groups[number].Items(shards)); number++)
                ticket -= count;
            RunItem(stage, stage.Groups[number], ticket, thread, shards);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunItem(Stage stage, PhaseGroup group, int number, int thread, int shards)
    {
        switch (group.Kind)
        {
            case ItemKind.Shard:
                {
                    var (shard, part) = Math.DivRem(number, group.Parts);
                    var item = ShardItem(shard, thread) with { Part = part };
                    for (var i = 0; i < group.Phases.Count; i++)
                        RunPhase(stage, group.FirstPhase + i, item with { Channels = IndexRange.All(group.Phases[i].Channels) });
                    break;
                }
            case ItemKind.ShardChannels:
                {
                    var (shard, part) = Math.DivRem(number, group.Parts);
                    var item = ShardItem(shard, thread) with { Channels = group.Channels(part) };
                    for (var i = 0; i < group.Phases.Count; i++)
                        RunPhase(stage, group.FirstPhase + i, item);
                    break;
                }
            case ItemKind.BatchChannels:
                {
                    var channels = group.Channels(number);
                    for (var i = 0; i < group.Phases.Count; i++)
                    {
                        if (!group.Phases[i].IsPerShard)
                            RunPhase(stage, group.FirstPhase + i, BatchItem(0, thread) with { Channels = channels });
                        for (var shard = 0; group.Phases[i].IsPerShard && shard < shards; shard++)
                            RunPhase(stage, group.FirstPhase + i, ShardItem(shard, thread) with { Channels = channels });
                    }
                    break;
                }
            default:
                RunPhase(stage, group.FirstPhase, BatchItem(number, thread) with { Channels = IndexRange.All(group.Phases[0].Channels) });
                break;
        }
    }

    private WorkItem ShardItem(int shard, int thread) => new()
    {
        Index = shard,
        FirstImage = step.ImagesBefore + (shard * LaneLayout.Lanes),
        Slot = slotPerThread ? thread : shard,
        Images = Math.Min(LaneLayout.Lanes, step.Count - (shard * LaneLayout.Lanes)),
        Mask = masks.Pointer + ((nint)shard * LaneLayout.Lanes),
        Scratch = scratch[thread].Pointer,
    };

    private WorkItem BatchItem(int index, int thread) =>
        new() { Index = index, FirstImage = 0, Slot = 0, Images = 0, Mask = null, Scratch = scratch[thread].Pointer };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPhase(Stage stage, int phase, in WorkItem item)
    {
        if (!IsMeasuring)
        {
            Run(stage.Phases[phase], item);
            return;
        }
        var start = Stopwatch.GetTimestamp();
        Run(stage.Phases[phase], item);
        Interlocked.Add(ref stage.Ticks[phase], Stopwatch.GetTimestamp() - start);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in Phase phase, in WorkItem item)
    {
        if (phase.Strips == 1) phase.Action(item);
        else phase.Action(item with { Images = item.Images * phase.Strips, Mask = stripMasks.Pointer });
    }
}
