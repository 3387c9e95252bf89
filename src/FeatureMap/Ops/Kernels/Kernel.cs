namespace FeatureMap.Ops;

/// <summary>
/// The executor of one op at one place of a plan. It owns whatever it needs between calls (repacked weights, partial sums), all of it
/// allocated when the plan is made. <see cref="Schedule"/> says which work it has in a step; the plan runs it.
/// </summary>
internal abstract class Kernel
{
    /// <summary>Adds the kernel's phases to the step. Called once, when the plan is made.</summary>
    public abstract void Schedule(StepSchedule schedule);
}
