using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>One image at a time: the width that runs on any machine and the one to debug with.</summary>
internal readonly unsafe struct LanesScalar(float register) : ILanes<LanesScalar>
{
    private readonly float register = register;

    public static int Width => 1;
    public static int TileOutputs => 4;
    public static LanesScalar Zero => new(0);

    public static LanesScalar Load(float* source) => new(*source);
    public static void Store(float* target, LanesScalar value) => *target = value.register;
    public static void Stream(float* target, LanesScalar value) => *target = value.register;
    public static LanesScalar Broadcast(float value) => new(value);

    public static LanesScalar operator +(LanesScalar left, LanesScalar right) => new(left.register + right.register);
    public static LanesScalar operator -(LanesScalar left, LanesScalar right) => new(left.register - right.register);
    public static LanesScalar operator *(LanesScalar left, LanesScalar right) => new(left.register * right.register);
    public static LanesScalar operator /(LanesScalar left, LanesScalar right) => new(left.register / right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar MultiplyAdd(LanesScalar a, LanesScalar b, LanesScalar c) => new(MathF.FusedMultiplyAdd(a.register, b.register, c.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar MultiplySubtractFrom(LanesScalar a, LanesScalar b, LanesScalar c) => new(MathF.FusedMultiplyAdd(-a.register, b.register, c.register));

    public static LanesScalar Sqrt(LanesScalar value) => new(MathF.Sqrt(value.register));
    public static LanesScalar GreaterThan(LanesScalar left, LanesScalar right) => Mask(left.register > right.register);
    public static LanesScalar EqualTo(LanesScalar left, LanesScalar right) => Mask(left.register == right.register);

    public static LanesScalar Select(LanesScalar mask, LanesScalar whenSet, LanesScalar whenClear) =>
        FromBits((Bits(mask) & Bits(whenSet)) | (~Bits(mask) & Bits(whenClear)));

    public static LanesScalar And(LanesScalar left, LanesScalar right) => FromBits(Bits(left) & Bits(right));
    public static LanesScalar Round(LanesScalar value) => new(MathF.Round(value.register));
    public static LanesScalar PowerOfTwo(LanesScalar integer) => FromBits((uint)((int)integer.register + 127) << 23);

    public static (LanesScalar Exponent, LanesScalar Mantissa) SplitExponent(LanesScalar value)
    {
        var bits = (int)Bits(value);
        return (new((bits >> 23) - 127), FromBits(((uint)bits & 0x7FFFFF) | (127u << 23)));
    }

    public static LanesScalar Uniform(LanesScalar keyBits, uint counter)
    {
        var x = Bits(keyBits) + (counter * LaneHash.Increment);
        x = (x ^ (x >> 16)) * LaneHash.Multiplier0;
        x = (x ^ (x >> 15)) * LaneHash.Multiplier1;
        x ^= x >> 16;
        return new((x >> 8) * LaneHash.Scale);
    }

    private static LanesScalar Mask(bool set) => FromBits(set ? uint.MaxValue : 0);
    private static uint Bits(LanesScalar value) => BitConverter.SingleToUInt32Bits(value.register);
    private static LanesScalar FromBits(uint bits) => new(BitConverter.UInt32BitsToSingle(bits));
}

/// <summary>Constants of the hash behind <see cref="ILanes{TSelf}.Uniform"/>: the multipliers of C. Wellons' low-bias 32-bit mixer.</summary>
internal static class LaneHash
{
    public const uint Increment = 0x9E3779B9, Multiplier0 = 0x7FEB352D, Multiplier1 = 0x846CA68B;
    public const float Scale = 1f / (1 << 24);
}
