using System.Buffers.Binary;
using System.Text;

namespace FeatureMap.Tests.Interchange;

/// <summary>Numbers that tensors lie in: PyTorch's type of storage, the key, bytes of one number, all bytes (little endian).</summary>
internal sealed record WrittenStorage(string Type, string Key, int Size, byte[] Bytes)
{
    public long Count { get; init; } = Bytes.Length / Size;

    /// <summary>Where the window of the storage begins and how many numbers it has, as before PyTorch 0.4; null for none.</summary>
    public (long Begin, long Count)? Window { get; init; }
}

/// <summary>A tensor, as a pickle has it.</summary>
internal sealed record WrittenTensor(WrittenStorage Storage, long Offset, long[] Sizes, long[] Strides)
{
    public bool IsOld { get; init; }

    public bool IsParameter { get; init; }

    /// <summary>What stands behind the hooks since PyTorch 2.</summary>
    public object?[] Flags { get; init; } = [];
}

/// <summary>A dictionary; an ordered one has state, as that of a module has.</summary>
internal sealed class WrittenDictionary : List<(object Key, object? Value)>
{
    public bool IsOrdered { get; init; } = true;

    public void Add(object key, object? value) => Add((key, value));
}

/// <summary>A function of Python that is called, by module and name.</summary>
internal sealed record WrittenCall(string Module, string Name, params object?[] Arguments);

/// <summary>Writes pickles as Python's <c>pickle</c> does at protocol 2 with PyTorch's persistent ids, of the instructions that state
/// dicts have.</summary>
#pragma warning disable CA1001 // a stream in memory holds nothing
internal sealed class PickleWriter(bool isLegacy)
{
    private readonly MemoryStream stream = new();
    private readonly Dictionary<object, int> memo = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> texts = new(StringComparer.Ordinal);
    private int next;

    /// <summary>The storages of the tensors, in the order in which they were met.</summary>
    public List<WrittenStorage> Storages { get; } = [];

    public static byte[] Of(object? value) => new PickleWriter(isLegacy: false).Write(value);

    public byte[] Write(object? value)
    {
        Bytes(0x80, 2);
        Put(value);
        Bytes((byte)'.');
        return stream.ToArray();
    }

    private void Put(object? value)
    {
        if (value is not null && memo.TryGetValue(value, out var known))
        {
            Get(known);
            return;
        }
        switch (value)
        {
            case null: Bytes((byte)'N'); break;
            case bool flag: Bytes((byte)(flag ? 0x88 : 0x89)); break;
            case byte[] raw: stream.Write(raw); break;
            case int number: Whole(number); break;
            case long number: Whole(number); break;
            case double number:
                Span<byte> real = stackalloc byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(real, number);
                Bytes([(byte)'G', .. real]);
                break;
            case string text: Text(text); break;
            case List<object?> list:
                Bytes((byte)']');
                Keep(list);
                if (list is [var single]) Group(false, single, 'a');
                else if (list.Count > 0) Group(true, list, 'e');
                break;
            case object?[] tuple: Tuple(tuple); break;
            case WrittenDictionary dictionary: Dictionary(dictionary); break;
            case WrittenTensor tensor: Tensor(tensor); break;
            case WrittenCall call:
                Name(call.Module, call.Name);
                Tuple(call.Arguments);
                Bytes((byte)'R');
                break;
            default: throw new ArgumentException($"{value.GetType()}");
        }
    }

    private void Dictionary(WrittenDictionary dictionary)
    {
        if (dictionary.IsOrdered) Call("collections", "OrderedDict");
        else Bytes((byte)'}');
        Keep(dictionary);
        if (dictionary is [var one]) Group(false, new[] { one.Key, one.Value }, 's');
        else if (dictionary.Count > 0) Group(true, dictionary.SelectMany(item => new[] { item.Key, item.Value }), 'u');
        if (!dictionary.IsOrdered) return;
        Put(new WrittenDictionary { IsOrdered = false });
        Bytes((byte)'b');
    }

    private void Tensor(WrittenTensor tensor)
    {
        if (tensor.IsParameter)
        {
            Call("torch._utils", "_rebuild_parameter", tensor with { IsParameter = false }, true,
                new WrittenCall("collections", "OrderedDict"));
            return;
        }
        Name("torch._utils", tensor.IsOld ? "_rebuild_tensor" : "_rebuild_tensor_v2");
        Bytes((byte)'(');
        var storage = tensor.Storage;
        if (!Storages.Exists(known => known.Key == storage.Key)) Storages.Add(storage);
        Bytes((byte)'(');
        Text("storage");
        Name("torch", storage.Type);
        Text(storage.Key);
        Text("cpu");
        Whole(storage.Count);
        if (isLegacy) Put(storage.Window is var (begin, count) ? new object?[] { storage.Key + "w", begin, count } : null);
        Bytes((byte)'t');
        Keep(new object());
        Bytes((byte)'Q');
        Whole(tensor.Offset);
        Tuple([.. tensor.Sizes]);
        Tuple([.. tensor.Strides]);
        if (!tensor.IsOld)
        {
            Put(false);
            Put(new WrittenCall("collections", "OrderedDict"));
            foreach (var flag in tensor.Flags)
                Put(flag);
        }
        Bytes((byte)'t');
        Keep(new object());
        Bytes((byte)'R');
        Keep(tensor);
    }

    private void Call(string module, string name, params object?[] arguments) => Put(new WrittenCall(module, name, arguments));

    private void Group(bool isMarked, object? values, char code)
    {
        if (isMarked) Bytes((byte)'(');
        foreach (var value in values is System.Collections.IEnumerable many and not string and not WrittenDictionary ? many
            : new[] { values })
            Put(value);
        Bytes((byte)code);
    }

    private void Tuple(object?[] values)
    {
        if (values.Length > 3) Bytes((byte)'(');
        foreach (var value in values)
            Put(value);
        Bytes((byte)(values.Length switch { 0 => ')', 1 => 0x85, 2 => 0x86, 3 => 0x87, _ => 't' }));
    }

    private void Whole(long number)
    {
        Span<byte> bytes = stackalloc byte[9];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        if (number is >= 0 and < 256) Bytes([(byte)'K', bytes[0]]);
        else if (number is >= 0 and < 65_536) Bytes([(byte)'M', .. bytes[..2]]);
        else if (number is >= int.MinValue and <= int.MaxValue) Bytes([(byte)'J', .. bytes[..4]]);
        else Bytes([0x8A, 8, .. bytes[..8]]);
    }

    private void Text(string text)
    {
        if (texts.TryGetValue(text, out var known))
        {
            Get(known);
            return;
        }
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Bytes([(byte)'X', .. length, .. bytes]);
        texts[text] = next;
        Keep(new object());
    }

    private void Name(string module, string name)
    {
        var key = $"\n{module}\n{name}";
        if (texts.TryGetValue(key, out var known))
        {
            Get(known);
            return;
        }
        Bytes([(byte)'c', .. Encoding.ASCII.GetBytes($"{module}\n{name}\n")]);
        texts[key] = next;
        Keep(new object());
    }

    private void Keep(object value)
    {
        memo[value] = next;
        Bytes(next < 256 ? [(byte)'q', (byte)next] : [(byte)'r', (byte)next, (byte)(next >> 8), 0, 0]);
        next++;
    }

    private void Get(int known) => Bytes(known < 256 ? [(byte)'h', (byte)known] : [(byte)'j', (byte)known, (byte)(known >> 8), 0, 0]);

    private void Bytes(params ReadOnlySpan<byte> bytes) => stream.Write(bytes);
}
