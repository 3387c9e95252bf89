using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>A dense product with rows that are normalised before they are packed; the gradient of the rows comes from that of the normalised ones, summed over the batch.</summary>
internal sealed unsafe class AngularLinearKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly AngularLinear op;
    private readonly KernelSite site;
    private readonly ParameterSlot weight;
    private readonly int outputs, inputs;
    private readonly AlignedBuffer directions;
    private readonly TapSum<TLanes> forward;
    private readonly TapSum<TLanes>? inputGradient;
    private readonly DenseWeightGradient<TLanes>? weightGradient;
    private readonly ShardSums? sums;

    public AngularLinearKernel(AngularLinear op, KernelSite site)
    {
        (this.op, this.site, weight) = (op, site, site.Parameters[0]);
        (outputs, inputs) = (site.Output.Shape.Count, site.Input.Shape.Count);
        directions = new AlignedBuffer(weight.Count);
        forward = new TapSum<TLanes>(DenseProductKernel<TLanes>.Shape(outputs, inputs));
        if (!site.IsTraining) return;
        weightGradient = new DenseWeightGradient<TLanes>(outputs, inputs);
        site.Scratch(weightGradient.ScratchFloats);
        sums = new ShardSums(site, weight);
        if (site.InputGradients[0] is not null)
            inputGradient = new TapSum<TLanes>(DenseProductKernel<TLanes>.Shape(inputs, outputs));
    }

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Prepare.Together(1, Pack);
        schedule.Forward.PerShard(Forward);
        if (!site.IsTraining) return;
        schedule.Backward.PerShard(Backward);
        schedule.Finish.Together(outputs, WeightGradient);
    }

    private void Pack(in WorkItem item)
    {
        for (var output = 0; output < outputs; output++)
            op.Normalize(Row(weight.Values, output), Row(directions.Pointer, output));
        forward.Pack(directions.Pointer, inputs, 1, [0]);
        inputGradient?.Pack(directions.Pointer, 1, inputs, [0]);
    }

    private void Forward(in WorkItem item) => forward.Run(site.Input.At(item.Slot), site.Output.At(item.Slot), null);

    private void Backward(in WorkItem item)
    {
        var gradient = site.OutputGradient!.At(item.Slot);
        weightGradient!.Run(site.Input.At(item.Slot), gradient, sums!.Of(item.Index), item.Scratch);
        inputGradient?.Run(gradient, site.InputGradients[0]!.At(item.Slot), null);
    }

    private void WeightGradient(in WorkItem item)
    {
        var target = Row(weight.Gradient, item.Index);
        Row(sums!.Of(0), item.Index).CopyTo(target);
        for (var shard = 1; shard < LaneLayout.Shards(site.Step.Count); shard++)
        {
            var part = Row(sums.Of(shard), item.Index);
            for (var i = 0; i < inputs; i++)
                target[i] += part[i];
        }
        op.Project(Row(weight.Values, item.Index), target, target);
    }

    private Span<float> Row(float* matrix, int output) => new(matrix + ((nint)output * inputs), inputs);
}
