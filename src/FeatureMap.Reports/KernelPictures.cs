using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Reports;

/// <summary>The kernels of convolutions as the layer multiplies with them, for drawing.</summary>
internal static class KernelPictures
{
    /// <summary>The kernels of the first convolution; null where the network has none.</summary>
    public static ReportKernels? First(Model model) =>
        model.Network.Layers.FirstOrDefault(layer => Plain(layer.Op) is Conv2d) is { } layer ? Of(model, layer) : null;

    /// <summary>The kernels of a convolution; of a weight-normalised one those that length and direction make.</summary>
    public static ReportKernels Of(Model model, Layer layer)
    {
        var normalized = layer.Op as WeightNorm;
        var parameter = model.Weights[$"{layer.Name}.{(normalized is null ? "weight" : "weight_v")}"];
        var weights = parameter.Values.ToArray();
        normalized?.Compose(layer.InputShapes, model.Weights[$"{layer.Name}.weight_g"].Values, parameter.Values, weights);
        var sizes = parameter.Dimensions;
        return new ReportKernels(layer.Name, [.. weights.Chunk(weights.Length / sizes[0])], sizes[1], sizes[2], sizes[3]);
    }

    private static Op? Plain(Op? op) => op is WeightNorm norm ? norm.Inner : op;
}
