using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

public sealed partial class BatchNorm
{
    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) =>
        place.Site.WithActivation(new ChannelMaker<TLanes>(this, place));

    /// <summary>y = x scale + shift per channel, from the running statistics.</summary>
    /// <param name="parameters">Those of the layer.</param>
    /// <param name="scale">Receives one number per channel.</param>
    /// <param name="shift">Likewise.</param>
    internal unsafe void RunningScales(ParameterSlot[] parameters, Span<float> scale, Span<float> shift)
    {
        float* mean = parameters[RunningMean].Values, variance = parameters[RunningMean + 1].Values;
        for (var channel = 0; channel < parameters[RunningMean].Count; channel++)
        {
            var (gamma, beta) = IsAffine ? (parameters[0].Values[channel], parameters[1].Values[channel]) : (1, 0);
            (scale[channel], shift[channel], _) = Scale(mean[channel], variance[channel], gamma, beta);
        }
    }

    /// <summary>Scale and shift of a channel, and 1 / deviation.</summary>
    internal (float Scale, float Shift, double InverseDeviation) Scale(double mean, double variance, float gamma, float beta)
    {
        var inverseDeviation = 1 / Math.Sqrt(variance + Epsilon);
        var factor = gamma * inverseDeviation;
        return ((float)factor, (float)(beta - (mean * factor)), inverseDeviation);
    }

    private sealed class ChannelMaker<TLanes>(BatchNorm op, ChannelSite place) : IUnaryVisitor<Kernel>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        public Kernel Visit<TFunction>(TFunction function) where TFunction : struct, IUnaryFunction =>
            new BatchNormChannels<TLanes, TFunction>(op, function, place);
    }
}

/// <summary>Scale and shift of one image with channels in the lanes, and the activation behind it.</summary>
internal sealed unsafe class BatchNormChannels<TLanes, TFunction>(BatchNorm op, TFunction function, ChannelSite place) : Kernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IUnaryFunction
{
    private readonly AlignedBuffer scale = new(place.Site.Input.Shape.Channels * LaneLayout.Lanes);
    private readonly AlignedBuffer shift = new(place.Site.Input.Shape.Channels * LaneLayout.Lanes);

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Prepare.Together(1, (in _) => op.RunningScales(place.Site.Parameters, scale.Span, shift.Span));
        schedule.Forward.Together(place.Site.Input.Shape.Channels, Run);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in WorkItem item)
    {
        var (input, first) = (place.Site.Input, item.Index * LaneLayout.Lanes);
        ChannelFinish<TLanes, TFunction>.Run(
            function, input.At(item.Slot, item.Index), place.Site.Output.At(item.Slot, item.Index), input.ChannelStep,
            scale.Pointer + first, shift.Pointer + first);
    }
}
