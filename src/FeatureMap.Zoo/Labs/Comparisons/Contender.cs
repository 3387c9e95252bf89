using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>One of several things that a <see cref="Comparison"/> puts side by side.</summary>
/// <param name="Name">What it is called in tables and curves.</param>
/// <param name="Remark">What it is, in a few words.</param>
/// <param name="Rate">The learning rate that is usual for it; the search looks around it.</param>
/// <param name="Build">The network for images of a shape and a number of classes.</param>
/// <param name="Optimizer">How weights are changed.</param>
/// <param name="Schedule">The learning rate over time.</param>
internal sealed record Contender(string Name, string Remark, double Rate, Func<Shape, int, Network> Build, Optimizer Optimizer, Func<ContenderTime, Schedule> Schedule);

/// <summary>What a schedule may depend on.</summary>
/// <param name="Rate">The learning rate of this training, its highest.</param>
/// <param name="Epochs">Epochs of the training.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
internal readonly record struct ContenderTime(double Rate, int Epochs, long StepsPerEpoch)
{
    public long Steps => Epochs * StepsPerEpoch;
}

/// <summary>How one contender did.</summary>
/// <param name="Contender">The contender.</param>
/// <param name="Rate">The learning rate that it was trained with.</param>
/// <param name="Trainings">One for each seed; null where it diverged.</param>
internal sealed record Standing(Contender Contender, double Rate, IReadOnlyList<LabTraining?> Trainings)
{
    /// <summary>Higher rates that were given up because a training was lost.</summary>
    public IReadOnlyList<double> LostRates { get; init; } = [];

    private IEnumerable<double> Accuracies(int classes) => Trainings.Select(training => AccuracyOf(training, classes));

    /// <summary>What diverged, or gave no number, has learned nothing: it counts as a guess.</summary>
    public static double AccuracyOf(LabTraining? training, int classes) => training is not null && !double.IsNaN(training.Accuracy) ? training.Accuracy : 1.0 / classes;

    public int Diverged => Trainings.Count(training => training is null);

    public double Mean(int classes) => Accuracies(classes).Average();

    public (double Low, double High) Spread(int classes) => (Accuracies(classes).Min(), Accuracies(classes).Max());

    public double Seconds => Finished.Select(training => training.Seconds).DefaultIfEmpty(double.NaN).Average();

    public double TrainLoss => Finished.Select(training => training.Epochs[^1].TrainLoss).DefaultIfEmpty(double.NaN).Average();

    private IEnumerable<LabTraining> Finished => Trainings.OfType<LabTraining>();

    /// <summary>The mean over the seeds at each epoch, and the least and the greatest value.</summary>
    public PlotLine Line(Func<EpochRecord, double> value)
    {
        var curves = Finished.Select(training => training.Curve(value)).ToList();
        if (curves.Count == 0) return new PlotLine(Contender.Name, []);
        var epochs = Enumerable.Range(0, curves[0].Count).Select(epoch => (curves[0][epoch].X, Values: curves.Select(curve => curve[epoch].Y).ToList())).ToList();
        return new PlotLine(Contender.Name, [.. epochs.Select(epoch => (epoch.X, epoch.Values.Average()))])
        {
            Band = curves.Count > 1 ? [.. epochs.Select(epoch => (epoch.X, epoch.Values.Min(), epoch.Values.Max()))] : [],
        };
    }
}
