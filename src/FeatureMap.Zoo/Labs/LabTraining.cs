using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>A finished training of a lab; its folder is an ordinary run folder.</summary>
public sealed class LabTraining
{
    internal LabTraining(string name, RunFolder folder, Model model, IReadOnlyList<EpochRecord> epochs) => (Name, Folder, Model, Epochs) = (name, folder, model, epochs);

    /// <summary>Its name in the lab.</summary>
    public string Name { get; }

    /// <summary>Its folder, with log, checkpoints and model.</summary>
    public RunFolder Folder { get; }

    /// <summary>The trained network.</summary>
    public Model Model { get; }

    /// <summary>What each epoch gave.</summary>
    public IReadOnlyList<EpochRecord> Epochs { get; }

    /// <summary>Validation accuracy after the last epoch, 0 to 1; not a number where the network gives no scores of classes.</summary>
    public double Accuracy => Epochs[^1].ValidationAccuracy;

    /// <summary>Validation loss after the last epoch.</summary>
    public double Loss => Epochs[^1].ValidationLoss;

    /// <summary>Seconds that the training took, validation included.</summary>
    public double Seconds => Epochs[^1].TotalSeconds;

    /// <summary>The validation accuracy after each epoch, as points of a chart.</summary>
    public IReadOnlyList<(double X, double Y)> AccuracyCurve => Curve(epoch => epoch.ValidationAccuracy);

    /// <summary>A number of each epoch, as points of a chart.</summary>
    /// <param name="value">The number, such as <c>epoch => epoch.TrainLoss</c>.</param>
    public IReadOnlyList<(double X, double Y)> Curve(Func<EpochRecord, double> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return [.. Epochs.Select(epoch => ((double)epoch.Epoch, value(epoch)))];
    }
}
