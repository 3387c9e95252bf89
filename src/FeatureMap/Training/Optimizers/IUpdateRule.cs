using System.Runtime.CompilerServices;

namespace FeatureMap.Training;

/// <summary>
/// The formula of an optimiser for one weight, with what is the same for all weights of a step in its fields. It is a struct, so that it
/// becomes part of the loop over the weights, which runs it on as many of them side by side as a register holds.
/// </summary>
public interface IUpdateRule
{
    /// <summary>The weight after the step.</summary>
    /// <param name="weight">The weight before it.</param>
    /// <param name="gradient">Its gradient: the mean over the images of the step, after clipping and L1.</param>
    /// <param name="slots">The numbers kept for this weight, in the order of <see cref="Optimizer.Slots"/>; write here what the next step
    /// is to find.</param>
    TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal>;
}

/// <summary>Weights that an optimiser changes together: a part of one parameter, in one step.</summary>
public abstract class WeightRun
{
    internal WeightRun() { }

    /// <summary>Learning rate of this step, times the factor of the layer (<see cref="TrainingOptions.LayerRates"/>).</summary>
    public abstract double LearningRate { get; }

    /// <summary>Number of the step in the training, from 0.</summary>
    public abstract long Step { get; }

    /// <summary>Whether weight decay pulls on them: on weights, not on biases and normalisation parameters.</summary>
    public abstract bool Decays { get; }

    /// <summary>Applies a rule to each of them.</summary>
    public abstract void Apply<TRule>(TRule rule) where TRule : struct, IUpdateRule;
}

/// <summary>The numbers that an optimiser keeps for one weight, in the order of <see cref="Optimizer.Slots"/>.</summary>
/// <typeparam name="TReal">The kind of number.</typeparam>
public readonly ref struct WeightSlots<TReal>
{
    private readonly ref TReal first;
    private readonly nint step;

    internal WeightSlots(ref TReal first, nint step, int count)
    {
        this.first = ref first;
        (this.step, Count) = (step, count);
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>One of them, to be read and written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The optimiser has no slot of this number.</exception>
    public ref TReal this[int slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)slot >= (uint)Count) NotThere(slot, Count);
            return ref Unsafe.AddByteOffset(ref first, slot * step);
        }
    }

    private static void NotThere(int slot, int count) => throw new ArgumentOutOfRangeException(
        nameof(slot), $"The optimiser keeps {count} numbers for each weight (its Slots), and its "
            + $"rule asked for number {slot}, counted from 0.");
}
