namespace FeatureMap.Data;

/// <summary>
/// The inverse cosine transform of a block, in whole numbers with 13 bits behind the point. Source: C. Loeffler, A. Ligtenberg, G.
/// Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications", ICASSP 1989; where to round is chosen so that the samples are
/// those of libjpeg to the bit.
/// </summary>
internal static class JpegTransform
{
    private const int Bits = 13, PassBits = 2;

    // Cosines and their sums, times 2^13.
    private const int F0298 = 2446, F0390 = 3196, F0541 = 4433, F0765 = 6270, F0899 = 7373, F1175 = 9633, F1501 = 12299, F1847 = 15137,
        F1961 = 16069, F2053 = 16819, F2562 = 20995, F3072 = 25172;

    /// <param name="coefficients">64, row by row, quantised.</param>
    /// <param name="quantization">64, row by row.</param>
    /// <param name="samples">Begins at the block's first sample.</param>
    /// <param name="stride">Samples from a row to the next.</param>
    public static void Inverse(ReadOnlySpan<short> coefficients, ushort[] quantization, Span<byte> samples, int stride)
    {
        Span<int> work = stackalloc int[64];
        coefficients = coefficients[..64];
        ReadOnlySpan<ushort> factors = quantization.AsSpan(0, 64);
        if (!coefficients[1..].ContainsAnyExcept((short)0))
        {
            var flat = Clamp(((coefficients[0] * factors[0] << PassBits) + (1 << (PassBits + 2))) >> (PassBits + 3));
            for (var row = 0; row < 8; row++)
                samples.Slice(row * stride, 8).Fill(flat);
            return;
        }
        for (var x = 0; x < 8; x++)
        {
            int first = coefficients[x] * factors[x];
            int c1 = coefficients[8 + x], c2 = coefficients[16 + x], c3 = coefficients[24 + x], c4 = coefficients[32 + x],
                c5 = coefficients[40 + x], c6 = coefficients[48 + x], c7 = coefficients[56 + x];
            if ((c1 | c2 | c3 | c4 | c5 | c6 | c7) == 0)
            {
                first <<= PassBits;
                for (var y = 0; y < 64; y += 8)
                    work[y + x] = first;
                continue;
            }
            Eight(
                first, c1 * factors[8 + x], c2 * factors[16 + x], c3 * factors[24 + x], c4 * factors[32 + x], c5 * factors[40 + x],
                c6 * factors[48 + x], c7 * factors[56 + x],
                work[x..], 8, Bits - PassBits);
        }
        for (var y = 0; y < 8; y++)
        {
            var row = work.Slice(8 * y, 8);
            Eight(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row, 1, Bits + PassBits + 3);
            var line = samples.Slice(y * stride, 8);
            for (var x = 0; x < 8; x++)
                line[x] = Clamp(row[x]);
        }
    }

    // Eight values of a row or column, rounded and shifted back.
    private static void Eight(int c0, int c1, int c2, int c3, int c4, int c5, int c6, int c7, Span<int> to, int step, int shift)
    {
        // Even part.
        int z1 = (c2 + c6) * F0541;
        int even2 = z1 - (c6 * F1847), even3 = z1 + (c2 * F0765);
        int even0 = (c0 + c4) << Bits, even1 = (c0 - c4) << Bits;
        int a0 = even0 + even3, a3 = even0 - even3, a1 = even1 + even2, a2 = even1 - even2;
        // Odd part.
        int s1 = c7 + c1, s2 = c5 + c3, s3 = c7 + c3, s4 = c5 + c1;
        int s5 = (s3 + s4) * F1175;
        int b0 = c7 * F0298, b1 = c5 * F2053, b2 = c3 * F3072, b3 = c1 * F1501;
        s1 *= -F0899;
        s2 *= -F2562;
        s3 = (s3 * -F1961) + s5;
        s4 = (s4 * -F0390) + s5;
        b0 += s1 + s3;
        b1 += s2 + s4;
        b2 += s2 + s3;
        b3 += s1 + s4;
        var half = 1 << (shift - 1);
        to[7 * step] = (a0 - b3 + half) >> shift;
        to[0] = (a0 + b3 + half) >> shift;
        to[step] = (a1 + b2 + half) >> shift;
        to[6 * step] = (a1 - b2 + half) >> shift;
        to[2 * step] = (a2 + b1 + half) >> shift;
        to[5 * step] = (a2 - b1 + half) >> shift;
        to[3 * step] = (a3 + b0 + half) >> shift;
        to[4 * step] = (a3 - b0 + half) >> shift;
    }

    private static byte Clamp(int value) => (uint)(value + 128) <= 255 ? (byte)(value + 128) : value < 0 ? (byte)0 : (byte)255;
}
