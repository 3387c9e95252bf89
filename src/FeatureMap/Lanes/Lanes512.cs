using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
namespace FeatureMap.Lanes;

/// <summary>One register of 16 images: AVX-512. Where the machine has none, the same code runs on narrower registers, slowly but with the same bits.</summary>
internal readonly unsafe struct Lanes512(Vector512<float> register) : ILanes<Lanes512>
{
    private readonly Vector512<float> register = register;

    public static int Width => 16;
    public static int TileOutputs => 8;

    public static Lanes512 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* source) => Avx512F.IsSupported ? new(Avx512F.LoadVector512(source)) : new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Lanes512 value)
    {
        if (Avx512F.IsSupported) Avx512F.Store(target, value.register);
        else value.register.Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream(float* target, Lanes512 value) => value.register.StoreAlignedNonTemporal(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 left, Lanes512 right) => Avx512F.IsSupported ? new(Avx512F.Add(left.register, right.register)) : new(left.register + right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 left, Lanes512 right) => Avx512F.IsSupported ? new(Avx512F.Subtract(left.register, right.register)) : new(left.register - right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 left, Lanes512 right) => Avx512F.IsSupported ? new(Avx512F.Multiply(left.register, right.register)) : new(left.register * right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator /(Lanes512 left, Lanes512 right) => Avx512F.IsSupported ? new(Avx512F.Divide(left.register, right.register)) : new(left.register / right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) =>
        Avx512F.IsSupported ? new(Avx512F.FusedMultiplyAdd(a.register, b.register, c.register)) : new(Vector512.FusedMultiplyAdd(a.register, b.register, c.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplySubtractFrom(Lanes512 a, Lanes512 b, Lanes512 c) =>
        Avx512F.IsSupported ? new(Avx512F.FusedMultiplyAddNegated(a.register, b.register, c.register)) : new(Vector512.FusedMultiplyAdd(-a.register, b.register, c.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Sqrt(Lanes512 value) => new(Vector512.Sqrt(value.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 GreaterThan(Lanes512 left, Lanes512 right) => new(Vector512.GreaterThan(left.register, right.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 EqualTo(Lanes512 left, Lanes512 right) => new(Vector512.Equals(left.register, right.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Select(Lanes512 mask, Lanes512 whenSet, Lanes512 whenClear) =>
        new(Vector512.ConditionalSelect(mask.register, whenSet.register, whenClear.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 And(Lanes512 left, Lanes512 right) => new(left.register & right.register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Round(Lanes512 value) => new(Vector512.Round(value.register));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 PowerOfTwo(Lanes512 integer) =>
        new(((Vector512.ConvertToInt32(integer.register) + Vector512.Create(127)) << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes512 Exponent, Lanes512 Mantissa) SplitExponent(Lanes512 value)
    {
        var bits = value.register.AsInt32();
        var exponent = Vector512.ConvertToSingle((bits >> 23) - Vector512.Create(127));
        var mantissa = ((bits & Vector512.Create(0x7FFFFF)) | Vector512.Create(127 << 23)).AsSingle();
        return (new(exponent), new(mantissa));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Uniform(Lanes512 keyBits, uint counter)
    {
        var x = keyBits.register.AsUInt32() + Vector512.Create(counter * LaneHash.Increment);
        x = (x ^ (x >> 16)) * Vector512.Create(LaneHash.Multiplier0);
        x = (x ^ (x >> 15)) * Vector512.Create(LaneHash.Multiplier1);
        x ^= x >> 16;
        return new(Vector512.ConvertToSingle((x >> 8).AsInt32()) * Vector512.Create(LaneHash.Scale));
    }
}
