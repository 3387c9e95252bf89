using System.Buffers.Binary;
using System.Numerics;

namespace FeatureMap.Data;

/// <summary>
/// Decodes a PNG row by row. Of 16 bits the high eight are kept; gamma and colour profiles are left alone, as networks are trained on the
/// numbers of the file. Source: Portable Network Graphics (PNG) Specification, ISO/IEC 15948.
/// </summary>
internal sealed class PngDecoder
{
    private readonly PngStructure png;
    private readonly string place;
    private readonly int components, sampleCount;
    private readonly int[] transparent = []; // the samples of the colour that is transparent
    private readonly SampleRange range = new();

    private PngDecoder(byte[] content, string place)
    {
        (png, this.place) = (PngStructure.Read(content, place), place);
        sampleCount = png.PixelBits / png.Depth;
        var hasAlpha = png.Colour is 4 or 6 || png.Transparency is not null;
        components = hasAlpha ? 4 : png.Colour == 0 ? 1 : 3;
        if (png.Transparency is not { } alpha || png.Colour == 3) return;
        if (png.Colour is 4 or 6)
            throw ImageHeader.Broken(place, "the PNG has an alpha channel and a transparent colour besides (chunk tRNS)");
        if (alpha.Length != 2 * sampleCount)
            throw ImageHeader.Broken(place, $"the transparent colour of the PNG has {alpha.Length} bytes: expected {2 * sampleCount}");
        transparent = new int[sampleCount];
        for (var index = 0; index < sampleCount; index++)
            transparent[index] = BinaryPrimitives.ReadUInt16BigEndian(alpha.AsSpan(2 * index));
    }

    /// <summary>Decodes a whole file, whose header was read before, into rows.</summary>
    /// <returns>What must be said about a file of 16 bits that are hardly used, or null.</returns>
    /// <exception cref="DataException">The file is damaged.</exception>
    public static string? Decode(byte[] content, string place, IPixelRows rows)
    {
        var decoder = new PngDecoder(content, place);
        try
        {
            decoder.Run(rows);
        }
        catch (InvalidDataException error)
        {
            throw ImageHeader.Broken(place, "the compressed pixels of the PNG cannot be unpacked", error);
        }
        return decoder.range.Notice;
    }

    private void Run(IPixelRows rows)
    {
        using var stream = png.Unpack();
        int width = png.Header.StoredWidth, height = png.Header.StoredHeight;
        var whole = png.IsInterlaced ? new byte[checked(width * height * components)] : [];
        var line = new byte[width * components];
        long unpacked = 0;
        foreach (var pass in png.Passes())
        {
            var bytes = png.RowBytes(pass.Columns);
            byte[] current = new byte[1 + bytes], above = new byte[bytes];
            for (var y = 0; y < pass.Rows; y++)
            {
                var got = stream.ReadAtLeast(current, current.Length, throwOnEndOfStream: false);
                unpacked += got;
                if (got < current.Length) throw WrongLength($"{unpacked:N0}");
                var row = current.AsSpan(1);
                Unfilter(current[0], row, above, Math.Max(1, png.PixelBits / 8), place);
                row.CopyTo(above);
                Expand(row, pass.Columns, line);
                if (!png.IsInterlaced)
                {
                    rows.Put(y, line, components);
                    continue;
                }
                var to = ((pass.Y + (y * pass.StepY)) * width) + pass.X;
                for (var x = 0; x < pass.Columns; x++, to += pass.StepX)
                    line.AsSpan(x * components, components).CopyTo(whole.AsSpan(to * components));
            }
        }
        if (stream.ReadByte() >= 0) throw WrongLength("more");
        for (var y = 0; y < height && png.IsInterlaced; y++)
            rows.Put(y, whole.AsSpan(y * line.Length, line.Length), components);
    }

    private DataException WrongLength(string received) =>
        ImageHeader.Broken(place, $"the pixels of the PNG should unpack to {png.UnpackedLength:N0} bytes: received {received}");

    // A byte is stored as the difference from its left neighbour, the one above, their mean, or the one of three that is nearest to left +
    // above - corner (Paeth).
    internal static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int pixel, string place)
    {
        above = above[..row.Length];
        switch (filter)
        {
            case 0:
                return;
            case 1:
                for (var i = pixel; i < row.Length; i++) row[i] += row[i - pixel];
                return;
            case 2:
                for (var i = 0; i < row.Length; i++) row[i] += above[i];
                return;
            case 3:
                for (var i = 0; i < row.Length; i++) row[i] += (byte)(((i < pixel ? 0 : row[i - pixel]) + above[i]) >> 1);
                return;
            case 4:
                for (var i = 0; i < row.Length; i++) row[i] += i < pixel ? above[i] : Paeth(row[i - pixel], above[i], above[i - pixel]);
                return;
            default:
                throw ImageHeader.Broken(place, $"a row of the PNG has the filter {filter}: expected 0 to 4");
        }
    }

    private static byte Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - (2 * corner));
        return (byte)(toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner);
    }

    private void Expand(ReadOnlySpan<byte> row, int columns, Span<byte> line)
    {
        if (png.Colour == 3)
        {
            FromPalette(row, columns, line);
            return;
        }
        if (png.Depth == 8 && components == sampleCount)
        {
            row[..(columns * components)].CopyTo(line);
            return;
        }
        Span<int> samples = stackalloc int[4];
        samples = samples[..sampleCount];
        var colours = png.Colour is 0 or 4 ? 1 : 3;
        for (int x = 0, to = 0; x < columns; x++, to += components)
        {
            for (var index = 0; index < sampleCount; index++)
            {
                samples[index] = Sample(row, (x * sampleCount) + index, png.Depth);
                if (png.Depth == 16 && index < colours) range.Add(samples[index]);
            }
            if (components == 1)
            {
                line[to] = Eight(samples[0]);
                continue;
            }
            for (var index = 0; index < 3; index++)
                line[to + index] = Eight(samples[colours == 1 ? 0 : index]);
            if (components == 4)
                line[to + 3] = sampleCount > colours ? Eight(samples[^1]) : samples.SequenceEqual(transparent) ? (byte)0 : (byte)255;
        }
    }

    private void FromPalette(ReadOnlySpan<byte> row, int columns, Span<byte> line)
    {
        var palette = png.Palette!;
        for (int x = 0, to = 0; x < columns; x++, to += components)
        {
            var index = Sample(row, x, png.Depth);
            if ((3 * index) + 2 >= palette.Length)
                throw ImageHeader.Broken(place, $"the PNG has a palette of {palette.Length / 3} colours and a pixel of colour {index}");
            palette.AsSpan(3 * index, 3).CopyTo(line[to..]);
            if (components == 4) line[to + 3] = index < png.Transparency!.Length ? png.Transparency[index] : (byte)255;
        }
    }

    // The first sample is in the highest bits of a byte.
    internal static int Sample(ReadOnlySpan<byte> row, int index, int bits) => bits switch
    {
        8 => row[index],
        16 => BinaryPrimitives.ReadUInt16BigEndian(row[(2 * index)..]),
        _ => (row[index * bits / 8] >> (8 - bits - (index * bits % 8))) & ((1 << bits) - 1),
    };

    private byte Eight(int sample) =>
        (byte)(png.Depth switch { 8 => sample, 16 => sample >> 8, var depth => sample * 255 / ((1 << depth) - 1) });

    /// <summary>Looks whether the high bytes of 16-bit samples, which are kept, say what the samples say.</summary>
    private sealed class SampleRange
    {
        // Cameras of 10 to 14 bits store their values as they are: all are below 1,024 to 16,384.
        private const int Fourteen = 1 << 14, Twelve = 1 << 12;
        private long count, low;
        private int most;
        private bool isFine; // whether the low bytes say something that the high ones do not

        public void Add(int sample)
        {
            count++;
            if (sample < Twelve) low++;
            most = Math.Max(most, sample);
            var below = sample & 0xFF;
            isFine |= below != 0 && below != sample >> 8;
        }

        // All below 14 bits, or as good as all below 12: a few bright dots do not make a picture.
        public string? Notice
        {
            get
            {
                if (!isFine || (most >= Fourteen && low < count * 0.99)) return null;
                var bits = 32 - BitOperations.LeadingZeroCount((uint)most);
                var what = most < Fourteen
                    ? $"its samples of 16 bits end at {most:N0} of 65,535, as those of a camera with {bits} bits do"
                    : $"{100.0 * low / count:0.#} % of its samples of 16 bits are below {Twelve:N0} of 65,535";
                var factor = most < Fourteen ? $"by {1 << (16 - bits)}" : "so that they use the 16 bits";
                return $"{what}, and only the high byte of a sample is kept, so the picture becomes almost black. "
                    + $"Multiply the values {factor}, or save them with 8 bits";
            }
        }
    }
}
