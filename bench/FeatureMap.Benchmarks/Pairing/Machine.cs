using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>What a reader must know to repeat a figure.</summary>
public sealed record Machine(string Processor, int LogicalProcessors, string System, string Runtime, string Instructions)
{
    public static Machine Current { get; } = new(
        ReadProcessor(), Environment.ProcessorCount, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription,
        ReadInstructions());

    public override string ToString() => $"{Processor}, {LogicalProcessors} logical processors, {Instructions}; {System}; {Runtime}";

    // "Intel(R) Xeon(R) Processor" says little in a virtual machine: family, model and stepping tell the generation.
    private static string ReadProcessor()
    {
        if (!File.Exists("/proc/cpuinfo"))
            return RuntimeInformation.ProcessArchitecture.ToString();
        Dictionary<string, string> facts = [];
        foreach (string line in File.ReadLines("/proc/cpuinfo").TakeWhile(line => line.Length > 0))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                facts[line[..colon].Trim()] = line[(colon + 1)..].Trim();
        }
        return facts.TryGetValue("model name", out string? name)
            ? $"{name} (family {facts.GetValueOrDefault("cpu family")}, model {facts.GetValueOrDefault("model")}, "
                + $"stepping {facts.GetValueOrDefault("stepping")})"
            : RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string ReadInstructions() =>
        Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : AdvSimd.IsSupported ? "NEON" : "no vector instructions known here";
}

/// <summary>Measures which share of the machine somebody else used: without it a slow round cannot be told from a disturbed one.</summary>
public sealed class ForeignLoad
{
    private readonly double busyBefore = MachineBusySeconds();
    private readonly TimeSpan ownBefore = OwnTime();
    private readonly long startedAt = Stopwatch.GetTimestamp();

    /// <summary>0: the machine was ours; 1: others (or the hypervisor) kept every processor busy; null: it cannot be read.</summary>
    /// <param name="children">Processor time of processes that were begun for the measurement.</param>
    public double? Share(TimeSpan children = default)
    {
        if (double.IsNaN(busyBefore))
            return null;
        double elapsed = Stopwatch.GetElapsedTime(startedAt).TotalSeconds * Environment.ProcessorCount;
        double foreign = MachineBusySeconds() - busyBefore - (OwnTime() - ownBefore + children).TotalSeconds;
        return Math.Clamp(foreign / elapsed, 0, 1);
    }

    private static TimeSpan OwnTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    // First line of /proc/stat: cpu user nice system idle iowait irq softirq steal, in ticks of 1/100 s.
    private static double MachineBusySeconds()
    {
        if (!File.Exists("/proc/stat"))
            return double.NaN;
        string[] fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double ticks = 0;
        for (int field = 1; field <= 8; field++)
        {
            bool idle = field is 4 or 5;
            if (!idle)
                ticks += double.Parse(fields[field], CultureInfo.InvariantCulture);
        }
        return ticks / 100;
    }
}
