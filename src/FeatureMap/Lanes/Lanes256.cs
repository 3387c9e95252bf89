using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FeatureMap.Lanes;

/// <summary>Two registers of 8 images: AVX2.</summary>
internal readonly unsafe struct Lanes256(Vector256<float> register) : ILanes<Lanes256>
{
    private readonly Vector256<float> register = register;

    public static int Width => 8;
    public static int TileOutputs => 4;

    public static Lanes256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Lanes256 value)
    {
        value.register.Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream(float* target, Lanes256 value) => value.register.StoreAlignedNonTemporal(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 left, Lanes256 right) => new(left.register + right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 left, Lanes256 right) => new(left.register - right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 left, Lanes256 right) => new(left.register * right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 left, Lanes256 right) => new(left.register / right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) =>
        new(Vector256.FusedMultiplyAdd(a.register, b.register, c.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplySubtractFrom(Lanes256 a, Lanes256 b, Lanes256 c) =>
        new(Vector256.FusedMultiplyAdd(-a.register, b.register, c.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Sqrt(Lanes256 value) => new(Vector256.Sqrt(value.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 GreaterThan(Lanes256 left, Lanes256 right) => new(Vector256.GreaterThan(left.register, right.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 EqualTo(Lanes256 left, Lanes256 right) => new(Vector256.Equals(left.register, right.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Select(Lanes256 mask, Lanes256 whenSet, Lanes256 whenClear) =>
        new(Vector256.ConditionalSelect(mask.register, whenSet.register, whenClear.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 And(Lanes256 left, Lanes256 right) => new(left.register & right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Round(Lanes256 value) => new(Vector256.Round(value.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 PowerOfTwo(Lanes256 integer) =>
        new(((Vector256.ConvertToInt32(integer.register) + Vector256.Create(127)) << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes256 Exponent, Lanes256 Mantissa) SplitExponent(Lanes256 value)
    {
        var bits = value.register.AsInt32();
        var exponent = Vector256.ConvertToSingle((bits >> 23) - Vector256.Create(127));
        var mantissa = ((bits & Vector256.Create(0x7FFFFF)) | Vector256.Create(127 << 23)).AsSingle();
        return (new(exponent), new(mantissa));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Uniform(Lanes256 keyBits, uint counter)
    {
        var x = keyBits.register.AsUInt32() + Vector256.Create(counter * LaneHash.Increment);
        x = (x ^ (x >> 16)) * Vector256.Create(LaneHash.Multiplier0);
        x = (x ^ (x >> 15)) * Vector256.Create(LaneHash.Multiplier1);
        x ^= x >> 16;
        return new(Vector256.ConvertToSingle((x >> 8).AsInt32()) * Vector256.Create(LaneHash.Scale));
    }
}
