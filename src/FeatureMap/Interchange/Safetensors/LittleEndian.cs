using System.Runtime.InteropServices;

namespace FeatureMap.Interchange;

/// <summary>Arrays of numbers to and from a stream, little endian on every machine.</summary>
internal static class LittleEndian
{
    public static T[] Read<T>(Stream stream, int count) where T : unmanaged
    {
        var values = GC.AllocateUninitializedArray<T>(count);
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        if (!BitConverter.IsLittleEndian)
            Reverse(values);
        return values;
    }

    public static void Write(Stream stream, Array values)
    {
        switch (values)
        {
            case float[] array: Write(stream, array); break;
            case double[] array: Write(stream, array); break;
            case int[] array: Write(stream, array); break;
            case long[] array: Write(stream, array); break;
            default: stream.Write((byte[])values); break;
        }
    }

    private static void Write<T>(Stream stream, T[] values) where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian)
            Reverse(values = [.. values]);
        stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static void Reverse<T>(Span<T> values) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var size = bytes.Length / Math.Max(values.Length, 1);
        for (var at = 0; at < bytes.Length; at += size)
            bytes.Slice(at, size).Reverse();
    }
}
