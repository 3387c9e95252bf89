using System.Diagnostics;
using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// How long a training will take, measured by doing a few of its steps: the first ones warm the code and the memory up and do not count,
/// then steps and a part of the validation are timed. Nothing is written, and the network that was given is not changed.
/// </summary>
/// <example><code>
/// var trial = StepTrial.Run(network, data, options);
/// Console.WriteLine($"{trial.EpochSeconds:0.0} s an epoch, {trial.TotalSeconds:0} s in all");
/// </code></example>
public static class StepTrial
{
    private const int WarmUp = 3;

    // Steps of a large network take seconds each: three that count are enough then.
    private const int LeastSteps = 3;

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    /// <summary>Does the trial.</summary>
    /// <param name="network">What is to be trained.</param>
    /// <param name="data">On what.</param>
    /// <param name="options">The training it is for: batch, threads, optimiser, augmentation, epochs.</param>
    /// <param name="steps">Steps that are timed; fewer, but at least 3, where they take longer than ten seconds.</param>
    /// <exception cref="UsageException">There are fewer than 3 steps to time, or the options contradict each other.</exception>
    /// <exception cref="ShapeException">The data do not fit the network.</exception>
    /// <exception cref="TrainingException">The loss is no longer a number within these steps.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static StepTrialResult Run(Network network, SplitData data, TrainingOptions? options = null, int steps = 10)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        if (steps is < LeastSteps or > 10_000)
            throw new UsageException($"A trial times {LeastSteps} to 10,000 steps: received {steps:N0}. 10 are usual.");
        options = (options ?? new TrainingOptions()) with { EarlyStopping = null, Folder = null, Resume = false };
        var judged = Math.Min(data.Validation.Count, options.BatchSize);
        var part = new SplitData(data.Name, data.Training, data.Validation.Take(judged), data.Source);
        // A training of one short epoch has fewer steps than the trial: its schedule is not asked for rates behind its end.
        using var session = new TrainingSession(network, part, options with { Epochs = options.Epochs + WarmUp + steps });
        var (watch, times) = (new Stopwatch(), new List<double>());
        void Step()
        {
            options.Cancellation.ThrowIfCancellationRequested();
            session.Step();
        }

        for (var step = 0; step < WarmUp && (step == 0 || watch.Elapsed < Long); step++)
        {
            watch.Start();
            Step();
        }
        watch.Restart();
        while (times.Count < steps && (times.Count < LeastSteps || watch.Elapsed < Long))
        {
            var began = watch.Elapsed;
            Step();
            times.Add((watch.Elapsed - began).TotalSeconds);
        }
        var ofValidation = Judge(session, options, watch) * data.Validation.Count / judged;
        return new StepTrialResult(times, session.StepsPerEpoch, options.Epochs, ofValidation)
        {
            BatchSize = session.BatchImages,
            Threads = session.Threads,
        };
    }

    // The first time makes everything ready.
    private static double Judge(TrainingSession session, TrainingOptions options, Stopwatch watch)
    {
        _ = session.Evaluator.Run();
        options.Cancellation.ThrowIfCancellationRequested();
        watch.Restart();
        _ = session.Evaluator.Run();
        return watch.Elapsed.TotalSeconds;
    }
}

/// <summary>What a <see cref="StepTrial"/> measured, and what follows from it.</summary>
/// <param name="Times">Seconds of each timed step.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Epochs">Epochs of the training.</param>
/// <param name="ValidationSeconds">Seconds of judging all validation images, which every epoch ends with.</param>
public sealed record StepTrialResult(IReadOnlyList<double> Times, int StepsPerEpoch, int Epochs, double ValidationSeconds)
{
    /// <summary>Images of a step's batch.</summary>
    public int BatchSize { get; init; }

    /// <summary>Threads that computed.</summary>
    public int Threads { get; init; }

    /// <summary>Seconds of a step, the mean of those timed: what else runs on the machine is in it.</summary>
    public double StepSeconds => Times.Average();

    /// <summary>Seconds of an epoch with its validation.</summary>
    public double EpochSeconds => (StepsPerEpoch * StepSeconds) + ValidationSeconds;

    /// <summary>Seconds of the whole training.</summary>
    public double TotalSeconds => Epochs * EpochSeconds;

    /// <summary>The slowest timed step as a multiple of the fastest: where it is far above 1, other work disturbed the trial.</summary>
    public double Unrest => Times.Max() / Times.Min();
}
