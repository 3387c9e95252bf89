using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>A sum over lanes of one term per number, and what is made of it; a struct, so that the JIT inlines it into its kernel.</summary>
internal interface ITermSum
{
    static abstract TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The result, from the sum of all terms.</summary>
    TLanes Finish<TLanes>(TLanes sum) where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The gradient of one number x among those that became y; where the op's backward reads neither, both are without meaning.</summary>
    TLanes Gradient<TLanes>(TLanes x, TLanes y, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>
/// Sums of terms: back, the gradient of each number follows from itself, the output and the output's gradient. Lanes without an image become 0, forward and back,
/// as in <see cref="UnaryKernel{TLanes, TFunction}"/>.
/// </summary>
internal sealed unsafe class TermSumKernel<TLanes, TFunction>(TFunction function, KernelSite site) : ReductionKernel<TLanes>(site)
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, ITermSum
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot);
        FoldInput<TermFold>(item, y);
        for (var end = y + Site.Output.Floats; y < end;)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, y += TLanes.Width)
                TLanes.Store(y, TLanes.And(TLanes.Load(item.Mask + part), function.Finish(TLanes.Load(y))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var dx = Site.InputGradients[0]!.At(item.Slot);
        for (var row = 0; row < Walk.Rows; row++)
        {
            var y = Site.Output.At(item.Slot) + Walk.Start(Steps, row);
            var dy = Site.OutputGradient!.At(item.Slot) + Walk.Start(Steps, row);
            for (var column = 0; column < Walk.Columns; column++, x += LaneLayout.Lanes, dx += LaneLayout.Lanes, y += Steps.Column, dy += Steps.Column)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var gradient = function.Gradient(TLanes.Load(x + part), TLanes.Load(y + part), TLanes.Load(dy + part));
                    TLanes.Store(dx + part, TLanes.And(TLanes.Load(item.Mask + part), gradient));
                }
        }
    }

    private readonly struct TermFold : IFold
    {
        public static float Start => 0;

        public static T Term<T>(T x) where T : unmanaged, ILanes<T> => TFunction.Term(x);

        public static T Join<T>(T total, T term) where T : unmanaged, ILanes<T> => total + term;
    }
}
