using FeatureMap.Models;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// Turns the bytes of an ONNX file into records. Field numbers are those of onnx.proto3. What no network here can use and would be a danger or a lie to step
/// over is refused: numbers in other files, subgraphs, sparse tensors.
/// </summary>
internal static class OnnxReader
{
    private const int ExternalData = 1, MostDimensions = 16, MostParts = 100_000;

    public static OnnxModel Model(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.IsEmpty)
            throw new DataException($"{source} is empty. Expected an ONNX model.");
        var reader = new ProtobufReader(bytes, source);
        var model = new OnnxModel(new OnnxGraph("", [], [], [], []));
        var opsets = new Dictionary<string, long>();
        var metadata = new Dictionary<string, string>();
        var hasGraph = false;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: model = model with { IrVersion = reader.Whole() }; break;
                case 2: model = model with { Producer = reader.Text() }; break;
                case 3: model = model with { ProducerVersion = reader.Text() }; break;
                case 6: model = model with { Description = reader.Text() }; break;
                case 7 when !hasGraph:
                    model = model with { Graph = Graph(reader.Message(), source) };
                    hasGraph = true;
                    break;
                case 7: throw reader.Damaged("there is a second graph");
                case 8:
                    var (domain, version) = Opset(reader.Message());
                    // ONNX's own domain has two names; a file may state the same set under both.
                    if (!opsets.TryAdd(domain, version) && opsets[domain] != version) throw reader.Damaged("an operator set is stated "
                        + "twice, in different versions");
                    break;
                case 14:
                    var (key, value) = Entry(reader.Message());
                    metadata[key] = value;
                    break;
                default: reader.Skip(); break;
            }
        }
        return hasGraph ? model with { Opsets = opsets, Metadata = metadata } : throw reader.Damaged("the file ends without a graph");
    }

    /// <summary>Whether numbers of this kind are whole, truth values among them.</summary>
    public static bool IsWhole(OnnxType type) => type is OnnxType.UInt8 or OnnxType.Int8 or OnnxType.UInt16 or OnnxType.Int16 or OnnxType.Int32 or OnnxType.Int64 or OnnxType.UInt32 or OnnxType.UInt64 or OnnxType.Boolean;

    /// <summary>A tensor alone, as the backend tests keep their inputs and outputs.</summary>
    public static OnnxTensor Tensor(ReadOnlySpan<byte> bytes, string source) =>
        Tensor(new ProtobufReader(bytes, source), source, out var tensor) is { } why ? throw new DataException($"{source}: {why}.") : tensor;

    private static (string Domain, long Version) Opset(ProtobufReader reader)
    {
        var (domain, version) = ("", 0L);
        while (reader.Next())
        {
            if (reader.Field == 1) domain = reader.Text();
            else if (reader.Field == 2) version = reader.Whole();
            else reader.Skip();
        }
        return (domain is "ai.onnx" ? "" : domain, version);
    }

    private static (string Key, string Value) Entry(ProtobufReader reader)
    {
        var (key, value) = ("", "");
        while (reader.Next())
        {
            if (reader.Field == 1) key = reader.Text();
            else if (reader.Field == 2) value = reader.Text();
            else reader.Skip();
        }
        return (key, value);
    }

    private static OnnxGraph Graph(ProtobufReader reader, string source)
    {
        var name = "";
        var nodes = new List<OnnxNode>();
        var initializers = new List<OnnxTensor>();
        var (inputs, outputs) = (new List<OnnxPort>(), new List<OnnxPort>());
        var unread = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: nodes.Add(Node(reader.Message(), source)); break;
                case 2: name = reader.Text(); break;
                case 5:
                    if (Tensor(reader.Message(), source, out var initializer) is { } why) unread[initializer.Name] = why;
                    else initializers.Add(initializer);
                    break;
                case 11: inputs.Add(Port(reader.Message())); break;
                case 12: outputs.Add(Port(reader.Message())); break;
                case 15: throw new DataException($"{source} has sparse tensors, which are not read. Store its weights as ordinary tensors.");
                default: reader.Skip(); break;
            }
            if (nodes.Count + initializers.Count + unread.Count + inputs.Count + outputs.Count > MostParts)
                throw new DataException($"{source} has more than {MostParts:N0} nodes, weights, inputs and outputs, which no network "
                    + "here can use.");
        }
        return new OnnxGraph(name, nodes, initializers, inputs, outputs) { Unread = unread };
    }

    private static OnnxNode Node(ProtobufReader reader, string source)
    {
        var node = new OnnxNode("", "", [], [], []);
        var (inputs, outputs) = (new List<string>(), new List<string>());
        var attributes = new List<OnnxAttribute>();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: inputs.Add(reader.Text()); break;
                case 2: outputs.Add(reader.Text()); break;
                case 3: node = node with { Name = reader.Text() }; break;
                case 4: node = node with { Operator = reader.Text() }; break;
                case 5: attributes.Add(Attribute(reader.Message(), source)); break;
                case 7: node = node with { Domain = reader.Text() is var domain && domain == "ai.onnx" ? "" : domain }; break;
                default: reader.Skip(); break;
            }
        }
        return node with { Inputs = inputs, Outputs = outputs, Attributes = attributes };
    }

    private static OnnxAttribute Attribute(ProtobufReader reader, string source)
    {
        var (name, type) = ("", 0L);
        var (single, whole, text) = (0f, 0L, "");
        OnnxTensor? tensor = null;
        var (singles, wholes, texts) = (new List<float>(), new List<long>(), new List<string>());
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.Text(); break;
                case 2: single = reader.Single(); break;
                case 3: whole = reader.Whole(); break;
                case 4: text = reader.Text(); break;
                case 5: tensor = Tensor(reader.Message(), source, out var read) is null ? read : null; break;
                case 7: reader.Singles(singles); break;
                case 8: reader.Wholes(wholes); break;
                case 9: texts.Add(reader.Text()); break;
                case 20: type = reader.Whole(); break;
                default: reader.Skip(); break;
            }
        }
        // Codes of the format; graphs and the like are kept as what no op can use, so that the node that has one is refused with its name.
        return new OnnxAttribute(name, type switch
        {
            1 => single,
            2 => whole,
            3 => text,
            4 when tensor is not null => tensor,
            6 => singles.ToArray(),
            7 => wholes.ToArray(),
            8 => texts.ToArray(),
            _ => DBNull.Value,
        });
    }

    private static OnnxPort Port(ProtobufReader reader)
    {
        var port = new OnnxPort("", OnnxType.None, null);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                port = port with { Name = reader.Text() };
            }
            else if (reader.Field == 2)
            {
                var type = reader.Message();
                while (type.Next())
                {
                    if (type.Field == 1) port = TensorType(type.Message(), port);
                    else type.Skip();
                }
            }
            else
            {
                reader.Skip();
            }
        }
        return port;
    }

    private static OnnxPort TensorType(ProtobufReader reader, OnnxPort port)
    {
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                port = port with { Type = (OnnxType)Math.Clamp(reader.Whole(), 0, 255) };
            }
            else if (reader.Field == 2)
            {
                var sizes = new List<OnnxDimension>();
                var shape = reader.Message();
                while (shape.Next())
                {
                    if (shape.Field == 1) sizes.Add(Dimension(shape.Message()));
                    else shape.Skip();
                }
                if (sizes.Count > MostDimensions)
                    throw reader.Damaged($"'{port.Name}' has {sizes.Count:N0} axes; at most {MostDimensions} are read");
                port = port with { Dimensions = sizes };
            }
            else
            {
                reader.Skip();
            }
        }
        return port;
    }

    private static OnnxDimension Dimension(ProtobufReader reader)
    {
        var dimension = default(OnnxDimension);
        while (reader.Next())
        {
            if (reader.Field == 1) dimension = new OnnxDimension(reader.Whole(), null);
            else if (reader.Field == 2) dimension = new OnnxDimension(null, reader.Text());
            else reader.Skip();
        }
        return dimension;
    }

    /// <summary>
    /// A tensor; where its numbers are of a kind that is not read, such as texts, the reason, and the tensor has its name alone.
    /// </summary>
    private static string? Tensor(ProtobufReader reader, string source, out OnnxTensor tensor)
    {
        var content = new OnnxTensorContent(source);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: reader.Wholes(content.Dimensions); break;
                case 2: content.Type = (OnnxType)Math.Clamp(reader.Whole(), 0, 255); break;
                case 4: reader.Singles(content.Singles); break;
                case 5 or 7 or 11: reader.Wholes(content.Wholes); break;
                case 8: content.Name = reader.Text(); break;
                case 9: content.Raw = reader.Bytes(); break;
                case 10: reader.Doubles(content.Singles); break;
                case 13: throw External(content.Name, source);
                case 14 when reader.Whole() == ExternalData: throw External(content.Name, source);
                case 14: break;
                default: reader.Skip(); break;
            }
        }
        if (content.Dimensions.Count > MostDimensions)
            throw reader.Damaged($"the tensor '{content.Name}' has {content.Dimensions.Count:N0} axes; at most {MostDimensions} are read");
        tensor = content.Unread is null ? content.ToTensor() : new OnnxTensor(content.Name, [0], Array.Empty<float>());
        return content.Unread;
    }

    private static DataException External(string name, string source) => new(
        $"{source} keeps the numbers of a tensor{(name.Length > 0 ? $" ('{name}')" : "")} in another file (external data), which is not read: a model file should not make programs open other files. Store the model with its weights inside, in Python: onnx.save(onnx.load(\"model.onnx\"), \"one-file.onnx\", save_as_external_data=False).");
}
