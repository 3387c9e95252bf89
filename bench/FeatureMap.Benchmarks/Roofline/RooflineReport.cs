using System.Text.Json;
using FeatureMap.Benchmarks.Pairing;

namespace FeatureMap.Benchmarks.Roofline;

/// <summary>The two limits of any kernel on this machine: fused multiply-adds per second and bytes per second.</summary>
public sealed record RooflineReport(
    Machine Machine, double ClockGigahertz, IReadOnlyList<PeakFigure> Peaks, IReadOnlyList<BandwidthFigure> Bandwidths, double? ForeignLoad)
{
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };

    public static RooflineReport Measure(IReadOnlyList<int> threadCounts, int rounds)
    {
        var load = new ForeignLoad();
        double clock = MultiplyAddPeak.MeasureClock(rounds);
        PeakFigure[] peaks = [.. MultiplyAddPeak.Measure(threadCounts, rounds)];
        BandwidthFigure[] bandwidths = [.. MemoryBandwidth.Measure(threadCounts, rounds)];
        return new(Machine.Current, clock, peaks, bandwidths, load.Share());
    }

    public void Print(TextWriter output)
    {
        output.WriteLine(Machine);
        output.WriteLine($"clock {ClockGigahertz:F2} GHz; others used {ForeignLoad:P0} of the machine");
        output.WriteLine();
        output.WriteLine("| vector | threads | GFLOP/s | best | FMA per cycle and thread | spread |");
        output.WriteLine("|---:|---:|---:|---:|---:|---:|");
        foreach (PeakFigure peak in Peaks)
        {
            double perCycle = peak.Best / (2 * (peak.Bits / 32) * ClockGigahertz * peak.Threads);
            output.WriteLine($"| {peak.Bits} bit | {peak.Threads} | {peak.BillionOperationsPerSecond:F0} | {peak.Best:F0} | {perCycle:F2} "
                + $"| {peak.Spread:P0} |");
        }
        PrintScaling(output);
        output.WriteLine();
        output.WriteLine("| level | per thread | threads | operation | GB/s | best | bytes per cycle and thread | spread |");
        output.WriteLine("|---|---:|---:|---|---:|---:|---:|---:|");
        foreach (BandwidthFigure figure in Bandwidths)
        {
            double perCycle = figure.Best / (ClockGigahertz * figure.Threads);
            output.WriteLine($"| {figure.Level} | {figure.Bytes / 1024} KiB | {figure.Threads} | {figure.Operation} "
                + $"| {figure.GigabytesPerSecond:F0} | {figure.Best:F0} | {perCycle:F1} | {figure.Spread:P0} |");
        }
    }

    public void WriteJson(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, indented));

    // From the best rounds: a neighbour on the second processor would look like a shared core.
    private void PrintScaling(TextWriter output)
    {
        foreach (var width in Peaks.GroupBy(peak => peak.Bits))
        {
            PeakFigure one = width.First();
            foreach (PeakFigure many in width.Skip(1))
            {
                double factor = many.Best / one.Best / (many.Threads / (double)one.Threads);
                string reading = factor > 0.85 ? "cores of their own" : factor < 0.6 ? "siblings that share a core" : "in between";
                output.WriteLine($"{width.Key} bit: {many.Threads} threads reach {factor:P0} of {many.Threads} x one thread: {reading}.");
            }
        }
    }
}
