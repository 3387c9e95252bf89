namespace FeatureMap.Lanes;

/// <summary>
/// A SIMD register in which every lane belongs to another image. The engine is written once over this interface; the JIT compiles one
/// copy per implementing struct, and each static member becomes one instruction. All members round exactly as IEEE 754 says, so every
/// width gives the same bits: a shard always has <see cref="LaneLayout.Lanes"/> = 16 images, which a register of width w holds in 16 / w parts.
/// </summary>
internal unsafe interface ILanes<TSelf> : IReal<TSelf> where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Images in one register: 16, 8, 4 or 1.</summary>
    static abstract int Width { get; }

    /// <summary>Output channels that a register tile computes at once: 8 with 32 registers (AVX-512), else 4 (16 registers).</summary>
    static abstract int TileOutputs { get; }

    static abstract TSelf Zero { get; }
    static abstract TSelf Load(float* source);
    static abstract void Store(float* target, TSelf value);

    /// <summary>The same past the caches: for whole lines that nobody reads soon. Memory does not read them first, then.</summary>
    static abstract void Stream(float* target, TSelf value);

    static abstract TSelf Broadcast(float value);

    static TSelf IReal<TSelf>.Of(float value) => TSelf.Broadcast(value);

    static TSelf IReal<TSelf>.IfGreater(TSelf left, TSelf right, TSelf then, TSelf otherwise) =>
        TSelf.Select(TSelf.GreaterThan(left, right), then, otherwise);

    /// <summary>All bits set where left is greater than right (false for NaN), else all clear.</summary>
    static abstract TSelf GreaterThan(TSelf left, TSelf right);

    /// <summary>All bits set where the two are equal (false for NaN).</summary>
    static abstract TSelf EqualTo(TSelf left, TSelf right);

    /// <summary>Bits of <paramref name="whenSet"/> where the mask is set, else of <paramref name="whenClear"/>.</summary>
    static abstract TSelf Select(TSelf mask, TSelf whenSet, TSelf whenClear);

    /// <summary>Bitwise and: with a mask it keeps a value or makes it +0, even when it is NaN.</summary>
    static abstract TSelf And(TSelf left, TSelf right);

    /// <summary>Nearest integer, ties to even.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary>2 to the power of an integer-valued lane in [-126, 127], by placing the exponent bits.</summary>
    static abstract TSelf PowerOfTwo(TSelf integer);

    /// <summary>Splits a positive normal number into its exponent (as a float) and its mantissa in [1, 2).</summary>
    static abstract (TSelf Exponent, TSelf Mantissa) SplitExponent(TSelf value);

    /// <summary>
    /// Uniform numbers in [0, 1), multiples of 2^-24, from a 32-bit key per lane (given as raw bits) and a counter: three rounds of
    /// xor-shift and multiplication. A pure function: the same key and counter give the same number at any width.
    /// </summary>
    static abstract TSelf Uniform(TSelf keyBits, uint counter);
}

/// <summary>Facts of the lane layout: activations stand as [shard][channel][row][column][16], float32, one image per lane.</summary>
internal static class LaneLayout
{
    /// <summary>Images in a shard, whatever the width of the machine's registers.</summary>
    public const int Lanes = 16;

    /// <summary>
    /// Lanes of a shard that can have an image where batches have no more than these images, in registers of 4, 8 or 16.
    /// </summary>
    public static int Occupied(int images) => images <= 4 ? 4 : images <= 8 ? 8 : Lanes;

    /// <summary>Shards that a batch of <paramref name="images"/> needs; the last may be partly empty.</summary>
    public static int Shards(int images) => (images + Lanes - 1) / Lanes;
}
