using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// Trains a network from the first step to the last, the short way: a <see cref="TrainingJob"/> with the usual listeners, run to its end.
/// </summary>
public static class Trainer
{
    /// <summary>Trains and returns the result; a run folder, where one is given, then holds log, checkpoints and model.</summary>
    /// <param name="network">What to train.</param>
    /// <param name="data">Training and validation images of the network's input shape.</param>
    /// <param name="options">Everything else.</param>
    /// <exception cref="ShapeException">The data do not fit the network.</exception>
    /// <exception cref="UsageException">
    /// The linter found an error (<see cref="TrainingOptions.Lint"/>), batch normalisation would see one number per channel, or there is a
    /// run folder and the network cannot be written and read again.
    /// </exception>
    /// <exception cref="TrainingException">The loss is no longer a number; the message names the step and the layer.</exception>
    /// <exception cref="DataException">The run folder cannot be written, is in use by another process, was moved or deleted meanwhile, or
    /// belongs to another network.</exception>
    public static TrainingRun Fit(Network network, SplitData data, TrainingOptions? options = null)
    {
        using var job = new TrainingJob(network, data, options);
        return job.Run();
    }

    /// <summary>
    /// What the linter finds in a network for a training, whose batch size and loss it is told: what <see cref="Fit"/> looks at before it
    /// begins, where only errors refuse. Nothing is trained or written.
    /// </summary>
    /// <param name="network">What to train.</param>
    /// <param name="data">Training and validation images.</param>
    /// <param name="options">Everything else; all rules where <see cref="TrainingOptions.Lint"/> is null.</param>
    public static LintReport Lint(Network network, SplitData data, TrainingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new TrainingOptions();
        return Linted(network, data, options, Reading(network, data, options), options.Lint ?? new LintOptions());
    }

    /// <summary>Refuses a network in which the linter finds an error, unless that is off or the training goes on.</summary>
    internal static void RefuseErrors(Network network, SplitData data, TrainingOptions options, OutputReading? reading)
    {
        var goesOn = options is { Resume: true, Folder: { } folder } && folder.Checkpoints.Steps().Count > 0;
        if (options.Lint is { } lint && !goesOn && Linted(network, data, options, reading, lint).Errors is { Length: > 0 } errors)
            throw new UsageException($"The network cannot learn like this. {errors} To train it all the same, set TrainingOptions.Lint to "
                + "null, or to options that leave the rule out.");
    }

    private static LintReport Linted(Network network, SplitData data, TrainingOptions options, OutputReading? reading, LintOptions lint) => Linter.Check(network, lint with
    {
        BatchSize = lint.BatchSize ?? Math.Clamp(options.BatchSize, 1, options.Sampler.MostImages(data.Training)),
        Reading = lint.Reading ?? reading,
    });

    // Null where the loss does not fit: the training says so itself.
    private static OutputReading? Reading(Network network, SplitData data, TrainingOptions options)
    {
        try
        {
            var set = data.Training;
            options = options with { Loss = options.Loss ?? Loss.Usual(set, network) };
            var target = set.Targets is { } targets ? targets.ShapeOf(targets.AreNumbers ? targets.StoredShape : options.Augmentation.Fit(set).TargetShape(set.ImageShape, targets)) : (Shape?)null;
            return TrainingGraph.Of(network, options.Loss ?? new Ops.SoftmaxCrossEntropy(), data.Training.ClassCount, target).Reading;
        }
        catch (FeatureMapException)
        {
            return null;
        }
    }
}
