using System.Buffers.Binary;

namespace FeatureMap.Data;

/// <summary>
/// Decodes a JPEG, baseline or progressive, with 8 bits, whole or not at all: every block of every component must come with all its bits,
/// every restart marker in its turn, and the end marker at the end. What is damaged beyond that is refused, so no pixel depends on anything
/// but the file. Pixels are those of libjpeg-turbo to the bit (its accurate transform and smooth upsampling). Source: ITU-T T.81.
/// </summary>
internal sealed class JpegDecoder
{
    // Bytes behind the last block of a scan that are no padding: some cameras leave a few. More of them mean that a part was lost or
    // misread.
    private const int MostLeftOver = 64;

    // All coefficients of four components in all their bits would be some thousands of scans; encoders write about ten.
    private const int MostScans = 256;

    private readonly byte[] content;
    private readonly string place;
    private readonly ImageHeader header;
    private readonly bool isProgressive;
    private readonly JpegColours colours;
    private readonly JpegComponent[] components;
    private readonly ushort[]?[] quantization = new ushort[]?[4];
    private readonly JpegHuffman?[] dcTables = new JpegHuffman?[4], acTables = new JpegHuffman?[4];
    private readonly bool hasTables;
    private readonly int most, mostDown;
    private int restartInterval, scans;

    private JpegDecoder(byte[] content, string place)
    {
        (this.content, this.place) = (content, place);
        var frame = JpegFrame.Parse(content, place);
        (header, isProgressive, colours) = (frame.Header, frame.IsProgressive, frame.Colours);
        var descriptions = frame.Components.ToArray();
        if (descriptions.Length == 3) descriptions[1] = 0x11; // a single component is never subsampled, whatever its factors are
        var factors = Enumerable.Range(0, descriptions.Length / 3).Select(index => descriptions[(3 * index) + 1]).ToArray();
        if (factors.Any(factor => (factor >> 4) is < 1 or > 4 || (factor & 15) is < 1 or > 4))
            throw ImageHeader.Broken(place, $"the components of the JPEG have the sampling factors "
                + $"{string.Join(", ", factors.Select(f => $"{f >> 4} x {f & 15}"))}: expected 1 to 4");
        (most, mostDown) = (factors.Max(factor => factor >> 4), factors.Max(factor => factor & 15));
        if (factors.Any(factor => most % (factor >> 4) != 0 || mostDown % (factor & 15) != 0))
        {
            throw new DataException($"{place}: the components of the JPEG have the sampling factors "
                + $"{string.Join(", ", factors.Select(f => $"{f >> 4} x {f & 15}"))}: only those are read "
                + "where each divides the largest. Save it as an ordinary JPEG or as PNG.");
        }
        components = new JpegComponent[factors.Length];
        for (var index = 0; index < factors.Length; index++)
            components[index] = new(descriptions.AsSpan(3 * index, 3), header, most, mostDown);
        hasTables = HasHuffmanTables();
    }

    /// <summary>Decodes a whole file into rows.</summary>
    /// <exception cref="DataException">The file is damaged, cut, or of a kind that is not read.</exception>
    public static void Decode(byte[] content, string place, IPixelRows rows)
    {
        var decoder = new JpegDecoder(content, place);
        decoder.ReadScans();
        new JpegUpsampling(decoder.components, decoder.header, decoder.colours).Write(rows);
    }

    private void ReadScans()
    {
        foreach (var component in components)
            component.Allocate(isProgressive);
        var segments = new JpegSegments(content, place, 2);
        for (segments.Next(); segments.Marker != JpegSegments.EndOfImage; segments.Next())
        {
            switch (segments.Marker)
            {
                case JpegSegments.HuffmanTables:
                    ReadHuffmanTables(segments.Data);
                    break;
                case JpegSegments.QuantizationTables:
                    ReadQuantization(segments.Data);
                    break;
                case JpegSegments.RestartInterval:
                    if (segments.Data.Length != 2) throw Broken("the restart interval of the JPEG (marker FFDD) has not two bytes");
                    restartInterval = BinaryPrimitives.ReadUInt16BigEndian(segments.Data);
                    break;
                case JpegSegments.StartOfScan:
                    if (++scans > MostScans) throw Broken($"the JPEG has more than {MostScans} scans");
                    var end = ReadScan(segments.Data, segments.Position);
                    segments = new JpegSegments(content, place, end, JpegSegments.StartOfScan);
                    break;
                case 0xDC:
                    throw new DataException($"{place}: the JPEG tells its height behind its pixels (marker DNL): such files are not read. "
                        + "Save it as an ordinary JPEG or as PNG.");
                default:
                    if (segments.IsFrame && scans > 0) throw Broken("the JPEG has two frame headers");
                    break;
            }
        }
        CheckComplete();
        if (!isProgressive) return;
        foreach (var component in components)
            component.Transform();
    }

    // Progressive pictures may do without all coefficients but the first, which is the mean of a block. Others are whole or were cut.
    private void CheckComplete()
    {
        var hasDetails = components.Any(component => component.MissingBits.Skip(1).Any(bits => bits != JpegComponent.Unseen));
        foreach (var component in components)
        {
            var missing = Array.FindIndex(component.MissingBits, 0, hasDetails ? 64 : 1, bits => bits != 0);
            if (missing < 0) continue;
            var what = component.IsSeen(missing) ? $"the low bits of coefficient {missing} of "
                : missing == 0 ? "" : $"coefficient {missing} of ";
            throw Broken($"the JPEG ends before its picture is complete: no scan brings {what}component {component.Id}");
        }
    }

    private int ReadScan(ReadOnlySpan<byte> data, int position)
    {
        if (data.Length < 1 || data[0] is < 1 or > 4 || data.Length != 4 + (2 * data[0]))
            throw Broken($"the header of scan {scans} of the JPEG has a wrong length");
        var chosen = new JpegComponent[data[0]];
        int from = 0, to = 63, high = 0, low = 0;
        if (isProgressive)
        {
            var range = data[(1 + (2 * chosen.Length))..];
            (from, to, high, low) = (range[0], range[1], range[2] >> 4, range[2] & 15);
            if (to > 63 || low > 13 || (high != 0 && high != low + 1) || (from == 0 ? to != 0 : to < from || chosen.Length != 1))
                throw Broken($"scan {scans} of the JPEG brings coefficients {from} to {to} of {chosen.Length} components from bit {high} "
                    + $"to {low}, which the format does not know");
        }
        for (var index = 0; index < chosen.Length; index++)
        {
            int id = data[1 + (2 * index)], tables = data[2 + (2 * index)];
            var component = Array.Find(components, c => c.Id == id && !chosen.AsSpan().Contains(c))
                ?? throw Broken($"scan {scans} of the JPEG is about component {id}, which the frame header does not have or the scan has "
                    + "twice");
            if ((tables >> 4) > 3 || (tables & 15) > 3)
                throw Broken($"scan {scans} of the JPEG names the Huffman tables {tables >> 4} and {tables & 15}: expected 0 to 3");
            chosen[index] = component;
            component.Quantization ??= component.Table < 4 ? quantization[component.Table] : null;
            if (component.Quantization is null) throw Broken($"the JPEG has no quantisation table {component.Table} before scan {scans}");
            component.DcTable = from == 0 && high == 0 ? TableOf(false, tables >> 4) : null;
            component.AcTable = to > 0 ? TableOf(true, tables & 15) : null;
            Progress(component, from, to, high, low);
        }
        var scan = new JpegScan(content, position, chosen, isProgressive, from, to, high, low);
        return Decode(ref scan, chosen);
    }

    // A coefficient comes once with its high bits and then bit by bit.
    private void Progress(JpegComponent component, int from, int to, int high, int low)
    {
        if (from > 0 && !component.IsSeen(0))
            throw Broken($"scan {scans} of the JPEG refines component {component.Id} before its first coefficients came");
        for (var k = from; k <= to; k++)
        {
            if (high == 0 ? component.IsSeen(k) : component.MissingBits[k] != high)
                throw Broken($"scan {scans} of the JPEG brings coefficient {k} of component {component.Id} out of turn: a scan before it "
                    + "is missing or comes twice");
            component.MissingBits[k] = low;
        }
    }

    private int Decode(ref JpegScan scan, JpegComponent[] chosen)
    {
        // A unit is a block of the only component, without those that fill up, or Across x Down blocks of each.
        var alone = chosen.Length == 1;
        if (!alone && chosen.Sum(c => c.Across * c.Down) > 10)
            throw Broken($"the units of scan {scans} of the JPEG have more than 10 blocks");
        int across = alone ? JpegComponent.DivideUp(chosen[0].Width, 8) : JpegComponent.DivideUp(header.StoredWidth, 8 * most);
        int down = alone ? JpegComponent.DivideUp(chosen[0].Height, 8) : JpegComponent.DivideUp(header.StoredHeight, 8 * mostDown);
        int restart = restartInterval, markers = 0, done = 0;
        for (var y = 0; y < down; y++)
        {
            for (var x = 0; x < across; x++, done++)
            {
                if (restartInterval > 0 && restart-- == 0)
                {
                    CheckLeftOver(scan.Bits.Finish(), done, across * down);
                    var at = scan.Bits.Position;
                    var expected = 0xD0 + (markers++ & 7);
                    if (at + 1 >= content.Length || !IsMarker(ref at, expected))
                        throw Broken($"scan {scans} of the JPEG should have the restart marker FF{expected:X2} at byte "
                            + $"{scan.Bits.Position} after {done:N0} of {across * down:N0} units");
                    scan.Restart(at);
                    restart = restartInterval - 1;
                }
                var isCode = alone ? scan.Block(chosen[0], y, x) : Unit(ref scan, chosen, y, x);
                if (scan.Bits.IsOverrun) throw Broken($"scan {scans} of the JPEG ends after {done:N0} of its {across * down:N0} units");
                if (!isCode) throw Broken($"unit {done:N0} of scan {scans} of the JPEG has bits that are no code");
            }
        }
        CheckLeftOver(scan.Bits.Finish(), done, across * down);
        return scan.Bits.Position;
    }

    private static bool Unit(ref JpegScan scan, JpegComponent[] chosen, int y, int x)
    {
        foreach (var component in chosen)
            for (var row = 0; row < component.Down; row++)
                for (var column = 0; column < component.Across; column++)
                    if (!scan.Block(component, (y * component.Down) + row, (x * component.Across) + column)) return false;
        return true;
    }

    private bool IsMarker(ref int at, int expected)
    {
        while (at + 1 < content.Length && content[at] == 0xFF && content[at + 1] == 0xFF) at++;
        if (at + 1 >= content.Length || content[at] != 0xFF || content[at + 1] != expected) return false;
        at += 2;
        return true;
    }

    private void CheckLeftOver((int Unused, int Odd) rest, int done, int units)
    {
        if (rest.Odd > MostLeftOver)
            throw Broken($"scan {scans} of the JPEG has {rest.Unused:N0} bytes left over behind {done:N0} of its {units:N0} units: a part "
                + "of the file was lost or changed");
    }

    private JpegHuffman TableOf(bool isAc, int number)
    {
        var tables = isAc ? acTables : dcTables;
        if (tables[number] is null && !hasTables && number < 2) tables[number] = JpegHuffman.Standard(isAc, number);
        return tables[number] ?? throw Broken($"the JPEG has no Huffman table {number} for {(isAc ? "AC" : "DC")} coefficients before "
            + $"scan {scans}");
    }

    // Pictures of films (MJPEG) have none at all and mean the standard ones; where one of several is missing the file is damaged.
    private bool HasHuffmanTables()
    {
        var segments = new JpegSegments(content, place, 2);
        for (segments.Next(); segments.Marker != JpegSegments.StartOfScan; segments.Next())
            if (segments.Marker == JpegSegments.HuffmanTables) return true;
        return false;
    }

    private void ReadHuffmanTables(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            var count = 0;
            if (data.Length >= 17)
                foreach (var number in data.Slice(1, 16)) count += number;
            if (data.Length < 17 + count || count > 256) throw Broken("the Huffman tables of the JPEG are too short");
            int kind = data[0] >> 4, place = data[0] & 15;
            if (kind > 1 || place > 3) throw Broken($"the JPEG has a Huffman table {kind}.{place}: expected 0.0 to 1.3");
            (kind == 0 ? dcTables : acTables)[place] = JpegHuffman.Of(data.Slice(1, 16), data.Slice(17, count))
                ?? throw Broken("a Huffman table of the JPEG has more codes than bits can tell apart");
            data = data[(17 + count)..];
        }
    }

    private void ReadQuantization(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            int bytes = 1 + (data[0] >> 4), number = data[0] & 15;
            if (bytes > 2 || number > 3 || data.Length < 1 + (64 * bytes))
                throw Broken("a quantisation table of the JPEG is too short or has an unknown number");
            var table = new ushort[64];
            for (var k = 0; k < 64; k++)
                table[JpegScan.Order[k]] = bytes == 1 ? data[1 + k] : BinaryPrimitives.ReadUInt16BigEndian(data[(1 + (2 * k))..]);
            quantization[number] = table;
            data = data[(1 + (64 * bytes))..];
        }
    }

    private DataException Broken(string what) => ImageHeader.Broken(place, what);
}
