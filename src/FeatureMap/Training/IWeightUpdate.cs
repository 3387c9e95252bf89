using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>An engine that keeps the weights of a training where it computes, and changes them there.</summary>
internal interface IUpdatingEngine : IEngine
{
    /// <summary>Makes what happens to the weights after the gradients of a step.</summary>
    /// <param name="weights">What is trained: here, the numbers as they start.</param>
    /// <param name="options">The optimiser, and everything around it.</param>
    /// <param name="isSound">Whether the gradients can be used. Where not, the step is going to be reported and nothing moves.</param>
    IWeightUpdate CreateUpdate(Weights weights, TrainingOptions options, Func<bool> isSound);
}

/// <summary>
/// What happens to the weights after the gradients of a step: gather the gradients of several batches, limit their size, add the pull of
/// L1, let the optimiser move the weights, and keep their running average. Holds the optimiser's numbers and the average.
/// </summary>
internal interface IWeightUpdate : IDisposable
{
    /// <summary>Step number and learning rate of the update to come.</summary>
    UpdateTime Time { get; }

    /// <summary>This batch's part of the step's images: 1 where a step is one batch.</summary>
    float Share { get; set; }

    /// <summary>Whether this batch is the first of its step.</summary>
    bool IsFirst { get; set; }

    /// <summary>Whether this batch is the last of its step, so that the weights move.</summary>
    bool IsLast { get; set; }

    /// <summary>The running average of all numbers, where it was asked for: as it was at the last <see cref="Fetch"/>.</summary>
    Weights? Average { get; }

    /// <summary>Whether the next update is measured: for <see cref="AddMeasures"/>. The weights are the same to the bit.</summary>
    bool Measures { get; set; }

    /// <summary>Adds what the last measured update was like to the sums of each parameter, in the order of the weights.</summary>
    void AddMeasures(Span<UpdateSquares> sums);

    /// <summary>Adds the update to a step.</summary>
    void Schedule(StepEnding ending, IExecutable made);

    /// <summary>
    /// Brings the weights and their average up to the last step, where they are kept elsewhere: before anybody reads them.
    /// </summary>
    void Fetch();

    /// <summary>Adds the optimiser's numbers and the average to a checkpoint; <see cref="Fetch"/> comes first.</summary>
    void Capture(List<SafetensorsEntry> tensors);

    /// <summary>Takes them over again, and the weights as they are now.</summary>
    void Restore(SlotCopy copy);

    /// <summary>Adds what it needs besides to the state of a checkpoint.</summary>
    void CaptureState(IDictionary<string, string> state)
    {
    }

    /// <summary>Takes it over again, where it is there: another engine may have written the checkpoint.</summary>
    void RestoreState(IReadOnlyDictionary<string, string> state)
    {
    }
}

/// <summary>Sums of squares of a parameter in one update.</summary>
/// <param name="Gradient">Of its gradient, before it is limited and before any decay.</param>
/// <param name="Before">Of its numbers before the update.</param>
/// <param name="Change">Of how far the update moved them.</param>
internal readonly record struct UpdateSquares(double Gradient, double Before, double Change)
{
    public static UpdateSquares operator +(UpdateSquares left, UpdateSquares right) =>
        new(left.Gradient + right.Gradient, left.Before + right.Before, left.Change + right.Change);
}

/// <summary>What an update's numbers are called in a checkpoint, whichever engine keeps them.</summary>
internal static class UpdateNames
{
    public static string Slot(string slot, Parameter parameter) => $"optimizer.{slot}/{parameter.Name}";

    public static string Average(Parameter parameter) => $"average/{parameter.Name}";

    /// <summary>Which parameters a training moves, in the order of the weights.</summary>
    public static bool[] Moving(Weights weights, TrainingOptions options) => [.. weights.Parameters.Select(parameter =>
        parameter.Trainable && !options.FrozenLayers.Contains(weights.Network.Layers[parameter.Layer].Name))];
}
