namespace FeatureMap.Ops;

public abstract partial class ImageNorm
{
    // ONNX's operators always scale and shift.
    private protected OnnxValue Gamma(OnnxExport graph) => IsAffine ? graph.Parameter(0) : Constant(graph, "ones", 1);

    private protected OnnxValue Beta(OnnxExport graph) => IsAffine ? graph.Parameter(1) : Constant(graph, "zeros", 0);

    private protected OnnxAttribute EpsilonAttribute => new("epsilon", Epsilon);

    private OnnxValue Constant(OnnxExport graph, string name, float value)
    {
        var sizes = ScaleDimensions(graph.InputShapes[0]);
        return graph.Constant(name, sizes, [.. Enumerable.Repeat(value, OnnxImport.Product(sizes))]);
    }

    /// <summary>Scale and shift of a node; nothing where they change nothing, as exporters write norms that have none.</summary>
    private protected static float[][] ReadAffine(float[] scale, float[] shift) =>
        Array.TrueForAll(scale, value => value == 1) && Array.TrueForAll(shift, value => value == 0) ? [] : [scale, shift];

    /// <summary>
    /// The output of a norm whose sets are single numbers: each is its own mean, so that only the shift is left. No layer here would
    /// normalise so, but files may.
    /// </summary>
    private protected static OnnxFeature ReadLonely(OnnxImport node, OnnxFeature input, Shape shape, float[] shift)
    {
        var nothing = node.Layer(new ScaleShift(0), [input], input.Dimensions);
        return node.Layer(new Add(), [nothing, node.Layer(new LearnedParameter(shape), [], null, shift)], input.Dimensions);
    }
}
