using System.Diagnostics;
using System.Globalization;
using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Networks;

namespace FeatureMap.Benchmarks.Torch;

/// <summary>
/// The most memory that a process needs for steps of training, as the kernel counts it (VmHWM): each side in a process of its own, which
/// loads nothing of the other.
/// </summary>
internal static class PeakMemory
{
    /// <summary>Word of the command that a process of its own is started with.</summary>
    public const string ChildCommand = "memory-of";

    private const string Ours = "FeatureMap";

    // The second step has the momentum as well.
    private const int Steps = 3;

    public static IReadOnlyList<string> Sides => [Ours, .. Enum.GetValues<MemoryFormat>().Select(format => format.Word())];

    /// <summary>Measures every side and prints a table.</summary>
    public static void Print(NetworkSpecification network, int batch, int threads, TextWriter output)
    {
        output.WriteLine($"{Machine.Current}; {network.Name}, batch {batch}, {threads} threads, {Steps} training steps");
        output.WriteLine();
        output.WriteLine("| side | peak, MiB | of these before the network was made |");
        output.WriteLine("|---|---:|---:|");
        var peaks = new Dictionary<string, double>();
        foreach (var side in Sides)
        {
            var (before, peak) = InProcess(side, network.Name, batch, threads);
            peaks[side] = peak;
            output.WriteLine($"| {(side == Ours ? side : $"libtorch, {side}")} | {peak:N0} | {before:N0} |");
            output.Flush();
        }
        output.WriteLine();
        var best = peaks.Where(row => row.Key != Ours).Min(row => row.Value);
        output.WriteLine($"ours / best of libtorch: {peaks[Ours] / best:F2}");
    }

    /// <summary>What the process of one side does.</summary>
    public static void Measure(string side, NetworkSpecification network, int batch, int threads, TextWriter output)
    {
        if (side != Ours && TorchContender.TryLoad() is { } reason) throw new NotSupportedException(reason);
        var before = PeakMebibytes();
        using var runner = Prepare(side, network, batch, threads);
        // What only the preparation needed is given back first: our weights, of which libtorch has a copy.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        runner.BeginTurn();
        for (var step = 0; step < Steps; step++)
            runner.TrainingStep();
        output.WriteLine($"{before} {PeakMebibytes()}");
    }

    private static ITrainingRunner Prepare(string side, NetworkSpecification network, int batch, int threads) => side == Ours
        ? new EngineContender().Prepare(network, batch, threads)[0]
        : new TorchRunner(
            Weights.Initialize(network.Network, seed: 0), new FixedBatch(network.Network, batch), threads,
            Enum.GetValues<MemoryFormat>().Single(format => format.Word() == side));

    private static (double Before, double Peak) InProcess(string side, string network, int batch, int threads)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        // Started as 'dotnet program.dll' or as a program of its own.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (var word in (string[])[ChildCommand, side, "--network", network, "--batch", $"{batch}", "--threads", $"{threads}"])
            start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var answer = process.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return process.ExitCode == 0 && answer.Length == 2
            ? (double.Parse(answer[0], CultureInfo.InvariantCulture), double.Parse(answer[1], CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"The process of {side} ended with {process.ExitCode}; it may have run out of memory.");
    }

    private static double PeakMebibytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }
}
