namespace FeatureMap.Ops;

/// <summary>
/// A kernel that works on every shard by itself, as most do: forward, and back where an input or a parameter wants its gradient.
/// Sums over the shards are added up afterwards.
/// </summary>
internal abstract class ShardKernel(KernelSite site) : Kernel
{
    /// <summary>The place of the plan.</summary>
    protected KernelSite Site => site;

    /// <summary>The gradients of parameters, a part per shard; null where there is none.</summary>
    protected virtual ShardSums?[] ParameterSums => [];

    public sealed override void Schedule(StepSchedule schedule)
    {
        schedule.Forward.PerShard(Forward);
        if (Array.TrueForAll<object?>([.. site.InputGradients, .. ParameterSums], wanted => wanted is null)) return;
        schedule.Backward.PerShard(Backward);
        foreach (var sums in ParameterSums)
            sums?.Schedule(schedule.Finish);
    }

    protected abstract void Forward(in WorkItem item);

    protected abstract void Backward(in WorkItem item);
}
