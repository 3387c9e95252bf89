using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The layer's own kernel on weights that are composed before it packs them, with gradients of length and direction from those of the weights when they are
/// summed. Neither happens per image.
/// </summary>
internal sealed class WeightNormKernel : Kernel
{
    private const int WeightsPerItem = 16 * 1024;
    private readonly WeightLayout layout;
    private readonly ParameterSlot lengths, directions, weight;
    private readonly Kernel inner;
    private readonly bool isTrained;
    private readonly int channelsPerItem;

    /// <param name="site">With the parameters weight_g, weight_v and perhaps a bias.</param>
    /// <param name="op">The op.</param>
    /// <param name="createInner">Makes the layer's kernel for a site whose parameters are the composed weights and the bias.</param>
    public WeightNormKernel(KernelSite site, WeightNorm op, Func<KernelSite, Kernel> createInner)
    {
        layout = op.Inner.Layout(site.InputShapes);
        (lengths, directions) = (site.Parameters[0], site.Parameters[1]);
        isTrained = site.HasBackward && directions.IsTrained;
        var definition = op.Inner.Parameters(site.InputShapes)[0];
        weight = new ParameterSlot(definition, new AlignedBuffer(definition.Count), isTrained ? new AlignedBuffer(definition.Count) : null);
        inner = createInner(site with { Parameters = [weight, .. site.Parameters.AsSpan(2)] });
        channelsPerItem = Math.Max(1, WeightsPerItem / (layout.Rows * layout.Run));
    }

    public override void Schedule(StepSchedule schedule)
    {
        var items = (layout.OutputChannels + channelsPerItem - 1) / channelsPerItem;
        schedule.Prepare.Together(items, Compose);
        schedule.Prepare.Wait();
        inner.Schedule(schedule);
        if (!isTrained) return;
        schedule.Finish.Together(items, Gradients, ShardSums.DeriveRound);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compose(in WorkItem item)
    {
        var end = Math.Min(layout.OutputChannels, (item.Index + 1) * channelsPerItem);
        for (var channel = item.Index * channelsPerItem; channel < end; channel++)
            WeightDirection.Compose(layout, channel, lengths.Span[channel], directions.Span, weight.Span);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gradients(in WorkItem item)
    {
        var end = Math.Min(layout.OutputChannels, (item.Index + 1) * channelsPerItem);
        for (var channel = item.Index * channelsPerItem; channel < end; channel++)
            WeightDirection.Gradients(layout, channel, lengths.Span[channel], directions.Span, weight.GradientSpan, lengths.GradientSpan, directions.GradientSpan);
    }
}
