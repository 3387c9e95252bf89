namespace FeatureMap.Ops;

/// <summary>
/// A kernel that works on every shard by itself, as most do: forward, and back where an input or a parameter wants its gradient. Sums over
/// the shards are added up afterwards.
/// </summary>
internal abstract class ShardKernel(KernelSite site) : Kernel
{
    /// <summary>The place of the plan.</summary>
    protected KernelSite Site => site;

    /// <summary>The gradients of parameters, a part per shard; null where there is none.</summary>
    protected virtual ShardSums?[] ParameterSums => [];

    /// <summary>The shape whose channels need nothing of each other, so that a shard can be cut between them; null where it cannot.</summary>
    protected virtual Shape? Channels => null;

    /// <summary>The same on the way back.</summary>
    protected virtual Shape? BackwardChannels => Channels;

    /// <summary>Where there are no such channels: the pieces into which the kernel cuts a shard itself.</summary>
    protected virtual int Parts => 1;

    public sealed override void Schedule(StepSchedule schedule)
    {
        Add(schedule.Forward, Channels, Forward);
        if (Array.TrueForAll(site.InputGradients, gradient => gradient is null)
            && Array.TrueForAll(ParameterSums, sums => sums is null)) return;
        Add(schedule.Backward, BackwardChannels, Backward);
        foreach (var sums in ParameterSums)
            sums?.Schedule(schedule.Finish);
    }

    protected abstract void Forward(in WorkItem item);

    protected abstract void Backward(in WorkItem item);

    private void Add(PhaseList list, Shape? channels, PhaseAction action)
    {
        if (channels is { } shape) list.PerChannel(shape, action);
        else list.PerShard(Parts, action);
    }
}
