using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// A convolution or dense layer at its place in the plan of one image, with the batch normalisation and activation behind it, which are
/// applied to a band while it is in the cache.
/// </summary>
internal sealed unsafe class ChannelWeightedKernel<TLanes, TFunction> : Kernel
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IUnaryFunction
{
    private readonly ChannelSite place;
    private readonly KernelSite site;
    private readonly TFunction function;
    private readonly IChannelMap map;
    private readonly PaddedPlane? plane;
    private readonly LaneTensor? padded;
    private readonly AlignedBuffer? scale, shift;
    private readonly int groups;

    /// <param name="place">The place in the plan.</param>
    /// <param name="map">What is computed.</param>
    /// <param name="padding">Pixels around the input that the map wants to be there as zeros.</param>
    /// <param name="function">The activation.</param>
    public ChannelWeightedKernel(ChannelSite place, IChannelMap map, Padding padding, TFunction function)
    {
        (this.place, this.map, this.function, site) = (place, map, function, place.Site);
        var input = site.Input.Shape;
        if (padding != default)
        {
            plane = new PaddedPlane(input.Height, input.Width, padding.Top, padding.Left, padding.Bottom, padding.Right);
            padded = site.Reserve(new Shape(
                input.Channels, input.Height + padding.Top + padding.Bottom, input.Width + padding.Left + padding.Right));
        }
        site.Scratch(map.ScratchFloats);
        place.ReadBehind(map.Slack);
        if (place.Norm is not null)
            (scale, shift) = (new(site.Output.Shape.Channels * LaneLayout.Lanes), new(site.Output.Shape.Channels * LaneLayout.Lanes));
        // Where bands are fewer than the pieces that are wanted, each is cut by its outputs.
        groups = Math.Clamp((place.Pieces + map.Bands - 1) / map.Bands, 1, map.Panels);
    }

    private bool HasFinish => scale is not null || typeof(TFunction) != typeof(IdentityFunction);

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Prepare.Together(1, Pack);
        if (plane is not null) schedule.Forward.Together(padded!.Shape.Channels, Pad);
        schedule.Forward.Together(map.Bands * groups, Run);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(in WorkItem item)
    {
        map.Pack(site.Parameters[0].Values, site.Parameters.Length > 1 ? site.Parameters[1].Values : null);
        if (place.Norm is { } norm) norm.RunningScales(place.NormParameters, scale!.Span, shift!.Span);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pad(in WorkItem item) => plane!.Pad(
        site.Input.At(item.Slot), padded!.At(item.Slot, item.Index), new IndexRange(item.Index, item.Index + 1), plane.Rows, out _);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in WorkItem item)
    {
        var (band, group) = Math.DivRem(item.Index, groups);
        int first = group * map.Panels / groups, end = (group + 1) * map.Panels / groups;
        var target = site.Output.At(item.Slot);
        map.Run((padded ?? site.Input).At(item.Slot), target, band, first, end, item.Scratch);
        if (HasFinish) Finish(target, map.Band(band), map.BlockOf(first), map.BlockOf(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(float* target, (nint Place, nint Floats) band, int firstBlock, int endBlock)
    {
        for (var block = firstBlock; block < endBlock; block++)
        {
            var row = target + (block * site.Output.ChannelStep) + band.Place;
            var first = block * LaneLayout.Lanes;
            ChannelFinish<TLanes, TFunction>.Run(
                function, row, row, band.Floats, scale is null ? null : scale.Pointer + first, shift is null ? null : shift.Pointer + first);
        }
    }
}

/// <summary>Makes the kernel for the activation behind it.</summary>
internal sealed class ChannelWeightedMaker<TLanes>(ChannelSite place, IChannelMap map, Padding padding) : IUnaryVisitor<Kernel>
    where TLanes : unmanaged, ILanes<TLanes>
{
    public Kernel Make() => place.Site.WithActivation(this);

    public Kernel Visit<TFunction>(TFunction function) where TFunction : struct, IUnaryFunction =>
        new ChannelWeightedKernel<TLanes, TFunction>(place, map, padding, function);
}
