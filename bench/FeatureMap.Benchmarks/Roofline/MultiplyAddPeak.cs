using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using FeatureMap.Benchmarks.Pairing;

namespace FeatureMap.Benchmarks.Roofline;

/// <summary>One measured peak: all threads together.</summary>
public sealed record PeakFigure(int Bits, int Threads, double BillionOperationsPerSecond, double Best, double Spread);

/// <summary>
/// Peak rate of fused multiply-adds with everything in registers. An FMA takes 4 cycles and two can start per cycle, so that at least 8
/// independent chains are needed; 24 hide every hiccup where there are 32 registers, 12 fit where there are 16.
/// </summary>
internal static class MultiplyAddPeak
{
    private static readonly bool manyRegisters = Avx512F.VL.IsSupported || AdvSimd.Arm64.IsSupported;
    private static float sink;

    private static int Chains => manyRegisters ? 24 : 12;

    public static IEnumerable<PeakFigure> Measure(IEnumerable<int> threadCounts, int rounds)
    {
        foreach (int threads in threadCounts)
        {
            if (Avx512F.IsSupported)
                yield return Measure<Vector512<float>, Fused512>(512, threads, rounds);
            if (Fma.IsSupported)
                yield return Measure<Vector256<float>, Fused256>(256, threads, rounds);
            if (Fma.IsSupported || AdvSimd.IsSupported)
                yield return Measure<Vector128<float>, Fused128>(128, threads, rounds);
        }
    }

    /// <summary>Clock in GHz, from dependent integer multiplications (3 cycles each on current Intel, AMD and ARM cores).</summary>
    public static double MeasureClock(int rounds)
    {
        const int CyclesPerIteration = 8 * 3;
        long iterations = ThreadTeam.Calibrate(0.05, amount => sink = DependentMultiplications(amount * 1000, 3)) * 1000;
        var figures = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            double seconds = ThreadTeam.Seconds(1, _ => sink = DependentMultiplications(iterations, 3));
            figures[round] = iterations * CyclesPerIteration / seconds / 1e9;
        }
        return Statistics.Median(figures);
    }

    /// <summary>One short measurement on this thread, at the widest vectors of the machine: to stand beside a kernel in the same round.</summary>
    public static double Moment()
    {
        const long Iterations = 20_000;
        var bits = Avx512F.IsSupported ? 512 : Fma.IsSupported ? 256 : 128;
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        sink = bits switch
        {
            512 => Run<Vector512<float>, Fused512>(Iterations),
            256 => Run<Vector256<float>, Fused256>(Iterations),
            _ => Run<Vector128<float>, Fused128>(Iterations),
        };
        return 2.0 * (bits / 32) * Chains * Iterations / System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    private static PeakFigure Measure<TVector, TOperations>(int bits, int threads, int rounds)
        where TVector : struct
        where TOperations : IFusedOperations<TVector>
    {
        long iterations = ThreadTeam.Calibrate(0.1, amount => sink = Run<TVector, TOperations>(amount * 1000)) * 1000;
        double operations = 2.0 * (bits / 32) * Chains * iterations * threads;
        var figures = new double[rounds];
        for (int round = 0; round < rounds; round++)
            figures[round] = operations / ThreadTeam.Seconds(threads, _ => sink = Run<TVector, TOperations>(iterations)) / 1e9;
        return new(bits, threads, Statistics.Median(figures), figures.Max(), Statistics.Spread(figures));
    }

    private static float Run<TVector, TOperations>(long iterations)
        where TVector : struct
        where TOperations : IFusedOperations<TVector> =>
        manyRegisters ? Run24<TVector, TOperations>(iterations) : Run12<TVector, TOperations>(iterations);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float DependentMultiplications(long iterations, long factor)
    {
        long value = factor;
        for (long iteration = 0; iteration < iterations; iteration++)
        {
            value *= factor;
            value *= value;
            value *= factor;
            value *= value;
            value *= factor;
            value *= value;
            value *= factor;
            value *= value;
        }
        return value;
    }

    // Written out because only named locals are sure to stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Run24<TVector, TOperations>(long iterations)
        where TVector : struct
        where TOperations : IFusedOperations<TVector>
    {
        TVector start = TOperations.Broadcast(1f), factor = TOperations.Broadcast(0.999f), addend = TOperations.Broadcast(0.001f);
        TVector s00 = start, s01 = start, s02 = start, s03 = start, s04 = start, s05 = start,
            s06 = start, s07 = start, s08 = start, s09 = start, s10 = start, s11 = start,
            s12 = start, s13 = start, s14 = start, s15 = start, s16 = start, s17 = start,
            s18 = start, s19 = start, s20 = start, s21 = start, s22 = start, s23 = start;
        for (long iteration = 0; iteration < iterations; iteration++)
        {
            s00 = TOperations.MultiplyAdd(s00, factor, addend); s01 = TOperations.MultiplyAdd(s01, factor, addend);
            s02 = TOperations.MultiplyAdd(s02, factor, addend); s03 = TOperations.MultiplyAdd(s03, factor, addend);
            s04 = TOperations.MultiplyAdd(s04, factor, addend); s05 = TOperations.MultiplyAdd(s05, factor, addend);
            s06 = TOperations.MultiplyAdd(s06, factor, addend); s07 = TOperations.MultiplyAdd(s07, factor, addend);
            s08 = TOperations.MultiplyAdd(s08, factor, addend); s09 = TOperations.MultiplyAdd(s09, factor, addend);
            s10 = TOperations.MultiplyAdd(s10, factor, addend); s11 = TOperations.MultiplyAdd(s11, factor, addend);
            s12 = TOperations.MultiplyAdd(s12, factor, addend); s13 = TOperations.MultiplyAdd(s13, factor, addend);
            s14 = TOperations.MultiplyAdd(s14, factor, addend); s15 = TOperations.MultiplyAdd(s15, factor, addend);
            s16 = TOperations.MultiplyAdd(s16, factor, addend); s17 = TOperations.MultiplyAdd(s17, factor, addend);
            s18 = TOperations.MultiplyAdd(s18, factor, addend); s19 = TOperations.MultiplyAdd(s19, factor, addend);
            s20 = TOperations.MultiplyAdd(s20, factor, addend); s21 = TOperations.MultiplyAdd(s21, factor, addend);
            s22 = TOperations.MultiplyAdd(s22, factor, addend); s23 = TOperations.MultiplyAdd(s23, factor, addend);
        }
        return TOperations.First(s00) + TOperations.First(s01) + TOperations.First(s02)
            + TOperations.First(s03) + TOperations.First(s04) + TOperations.First(s05)
            + TOperations.First(s06) + TOperations.First(s07) + TOperations.First(s08)
            + TOperations.First(s09) + TOperations.First(s10) + TOperations.First(s11)
            + TOperations.First(s12) + TOperations.First(s13) + TOperations.First(s14)
            + TOperations.First(s15) + TOperations.First(s16) + TOperations.First(s17)
            + TOperations.First(s18) + TOperations.First(s19) + TOperations.First(s20)
            + TOperations.First(s21) + TOperations.First(s22) + TOperations.First(s23);
    }

    // The same for 16 registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Run12<TVector, TOperations>(long iterations)
        where TVector : struct
        where TOperations : IFusedOperations<TVector>
    {
        TVector start = TOperations.Broadcast(1f), factor = TOperations.Broadcast(0.999f), addend = TOperations.Broadcast(0.001f);
        TVector s00 = start, s01 = start, s02 = start, s03 = start, s04 = start, s05 = start,
            s06 = start, s07 = start, s08 = start, s09 = start, s10 = start, s11 = start;
        for (long iteration = 0; iteration < iterations; iteration++)
        {
            s00 = TOperations.MultiplyAdd(s00, factor, addend); s01 = TOperations.MultiplyAdd(s01, factor, addend);
            s02 = TOperations.MultiplyAdd(s02, factor, addend); s03 = TOperations.MultiplyAdd(s03, factor, addend);
            s04 = TOperations.MultiplyAdd(s04, factor, addend); s05 = TOperations.MultiplyAdd(s05, factor, addend);
            s06 = TOperations.MultiplyAdd(s06, factor, addend); s07 = TOperations.MultiplyAdd(s07, factor, addend);
            s08 = TOperations.MultiplyAdd(s08, factor, addend); s09 = TOperations.MultiplyAdd(s09, factor, addend);
            s10 = TOperations.MultiplyAdd(s10, factor, addend); s11 = TOperations.MultiplyAdd(s11, factor, addend);
        }
        return TOperations.First(s00) + TOperations.First(s01) + TOperations.First(s02)
            + TOperations.First(s03) + TOperations.First(s04) + TOperations.First(s05)
            + TOperations.First(s06) + TOperations.First(s07) + TOperations.First(s08)
            + TOperations.First(s09) + TOperations.First(s10) + TOperations.First(s11);
    }

    private interface IFusedOperations<TVector>
    {
        static abstract TVector Broadcast(float value);

        static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

        static abstract float First(TVector vector);
    }

    private readonly struct Fused512 : IFusedOperations<Vector512<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> addend) =>
            Avx512F.FusedMultiplyAdd(left, right, addend);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float First(Vector512<float> vector) => vector.ToScalar();
    }

    private readonly struct Fused256 : IFusedOperations<Vector256<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> addend) =>
            Fma.MultiplyAdd(left, right, addend);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float First(Vector256<float> vector) => vector.ToScalar();
    }

    private readonly struct Fused128 : IFusedOperations<Vector128<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> MultiplyAdd(Vector128<float> left, Vector128<float> right, Vector128<float> addend) =>
            Fma.IsSupported ? Fma.MultiplyAdd(left, right, addend) : AdvSimd.FusedMultiplyAdd(addend, left, right);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float First(Vector128<float> vector) => vector.ToScalar();
    }
}
