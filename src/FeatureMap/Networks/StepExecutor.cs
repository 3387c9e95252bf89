using System.Diagnostics;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// Runs the phases of a plan on a thread team. Phases that follow each other shard by shard become one stage: a thread takes a shard, walks it through
/// all of them, and takes the next. Between stages the team meets. Everything is prepared when the plan is made; running allocates nothing.
/// </summary>
internal sealed unsafe class StepExecutor
{
    private readonly ThreadTeam team;
    private readonly StepState step;
    private readonly Stage[] stages;
    private readonly AlignedBuffer masks;
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
        masks = new AlignedBuffer((long)shards * LaneLayout.Lanes);
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

    /// <summary>Joins phases to stages. Phases that depend on each other keep their order; independent ones are ordered by round, and a round is one stage.</summary>
    public static List<Stage> Join(IReadOnlyList<Phase> phases, bool areIndependent)
    {
        var stages = new List<Stage>();
        foreach (var phase in areIndependent ? phases.OrderBy(phase => phase.Round) : phases.AsEnumerable())
        {
            if (stages.Count > 0 && Joins(stages[^1], phase)) stages[^1].Add(phase);
            else stages.Add(new Stage(phase));
        }
        return stages;

        bool Joins(Stage last, Phase phase) => last.IsPerShard == phase.IsPerShard && (areIndependent ? last.Round == phase.Round : phase.IsPerShard);
    }

    private void SetMasks(int images)
    {
        step.Count = images;
        var bits = System.Runtime.InteropServices.MemoryMarshal.Cast<float, uint>(masks.Span);
        for (var image = 0; image < bits.Length; image++)
            bits[image] = image < images ? uint.MaxValue : 0;
    }

    private void RunStages(int thread)
    {
        for (var number = firstStage; number <= lastStage; number++)
        {
            if (number > firstStage) team.Meet();
            var stage = stages[number];
            if (stage.IsPerShard) RunShards(stage, thread);
            else RunItems(stage, thread);
        }
    }

    private void RunShards(Stage stage, int thread)
    {
        var shards = LaneLayout.Shards(step.Count);
        int shard;
        while ((shard = Interlocked.Increment(ref stage.Ticket) - 1) < shards)
        {
            var item = new WorkItem
            {
                Index = shard,
                FirstImage = step.ImagesBefore + (shard * LaneLayout.Lanes),
                Slot = slotPerThread ? thread : shard,
                Images = Math.Min(LaneLayout.Lanes, step.Count - (shard * LaneLayout.Lanes)),
                Mask = masks.Pointer + ((nint)shard * LaneLayout.Lanes),
                Scratch = scratch[thread].Pointer,
            };
            for (var i = 0; i < stage.Phases.Count; i++)
                RunPhase(stage, i, item);
        }
    }

    private void RunItems(Stage stage, int thread)
    {
        int ticket;
        while ((ticket = Interlocked.Increment(ref stage.Ticket) - 1) < stage.Items)
        {
            var phase = 0;
            while (ticket >= stage.Phases[phase].Items)
                ticket -= stage.Phases[phase++].Items;
            RunPhase(stage, phase, new WorkItem { Index = ticket, FirstImage = 0, Slot = 0, Images = 0, Mask = null, Scratch = scratch[thread].Pointer });
        }
    }

    private void RunPhase(Stage stage, int phase, in WorkItem item)
    {
        if (!IsMeasuring)
        {
            stage.Phases[phase].Action(item);
            return;
        }
        var start = Stopwatch.GetTimestamp();
        stage.Phases[phase].Action(item);
        Interlocked.Add(ref stage.Ticks[phase], Stopwatch.GetTimestamp() - start);
    }
}

/// <summary>Phases that run without a meeting in between: all per shard, or independent items.</summary>
internal sealed class Stage
{
    private readonly List<Phase> phases = [];

    // A field, because threads take tickets by Interlocked.
    internal int Ticket;

    public Stage(Phase first) => Add(first);

    public IReadOnlyList<Phase> Phases => phases;

    public bool IsPerShard => phases[0].IsPerShard;

    public int Round => phases[0].Round;

    /// <summary>Items of all phases; 0 when the stage runs per shard.</summary>
    public int Items { get; private set; }

    /// <summary>Stopwatch ticks per phase, over all threads.</summary>
    public long[] Ticks { get; private set; } = [];

    public void Add(Phase phase)
    {
        phases.Add(phase);
        Items += phase.Items;
        Ticks = new long[phases.Count];
    }
}
