using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FeatureMap.Lanes;

/// <summary>Four registers of 4 images: SSE and NEON.</summary>
internal readonly unsafe struct Lanes128(Vector128<float> register) : ILanes<Lanes128>
{
    private readonly Vector128<float> register = register;

    public static int Width => 4;
    public static int TileOutputs => 4;

    public static Lanes128 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Lanes128 value)
    {
        value.register.Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream(float* target, Lanes128 value) => value.register.StoreAlignedNonTemporal(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 left, Lanes128 right) => new(left.register + right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 left, Lanes128 right) => new(left.register - right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 left, Lanes128 right) => new(left.register * right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 left, Lanes128 right) => new(left.register / right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) =>
        new(Vector128.FusedMultiplyAdd(a.register, b.register, c.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplySubtractFrom(Lanes128 a, Lanes128 b, Lanes128 c) =>
        new(Vector128.FusedMultiplyAdd(-a.register, b.register, c.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Sqrt(Lanes128 value) => new(Vector128.Sqrt(value.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 GreaterThan(Lanes128 left, Lanes128 right) => new(Vector128.GreaterThan(left.register, right.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 EqualTo(Lanes128 left, Lanes128 right) => new(Vector128.Equals(left.register, right.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Select(Lanes128 mask, Lanes128 whenSet, Lanes128 whenClear) =>
        new(Vector128.ConditionalSelect(mask.register, whenSet.register, whenClear.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 And(Lanes128 left, Lanes128 right) => new(left.register & right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Round(Lanes128 value) => new(Vector128.Round(value.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 PowerOfTwo(Lanes128 integer) =>
        new(((Vector128.ConvertToInt32(integer.register) + Vector128.Create(127)) << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes128 Exponent, Lanes128 Mantissa) SplitExponent(Lanes128 value)
    {
        var bits = value.register.AsInt32();
        var exponent = Vector128.ConvertToSingle((bits >> 23) - Vector128.Create(127));
        var mantissa = ((bits & Vector128.Create(0x7FFFFF)) | Vector128.Create(127 << 23)).AsSingle();
        return (new(exponent), new(mantissa));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Uniform(Lanes128 keyBits, uint counter)
    {
        var x = keyBits.register.AsUInt32() + Vector128.Create(counter * LaneHash.Increment);
        x = (x ^ (x >> 16)) * Vector128.Create(LaneHash.Multiplier0);
        x = (x ^ (x >> 15)) * Vector128.Create(LaneHash.Multiplier1);
        x ^= x >> 16;
        return new(Vector128.ConvertToSingle((x >> 8).AsInt32()) * Vector128.Create(LaneHash.Scale));
    }
}
