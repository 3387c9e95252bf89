using System.Globalization;
using FeatureMap.Training;
using Spectre.Console;

namespace FeatureMap.Cli;

/// <summary>A bar that moves while an epoch runs. Only this file touches Spectre.Console, so that commands without a bar do not load
/// it.</summary>
internal static class LiveProgress
{
    public static TrainingRun Run(Func<IProgress<TrainingProgress>?, Action<string>, TrainingRun> fit)
    {
        if (!AnsiConsole.Profile.Capabilities.Ansi) return fit(null, Console.WriteLine);
        return AnsiConsole.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new PercentageColumn())
            .Start(context =>
            {
                var task = context.AddTask("starting", maxValue: 1);
                return fit(new Bar(task), line => AnsiConsole.Console.WriteLine(VisibleText.Of(line)));
            });
    }

    /// <summary>Moves in the training thread, where it costs nothing to speak of; the drawing has a thread of its own.</summary>
    private sealed class Bar(ProgressTask task) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            // Never quite full: a full bar counts as done and is hidden.
            task.Value = Math.Min(0.999, (double)value.Step / value.StepsPerEpoch);
            task.Description = Markup.Escape(VisibleText.Of($"epoch {value.Epoch}/{value.Epochs}  "
                + $"loss {value.Loss:0.0000}  {Measured(value)}{value.ImagesPerSecond:N0} images/s  {Duration(value.Remaining)} left"));
        }

        private static string Measured(TrainingProgress value) =>
            value.MetricInfo is { } metric ? $"{metric.Name} {metric.Format(value.Metric)}  " : "";

        private static string Duration(TimeSpan time) => time.TotalHours >= 1 ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
    }
}
