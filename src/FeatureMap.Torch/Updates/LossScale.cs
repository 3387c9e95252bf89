using System.Globalization;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// What the loss is multiplied with before the way back, so that gradients in float16 do not vanish; they are divided by it behind. Halved
/// where they overflow, and doubled after many steps in which they did not, as in PyTorch's <c>GradScaler</c>.
/// Source: Micikevicius et al., "Mixed precision training", arXiv 1710.03740.
/// </summary>
internal sealed class LossScale
{
    /// <summary>Its name among the state of a checkpoint.</summary>
    public const string StateName = "lossScale";

    private const float First = 65536, Lowest = 1f / 65536, Highest = 1 << 24;

    // Steps without overflow until the factor is doubled.
    private const int Patience = 2000;

    private int good;
    private bool hasOverflowed;

    /// <summary>The factor, a power of two: multiplying and dividing by it rounds nothing.</summary>
    public float Value { get; private set; } = First;

    /// <summary>Steps that were left out since the start of the training.</summary>
    public int Skipped { get; private set; }

    /// <summary>What it is, for a checkpoint.</summary>
    public string State
    {
        get => string.Create(CultureInfo.InvariantCulture, $"{Value} {good} {Skipped}");
        set
        {
            var parts = value.Split(' ');
            if (parts.Length != 3 || !float.TryParse(parts[0], CultureInfo.InvariantCulture, out var factor)
                || !(factor is > 0 and <= Highest) || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out var steps)
                || !int.TryParse(parts[2], CultureInfo.InvariantCulture, out var skipped))
                throw new DataException($"The checkpoint says of {StateName} '{value}', and not a factor and two counts of steps. It was "
                    + "written by another program; start anew without TrainingOptions.Resume.");
            (Value, good, Skipped) = (factor, steps, skipped);
        }
    }

    /// <summary>Divides the gradients of a batch by the factor, and looks whether they are numbers.</summary>
    public void Undo(Tensor gradients)
    {
        using var scope = NewDisposeScope();
        gradients.mul_(1 / Value);
        if (gradients.numel() > 0 && !gradients.isfinite().all().item<bool>()) hasOverflowed = true;
    }

    /// <summary>Ends a step; tells whether it is to be left out.</summary>
    /// <exception cref="TrainingException">Gradients overflow whatever the loss is multiplied with.</exception>
    public bool EndStep()
    {
        var overflowed = hasOverflowed;
        hasOverflowed = false;
        if (overflowed)
        {
            if (Value <= Lowest)
                throw new TrainingException("Training stopped: its gradients are no finite numbers in fp16, even with a loss times "
                    + $"{Value}. Train in bf16, which has the range of float32, or in float32; where that stops too, it is not the "
                    + "precision.");
            Value /= 2;
            (good, Skipped) = (0, Skipped + 1);
        }
        else if (++good == Patience)
        {
            Value = Math.Min(Highest, Value * 2);
            good = 0;
        }
        return overflowed;
    }
}
