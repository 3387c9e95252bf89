using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace FeatureMap.Interchange;

/// <summary>Writes the fields of one protobuf message. Fields that hold their default (0, an empty text) are left out, as the encoding wants it.</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    public ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    public void Whole(int field, long value)
    {
        if (value == 0) return;
        Key(field, WireKind.Varint);
        Unsigned((ulong)value);
    }

    public void Single(int field, float value)
    {
        Key(field, WireKind.Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(buffer.GetSpan(4), value);
        buffer.Advance(4);
    }

    public void Double(int field, double value)
    {
        Key(field, WireKind.Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }

    public void Text(int field, string value)
    {
        if (value.Length > 0) Bytes(field, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>Unlike <see cref="Text"/> also an empty one: in a list its place counts.</summary>
    public void Element(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Key(field, WireKind.Bytes);
        Unsigned((ulong)value.Length);
        buffer.Write(value);
    }

    public void Packed(int field, IReadOnlyList<long> values)
    {
        if (values.Count == 0) return;
        var inner = new ProtobufWriter();
        foreach (var value in values)
            inner.Unsigned((ulong)value);
        Bytes(field, inner.Written);
    }

    public void Packed(int field, IReadOnlyList<float> values)
    {
        if (values.Count == 0) return;
        var inner = new byte[values.Count * 4];
        for (var i = 0; i < values.Count; i++)
            BinaryPrimitives.WriteSingleLittleEndian(inner.AsSpan(i * 4), values[i]);
        Bytes(field, inner);
    }

    public void Packed(int field, IReadOnlyList<double> values)
    {
        var inner = new byte[values.Count * 8];
        for (var i = 0; i < values.Count; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(inner.AsSpan(i * 8), values[i]);
        Bytes(field, inner);
    }

    public void Message(int field, Action<ProtobufWriter> write)
    {
        var inner = new ProtobufWriter();
        write(inner);
        Bytes(field, inner.Written);
    }

    private void Key(int field, WireKind kind) => Unsigned(((ulong)field << 3) | (ulong)kind);

    private void Unsigned(ulong value)
    {
        var span = buffer.GetSpan(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7)
            span[count++] = (byte)(value | 0x80);
        span[count++] = (byte)value;
        buffer.Advance(count);
    }
}
