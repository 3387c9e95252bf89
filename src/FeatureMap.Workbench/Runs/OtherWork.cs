using System.Diagnostics;
using System.Globalization;

namespace FeatureMap.Workbench;

/// <summary>How much of the processors other processes use, from now to when it is asked: what a measured time has to be read
/// with.</summary>
internal sealed class OtherWork
{
    // Linux counts the time of processors in hundredths of a second, whatever the kernel itself uses.
    private const double TicksPerSecond = 100;

    private readonly long began = Stopwatch.GetTimestamp();
    private readonly double busyBefore = Busy(), ownBefore = Own();

    /// <summary>Processors that others used on average; not a number where the system does not say it.</summary>
    public double Processors()
    {
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var others = Busy() - busyBefore - (Own() - ownBefore);
        return seconds < 0.1 || double.IsNaN(others) ? double.NaN : Math.Clamp(others / seconds, 0, Environment.ProcessorCount);
    }

    private static double Own()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }

    // Seconds in which any processor of the machine worked: user, nice, system, irq and softirq of the first line.
    private static double Busy()
    {
        try
        {
            if (!OperatingSystem.IsLinux()) return double.NaN;
            using var reader = new StreamReader("/proc/stat");
            if (reader.ReadLine()?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not ["cpu", var user, var nice, var system, _, _,
                var interrupts, var soft, ..]) return double.NaN;
            return new[] { user, nice, system, interrupts, soft }.Sum(text => double.Parse(text,
                CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return double.NaN;
        }
    }
}
