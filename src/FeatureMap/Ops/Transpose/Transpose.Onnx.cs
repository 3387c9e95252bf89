namespace FeatureMap.Ops;

public sealed partial class Transpose
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Transpose", ReadOnnx, "perm")];

    internal override void ExportOnnx(OnnxExport graph) =>
        graph.Result("Transpose", [graph.Image()], new OnnxAttribute("perm", [0, 1 + (int)Channels, 1 + (int)Rows, 1 + (int)Columns]));

    private static void ReadOnnx(OnnxImport node)
    {
        var input = node.Feature();
        var batch = node.HasBatch ? 1 : 0;
        var rank = input.Dimensions.Count + batch;
        var order = node.Wholes("perm") ?? [.. Enumerable.Range(0, rank).Reverse().Select(axis => (long)axis)];
        if (!order.Order().SequenceEqual(Enumerable.Range(0, rank).Select(axis => (long)axis)))
            throw node.Wrong($"the attribute 'perm' is [{NumberRow.Join(", ", order.Take(8))}]; each of the {rank} axes of its input was "
                + "expected once");
        if (node.HasBatch && order[0] != 0)
            throw node.Wrong("it moves axis 0, the batch");
        node.Result(node.Ordered(input, [.. order.Skip(batch).Select(axis => (int)axis - batch)]));
    }
}
