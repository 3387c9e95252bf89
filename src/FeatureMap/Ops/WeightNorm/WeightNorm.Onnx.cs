namespace FeatureMap.Ops;

public sealed partial class WeightNorm
{
    // A file holds the composed weight, so what is read is the plain layer.
    /// <summary>What the layer writes itself to: its weight is composed of length and direction, its bias stands one place further back.</summary>
    private sealed class ComposedExport(OnnxExport graph, WeightNorm op) : OnnxExport
    {
        public override int Opset => graph.Opset;

        public override IReadOnlyList<Shape> InputShapes => graph.InputShapes;

        public override Shape OutputShape => graph.OutputShape;

        public override OnnxValue Input(int index = 0) => graph.Input(index);

        public override OnnxValue Stretching(int index) => graph.Stretching(index);

        public override OnnxValue Parameter(int index) =>
            index == 0 ? Constant("weight", op.Inner.Parameters(InputShapes)[0].Dimensions, ParameterValues(0)) : graph.Parameter(index + 1);

        public override float[] ParameterValues(int index)
        {
            if (index > 0) return graph.ParameterValues(index + 1);
            var directions = graph.ParameterValues(1);
            var weight = new float[directions.Length];
            op.Compose(InputShapes, graph.ParameterValues(0), directions, weight);
            return weight;
        }

        public override OnnxValue Constant(string name, IReadOnlyList<int> dimensions, float[] values) => graph.Constant(name, dimensions, values);

        public override OnnxValue Constant(string name, params long[] values) => graph.Constant(name, values);

        public override OnnxValue Node(string operatorName, IReadOnlyList<OnnxValue> inputs, params ReadOnlySpan<OnnxAttribute> attributes) =>
            graph.Node(operatorName, inputs, attributes);

        public override bool FollowsTranspose => graph.FollowsTranspose;

        public override bool IsPadded(OnnxValue value) => graph.IsPadded(value);

        public override void Result(OnnxValue value) => graph.Result(value);

        public override UsageException Refuse(string reason) => graph.Refuse(reason);
    }
}
