using System.Text.Json;
using System.Text.Unicode;

namespace FeatureMap.Interchange;

/// <summary>Where one tensor lies in the data part of a file, as the header says.</summary>
internal readonly record struct StoredTensor(string Name, string StoredType, int[] Dimensions, int Count, long Begin, long End);

/// <summary>
/// The parsed and checked JSON header. Everything that can be known without the data is checked here: the JSON itself, duplicate keys,
/// types, sizes, and that the tensors cover the data part from 0 to its end without a gap or an overlap.
/// </summary>
internal sealed class SafetensorsHeader
{
    private const int MaximumRank = 16;

    private readonly string source;
    private readonly List<StoredTensor> tensors = [];
    private readonly SortedDictionary<string, string> metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string source) => this.source = source;

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<StoredTensor> Tensors => tensors;

    public SortedDictionary<string, string> Metadata => metadata;

    /// <summary>Bytes of all tensors together: where the last one ends.</summary>
    public long DataLength => tensors.Count == 0 ? 0 : tensors[^1].End;

    /// <summary>Bits of one number; 0 for a type that the format does not have.</summary>
    public static int BitsPerElement(string storedType) => storedType switch
    {
        "F64" or "I64" or "U64" or "C64" => 64,
        "F32" or "I32" or "U32" => 32,
        "F16" or "BF16" or "I16" or "U16" => 16,
        "U8" or "I8" or "BOOL" or "F8_E4M3" or "F8_E5M2" or "F8_E4M3FNUZ" or "F8_E5M2FNUZ" or "F8_E8M0" => 8,
        "F6_E2M3" or "F6_E3M2" => 6,
        "F4" => 4,
        _ => 0,
    };

    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, string source)
    {
        var header = new SafetensorsHeader(source);
        if (json.IsEmpty || json[0] != (byte)'{')
            throw header.Broken("its header does not begin with '{'");
        if (!Utf8.IsValid(json))
            throw header.Broken("its header is not valid UTF-8");
        try
        {
            // A tensor's offsets lie at depth 3: {"name": {"data_offsets": [0, 4]}}.
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 3 });
            header.ReadRoot(ref reader);
        }
        catch (JsonException error)
        {
            throw header.Broken($"its header is not the JSON it should be, near line {(error.LineNumber ?? 0) + 1}, byte {error.BytePositionInLine ?? 0}", error);
        }
        catch (InvalidOperationException error) // half of a surrogate pair, written as \ud800
        {
            throw header.Broken("its header holds a text that is no valid Unicode", error);
        }
        header.CheckOrder();
        return header;
    }

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        reader.Read();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
                throw Broken($"its header names '{Shown(name)}' twice");
            reader.Read();
            if (name == "__metadata__" && reader.TokenType == JsonTokenType.Null) continue;
            if (reader.TokenType != JsonTokenType.StartObject)
                throw Broken($"the header's entry '{Shown(name)}' is not an object");
            if (name == "__metadata__")
                ReadMetadata(ref reader);
            else
                tensors.Add(ReadTensor(ref reader, name));
        }
        reader.Read(); // anything but white space after the last brace is refused by the JSON reader
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Broken($"the value of '{Shown(key)}' in __metadata__ is not a string");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw Broken($"__metadata__ names '{Shown(key)}' twice");
        }
    }

    private StoredTensor ReadTensor(ref Utf8JsonReader reader, string name)
    {
        string? type = null;
        int[]? dimensions = null;
        (long Begin, long End)? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null:
                    type = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Tensor(name, "its dtype is not a string");
                    break;
                case "shape" when dimensions is null:
                    dimensions = ReadDimensions(ref reader, name);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadOffsets(ref reader, name);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Tensor(name, $"{key} appears twice");
                default:
                    throw Tensor(name, $"the key '{Shown(key)}' is unknown; known are dtype, shape and data_offsets");
            }
        }
        if (type is null || dimensions is null || offsets is not var (begin, end))
            throw Tensor(name, $"{(type is null ? "dtype" : dimensions is null ? "shape" : "data_offsets")} is missing");
        var bits = BitsPerElement(type);
        if (bits == 0)
            throw Tensor(name, $"the dtype '{Shown(type)}' is none of the format");
        var count = Product(dimensions, name);
        if (end < begin)
            throw Tensor(name, $"data_offsets [{begin}, {end}] end before they begin");
        if (count > int.MaxValue / Math.Max(bits / 8, 4))
            throw Tensor(name, $"{SafetensorsEntry.Written(dimensions)} are {count:N0} numbers; one tensor may take at most "
                + $"{int.MaxValue:N0} bytes");
        if (bits % 8 != 0 && count * bits % 8 != 0)
            throw Tensor(name, $"{SafetensorsEntry.Written(dimensions)} of {type} take {count:N0} x {bits} bits, which fill "
                + "no whole bytes");
        if (end - begin != count * bits / 8)
            throw Tensor(name, $"{SafetensorsEntry.Written(dimensions)} of {type} take {count:N0} x "
                + $"{(bits % 8 == 0 ? $"{bits / 8}" : $"{bits} / 8")} = {count * bits / 8:N0} bytes, and data_offsets [{begin}, {end}] "
                + $"give {end - begin:N0}");
        return new StoredTensor(name, type, dimensions, (int)count, begin, end);
    }

    private int[] ReadDimensions(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Tensor(name, "its shape is not a list");
        var dimensions = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var dimension) || dimension < 0)
                throw Tensor(name, $"number {dimensions.Count} of its shape is not a whole number from 0 to {int.MaxValue:N0}");
            if (dimensions.Count == MaximumRank)
                throw Tensor(name, $"its shape has more than {MaximumRank} dimensions");
            dimensions.Add(dimension);
        }
        return [.. dimensions];
    }

    private (long Begin, long End) ReadOffsets(ref Utf8JsonReader reader, string name)
    {
        Span<long> offsets = stackalloc long[2];
        var count = 0;
        if (reader.TokenType == JsonTokenType.StartArray)
            for (; reader.Read() && reader.TokenType == JsonTokenType.Number && count < 2; count++)
                if (!reader.TryGetInt64(out offsets[count]) || offsets[count] < 0)
                    throw Tensor(name, "data_offsets are not whole numbers from 0");
        if (count != 2 || reader.TokenType != JsonTokenType.EndArray)
            throw Tensor(name, "data_offsets are not a list of two numbers");
        return (offsets[0], offsets[1]);
    }

    private long Product(int[] dimensions, string name)
    {
        var product = 1L;
        foreach (var dimension in dimensions)
        {
            if (product != 0 && dimension > long.MaxValue / product)
                throw Tensor(name, $"the product of {SafetensorsEntry.Written(dimensions)} does not fit 63 bits");
            product *= dimension;
        }
        return product;
    }

    private void CheckOrder()
    {
        tensors.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        var position = 0L;
        foreach (var tensor in tensors)
        {
            if (tensor.Begin > position)
                throw Tensor(tensor.Name, $"its data begins at {tensor.Begin:N0} and the data before it ends at {position:N0}: a gap of "
                    + $"{tensor.Begin - position:N0} bytes");
            if (tensor.Begin < position)
                throw Tensor(tensor.Name, $"its data begins at {tensor.Begin:N0} inside the data before it, which ends at {position:N0}");
            position = tensor.End;
        }
    }

    private DataException Tensor(string name, string what) => Broken($"tensor '{Shown(name)}': {what}");

    private DataException Broken(string what, Exception? cause = null) =>
        new($"{source} is not a valid safetensors file: {what}. Write or download it again.", cause);

    private static string Shown(string name) => name.Length <= 80 ? name : string.Concat(name.AsSpan(0, 77), "...");
}
