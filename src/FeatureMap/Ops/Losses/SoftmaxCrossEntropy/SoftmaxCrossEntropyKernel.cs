using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>The loss of each image forward; the gradient of their mean back. The exponentials are computed again there: there are only as many as classes.</summary>
internal sealed unsafe class SoftmaxCrossEntropyKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly KernelSite site;
    private readonly int classes;
    private readonly float onLabel, everywhere;
    private readonly bool isSmooth;

    public SoftmaxCrossEntropyKernel(SoftmaxCrossEntropy op, KernelSite site)
    {
        this.site = site;
        classes = site.Input.Shape.Count;
        isSmooth = op.LabelSmoothing > 0;
        onLabel = (float)(1 - (double)op.LabelSmoothing);
        everywhere = (float)((double)op.LabelSmoothing / classes);
        if (site.Labels.Length < site.Shards * LaneLayout.Lanes)
            throw new InvalidOperationException($"The labels of a batch need 16 places per shard: received {site.Labels.Length} for {site.Shards} shards.");
    }

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Forward.PerShard(Forward);
        if (site.InputGradients[0] is not null)
            schedule.Backward.PerShard(Backward);
    }

    private void Forward(in WorkItem item)
    {
        var labels = stackalloc float[LaneLayout.Lanes];
        ReadLabels(item, labels);
        var x = site.Input.At(item.Slot);
        var y = site.Output.At(item.Slot);
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var largest = Largest(x + part);
            var label = TLanes.Load(labels + part);
            TLanes sum = TLanes.Zero, atLabel = TLanes.Zero, all = TLanes.Zero;
            for (nint k = 0; k < classes; k++)
            {
                // x - largest is 0 or less, and 0 at least once: no exponential overflows, and the sum is 1 or more.
                var shifted = TLanes.Load(x + (k * LaneLayout.Lanes) + part) - largest;
                sum += LaneMath.Exp(shifted);
                atLabel += TLanes.And(TLanes.EqualTo(label, TLanes.Broadcast(k)), shifted);
                all += shifted;
            }
            // -sum q log p, with log p = shifted - log sum and the targets q adding up to 1.
            var loss = LaneMath.Log(sum) - (atLabel * TLanes.Broadcast(onLabel));
            if (isSmooth) loss -= all * TLanes.Broadcast(everywhere);
            TLanes.Store(y + part, TLanes.And(TLanes.Load(item.Mask + part), loss));
        }
    }

    private void Backward(in WorkItem item)
    {
        var labels = stackalloc float[LaneLayout.Lanes];
        ReadLabels(item, labels);
        var x = site.Input.At(item.Slot);
        var dx = site.InputGradients[0]!.At(item.Slot);
        var share = TLanes.Broadcast(1f / site.Step.Count);
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var largest = Largest(x + part);
            var label = TLanes.Load(labels + part);
            var mask = TLanes.Load(item.Mask + part);
            var sum = TLanes.Zero;
            for (nint k = 0; k < classes; k++)
            {
                var power = LaneMath.Exp(TLanes.Load(x + (k * LaneLayout.Lanes) + part) - largest);
                sum += power;
                TLanes.Store(dx + (k * LaneLayout.Lanes) + part, power);
            }
            var reciprocal = TLanes.Broadcast(1f) / sum;
            for (nint k = 0; k < classes; k++)
            {
                var at = dx + (k * LaneLayout.Lanes) + part;
                var target = TLanes.Broadcast(everywhere) + TLanes.And(TLanes.EqualTo(label, TLanes.Broadcast(k)), TLanes.Broadcast(onLabel));
                TLanes.Store(at, TLanes.And(mask, ((TLanes.Load(at) * reciprocal) - target) * share));
            }
        }
    }

    private TLanes Largest(float* x)
    {
        var largest = TLanes.Load(x);
        for (nint k = 1; k < classes; k++)
        {
            var value = TLanes.Load(x + (k * LaneLayout.Lanes));
            largest = TLanes.Select(TLanes.GreaterThan(value, largest), value, largest);
        }
        return largest;
    }

    // Classes as floats, to be compared lane by lane: exact up to 2^24, more than any vector of logits here.
    private void ReadLabels(in WorkItem item, float* labels)
    {
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
        {
            var image = (item.Index * LaneLayout.Lanes) + lane;
            var label = lane < item.Images ? site.Labels[image] : 0;
            if ((uint)label >= (uint)classes)
                throw new DataException($"Image {image} of the batch has class {label}, but the network has {classes} outputs, so classes are 0 to {classes - 1}. Give the last layer as many outputs as the data set has classes.");
            labels[lane] = label;
        }
    }
}
