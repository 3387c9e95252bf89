using System.Buffers.Binary;
using System.Numerics;

namespace FeatureMap.Data;

/// <summary>
/// Reads Windows and OS/2 bitmaps without compression: a file header of 14 bytes (where the pixels begin stands at 10), a second header
/// whose length tells its kind, perhaps masks, perhaps a table of colours, perhaps a gap, and the rows, each filled up to 4 bytes, the
/// lowest first unless the height is negative. Sources: Microsoft, BITMAPINFOHEADER to BITMAPV5HEADER; IBM, OS/2 Presentation Manager
/// bitmaps.
/// </summary>
internal sealed class Bmp
{
    private const int FileHeader = 14, OldHeader = 12, MaskedHeader = 52, AlphaHeader = 56, Os2Header = 64;
    private const uint Plain = 0, BitFields = 3, AlphaBitFields = 6;

    // Names of the compressions, which mean something else in an OS/2 header.
    private static readonly string[] Names = ["none", "RLE8", "RLE4", "bit fields", "JPEG", "PNG", "alpha bit fields"];
    private static readonly string[] Os2Names = ["none", "RLE8", "RLE4", "Huffman 1D", "RLE24"];

    private readonly int bits, row, paletteStart, paletteEntry, paletteCount;
    private readonly long offset;
    private readonly bool isTopDown;
    private readonly Mask red, green, blue, alpha;

    private Bmp(ReadOnlySpan<byte> content, string place)
    {
        if (content.Length < 26) throw ImageHeader.Broken(place, $"a BMP has at least 26 bytes of headers, the file {content.Length}");
        offset = BinaryPrimitives.ReadUInt32LittleEndian(content[10..]);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(content[FileHeader..]);
        var isKnown = size is OldHeader or 16 or 40 or MaskedHeader or AlphaHeader or Os2Header or 108 or 124;
        if (!isKnown || content.Length < FileHeader + size)
            throw ImageHeader.Broken(place, $"the second BMP header has {size:N0} bytes: expected 12, 16, 40, 52, 56, 64, 108 or 124, and "
                + "that they are there");
        var isOld = size == OldHeader;
        var sides = content[18..];
        long width = isOld ? BinaryPrimitives.ReadUInt16LittleEndian(sides) : BinaryPrimitives.ReadInt32LittleEndian(sides);
        long height = isOld ? BinaryPrimitives.ReadUInt16LittleEndian(sides[2..]) : BinaryPrimitives.ReadInt32LittleEndian(sides[4..]);
        bits = BinaryPrimitives.ReadUInt16LittleEndian(content[(isOld ? 24 : 28)..]);
        var compression = size < 40 ? Plain : BinaryPrimitives.ReadUInt32LittleEndian(content[30..]);
        isTopDown = height < 0;
        Header = ImageHeader.Checked(ImageFormat.Bmp, width, Math.Abs(height), 3, place);
        var hasMasks = compression is BitFields or AlphaBitFields && size != Os2Header;
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32) || !(compression == Plain || (hasMasks && bits is 16 or 32)))
        {
            var names = size == Os2Header ? Os2Names : Names;
            throw new DataException($"{place}: BMP files with {bits} bits per pixel and compression {compression}"
                + (compression > 0 && compression < names.Length ? $" ({names[compression]})" : "") + " are not read: expected 1, 4, 8, "
                + "16, 24 or 32 bits and no compression. Save it as PNG.");
        }
        // Masks stand in the header, or behind the one of 40 bytes.
        var start = FileHeader + size + (hasMasks && size == 40 ? (compression == AlphaBitFields ? 16 : 12) : 0);
        var rowBytes = ((width * bits) + 31) / 32 * 4;
        if (offset < start || offset + (rowBytes * Header.Height) > content.Length)
        {
            throw ImageHeader.Broken(place, $"the pixels need {offset:N0} + {Header.Height:N0} x {rowBytes:N0} = "
                + $"{offset + (rowBytes * Header.Height):N0} bytes, the file has {content.Length:N0}");
        }
        row = (int)rowBytes;
        if (bits <= 8)
        {
            paletteStart = (int)start;
            paletteEntry = isOld ? 3 : 4;
            var used = size >= 40 ? BinaryPrimitives.ReadUInt32LittleEndian(content[46..]) : 0;
            paletteCount = (int)Math.Min(used == 0 ? 1u << bits : used, (offset - start) / paletteEntry);
            return;
        }
        if (!hasMasks)
        {
            // The fourth byte of a pixel is reserved: whatever stands there, it is not how opaque the pixel is.
            (red, green, blue) = bits == 16
                ? (new Mask(0x7C00), new Mask(0x03E0), new Mask(0x001F))
                : (new Mask(0xFF0000), new Mask(0x00FF00), new Mask(0x0000FF));
            return;
        }
        uint MaskAt(ReadOnlySpan<byte> file, int index) => BinaryPrimitives.ReadUInt32LittleEndian(file[(FileHeader + 40 + (4 * index))..]);
        (red, green, blue) = (new(MaskAt(content, 0)), new(MaskAt(content, 1)), new(MaskAt(content, 2)));
        if (size >= AlphaHeader || compression == AlphaBitFields) alpha = new(MaskAt(content, 3));
        var all = red.Bits | green.Bits | blue.Bits | alpha.Bits;
        if (!red.IsValid || !green.IsValid || !blue.IsValid || !alpha.IsValid || all == alpha.Bits || (bits == 16 && all > 0xFFFF)
            || BitOperations.PopCount(all) != red.Width + green.Width + blue.Width + alpha.Width)
        {
            throw ImageHeader.Broken(place, $"the masks of the BMP {red.Bits:X8}, {green.Bits:X8}, {blue.Bits:X8} and {alpha.Bits:X8} are "
                + $"not each one run of bits of a pixel of {bits} bits");
        }
        // Writers that leave the place of the opacity empty mean an opaque picture.
        if (alpha.Width > 0 && !HasAlpha(content)) alpha = default;
    }

    public ImageHeader Header { get; }

    public static ImageHeader Parse(ReadOnlySpan<byte> content, string place) => new Bmp(content, place).Header;

    /// <summary>Decodes a whole file into rows.</summary>
    /// <exception cref="DataException">The file is damaged, cut, or of a kind that is not read.</exception>
    public static void Decode(byte[] content, string place, IPixelRows rows)
    {
        var bmp = new Bmp(content, place);
        var components = bmp.alpha.Width > 0 ? 4 : 3;
        var line = new byte[components * bmp.Header.Width];
        for (var y = 0; y < bmp.Header.Height; y++)
        {
            var source = bmp.Row(content, y);
            if (bmp.bits <= 8) bmp.Indexed(content, source, line, place);
            else bmp.Direct(source, line, components);
            rows.Put(y, line, components);
        }
    }

    /// <summary>The numbers of the colours in the table, row by row; null for a bitmap without one.</summary>
    /// <param name="content">The file.</param>
    /// <param name="place">Its name in messages.</param>
    /// <param name="bits">Bits of a number.</param>
    public static ushort[]? Indices(byte[] content, string place, out int bits)
    {
        var bmp = new Bmp(content, place);
        bits = bmp.bits;
        if (bits > 8) return null;
        var indices = new ushort[bmp.Header.Height * bmp.Header.Width];
        for (var i = 0; i < indices.Length; i++)
            indices[i] = (ushort)PngDecoder.Sample(bmp.Row(content, i / bmp.Header.Width), i % bmp.Header.Width, bits);
        return indices;
    }

    private ReadOnlySpan<byte> Row(ReadOnlySpan<byte> content, int y) =>
        content.Slice((int)offset + ((isTopDown ? y : Header.Height - 1 - y) * row), row);

    // The first pixel is in the highest bits of a byte; colours stand as blue, green, red.
    private void Indexed(ReadOnlySpan<byte> content, ReadOnlySpan<byte> source, Span<byte> line, string place)
    {
        for (var x = 0; x < Header.Width; x++)
        {
            var at = x * bits;
            var index = (source[at >> 3] >> (8 - bits - (at & 7))) & ((1 << bits) - 1);
            if (index >= paletteCount)
                throw ImageHeader.Broken(place, $"the BMP has a table of {paletteCount} colours and a pixel of colour {index}");
            var colour = content.Slice(paletteStart + (index * paletteEntry), 3);
            (line[3 * x], line[(3 * x) + 1], line[(3 * x) + 2]) = (colour[2], colour[1], colour[0]);
        }
    }

    private void Direct(ReadOnlySpan<byte> source, Span<byte> line, int components)
    {
        for (int x = 0, to = 0; x < Header.Width; x++, to += components)
        {
            var pixel = Pixel(source, x);
            (line[to], line[to + 1], line[to + 2]) = (red.Of(pixel), green.Of(pixel), blue.Of(pixel));
            if (components == 4) line[to + 3] = alpha.Of(pixel);
        }
    }

    private uint Pixel(ReadOnlySpan<byte> source, int x) => bits switch
    {
        16 => BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * x)..]),
        24 => (uint)(source[3 * x] | (source[(3 * x) + 1] << 8) | (source[(3 * x) + 2] << 16)),
        _ => BinaryPrimitives.ReadUInt32LittleEndian(source[(4 * x)..]),
    };

    private bool HasAlpha(ReadOnlySpan<byte> content)
    {
        for (var y = 0; y < Header.Height; y++)
        {
            var source = Row(content, y);
            for (var x = 0; x < Header.Width; x++)
                if ((Pixel(source, x) & alpha.Bits) != 0) return true;
        }
        return false;
    }

    /// <summary>Where a colour stands in a pixel.</summary>
    private readonly struct Mask(uint bits)
    {
        private readonly int shift = bits == 0 ? 0 : BitOperations.TrailingZeroCount(bits);

        public uint Bits => bits;

        public int Width { get; } = BitOperations.PopCount(bits);

        public bool IsValid => bits == 0 || BitOperations.IsPow2((ulong)(bits >> shift) + 1);

        // Fewer than eight bits are repeated until they fill eight, so that all ones are 255; of more the highest eight count.
        public byte Of(uint pixel)
        {
            if (Width == 0) return 0;
            var value = (pixel & bits) >> shift;
            if (Width >= 8) return (byte)(value >> (Width - 8));
            uint eight = 0;
            for (var left = 8 - Width; left > -Width; left -= Width)
                eight |= left >= 0 ? value << left : value >> -left;
            return (byte)eight;
        }
    }
}
