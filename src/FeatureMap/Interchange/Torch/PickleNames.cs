using System.Collections.Frozen;

namespace FeatureMap.Interchange;

/// <summary>What one of the known names stands for.</summary>
internal enum PickleNameKind
{
    /// <summary>Called without arguments, an empty dictionary.</summary>
    OrderedDictionary,

    /// <summary>Called with storage, offset, sizes and strides, a tensor.</summary>
    Tensor,

    /// <summary>The same with whether it had a gradient, its hooks and since PyTorch 2 its flags.</summary>
    FlaggedTensor,

    /// <summary>Called with a tensor, that tensor.</summary>
    Parameter,

    /// <summary>A type of numbers; never called.</summary>
    Storage,
}

/// <summary>
/// The fourteen names that a state dict needs. A name of a pickle is a Python function that <c>torch.load</c> would look up and call;
/// here it is a word of this table or the end of the reading.
/// </summary>
/// <param name="FullName">Module and name, such as <c>torch.FloatStorage</c>.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="StoredType">For a storage what safetensors calls its numbers, such as <c>F32</c>.</param>
internal sealed record PickleName(string FullName, PickleNameKind Kind, string StoredType = "")
{
    private static readonly FrozenDictionary<string, PickleName> Known = new PickleName[]
    {
        new("collections.OrderedDict", PickleNameKind.OrderedDictionary),
        new("torch._utils._rebuild_tensor", PickleNameKind.Tensor),
        new("torch._utils._rebuild_tensor_v2", PickleNameKind.FlaggedTensor),
        new("torch._utils._rebuild_parameter", PickleNameKind.Parameter),
        new("torch.FloatStorage", PickleNameKind.Storage, "F32"),
        new("torch.HalfStorage", PickleNameKind.Storage, "F16"),
        new("torch.BFloat16Storage", PickleNameKind.Storage, "BF16"),
        new("torch.DoubleStorage", PickleNameKind.Storage, "F64"),
        new("torch.LongStorage", PickleNameKind.Storage, "I64"),
        new("torch.IntStorage", PickleNameKind.Storage, "I32"),
        new("torch.ShortStorage", PickleNameKind.Storage, "I16"),
        new("torch.CharStorage", PickleNameKind.Storage, "I8"),
        new("torch.ByteStorage", PickleNameKind.Storage, "U8"),
        new("torch.BoolStorage", PickleNameKind.Storage, "BOOL"),
    }.ToFrozenDictionary(name => name.FullName, StringComparer.Ordinal);

    /// <summary>The known name of that module; null for every other.</summary>
    public static PickleName? Find(string module, string name) => Known.GetValueOrDefault($"{module}.{name}");
}

/// <summary>The instructions of pickle protocol 2 that a state dict needs. Every other one ends the reading.</summary>
internal enum PickleOpcode : byte
{
    Mark = (byte)'(',
    EmptyTuple = (byte)')',
    Stop = (byte)'.',
    BinaryFloat = (byte)'G',
    BinaryInt = (byte)'J',
    BinaryInt1 = (byte)'K',
    BinaryInt2 = (byte)'M',
    None = (byte)'N',
    BinaryPersistentId = (byte)'Q',
    Reduce = (byte)'R',
    BinaryUnicode = (byte)'X',
    EmptyList = (byte)']',
    Append = (byte)'a',
    Build = (byte)'b',
    Global = (byte)'c',
    Appends = (byte)'e',
    BinaryGet = (byte)'h',
    LongBinaryGet = (byte)'j',
    BinaryPut = (byte)'q',
    LongBinaryPut = (byte)'r',
    SetItem = (byte)'s',
    Tuple = (byte)'t',
    SetItems = (byte)'u',
    EmptyDictionary = (byte)'}',
    Protocol = 0x80,
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    NewTrue = 0x88,
    NewFalse = 0x89,
    Long1 = 0x8A,
}
