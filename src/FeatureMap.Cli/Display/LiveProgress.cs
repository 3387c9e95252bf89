using System.Diagnostics;
using System.Globalization;
using FeatureMap.Training;

namespace FeatureMap.Cli;

/// <summary>A bar that moves while an epoch runs, drawn over itself at most ten times a second by the thread that trains.</summary>
internal sealed class LiveProgress(Terminal terminal) : IProgress<TrainingProgress>
{
    private const int Marks = 24;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.1);
    private long drawn;

    public void Report(TrainingProgress value)
    {
        if (Stopwatch.GetElapsedTime(drawn) < Pause) return;
        drawn = Stopwatch.GetTimestamp();
        var share = (double)value.Step / value.StepsPerEpoch;
        var full = (int)(share * Marks);
        var text = $"  {value.Epoch,3}/{value.Epochs}  {new string('━', full)}{new string('─', Marks - full)}  {share,4:0 %}  "
            + $"loss {value.Loss:0.0000}  {Measured(value)}{value.ImagesPerSecond:N0} images/s  {Duration(value.Remaining)} left";
        // Never wider than the window: a line that wraps cannot be drawn over.
        terminal.Redraw(text.Length < Console.WindowWidth ? text : text[..Math.Max(0, Console.WindowWidth - 1)]);
    }

    /// <summary>Writes a line that stays; the bar goes on below it.</summary>
    public void WriteLine(string line)
    {
        Clear();
        terminal.Prose.WriteLine(line);
        terminal.Prose.Flush();
    }

    /// <summary>Takes the bar away.</summary>
    public void Clear() => terminal.Redraw("");

    private static string Measured(TrainingProgress value) =>
        value.MetricInfo is { } metric ? $"{metric.Name} {metric.Format(value.Metric)}  " : "";

    private static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
