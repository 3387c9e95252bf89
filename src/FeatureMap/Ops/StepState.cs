namespace FeatureMap.Ops;

/// <summary>What distinguishes one step from the next: one object per plan, changed between steps, read by the kernels.</summary>
internal sealed class StepState
{
    /// <summary>Seed of the run.</summary>
    public ulong Seed { get; set; }

    /// <summary>Number of the step in the run, from 0: dropout masks depend on it.</summary>
    public uint Step { get; set; }

    /// <summary>Images in this batch; at most the plan's capacity.</summary>
    public int Count { get; set; }
}
