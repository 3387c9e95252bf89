using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The product. Back, "the product of all others" is what stands before a number times what stands after it: a walk forward leaves the first in the gradient, a
/// walk backward multiplies the second on, beginning with the gradient of the output. No division, so a factor of 0 is no special case. Lanes without an image
/// become 0, forward and back, as their product may be infinite.
/// </summary>
internal sealed unsafe class ProductKernel<TLanes> : ReductionKernel<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public ProductKernel(KernelSite site) : base(site)
    {
        if (site.HasBackward) site.Scratch(site.Output.Floats);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot);
        FoldInput<ProductFold>(item, y);
        for (var end = y + Site.Output.Floats; y < end;)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, y += TLanes.Width)
                TLanes.Store(y, TLanes.And(TLanes.Load(item.Mask + part), TLanes.Load(y)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var dx = Site.InputGradients[0]!.At(item.Slot);
        var floats = (int)Site.Output.Floats;
        Fold<TLanes, ProductFold>.Begin(item.Scratch, floats);
        for (var row = 0; row < Walk.Rows; row++)
        {
            var before = item.Scratch + Walk.Start(Steps, row);
            for (var column = 0; column < Walk.Columns; column++, x += LaneLayout.Lanes, dx += LaneLayout.Lanes, before += Steps.Column)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var product = TLanes.Load(before + part);
                    TLanes.Store(dx + part, product);
                    TLanes.Store(before + part, product * TLanes.Load(x + part));
                }
        }
        new Span<float>(Site.OutputGradient!.At(item.Slot), floats).CopyTo(new Span<float>(item.Scratch, floats));
        for (var row = Walk.Rows - 1; row >= 0; row--)
        {
            var after = item.Scratch + Walk.Start(Steps, row) + ((Walk.Columns - 1) * Steps.Column);
            for (var column = Walk.Columns - 1; column >= 0; column--, after -= Steps.Column)
            {
                x -= LaneLayout.Lanes;
                dx -= LaneLayout.Lanes;
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var product = TLanes.Load(after + part);
                    TLanes.Store(dx + part, TLanes.And(TLanes.Load(item.Mask + part), TLanes.Load(dx + part) * product));
                    TLanes.Store(after + part, product * TLanes.Load(x + part));
                }
            }
        }
    }

    private readonly struct ProductFold : IFold
    {
        public static float Start => 1;

        public static T Term<T>(T x) where T : unmanaged, ILanes<T> => x;

        public static T Join<T>(T total, T x) where T : unmanaged, ILanes<T> => total * x;
    }
}
