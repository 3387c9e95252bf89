using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace FeatureMap.Data;

/// <summary>
/// The bits of a scan. FF00 stands for FF; any other FF ends them, and from there on zeros are handed out and counted, so that the reader
/// is told that it took what is not there. What comes out is a function of the file alone.
/// </summary>
internal struct JpegBits(byte[] content, int position)
{
    private ulong buffer; // the next bits, from the highest on
    private int count, made; // bits in the buffer, and how many of all that were put in are made up

    /// <summary>Where the next byte is read: at the end of the bits the marker, or the end of the file.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Whether more bits were taken than the file has.</summary>
    public readonly bool IsOverrun => count < made;

    /// <summary>Sees to it that at least 32 bits are at hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill()
    {
        if (count < 32) FillSlowly();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Peek(int bits) => (int)(buffer >> (64 - bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(int bits)
    {
        buffer <<= bits;
        count -= bits;
    }

    /// <summary>1 to 16 bits as a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Take(int bits)
    {
        var value = Peek(bits);
        Skip(bits);
        return value;
    }

    /// <summary>A value of so many bits (0 to 16) whose first bit tells its sign (T.81, F.2.2.1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TakeSigned(int bits)
    {
        if (bits == 0) return 0;
        var value = Take(bits);
        return value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
    }

    /// <summary>
    /// Leaves the bits: the position is that of the next marker then. Tells how many whole bytes were not used, and how many of them are no
    /// padding (00 or FF).
    /// </summary>
    public (int Unused, int Odd) Finish()
    {
        int unused = 0, odd = 0;
        // The rest of a byte that was begun is padding.
        var real = count - made;
        for (Skip(real & 7), real &= ~7; real > 0; real -= 8) Note(Take(8), ref unused, ref odd);
        for (var end = false; !end;)
        {
            var value = NextByte(out end);
            if (!end) Note(value, ref unused, ref odd);
        }
        (buffer, count, made) = (0, 0, 0);
        return (unused, odd);

        static void Note(int value, ref int unused, ref int odd)
        {
            unused++;
            if (value is not (0x00 or 0xFF)) odd++;
        }
    }

    private void FillSlowly()
    {
        if (Position + 4 <= content.Length)
        {
            var four = BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(Position));
            var turned = ~four; // FF is 00 here: the usual test for a zero among bytes
            if (((turned - 0x01010101) & ~turned & 0x80808080) == 0)
            {
                buffer |= (ulong)four << (32 - count);
                count += 32;
                Position += 4;
                return;
            }
        }
        while (count <= 56)
        {
            var value = NextByte(out var end);
            if (end) made += 8;
            buffer |= (ulong)value << (56 - count);
            count += 8;
        }
    }

    private int NextByte(out bool end)
    {
        end = false;
        if (Position < content.Length && content[Position] != 0xFF) return content[Position++];
        var next = Position + 1;
        while (next < content.Length && content[next] == 0xFF) next++; // fill bytes
        if (next < content.Length && content[next] == 0)
        {
            Position = next + 1;
            return 0xFF;
        }
        end = true;
        return 0;
    }
}
