using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>What constants and learned parameters share: the same numbers for every image.</summary>
internal static unsafe class LaneSource
{
    /// <summary>Writes each number to all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill<TLanes>(float* numbers, int count, float* target) where TLanes : unmanaged, ILanes<TLanes>
    {
        for (var i = 0; i < count; i++)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, target += TLanes.Width)
                TLanes.Store(target, TLanes.Broadcast(numbers[i]));
    }

    /// <summary>In ONNX they are no node but numbers for a batch of 1, which stretch over any batch.</summary>
    public static void ExportOnnx(OnnxExport graph, float[] values)
    {
        var shape = graph.OutputShape;
        int[] dimensions = shape.IsVector ? [1, shape.Channels] : [1, shape.Channels, shape.Height, shape.Width];
        graph.Result(graph.Constant("value", dimensions, values));
    }
}
