using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FeatureMap.Benchmarks.Pairing;

namespace FeatureMap.Benchmarks.Roofline;

/// <summary>
/// All threads together, each on memory of its own. Copy counts the bytes read and the bytes written; the line that a store first has to
/// fetch is not counted. Bytes is the working set of one thread.
/// </summary>
public sealed record BandwidthFigure(
    string Level, long Bytes, string Operation, int Threads, double GigabytesPerSecond, double Best, double Spread);

internal static class MemoryBandwidth
{
    private static float sink;

    /// <summary>Half of a private cache, so that it fits with room for the rest; for memory, twice the last cache in all.</summary>
    public static IReadOnlyList<(string Level, long Bytes)> WorkingSets()
    {
        long first = CacheSize("1", "Data", 32 << 10);
        long second = CacheSize("2", "Unified", 1 << 20);
        long third = CacheSize("3", "Unified", 32 << 20);
        return
        [
            ("L1", first / 2),
            ("L2", second / 2),
            ("L3", Math.Clamp(third / 8, 2 * second, 64 << 20)),
            ("memory", Math.Min(2 * third, 1L << 30)),
        ];
    }

    public static IEnumerable<BandwidthFigure> Measure(IEnumerable<int> threadCounts, int rounds)
    {
        foreach (int threads in threadCounts)
        {
            foreach ((string level, long size) in WorkingSets())
            {
                long bytes = size / 1024 * 1024;
                nint[] buffers = [.. Enumerable.Range(0, threads).Select(_ => Allocate(bytes))];
                yield return Measure(level, bytes, "read", threads, rounds, (member, passes) => Read(buffers[member], bytes, passes));
                yield return Measure(level, bytes, "copy", threads, rounds, (member, passes) => Copy(buffers[member], bytes / 2, passes));
                Array.ForEach(buffers, Free);
            }
        }
    }

    private static BandwidthFigure Measure(string level, long bytes, string operation, int threads, int rounds, Action<int, long> run)
    {
        long passes = ThreadTeam.Calibrate(0.1, amount => run(0, amount));
        var figures = new double[rounds];
        for (int round = 0; round < rounds; round++)
            figures[round] = (double)bytes * passes * threads / ThreadTeam.Seconds(threads, member => run(member, passes)) / 1e9;
        return new(level, bytes, operation, threads, Statistics.Median(figures), figures.Max(), Statistics.Spread(figures));
    }

    // Filled, so that every page exists.
    private static unsafe nint Allocate(long bytes)
    {
        void* buffer = NativeMemory.AlignedAlloc((nuint)bytes, 4096);
        NativeMemory.Fill(buffer, (nuint)bytes, 0);
        return (nint)buffer;
    }

    private static unsafe void Free(nint buffer) => NativeMemory.AlignedFree((void*)buffer);

    // Eight sums, because one addition takes up to 4 cycles and two start per cycle.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Read(nint address, long bytes, long passes)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<float> first = default, second = default, third = default, fourth = default;
            Vector512<float> fifth = default, sixth = default, seventh = default, eighth = default;
            for (long pass = 0; pass < passes; pass++)
            {
                for (byte* at = (byte*)address, end = at + bytes; at < end; at += 512)
                {
                    first += Vector512.Load((float*)at);
                    second += Vector512.Load((float*)(at + 64));
                    third += Vector512.Load((float*)(at + 128));
                    fourth += Vector512.Load((float*)(at + 192));
                    fifth += Vector512.Load((float*)(at + 256));
                    sixth += Vector512.Load((float*)(at + 320));
                    seventh += Vector512.Load((float*)(at + 384));
                    eighth += Vector512.Load((float*)(at + 448));
                }
            }
            sink = Vector512.Sum(first + second + third + fourth + fifth + sixth + seventh + eighth);
        }
        else
        {
            Vector256<float> first = default, second = default, third = default, fourth = default;
            Vector256<float> fifth = default, sixth = default, seventh = default, eighth = default;
            for (long pass = 0; pass < passes; pass++)
            {
                for (byte* at = (byte*)address, end = at + bytes; at < end; at += 256)
                {
                    first += Vector256.Load((float*)at);
                    second += Vector256.Load((float*)(at + 32));
                    third += Vector256.Load((float*)(at + 64));
                    fourth += Vector256.Load((float*)(at + 96));
                    fifth += Vector256.Load((float*)(at + 128));
                    sixth += Vector256.Load((float*)(at + 160));
                    seventh += Vector256.Load((float*)(at + 192));
                    eighth += Vector256.Load((float*)(at + 224));
                }
            }
            sink = Vector256.Sum(first + second + third + fourth + fifth + sixth + seventh + eighth);
        }
    }

    // First half to second half, with plain stores: what a kernel does to its output.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Copy(nint address, long bytes, long passes)
    {
        for (long pass = 0; pass < passes; pass++)
        {
            byte* to = (byte*)address + bytes;
            if (Avx512F.IsSupported)
            {
                for (byte* from = (byte*)address, end = from + bytes; from < end; from += 128, to += 128)
                {
                    Vector512.Load(from).Store(to);
                    Vector512.Load(from + 64).Store(to + 64);
                }
            }
            else
            {
                for (byte* from = (byte*)address, end = from + bytes; from < end; from += 64, to += 64)
                {
                    Vector256.Load(from).Store(to);
                    Vector256.Load(from + 32).Store(to + 32);
                }
            }
        }
    }

    // Linux tells the caches as "48K" under /sys; elsewhere a usual size is assumed.
    private static long CacheSize(string level, string kind, long assumed)
    {
        const string Folder = "/sys/devices/system/cpu/cpu0/cache";
        if (!Directory.Exists(Folder))
            return assumed;
        foreach (string cache in Directory.EnumerateDirectories(Folder, "index*"))
        {
            string Fact(string name) => File.ReadAllText(Path.Combine(cache, name)).Trim();
            if (Fact("level") != level || Fact("type") != kind)
                continue;
            string size = Fact("size");
            long unit = size[^1] switch { 'K' => 1 << 10, 'M' => 1 << 20, _ => 1 };
            return long.Parse(size.TrimEnd('K', 'M'), CultureInfo.InvariantCulture) * unit;
        }
        return assumed;
    }
}
