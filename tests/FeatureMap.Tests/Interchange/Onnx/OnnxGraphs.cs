using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Tests.Interchange;

/// <summary>Graphs written by hand, as other tools write them or as nobody should.</summary>
internal static class OnnxGraphs
{
    /// <summary>A graph from <c>x</c> to <c>y</c>.</summary>
    public static OnnxModel Model(OnnxNode[] nodes, OnnxTensor[]? initializers = null, long[]? input = null, long opset = 17) =>
        new(new OnnxGraph("graph", nodes, initializers ?? [], [Port("x", input ?? [-1, 2, 4, 4])], [Port("y", [-1, 2])]))
        {
            IrVersion = 8,
            Producer = "tests",
            Opsets = new Dictionary<string, long> { [""] = opset },
        };

    /// <summary>Sizes below 0 stay open.</summary>
    public static OnnxPort Port(string name, long[] sizes, OnnxType type = OnnxType.Float32) =>
        new(name, type, [.. sizes.Select(size => size < 0 ? new OnnxDimension(null, "N") : new OnnxDimension(size, null))]);

    public static OnnxNode Node(string operatorName, string inputs, string outputs, params OnnxAttribute[] attributes) =>
        new(operatorName, $"the {operatorName}", inputs.Split(' ', StringSplitOptions.None), outputs.Split(' '), attributes);

    public static OnnxTensor Reals(string name, int[] dimensions, params float[] values) =>
        new(name, dimensions, values.Length > 0 ? values : [.. Enumerable.Range(0, dimensions.Aggregate(1, (a, b) => a * b)).Select(i => (i % 7) - 3f)]);

    public static OnnxTensor Wholes(string name, params long[] values) => new(name, [values.Length], values);

    public static Model Load(OnnxModel model) => OnnxFile.FromBytes(OnnxWriter.Model(model), "f.onnx");

    public static string Refusal(OnnxModel model) => Refusal(OnnxWriter.Model(model).ToArray());

    public static string Refusal(byte[] bytes) => Xunit.Assert.Throws<DataException>(() => OnnxFile.FromBytes(bytes, "f.onnx")).Message;

    /// <summary>The output for one sample.</summary>
    public static float[] Run(Model model, params float[] sample)
    {
        using var runner = new NetworkRunner(model.Weights, 1);
        return [.. runner.Run(sample)];
    }
}
