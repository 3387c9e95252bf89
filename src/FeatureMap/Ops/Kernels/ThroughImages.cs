using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// An op without a kernel of its own for one image with channels in the lanes: its inputs are laid out as a shard of which only the first
/// image is there, its usual kernel runs, and the output is laid back. Right for every op, and 16 times the memory.
/// </summary>
internal sealed unsafe class ThroughImages : Kernel
{
    private readonly ChannelSite place;
    private readonly LaneTensor[] inputs;
    private readonly LaneTensor output;
    private readonly Kernel? kernel;
    private readonly AlignedBuffer mask = new(LaneLayout.Lanes);

    /// <param name="place">The place in the plan.</param>
    /// <param name="op">The op.</param>
    /// <param name="width">The register width.</param>
    public ThroughImages(ChannelSite place, Op op, LaneWidth width)
    {
        this.place = place;
        mask.Span[0] = BitConverter.UInt32BitsToSingle(uint.MaxValue);
        inputs = Array.ConvertAll(place.Inputs, place.Site.Reserve);
        if (op.IsView(ExecutionMode.Evaluation))
        {
            output = inputs[0].View(place.Output);
            return;
        }
        output = place.Site.Reserve(place.Output);
        kernel = op.CreateKernel(place.Site with { Inputs = inputs, Output = output, FusedActivation = null, Parts = 1 }, width);
    }

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Forward.PerShard(LayOut);
        if (kernel is not null)
        {
            var own = new StepSchedule();
            kernel.Schedule(own);
            schedule.Prepare.AddRange(own.Prepare);
            foreach (var phase in own.Forward.Phases)
            {
                if (!phase.IsPerShard)
                    throw new UsageException($"Layer '{place.Site.Layer}' compares the images of a batch with each other: images cannot be "
                        + "asked for one by one. Take the network up to the layer before it.");
                schedule.Forward.PerShard(KernelOfBatch);

                [MethodImpl(MethodImplOptions.AggressiveOptimization)]
                void KernelOfBatch(in WorkItem item) =>
                    phase.Action(item with { Images = 1, Mask = mask.Pointer, Channels = IndexRange.All(phase.Channels) });
            }
        }
        schedule.Forward.PerShard(LayBack);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LayOut(in WorkItem item)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            var shape = place.Inputs[i];
            float* source = place.Site.Inputs[i].At(item.Slot), target = inputs[i].At(item.Slot);
            new Span<float>(target, (int)inputs[i].Floats).Clear();
            for (var channel = 0; channel < shape.Channels; channel++)
                for (var pixel = 0; pixel < shape.Area; pixel++, target += LaneLayout.Lanes)
                    *target = source[ChannelSite.Place(shape, channel, pixel)];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LayBack(in WorkItem item)
    {
        var shape = place.Output;
        float* source = output.At(item.Slot), target = place.Site.Output.At(item.Slot);
        for (var channel = 0; channel < shape.Channels; channel++)
            for (var pixel = 0; pixel < shape.Area; pixel++, source += LaneLayout.Lanes)
                target[ChannelSite.Place(shape, channel, pixel)] = *source;
    }
}
