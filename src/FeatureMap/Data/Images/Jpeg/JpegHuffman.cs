using System.Runtime.CompilerServices;

namespace FeatureMap.Data;

/// <summary>A Huffman table of a JPEG (ITU-T T.81, annex C and F.2.2.3), with a direct table for codes of at most nine bits.</summary>
internal sealed class JpegHuffman
{
    private const int Direct = 9, Longest = 16;
    private readonly ushort[] direct = new ushort[1 << Direct]; // length << 8 | symbol, 0 for longer codes
    private readonly int[] end = new int[Longest + 1]; // first code, in 16 bits, that is longer than this length
    private readonly int[] offset = new int[Longest + 1]; // symbol = symbols[code + offset]
    private readonly byte[] symbols;

    private JpegHuffman(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        this.symbols = symbols.ToArray();
        int code = 0, next = 0;
        for (var length = 1; length <= Longest; length++)
        {
            offset[length] = next - code;
            for (var i = 0; i < counts[length - 1]; i++, code++, next++)
            {
                if (length <= Direct)
                    direct.AsSpan(code << (Direct - length), 1 << (Direct - length)).Fill((ushort)((length << 8) | symbols[next]));
            }
            end[length] = code << (Longest - length);
            code <<= 1;
        }
    }

    /// <summary>The table of 16 numbers of codes by length and the symbols behind them, or null where there are more codes than bits can
    /// tell apart.</summary>
    public static JpegHuffman? Of(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        var free = 1 << Longest;
        for (var length = 1; length <= Longest; length++)
            free -= counts[length - 1] << (Longest - length);
        return free < 0 ? null : new(counts, symbols);
    }

    /// <summary>The next symbol, or -1 where the bits are no code. At least 16 bits must be at hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(ref JpegBits bits)
    {
        var entry = direct[bits.Peek(Direct)];
        if (entry == 0) return Long(ref bits);
        bits.Skip(entry >> 8);
        return entry & 0xFF;
    }

    private int Long(ref JpegBits bits)
    {
        var code = bits.Peek(Longest);
        for (var length = Direct + 1; length <= Longest; length++)
        {
            if (code >= end[length]) continue;
            bits.Skip(length);
            var index = (code >> (Longest - length)) + offset[length];
            return (uint)index < (uint)symbols.Length ? symbols[index] : -1;
        }
        return -1;
    }

    /// <summary>The tables that films of JPEG pictures leave out (T.81, annex K.3): for brightness or colour, for the first value of a
    /// block or the others.</summary>
    public static JpegHuffman Standard(bool isAc, int number) => (isAc, number) switch
    {
        (false, 0) => new([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        (false, _) => new([0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        (true, 0) => new([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125], Convert.FromHexString(
            "01020300041105122131410613516107227114328191A1082342B1C11552D1F02433627282090A161718191A25262728292A343536373839"
            + "3A434445464748494A535455565758595A636465666768696A737475767778797A838485868788898A92939495969798999AA2A3A4A5A6A7"
            + "A8A9AAB2B3B4B5B6B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8D9DAE1E2E3E4E5E6E7E8E9EAF1F2F3F4F5F6F7F8F9FA")),
        (true, _) => new([0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119], Convert.FromHexString(
            "000102031104052131061241510761711322328108144291A1B1C109233352F0156272D10A162434E125F11718191A262728292A35363738"
            + "393A434445464748494A535455565758595A636465666768696A737475767778797A82838485868788898A92939495969798999AA2A3A4A5"
            + "A6A7A8A9AAB2B3B4B5B6B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8D9DAE2E3E4E5E6E7E8E9EAF2F3F4F5F6F7F8F9FA")),
    };
}
