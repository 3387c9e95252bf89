namespace FeatureMap.Ops;

/// <summary>The four parts of a step. In evaluation only the first two run.</summary>
internal sealed class StepSchedule
{
    /// <summary>
    /// Before the forward pass, when weights may have changed: repacking. Items of all layers are independent of each other, unless one
    /// waits (<see cref="PhaseList.Wait"/>).
    /// </summary>
    public PhaseList Prepare { get; } = new();

    public PhaseList Forward { get; } = new();

    /// <summary>Gradients, last layer first.</summary>
    public PhaseList Backward { get; } = new();

    /// <summary>
    /// After the backward pass: sums of the shards' partial weight gradients, in the rounds of <see cref="ShardSums"/>. Items of a round
    /// are independent of each other.
    /// </summary>
    public PhaseList Finish { get; } = new();

    public void Enter(string layer) => Prepare.Layer = Forward.Layer = Backward.Layer = Finish.Layer = layer;
}
