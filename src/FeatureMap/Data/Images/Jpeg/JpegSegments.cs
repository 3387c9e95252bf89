using System.Buffers.Binary;

namespace FeatureMap.Data;

/// <summary>Walks over the segments of a JPEG file: FF, marker, length (which counts itself), content.</summary>
internal ref struct JpegSegments(ReadOnlySpan<byte> content, string place, int position, byte marker = 0)
{
    public const byte StartOfScan = 0xDA, EndOfImage = 0xD9, HuffmanTables = 0xC4, QuantizationTables = 0xDB, RestartInterval = 0xDD;
    private readonly ReadOnlySpan<byte> content = content;
    private readonly string place = place;

    /// <summary>The byte behind the segment that was read last.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Kind of the segment that was read last.</summary>
    public byte Marker { get; private set; } = marker;

    /// <summary>Its content, empty for the end of the image.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Whether it is one of the frame headers SOF0 to SOF15.</summary>
    public readonly bool IsFrame => Marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    /// <summary>Reads the next segment.</summary>
    public void Next()
    {
        while (true)
        {
            while (Position + 1 < content.Length && content[Position] == 0xFF && content[Position + 1] == 0xFF) Position++;
            if (Position + 1 < content.Length && content[Position] == 0xFF && content[Position + 1] == EndOfImage)
            {
                (Marker, Position) = (EndOfImage, Position + 2);
                Data = default;
                return;
            }
            if (Position + 4 > content.Length)
                throw ImageHeader.Broken(place, Marker == StartOfScan ? "the end marker FFD9 of the JPEG is missing" : "the JPEG ends "
                    + "before its pixels begin");
            if (content[Position] != 0xFF)
                throw ImageHeader.Broken(place, $"at byte {Position} a JPEG marker should stand, which starts with FF: received "
                    + $"{content[Position]:X2}");
            Marker = content[Position + 1];
            if (Marker is not (0x01 or (>= 0xD0 and <= 0xD7))) break;
            Position += 2;
        }
        if (Marker is >= 0xF0 and <= 0xFD)
            throw ImageHeader.Broken(place, $"at byte {Position} the JPEG has the marker FF{Marker:X2}, which the format reserves for "
                + "others");
        var length = BinaryPrimitives.ReadUInt16BigEndian(content[(Position + 2)..]);
        if (Marker is < 0xC0 or 0xD8 || length < 2 || Position + 2 + length > content.Length)
        {
            throw ImageHeader.Broken(place, $"the JPEG segment FF{Marker:X2} at byte {Position} of length {length} does not fit into the "
                + "file of "
                + $"{content.Length:N0} bytes");
        }
        Data = content.Slice(Position + 4, length - 2);
        Position += 2 + length;
    }
}
