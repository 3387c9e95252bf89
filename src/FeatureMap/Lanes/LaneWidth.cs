using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FeatureMap.Lanes;

/// <summary>How many images one SIMD register holds. The choice changes the speed, never the bits.</summary>
public enum LaneWidth
{
    /// <summary>The widest that this machine has in hardware.</summary>
    Automatic = 0,

    /// <summary>One image at a time.</summary>
    Scalar = 1,

    /// <summary>4 images: 128-bit registers (SSE, NEON).</summary>
    Bits128 = 4,

    /// <summary>8 images: 256-bit registers (AVX2).</summary>
    Bits256 = 8,

    /// <summary>16 images: 512-bit registers (AVX-512).</summary>
    Bits512 = 16,
}

/// <summary>Chooses the lane width of this machine.</summary>
public static class LaneWidths
{
    /// <summary>
    /// The width used where none is asked for: <c>FEATUREMAP_LANES</c> (512, 256, 128 or 1) when it is set, else the widest in hardware.
    /// AVX-512 is asked by its instruction set and not by <c>Vector512.IsHardwareAccelerated</c>, which is false on some processors that have it.
    /// </summary>
    public static LaneWidth Automatic { get; } = FromEnvironment() ?? Widest();

    /// <summary>The widest register width that this machine has in hardware together with fused multiply-add.</summary>
    public static LaneWidth Widest() =>
        Avx512F.IsSupported ? LaneWidth.Bits512
        : Avx2.IsSupported && Fma.IsSupported ? LaneWidth.Bits256
        : Vector128.IsHardwareAccelerated && (Fma.IsSupported || AdvSimd.IsSupported) ? LaneWidth.Bits128
        : LaneWidth.Scalar;

    /// <summary>The given width, or the machine's where it is <see cref="LaneWidth.Automatic"/>.</summary>
    public static LaneWidth Resolve(LaneWidth width) => width == LaneWidth.Automatic ? Automatic : width;

    private static LaneWidth? FromEnvironment()
    {
        var text = Environment.GetEnvironmentVariable("FEATUREMAP_LANES");
        return text switch
        {
            null or "" => null,
            "512" => LaneWidth.Bits512,
            "256" => LaneWidth.Bits256,
            "128" => LaneWidth.Bits128,
            "1" => LaneWidth.Scalar,
            _ => throw new UsageException($"FEATUREMAP_LANES is '{text}'; expected 512, 256, 128 or 1 (the width of the SIMD registers in bits, 1 for scalar)."),
        };
    }
}
