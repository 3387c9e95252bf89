using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>The report of a run.</summary>
public static class RunReport
{
    /// <summary>Writes <c>report.html</c> of a finished run, again where there is one.</summary>
    /// <param name="path">The folder of the run.</param>
    /// <param name="places">Where its data are now; empty for where they were.</param>
    /// <param name="context">Told progress and notices.</param>
    /// <returns>The path of the report, and the folder of the run.</returns>
    /// <exception cref="DataException">There is no such run, it was stopped before its end, or its data are not there.</exception>
    public static (string Report, RunFolder Folder) Write(string path, IReadOnlyList<string> places, WorkContext context)
    {
        var (folder, configuration, model) = RunInput.Finished(path, context.Registry);
        using var held = folder.Hold();
        var split = DataAccess.Load(configuration, places, context, model.Network.Input);
        DataAccess.CheckClasses($"The run {folder.Name}", model, split);
        return (Write(folder, configuration, model, split, configuration.Settings.Training.Threads), folder);
    }

    /// <summary>
    /// A run as one HTML file that needs nothing else, opens offline and names no place of this machine: its report, with smaller and fewer
    /// pictures where it would be larger than <see cref="MostBytes"/>. A run that is not at its end, or whose data are not there any more,
    /// has curves, settings and log, and says what is missing.
    /// </summary>
    /// <param name="path">The folder of the run.</param>
    /// <param name="places">Where its data are now; empty for where they were.</param>
    /// <param name="context">Told progress, notices and what is missing.</param>
    /// <returns>The text of the file, and the folder of the run.</returns>
    /// <exception cref="DataException">There is no such run, or its configuration or log cannot be read.</exception>
    public static (string Html, RunFolder Folder) AsFile(string path, IReadOnlyList<string> places, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var folder = RunFolder.Open(path);
        var configuration = RunConfiguration.Read(folder, context.Registry);
        return (HtmlReport.ToHtml(Content(folder, configuration, places, context), MostBytes), folder);
    }

    /// <summary>Bytes that the file of a run has at most, unless its tables alone are longer.</summary>
    public const int MostBytes = 1_000_000;

    internal static string Write(RunFolder folder, RunConfiguration configuration, Model model, SplitData data, int threads)
    {
        HtmlReport.Write(folder.ReportPath, Whole(folder, configuration, model, data, threads));
        return folder.ReportPath;
    }

    private static ReportData Content(RunFolder folder, RunConfiguration configuration, IReadOnlyList<string> places, WorkContext context)
    {
        if (!File.Exists(folder.ModelPath))
            return Partly(folder, configuration, null, "The training is not at its end: this page has its curves and its log so far, and "
                + "nothing of the model.");
        var model = RunInput.Finished(folder.Location, context.Registry).Model;
        SplitData data;
        try
        {
            data = DataAccess.Load(configuration, places, context, model.Network.Input);
            DataAccess.CheckClasses($"The run {folder.Name}", model, data);
        }
        catch (DataException error) when (places.Count == 0)
        {
            context.Tell($"The file has no answers of the model, as its data are not to be had: {error.Message}");
            return Partly(folder, configuration, model, "The data of the run were not there when this page was made: it has curves, "
                + "kernels and log, and no answers of the model.");
        }
        return Whole(folder, configuration, model, data, configuration.Settings.Training.Threads);
    }

    private static ReportData Whole(RunFolder folder, RunConfiguration configuration, Model model, SplitData data, int threads) =>
        ReportBuilder.Build(folder, model, data, RunFacts.Of(configuration, model), threads) with
        {
            Command = CommandOf(configuration),
            Variants = ReportBuilder.Variants(data.Training, configuration.Settings.Training.Augmentation,
                configuration.Settings.Training.Seed),
        };

    private static string CommandOf(RunConfiguration configuration) =>
        string.Join(' ', RunCommand.Of(configuration).Select(ShellWord.Of));

    private static ReportData Partly(RunFolder folder, RunConfiguration configuration, Model? model, string notice) =>
        ReportBuilder.OfLog(folder, configuration.Data.Name, model is null ? null : RunFacts.Of(configuration, model)) with
        {
            Notice = notice,
            Command = CommandOf(configuration),
            Kernels = model is null ? null : ReportBuilder.KernelsOf(model),
        };
}
