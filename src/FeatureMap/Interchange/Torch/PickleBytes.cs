using System.Numerics;
using System.Text;

namespace FeatureMap.Interchange;

/// <summary>The bytes of pickles that follow each other in a part of a file, read once from front to end.</summary>
/// <param name="content">The file.</param>
/// <param name="begin">Where the part begins.</param>
/// <param name="end">Where it ends, at the latest.</param>
internal sealed class PickleBytes(TorchContent content, long begin, long end)
{
    private const int LongestText = 1 << 20, LongestName = 256;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] buffer = new byte[Math.Min(64 * 1024, Math.Max(0, end - begin))];
    private int at, filled;
    private long next = begin;

    /// <summary>The place of the next byte: in the file of the legacy format, in <c>data.pkl</c> of the other.</summary>
    public long Position => next - (filled - at) - Origin;

    /// <summary>Where positions are counted from.</summary>
    public long Origin { get; init; }

    public TorchContent Content => content;

    public byte Byte()
    {
        if (at == filled)
        {
            filled = (int)Math.Min(buffer.Length, end - next);
            if (filled <= 0) throw content.Broken("its pickle ends without a STOP: it is cut short or damaged");
            content.Read(next, buffer.AsSpan(0, filled));
            next += filled;
            at = 0;
        }
        return buffer[at++];
    }

    /// <summary>A little-endian number without a sign.</summary>
    public uint Number(int bytes)
    {
        var value = 0u;
        for (var i = 0; i < bytes; i++)
            value |= (uint)Byte() << (8 * i);
        return value;
    }

    /// <summary>The 64 bits of a floating-point number, which pickles write with the highest byte first.</summary>
    public double Real()
    {
        var bits = 0L;
        for (var i = 0; i < 8; i++)
            bits = (bits << 8) | Byte();
        return BitConverter.Int64BitsToDouble(bits);
    }

    /// <summary>A whole number of any length; of more than 64 bits a <see cref="BigInteger"/>.</summary>
    public object Long()
    {
        Span<byte> bytes = stackalloc byte[255];
        bytes = bytes[..Byte()];
        foreach (ref var one in bytes)
            one = Byte();
        var value = new BigInteger(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    /// <summary>A text of so many bytes.</summary>
    public string Text(uint length)
    {
        var place = Position;
        if (length > end - next + (filled - at))
            throw content.Broken($"a text at byte {place:N0} of its pickle is said to have {length:N0} bytes, which are not there");
        if (length > LongestText)
            throw new DataException($"{content.Source} has a text of {length:N0} bytes at byte {place:N0} of its pickle; at most "
                + $"{LongestText:N0} are read. Save the weights alone: torch.save(model.state_dict(), \"weights.pth\").");
        var bytes = new byte[length];
        foreach (ref var one in bytes.AsSpan())
            one = Byte();
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw content.Broken($"the text at byte {place:N0} of its pickle is not valid UTF-8");
        }
    }

    /// <summary>A line of a name; the line feed is passed over.</summary>
    public string Line()
    {
        var (line, place) = (new StringBuilder(), Position);
        for (var one = Byte(); one != '\n'; one = Byte())
        {
            if (one is < 32 or > 126 || line.Length == LongestName)
                throw content.Broken($"the name at byte {place:N0} of its pickle is no line of at most {LongestName} letters");
            line.Append((char)one);
        }
        return line.ToString();
    }
}
