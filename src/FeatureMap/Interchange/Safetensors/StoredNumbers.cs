namespace FeatureMap.Interchange;

/// <summary>The numbers of a tensor as they stand in a file, made as wide as one of the types in memory.</summary>
internal static class StoredNumbers
{
    public static SafetensorsEntry Load(Stream stream, StoredTensor tensor)
    {
        float[] Singles<T>(Func<T, float> value) where T : unmanaged => Array.ConvertAll(LittleEndian.Read<T>(stream, tensor.Count), number => value(number));
        SafetensorsEntry Of(Array values) => (values switch
        {
            float[] array => new SafetensorsEntry(tensor.Name, array, tensor.Dimensions),
            double[] array => new SafetensorsEntry(tensor.Name, array, tensor.Dimensions),
            int[] array => new SafetensorsEntry(tensor.Name, array, tensor.Dimensions),
            long[] array => new SafetensorsEntry(tensor.Name, array, tensor.Dimensions),
            _ => new SafetensorsEntry(tensor.Name, (byte[])values, tensor.Dimensions),
        }).From(tensor.StoredType);
        return tensor.StoredType switch
        {
            "F32" => Of(LittleEndian.Read<float>(stream, tensor.Count)),
            "F64" => Of(LittleEndian.Read<double>(stream, tensor.Count)),
            "F16" => Of(Singles<ushort>(bits => (float)BitConverter.UInt16BitsToHalf(bits))),
            "BF16" => Of(Singles<ushort>(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))), // the upper half of a float
            "F8_E5M2" => Of(Singles<byte>(bits => (float)BitConverter.UInt16BitsToHalf((ushort)(bits << 8)))), // the upper half of a half
            "F8_E4M3" => Of(Singles<byte>(EightBits)),
            "I64" => Of(LittleEndian.Read<long>(stream, tensor.Count)),
            "U64" => Of(Whole(LittleEndian.Read<ulong>(stream, tensor.Count))),
            "I32" => Of(LittleEndian.Read<int>(stream, tensor.Count)),
            "U32" => Of(Array.ConvertAll(LittleEndian.Read<uint>(stream, tensor.Count), value => (long)value)),
            "I16" => Of(Array.ConvertAll(LittleEndian.Read<short>(stream, tensor.Count), value => (int)value)),
            "U16" => Of(Array.ConvertAll(LittleEndian.Read<ushort>(stream, tensor.Count), value => (int)value)),
            "I8" => Of(Array.ConvertAll(LittleEndian.Read<sbyte>(stream, tensor.Count), value => (int)value)),
            "U8" => Of(LittleEndian.Read<byte>(stream, tensor.Count)),
            "BOOL" => Of(Array.ConvertAll(LittleEndian.Read<byte>(stream, tensor.Count), value => value == 0 ? (byte)0 : (byte)1)),
            _ => SafetensorsEntry.Raw(tensor, LittleEndian.Read<byte>(stream, (int)(tensor.End - tensor.Begin))),
        };
    }

    private static Array Whole(ulong[] values) =>
        Array.TrueForAll(values, value => value <= long.MaxValue) ? Array.ConvertAll(values, value => (long)value) : Array.ConvertAll(values, value => (double)value);

    /// <summary>
    /// One bit of sign, four of exponent (bias 7), three of fraction, and no infinity: all bits set are NaN, everything else is a number up
    /// to 448. Source: Micikevicius et al., "FP8 formats for deep learning", arXiv 2209.05433.
    /// </summary>
    internal static float EightBits(byte bits)
    {
        var (exponent, fraction) = ((bits >> 3) & 15, bits & 7);
        var size = (exponent, fraction) switch
        {
            (15, 7) => float.NaN,
            (0, _) => MathF.ScaleB(fraction, -9),
            _ => MathF.ScaleB(8 + fraction, exponent - 10),
        };
        return (bits & 128) == 0 ? size : -size;
    }
}
