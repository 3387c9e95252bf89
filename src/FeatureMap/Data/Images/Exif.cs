using System.Buffers.Binary;

namespace FeatureMap.Data;

/// <summary>
/// Reads the orientation from the Exif data of a picture, which are a small TIFF file: byte order, 42, place of the first directory; a
/// directory has a number of entries of 12 bytes (tag, type, number of values, value). What does not fit together is as if it were not
/// there. Source: CIPA DC-008 (Exif); Adobe, TIFF 6.0, section 2.
/// </summary>
internal static class Exif
{
    private const int OrientationTag = 0x0112, Short = 3, Long = 4, EntryBytes = 12;

    /// <summary>The orientation, or null where there is none of 1 to 8.</summary>
    public static Orientation? Read(ReadOnlySpan<byte> data)
    {
        if (data.Length < 8) return null;
        bool isBig = data.StartsWith("MM\0*"u8);
        if (!isBig && !data.StartsWith("II*\0"u8)) return null;
        var at = Number(data, 4, 4, isBig);
        if (at is null || at > data.Length - 2) return null;
        var directory = data[(int)at.Value..];
        var entries = Number(directory, 0, 2, isBig)!.Value;
        for (var entry = 0; entry < entries && 2 + ((entry + 1) * EntryBytes) <= directory.Length; entry++)
        {
            var fields = directory.Slice(2 + (entry * EntryBytes), EntryBytes);
            if (Number(fields, 0, 2, isBig) != OrientationTag) continue;
            var type = Number(fields, 2, 2, isBig);
            var value = type switch { Short => Number(fields, 8, 2, isBig), Long => Number(fields, 8, 4, isBig), _ => null };
            if (Number(fields, 4, 4, isBig) != 1 || value is null or < 1 or > 8) return null;
            return value == 1 ? Orientation.Upright : (Orientation)value;
        }
        return null;
    }

    private static uint? Number(ReadOnlySpan<byte> data, int at, int bytes, bool isBig)
    {
        if (at + bytes > data.Length) return null;
        var from = data[at..];
        return (bytes, isBig) switch
        {
            (2, true) => BinaryPrimitives.ReadUInt16BigEndian(from),
            (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(from),
            (_, true) => BinaryPrimitives.ReadUInt32BigEndian(from),
            (_, false) => BinaryPrimitives.ReadUInt32LittleEndian(from),
        };
    }
}
