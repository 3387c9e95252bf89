namespace FeatureMap.Data;

/// <summary>
/// Reads the blocks of one scan: all coefficients at once (baseline), or in a progressive picture a range of them from their high bits on
/// or one bit more of each (ITU-T T.81, F.2.2 and G.2).
/// </summary>
internal struct JpegScan(byte[] content, int position, JpegComponent[] components, bool isProgressive, int from, int to, int high, int low)
{
    /// <summary>The bits, of which the decoder sees when they end.</summary>
    public JpegBits Bits = new(content, position);
    private readonly short[] block = new short[64];
    private int blocksWithout = Reset(components); // further blocks that bring nothing new (EOB run)

    /// <summary>Where the k-th coefficient of a file stands in the block: in zigzag from the low frequencies to the high ones.</summary>
    public static ReadOnlySpan<byte> Order =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    /// <summary>Goes on behind a restart marker.</summary>
    public void Restart(int at)
    {
        Bits = new(content, at);
        blocksWithout = Reset(components);
    }

    /// <summary>Reads a block; false where its bits are no code.</summary>
    public bool Block(JpegComponent component, int row, int column)
    {
        if (isProgressive)
        {
            var coefficients = component.Coefficients.AsSpan(64 * ((row * component.Stride) + column), 64);
            if (from > 0) return high == 0 ? FirstAc(component.AcTable!, coefficients) : RefineAc(component.AcTable!, coefficients);
            return high == 0 ? FirstDc(component, coefficients) : RefineDc(coefficients);
        }
        block.AsSpan().Clear();
        if (!Baseline(component)) return false;
        var samples = component.Samples.AsSpan(component.SampleOf(row, column));
        JpegTransform.Inverse(block, component.Quantization!, samples, 8 * component.Stride);
        return true;
    }

    private static int Reset(JpegComponent[] components)
    {
        foreach (var component in components)
            component.Prediction = 0;
        return 0;
    }

    private bool FirstDc(JpegComponent component, Span<short> coefficients)
    {
        Bits.Fill();
        var size = component.DcTable!.Next(ref Bits);
        if (size is < 0 or > 15) return false;
        component.Prediction += Bits.TakeSigned(size);
        coefficients[0] = (short)(component.Prediction << low);
        return true;
    }

    private bool RefineDc(Span<short> coefficients)
    {
        Bits.Fill();
        if (Bits.Take(1) != 0) coefficients[0] |= (short)(1 << low);
        return true;
    }

    private bool Baseline(JpegComponent component)
    {
        if (!FirstDc(component, block)) return false;
        var table = component.AcTable!;
        for (var k = 1; k < 64; k++)
        {
            Bits.Fill();
            var symbol = table.Next(ref Bits);
            if (symbol < 0) return false;
            var size = symbol & 15;
            k += symbol >> 4;
            if (size == 0)
            {
                if (symbol != 0xF0) return symbol == 0; // end of the block; other runs without a value do not exist
                continue;
            }
            if (k > 63) return false;
            block[Order[k]] = (short)Bits.TakeSigned(size);
        }
        return true;
    }

    private bool FirstAc(JpegHuffman table, Span<short> coefficients)
    {
        if (blocksWithout > 0)
        {
            blocksWithout--;
            return true;
        }
        for (var k = from; k <= to; k++)
        {
            Bits.Fill();
            var symbol = table.Next(ref Bits);
            if (symbol < 0) return false;
            int run = symbol >> 4, size = symbol & 15;
            if (size == 0 && run < 15)
            {
                blocksWithout = (1 << run) - 1 + (run == 0 ? 0 : Bits.Take(run));
                return true;
            }
            k += run;
            if (size == 0) continue;
            if (k > to) return false;
            coefficients[Order[k]] = (short)(Bits.TakeSigned(size) << low);
        }
        return true;
    }

    // Every coefficient that is not 0 yet gets a bit more, in passing; new ones are 1 or -1 in this bit.
    private bool RefineAc(JpegHuffman table, Span<short> coefficients)
    {
        short plus = (short)(1 << low), minus = (short)(-1 << low);
        var k = from;
        while (blocksWithout == 0 && k <= to)
        {
            Bits.Fill();
            var symbol = table.Next(ref Bits);
            if (symbol < 0) return false;
            int run = symbol >> 4, size = symbol & 15;
            short fresh = 0;
            if (size == 1) fresh = Bits.Take(1) != 0 ? plus : minus;
            else if (size != 0) return false;
            else if (run < 15)
            {
                blocksWithout = (1 << run) + (run == 0 ? 0 : Bits.Take(run));
                break;
            }
            for (; k <= to; k++)
            {
                ref var coefficient = ref coefficients[Order[k]];
                if (coefficient != 0) Refine(ref coefficient, plus, minus);
                else if (run-- == 0) break;
            }
            if (fresh != 0)
            {
                if (k > to) return false;
                coefficients[Order[k]] = fresh;
            }
            k++;
        }
        if (blocksWithout == 0) return true;
        for (; k <= to; k++)
        {
            ref var coefficient = ref coefficients[Order[k]];
            if (coefficient != 0) Refine(ref coefficient, plus, minus);
        }
        blocksWithout--;
        return true;
    }

    private void Refine(ref short coefficient, short plus, short minus)
    {
        Bits.Fill();
        if (Bits.Take(1) != 0 && (coefficient & plus) == 0) coefficient += coefficient >= 0 ? plus : minus;
    }
}
