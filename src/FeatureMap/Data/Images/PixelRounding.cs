namespace FeatureMap.Data;

/// <summary>How real numbers become 8-bit pixels.</summary>
internal static class PixelRounding
{
    /// <summary>The nearest whole number from 0 to 255; a half goes up, and what is not a number becomes 0.</summary>
    public static byte ToByte(double value) => (byte)Math.Clamp(Math.Floor(value + 0.5), 0, 255);

    /// <summary>All of them.</summary>
    public static byte[] ToBytes(ReadOnlySpan<double> values)
    {
        var bytes = new byte[values.Length];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = ToByte(values[i]);
        return bytes;
    }

    /// <summary>The way back.</summary>
    public static double[] ToReals(ReadOnlySpan<byte> bytes)
    {
        var values = new double[bytes.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = bytes[i];
        return values;
    }
}
