using System.Buffers.Binary;
using System.Text;

namespace FeatureMap.Interchange;

/// <summary>How a field stands in a protobuf message.</summary>
internal enum WireKind
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>
/// Reads the fields of one protobuf message. Own code and not a package: ONNX needs a few dozen fields, and a file that anybody wrote is easier to keep in
/// bounds here. Lengths are checked against the bytes that are there before anything is made of them, and messages nest only as deep as the caller's methods do,
/// because nothing is read by itself.
/// Source: protobuf.dev, "Encoding".
/// </summary>
internal ref struct ProtobufReader
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ReadOnlySpan<byte> bytes;
    private readonly string source;
    private readonly long start;
    private int position;

    /// <param name="bytes">The whole message.</param>
    /// <param name="source">What error messages call the file.</param>
    /// <param name="start">Where the message begins in the file, for error messages.</param>
    public ProtobufReader(ReadOnlySpan<byte> bytes, string source, long start = 0)
    {
        this.bytes = bytes;
        this.source = source;
        this.start = start;
    }

    /// <summary>Number of the field that stands next.</summary>
    public int Field { get; private set; }

    /// <summary>How it stands there.</summary>
    public WireKind Kind { get; private set; }

    /// <summary>Goes on to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (position == bytes.Length) return false;
        var key = Unsigned();
        if (key >> 3 is 0 or > 536_870_911)
            throw Damaged($"the field number {key >> 3} is not possible");
        Field = (int)(key >> 3);
        Kind = (WireKind)(key & 7);
        return Kind is WireKind.Varint or WireKind.Fixed64 or WireKind.Bytes or WireKind.Fixed32 ? true : throw Damaged($"the kind {key & 7} of field {Field} is not possible");
    }

    /// <summary>Steps over a field that nobody wants.</summary>
    public void Skip()
    {
        switch (Kind)
        {
            case WireKind.Varint: Unsigned(); break;
            case WireKind.Fixed64: Take(8); break;
            case WireKind.Fixed32: Take(4); break;
            default: Bytes(); break;
        }
    }

    public long Whole()
    {
        Expect(WireKind.Varint);
        return (long)Unsigned();
    }

    public float Single()
    {
        Expect(WireKind.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(WireKind.Bytes);
        var length = Unsigned();
        if (length > (ulong)(bytes.Length - position))
            throw Damaged($"field {Field} says it has {length:N0} bytes, and {bytes.Length - position:N0} are left");
        return Take((int)length);
    }

    public string Text()
    {
        var text = Bytes();
        try
        {
            return Strict.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw Damaged($"the text of field {Field} is not UTF-8");
        }
    }

    /// <summary>A message inside this one.</summary>
    public ProtobufReader Message()
    {
        var inner = Bytes();
        return new ProtobufReader(inner, source, start + position - inner.Length);
    }

    /// <summary>Adds a repeated whole number, which stands alone or packed with others.</summary>
    public void Wholes(List<long> target)
    {
        if (Kind == WireKind.Varint)
        {
            target.Add(Whole());
            return;
        }
        for (var inner = Message(); inner.position < inner.bytes.Length;)
            target.Add((long)inner.Unsigned());
    }

    /// <summary>Adds a repeated float, which stands alone or packed with others.</summary>
    public void Singles(List<float> target)
    {
        if (Kind == WireKind.Fixed32)
        {
            target.Add(Single());
            return;
        }
        var packed = Bytes();
        if (packed.Length % 4 != 0)
            throw Damaged($"field {Field} should hold floats of 4 bytes and has {packed.Length:N0} bytes");
        for (var at = 0; at < packed.Length; at += 4)
            target.Add(BinaryPrimitives.ReadSingleLittleEndian(packed[at..]));
    }

    /// <summary>Adds a repeated double, which stands alone or packed with others.</summary>
    public void Doubles(List<float> target)
    {
        var packed = Kind == WireKind.Fixed64 ? Take(8) : Bytes();
        if (packed.Length % 8 != 0)
            throw Damaged($"field {Field} should hold doubles of 8 bytes and has {packed.Length:N0} bytes");
        for (var at = 0; at < packed.Length; at += 8)
            target.Add((float)BinaryPrimitives.ReadDoubleLittleEndian(packed[at..]));
    }

    /// <summary>The error for what cannot be meant so.</summary>
    public readonly DataException Damaged(string what) =>
        new($"{source} cannot be read as ONNX: at byte {start + position:N0}, {what}. The file is damaged or cut, or it is another kind of file. Export or copy it again.");

    private readonly void Expect(WireKind kind)
    {
        if (Kind != kind)
            throw Damaged($"field {Field} stands as {Kind}, and {kind} was expected");
    }

    // Seven bits per byte, the lowest first; the high bit says that more follow.
    private ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (position == bytes.Length)
                throw Damaged("a number is cut off");
            var next = bytes[position++];
            if (shift == 63 && next > 1)
                throw Damaged("a number has more than 64 bits");
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw Damaged("a number has more than 64 bits");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - position)
            throw Damaged($"{count} bytes were expected, and {bytes.Length - position} are left");
        var taken = bytes.Slice(position, count);
        position += count;
        return taken;
    }
}
