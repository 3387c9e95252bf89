using System.Buffers.Binary;
using FeatureMap.Models;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>Turns records into the bytes of an ONNX file; the same records always give the same bytes. Field numbers are those of onnx.proto3.</summary>
internal static class OnnxWriter
{
    public static ReadOnlySpan<byte> Model(OnnxModel model)
    {
        var writer = new ProtobufWriter();
        writer.Whole(1, model.IrVersion);
        writer.Text(2, model.Producer);
        writer.Text(3, model.ProducerVersion);
        writer.Text(6, model.Description);
        writer.Message(7, graph => Graph(graph, model.Graph));
        foreach (var (domain, version) in model.Opsets)
            writer.Message(8, entry =>
            {
                entry.Text(1, domain);
                entry.Whole(2, version);
            });
        foreach (var (key, value) in model.Metadata)
            writer.Message(14, entry =>
            {
                entry.Text(1, key);
                entry.Text(2, value);
            });
        return writer.Written;
    }

    /// <summary>A tensor alone.</summary>
    public static ReadOnlySpan<byte> Tensor(OnnxTensor tensor)
    {
        var writer = new ProtobufWriter();
        Tensor(writer, tensor);
        return writer.Written;
    }

    private static void Graph(ProtobufWriter writer, OnnxGraph graph)
    {
        foreach (var node in graph.Nodes)
            writer.Message(1, inner => Node(inner, node));
        writer.Text(2, graph.Name);
        foreach (var tensor in graph.Initializers)
            writer.Message(5, inner => Tensor(inner, tensor));
        foreach (var port in graph.Inputs)
            writer.Message(11, inner => Port(inner, port));
        foreach (var port in graph.Outputs)
            writer.Message(12, inner => Port(inner, port));
    }

    private static void Node(ProtobufWriter writer, OnnxNode node)
    {
        foreach (var input in node.Inputs)
            writer.Element(1, input);
        foreach (var output in node.Outputs)
            writer.Element(2, output);
        writer.Text(3, node.Name);
        writer.Text(4, node.Operator);
        foreach (var attribute in node.Attributes)
            writer.Message(5, inner => Attribute(inner, attribute));
        writer.Text(7, node.Domain);
    }

    private static void Attribute(ProtobufWriter writer, OnnxAttribute attribute)
    {
        writer.Text(1, attribute.Name);
        switch (attribute.Value)
        {
            case float value:
                writer.Single(2, value);
                writer.Whole(20, 1);
                break;
            case long value:
                writer.Whole(3, value);
                writer.Whole(20, 2);
                break;
            case string value:
                writer.Text(4, value);
                writer.Whole(20, 3);
                break;
            case OnnxTensor value:
                writer.Message(5, inner => Tensor(inner, value));
                writer.Whole(20, 4);
                break;
            case float[] values:
                writer.Packed(7, values);
                writer.Whole(20, 6);
                break;
            case long[] values:
                writer.Packed(8, values);
                writer.Whole(20, 7);
                break;
            default: throw new InvalidOperationException($"The attribute '{attribute.Name}' is a {attribute.Value.GetType().Name}, which ONNX has no kind for.");
        }
    }

    private static void Tensor(ProtobufWriter writer, OnnxTensor tensor)
    {
        writer.Packed(1, [.. tensor.Dimensions.Select(size => (long)size)]);
        writer.Whole(2, (long)(tensor.IsReal ? OnnxType.Float32 : OnnxType.Int64));
        writer.Text(8, tensor.Name);
        byte[] raw;
        if (tensor.Values is float[] reals)
        {
            raw = new byte[reals.Length * 4];
            for (var i = 0; i < reals.Length; i++)
                BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(i * 4), reals[i]);
        }
        else
        {
            var wholes = (long[])tensor.Values;
            raw = new byte[wholes.Length * 8];
            for (var i = 0; i < wholes.Length; i++)
                BinaryPrimitives.WriteInt64LittleEndian(raw.AsSpan(i * 8), wholes[i]);
        }
        writer.Bytes(9, raw);
    }

    private static void Port(ProtobufWriter writer, OnnxPort port)
    {
        writer.Text(1, port.Name);
        writer.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Whole(1, (long)port.Type);
            if (port.Dimensions is not { } sizes) return; // open
            tensor.Message(2, shape =>
            {
                foreach (var dimension in sizes)
                    shape.Message(1, inner =>
                    {
                        if (dimension.Size is { } size) inner.Whole(1, size);
                        else inner.Text(2, dimension.Name ?? "");
                    });
            });
        }));
    }
}
