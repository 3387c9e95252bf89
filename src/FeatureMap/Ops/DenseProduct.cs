using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The dense product y = W x + b at its place in a plan: every output reads every number of the input. Linear is nothing else, and so is a convolution
/// whose kernel covers its whole input. Weights stand as [output][input], in the order in which the lane layout holds the input.
/// </summary>
internal sealed unsafe class DenseProductKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly KernelSite site;
    private readonly int outputs, inputs;
    private readonly TapSum<TLanes> forward;
    private readonly TapSum<TLanes>? inputGradient;
    private readonly DenseWeightGradient<TLanes>? weightGradient;
    private readonly ShardSums? weightSums, biasSums;
    private readonly float* bias;

    public DenseProductKernel(KernelSite site)
    {
        this.site = site;
        (outputs, inputs) = (site.Output.Shape.Count, site.Input.Shape.Count);
        forward = new TapSum<TLanes>(Shape(outputs, inputs));
        var hasBias = site.Parameters.Length > 1;
        bias = hasBias ? site.Parameters[1].Values : null;
        if (!site.IsTraining) return;
        weightGradient = new DenseWeightGradient<TLanes>(outputs, inputs);
        site.Scratch(weightGradient.ScratchFloats);
        weightSums = new ShardSums(site, site.Parameters[0]);
        biasSums = hasBias ? new ShardSums(site, site.Parameters[1]) : null;
        if (site.InputGradients[0] is not null)
            inputGradient = new TapSum<TLanes>(Shape(inputs, outputs));
    }

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Prepare.Together(inputGradient is null ? 1 : 2, Pack);
        schedule.Forward.PerShard(Forward);
        if (!site.IsTraining) return;
        schedule.Backward.PerShard(Backward);
        weightSums!.Schedule(schedule.Finish);
        biasSums?.Schedule(schedule.Finish);
    }

    private void Pack(in WorkItem item)
    {
        if (item.Index == 0) forward.Pack(site.Parameters[0].Values, inputs, 1, [0]);
        else inputGradient!.Pack(site.Parameters[0].Values, 1, inputs, [0]); // the transpose: inputs are computed, outputs summed over
    }

    private void Forward(in WorkItem item) => forward.Run(site.Input.At(item.Slot), site.Output.At(item.Slot), bias);

    private void Backward(in WorkItem item)
    {
        var gradient = site.OutputGradient!.At(item.Slot);
        weightGradient!.Run(site.Input.At(item.Slot), gradient, weightSums!.Of(item.Index), item.Scratch);
        if (biasSums is not null)
            PlaneSum<TLanes>.OverChannels(gradient, outputs, 1, biasSums.Of(item.Index));
        inputGradient?.Run(gradient, site.InputGradients[0]!.At(item.Slot), null);
    }

    /// <summary>Every number is a channel of a single pixel.</summary>
    internal static TapSumShape Shape(int outputs, int inputs) => new()
    {
        Outputs = outputs,
        Channels = inputs,
        TapOffsets = [0],
        Rows = 1,
        Columns = 1,
        ChannelStep = LaneLayout.Lanes,
        InputRowStep = LaneLayout.Lanes,
        InputPixelStep = LaneLayout.Lanes,
        OutputChannelStep = LaneLayout.Lanes,
        OutputRowStep = LaneLayout.Lanes,
        OutputPixelStep = LaneLayout.Lanes,
    };
}

/// <summary>
/// The weight gradient of a dense product on one shard: dw[o][i] = sum over the 16 images of dy[o][image] x[i][image]. Here the images are what is summed over, and
/// with one pixel each there is nothing else to sum: lane-wise products would need a horizontal sum per weight. So the input is turned (16 rows, one per
/// image) and the register holds 16 neighbouring inputs instead: the tap sum with images as channels, dy as its weights.
/// </summary>
internal sealed unsafe class DenseWeightGradient<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly int outputs, inputs, whole;
    private readonly nint rowStep;
    private readonly TapSum<TLanes>? sums;

    public DenseWeightGradient(int outputs, int inputs)
    {
        (this.outputs, this.inputs) = (outputs, inputs);
        whole = inputs / LaneLayout.Lanes * LaneLayout.Lanes;
        rowStep = whole + LaneLayout.Lanes; // one line more, so that rows of a power of two do not fall on the same cache lines
        if (whole == 0) return;
        sums = new TapSum<TLanes>(new TapSumShape
        {
            Outputs = outputs,
            Channels = LaneLayout.Lanes,
            TapOffsets = [0],
            Rows = 1,
            Columns = whole / LaneLayout.Lanes,
            ChannelStep = rowStep,
            InputRowStep = whole,
            InputPixelStep = LaneLayout.Lanes,
            OutputChannelStep = inputs,
            OutputRowStep = whole,
            OutputPixelStep = LaneLayout.Lanes,
        });
    }

    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    public long ScratchFloats => sums is null ? 0 : (LaneLayout.Lanes * rowStep) + sums.PackedFloats;

    /// <summary>Writes the sums of one shard to dw, as [output][input]. Lanes without an image must hold 0 in the gradient.</summary>
    public void Run(float* input, float* gradient, float* weightGradient, float* scratch)
    {
        if (sums is not null)
        {
            for (nint i = 0; i < whole; i += LaneLayout.Lanes)
                Turn(input + (i * LaneLayout.Lanes), scratch + i);
            var packed = scratch + (LaneLayout.Lanes * rowStep);
            sums.Pack(gradient, LaneLayout.Lanes, 1, [0], packed);
            sums.Run(scratch, weightGradient, null, packed);
        }
        for (nint output = 0; output < outputs; output++)
        {
            for (nint i = whole; i < inputs; i++)
            {
                float sum = 0;
                for (var lane = 0; lane < LaneLayout.Lanes; lane++)
                    sum = MathF.FusedMultiplyAdd(gradient[(output * LaneLayout.Lanes) + lane], input[(i * LaneLayout.Lanes) + lane], sum);
                weightGradient[(output * inputs) + i] = sum;
            }
        }
    }

    /// <summary>16 inputs x 16 images to 16 images x 16 inputs.</summary>
    private void Turn(float* source, float* target)
    {
        for (var image = 0; image < LaneLayout.Lanes; image++, target += rowStep)
            for (var i = 0; i < LaneLayout.Lanes; i++)
                target[i] = source[(i * LaneLayout.Lanes) + image];
    }
}
