namespace FeatureMap.Data;

/// <summary>
/// Brings the components of a JPEG to one resolution, row by row, and makes red, green and blue of them. A halved component is interpolated
/// between its neighbours with weights 3/4 and 1/4 (sample centres of the chroma lie between the pixels); others are repeated. Rounding
/// alternates as libjpeg's does.
/// </summary>
internal sealed class JpegUpsampling(JpegComponent[] components, ImageHeader header, JpegColours colours)
{
    private const int Half = 1 << 15; // colours are computed with 16 bits behind the point

    public void Write(IPixelRows rows)
    {
        var width = header.StoredWidth;
        var lines = components.Select(component => new byte[component.Width * component.FactorAcross]).ToArray();
        var sums = new int[components.Max(component => component.Width)];
        var colour = colours == JpegColours.Gray ? [] : new byte[3 * width];
        for (var y = 0; y < header.StoredHeight; y++)
        {
            for (var index = 0; index < lines.Length; index++)
                Row(components[index], y, lines[index], sums);
            if (colours == JpegColours.Gray)
            {
                rows.Put(y, lines[0].AsSpan(0, width), 1);
                continue;
            }
            if (colours == JpegColours.YCbCr) FromYCbCr(lines[0], lines[1], lines[2], colour);
            else FromOthers(lines, colour);
            rows.Put(y, colour, 3);
        }
    }

    private static void FromYCbCr(ReadOnlySpan<byte> luma, ReadOnlySpan<byte> blueness, ReadOnlySpan<byte> redness, Span<byte> colour)
    {
        for (int x = 0, to = 0; to + 2 < colour.Length; x++, to += 3)
            FromYCbCr(luma[x], blueness[x] - 128, redness[x] - 128, out colour[to], out colour[to + 1], out colour[to + 2]);
    }

    // R = Y + 1.402 Cr, G = Y - 0.344136 Cb - 0.714136 Cr, B = Y + 1.772 Cb (T.871).
    private static void FromYCbCr(int y, int cb, int cr, out byte red, out byte green, out byte blue)
    {
        red = Clamp(y + (((91881 * cr) + Half) >> 16));
        green = Clamp(y + (((-22554 * cb) - (46802 * cr) + Half) >> 16));
        blue = Clamp(y + (((116130 * cb) + Half) >> 16));
    }

    private static byte Clamp(int value) => (uint)value <= 255 ? (byte)value : value < 0 ? (byte)0 : (byte)255;

    private void FromOthers(byte[][] lines, Span<byte> colour)
    {
        for (int x = 0, to = 0; to + 2 < colour.Length; x++, to += 3)
        {
            byte first = lines[0][x], second = lines[1][x], third = lines[2][x], black = lines.Length > 3 ? lines[3][x] : (byte)0;
            if (colours == JpegColours.Ycck) // what is found is the ink
            {
                FromYCbCr(first, second - 128, third - 128, out first, out second, out third);
                (first, second, third) = ((byte)(255 - first), (byte)(255 - second), (byte)(255 - third));
            }
            (colour[to], colour[to + 1], colour[to + 2]) = colours switch
            {
                JpegColours.Rgb => (first, second, third),
                JpegColours.Cmyk => (Ink(255 - first, 255 - black), Ink(255 - second, 255 - black), Ink(255 - third, 255 - black)),
                _ => (Ink(first, black), Ink(second, black), Ink(third, black)),
            };
        }
    }

    // Light that two inks let through, each 0 to 255: their product, rounded.
    private static byte Ink(int first, int second)
    {
        var product = (first * second) + 128;
        return (byte)((product + (product >> 8)) >> 8);
    }

    private static void Row(JpegComponent component, int y, Span<byte> line, int[] sums)
    {
        var width = component.Width;
        int stride = 8 * component.Stride, row = y / component.FactorDown;
        var near = component.Samples.AsSpan(row * stride, width);
        if (component.FactorAcross == 1 && component.FactorDown == 1)
        {
            near.CopyTo(line);
            return;
        }
        var isSmooth = (component.FactorAcross, component.FactorDown) is (2, 1) or (2, 2) or (1, 2);
        if (!isSmooth || (component.FactorAcross == 2 && width <= 2))
        {
            for (int x = 0, to = 0; x < width; x++)
                for (var i = 0; i < component.FactorAcross; i++)
                    line[to++] = near[x];
            return;
        }
        if (component.FactorDown == 1)
        {
            for (var x = 0; x < width; x++)
            {
                int middle = 3 * near[x], before = x == 0 ? near[x] : near[x - 1], behind = x == width - 1 ? near[x] : near[x + 1];
                line[2 * x] = (byte)((middle + before + 1) >> 2);
                line[(2 * x) + 1] = (byte)((middle + behind + 2) >> 2);
            }
            return;
        }
        // The upper of two rows looks at the row of samples above, the lower at the one below; at the edge at its own.
        var isUpper = y % 2 == 0;
        var other = Math.Clamp(isUpper ? row - 1 : row + 1, 0, component.Height - 1);
        var far = component.Samples.AsSpan(other * stride, width);
        for (var x = 0; x < width; x++)
            sums[x] = (3 * near[x]) + far[x];
        if (component.FactorAcross == 1)
        {
            for (var x = 0; x < width; x++)
                line[x] = (byte)((sums[x] + (isUpper ? 1 : 2)) >> 2);
            return;
        }
        for (var x = 0; x < width; x++)
        {
            int middle = 3 * sums[x], before = x == 0 ? sums[x] : sums[x - 1], behind = x == width - 1 ? sums[x] : sums[x + 1];
            line[2 * x] = (byte)((middle + before + 8) >> 4);
            line[(2 * x) + 1] = (byte)((middle + behind + 7) >> 4);
        }
    }
}
