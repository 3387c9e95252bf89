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

    internal static string Write(RunFolder folder, RunConfiguration configuration, Model model, SplitData data, int threads) =>
        ReportBuilder.Write(folder, model, data, RunFacts.Of(configuration, model), threads);
}
