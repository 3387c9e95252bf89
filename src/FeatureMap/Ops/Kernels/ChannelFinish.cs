using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>y = function(x scale + shift) for some pixels of one block of 16 channels that ride in the lanes.</summary>
internal static unsafe class ChannelFinish<TLanes, TFunction>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFunction : struct, IUnaryFunction
{
    /// <summary>The outputs may stand where the inputs do.</summary>
    /// <param name="function">The activation.</param>
    /// <param name="x">The first pixel.</param>
    /// <param name="y">Where it goes.</param>
    /// <param name="floats">Floats of all pixels.</param>
    /// <param name="scale">One number per channel of the block; null where there is neither scale nor shift.</param>
    /// <param name="shift">Likewise.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(TFunction function, float* x, float* y, nint floats, float* scale, float* shift)
    {
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            if (scale == null)
            {
                for (nint at = part; at < floats; at += LaneLayout.Lanes)
                    TLanes.Store(y + at, function.Value(TLanes.Load(x + at)));
                continue;
            }
            TLanes a = TLanes.Load(scale + part), b = TLanes.Load(shift + part);
            for (nint at = part; at < floats; at += LaneLayout.Lanes)
                TLanes.Store(y + at, function.Value(TLanes.MultiplyAdd(TLanes.Load(x + at), a, b)));
        }
    }
}
