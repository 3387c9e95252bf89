using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>What an ONNX file holds, as far as networks need it: the message types of onnx.proto3, without what no network here can use.</summary>
internal sealed record OnnxModel(OnnxGraph Graph)
{
    public long IrVersion { get; init; }

    public string Producer { get; init; } = "";

    public string ProducerVersion { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>Version of the operator set by domain; the domain of ONNX itself is the empty one.</summary>
    public IReadOnlyDictionary<string, long> Opsets { get; init; } = new Dictionary<string, long>();

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}

/// <summary>Nodes, in any order (<see cref="GraphOrder"/>), the numbers that they bring along, and what comes in and out.</summary>
internal sealed record OnnxGraph(string Name, IReadOnlyList<OnnxNode> Nodes, IReadOnlyList<OnnxTensor> Initializers, IReadOnlyList<OnnxPort> Inputs, IReadOnlyList<OnnxPort> Outputs)
{
    /// <summary>Tensors of kinds that are not read, such as texts, with the reason; only a node that needs one is refused.</summary>
    public IReadOnlyDictionary<string, string> Unread { get; init; } = new Dictionary<string, string>();
}

/// <summary>One operator at work. An input that is left out has the empty name.</summary>
internal sealed record OnnxNode(string Operator, string Name, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<OnnxAttribute> Attributes)
{
    public string Domain { get; init; } = "";
}

/// <summary>An input or output of the graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What kind of numbers; 0 where it is no tensor.</param>
/// <param name="Dimensions">Its sizes; null where the file leaves them open.</param>
internal sealed record OnnxPort(string Name, OnnxType Type, IReadOnlyList<OnnxDimension>? Dimensions)
{
    /// <summary>Written as <c>N x 3 x 224 x 224</c>.</summary>
    public string Sizes => Dimensions is null ? "open" : Dimensions.Count == 0 ? "a single number" : string.Join(" x ", Dimensions);
}

/// <summary>A size, or the name of one that is open.</summary>
internal readonly record struct OnnxDimension(long? Size, string? Name)
{
    public override string ToString() => Size is { } size ? $"{size}" : string.IsNullOrEmpty(Name) ? "?" : Name;
}

/// <summary>Kinds of numbers, with the codes of the format.</summary>
internal enum OnnxType
{
    None = 0,
    Float32 = 1,
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    Text = 8,
    Boolean = 9,
    Float16 = 10,
    Float64 = 11,
    UInt32 = 12,
    UInt64 = 13,
    BFloat16 = 16,
}
