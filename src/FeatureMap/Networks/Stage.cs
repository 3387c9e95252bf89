using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>What the items of a group are.</summary>
internal enum ItemKind
{
    /// <summary>A shard, or a piece of one as the kernel cut it.</summary>
    Shard,

    /// <summary>Some channels of one shard.</summary>
    ShardChannels,

    /// <summary>Some channels of all shards: where the batch meets on the way.</summary>
    BatchChannels,

    /// <summary>An item of a phase for which all shards have come so far.</summary>
    Batch,
}

/// <summary>Phases that an item goes through one after another.</summary>
internal sealed class PhaseGroup(ItemKind kind, int parts, int firstPhase)
{
    private readonly List<Phase> phases = [];

    public ItemKind Kind { get; } = kind;

    /// <summary>Pieces of a shard, or items of the batch.</summary>
    public int Parts { get; } = parts;

    /// <summary>Place of the first phase in the stage.</summary>
    public int FirstPhase { get; } = firstPhase;

    public IReadOnlyList<Phase> Phases => phases;

    public int Items(int shards) => Kind is ItemKind.Shard or ItemKind.ShardChannels ? shards * Parts : Parts;

    /// <summary>The channels of a piece.</summary>
    public IndexRange Channels(int part)
    {
        var channels = phases[0].Channels;
        return new IndexRange((int)((long)channels * part / Parts), (int)((long)channels * (part + 1) / Parts));
    }

    internal void Add(Phase phase) => phases.Add(phase);
}

/// <summary>Phases that run without a meeting in between: groups whose items are independent of each other.</summary>
internal sealed class Stage
{
    private readonly List<PhaseGroup> groups = [];
    private readonly List<Phase> phases = [];

    // A field, because threads take tickets by Interlocked.
    internal int Ticket;

    public IReadOnlyList<PhaseGroup> Groups => groups;

    /// <summary>The phases of all groups.</summary>
    public IReadOnlyList<Phase> Phases => phases;

    /// <summary>Whether threads walk whole shards through all phases.</summary>
    public bool IsWalk => groups is [{ Kind: ItemKind.Shard, Parts: 1 }];

    /// <summary>Whether pieces belong to shards.</summary>
    public bool IsPerShard => groups[0].Kind is ItemKind.Shard or ItemKind.ShardChannels;

    /// <summary>Stopwatch ticks per phase, over all threads.</summary>
    public long[] Ticks { get; private set; } = [];

    public int Items(int shards)
    {
        var items = 0;
        for (var i = 0; i < groups.Count; i++)
            items += groups[i].Items(shards);
        return items;
    }

    /// <summary>
    /// Joins phases to stages. Independent ones are ordered by round, and a round is one stage; the others keep their order.
    /// </summary>
    /// <param name="phases">The phases.</param>
    /// <param name="areIndependent">Whether none needs another but by its round.</param>
    /// <param name="cut">How shards are cut.</param>
    public static List<Stage> Join(IReadOnlyList<Phase> phases, bool areIndependent, ShardCut cut)
    {
        var stages = new List<Stage>();
        if (areIndependent)
        {
            foreach (var round in phases.GroupBy(phase => phase.Round).OrderBy(round => round.Key))
            {
                stages.Add(new Stage());
                foreach (var phase in round)
                    stages[^1].Begin(ItemKind.Batch, phase.Items, [phase]);
            }
            return stages;
        }
        for (var i = 0; i < phases.Count;)
        {
            // Phases that some channels can go through by themselves, if that is worth a meeting before and behind them.
            var channels = phases[i].Channels;
            List<Phase> run = channels == 0 ? [phases[i]] : [.. phases.Skip(i).TakeWhile(phase => phase.Channels == channels)];
            i += run.Count;
            if (channels > 0 && cut.Of(run) is > 1 and var parts)
            {
                stages.Add(new Stage());
                stages[^1].Begin(run.TrueForAll(phase => phase.IsPerShard) ? ItemKind.ShardChannels : ItemKind.BatchChannels, parts, run);
                continue;
            }
            foreach (var phase in run)
                Place(stages, phase);
        }
        return stages;
    }

    private static void Place(List<Stage> stages, Phase phase)
    {
        if (phase is { IsPerShard: true, Parts: 1 } && stages.Count > 0 && stages[^1].IsWalk)
        {
            stages[^1].Append(phase);
            return;
        }
        var joins = phase is { IsPerShard: true, IsBeside: true } && stages.Count > 0 && stages[^1].IsCutOf(phase.Layer);
        if (!joins) stages.Add(new Stage());
        if (phase.IsPerShard) stages[^1].Begin(ItemKind.Shard, phase.Parts, [phase]);
        else stages[^1].Begin(ItemKind.Batch, phase.Items, [phase]);
    }

    // Whether all of it is one layer's work on pieces of shards.
    private bool IsCutOf(string layer) =>
        !IsWalk && groups.TrueForAll(group => group.Kind == ItemKind.Shard) && phases.TrueForAll(phase => phase.Layer == layer);

    private void Begin(ItemKind kind, int parts, List<Phase> members)
    {
        groups.Add(new PhaseGroup(kind, parts, phases.Count));
        foreach (var phase in members)
            Append(phase);
    }

    private void Append(Phase phase)
    {
        groups[^1].Add(phase);
        phases.Add(phase);
        Ticks = new long[phases.Count];
    }
}
