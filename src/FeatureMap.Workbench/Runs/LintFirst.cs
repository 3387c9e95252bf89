using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>The linter before a training: errors refuse it, warnings are a line.</summary>
internal static class LintFirst
{
    /// <param name="network">What is to be trained.</param>
    /// <param name="data">On what.</param>
    /// <param name="options">How.</param>
    /// <param name="request">Says by which name the network goes, and whether the linter is wanted.</param>
    /// <param name="context">Told the line.</param>
    /// <exception cref="UsageException">The network cannot learn so.</exception>
    public static void Check(Network network, SplitData data, TrainingOptions options, TrainRequest request, WorkContext context)
    {
        // A run that goes on was looked at when it began.
        if (!request.WithLint || request.Resumed is not null) return;
        var report = Trainer.Lint(network, data, options with { Lint = Options(request, context) });
        var path = request.Settings.From.Length > 0 ? request.Settings.From : request.Settings.Network;
        var name = path.Length > 0 ? ShownPath.Of(path) : request.Recipe.Name;
        if (report.Errors is { Length: > 0 } errors)
            throw new UsageException($"The network of {name} cannot learn like this. {errors} To train it all the same: TrainArguments.NoLint.");
        var warned = report.Groups.Where(group => group.Findings.Any(finding => finding.Severity == LintSeverity.Warning)).Select(group => group.Rule.Id).ToList();
        if (report.Count(LintSeverity.Warning) is var count and > 0)
            context.Tell($"The linter has {(count == 1 ? "a warning" : $"{count} warnings")} about the network "
                + $"({string.Join(", ", warned)}): Network.Lint of {name}");
    }

    // The maps of a feature pyramid lie half a pixel apart, as in the paper: the cells say where boxes are, and learn to.
    private static LintOptions Options(TrainRequest request, WorkContext context) =>
        new() { MoreRules = context.Registry.OwnRules, Ignored = request.IsDetection ? ["align"] : [] };
}
