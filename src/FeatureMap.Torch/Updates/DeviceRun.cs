using System.Runtime.CompilerServices;
using FeatureMap.Training;
using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>A stretch of the row of weights on a device, which an optimiser changes in one go.</summary>
/// <param name="time">When.</param>
/// <param name="weights">The stretch.</param>
/// <param name="gradients">Its gradients.</param>
/// <param name="slots">Its numbers of the optimiser.</param>
/// <param name="decays">Whether weight decay pulls on it.</param>
/// <param name="factor">What the learning rate is multiplied with here.</param>
internal sealed class DeviceRun(
    UpdateTime time, Tensor weights, Tensor gradients, Tensor[] slots, bool decays, double factor) : WeightRun
{
    public override double LearningRate => time.LearningRate * factor;

    public override long Step => time.Step;

    public override bool Decays => decays;

    /// <summary>Adds a constant pull towards 0 to the gradients, where weights decay.</summary>
    public void Pull(float strength)
    {
        if (decays) gradients.add_(weights.sign(), alpha: strength);
    }

    public override void Apply<TRule>(TRule rule)
    {
        using var scope = NewDisposeScope();
        // Room for one more, so that there is a first one to refer to.
        var numbers = new TensorReal[slots.Length + 1];
        for (var slot = 0; slot < slots.Length; slot++)
            numbers[slot] = new TensorReal(slots[slot]);
        var moved = rule.Update(
            new TensorReal(weights), new TensorReal(gradients),
            new WeightSlots<TensorReal>(ref numbers[0], Unsafe.SizeOf<TensorReal>(), slots.Length));
        // What a rule hands on as it is, from another place, is copied before that place is written.
        var results = new List<(Tensor Target, Tensor Source)> { Written(weights, moved) };
        for (var slot = 0; slot < slots.Length; slot++)
            results.Add(Written(slots[slot], numbers[slot]));
        foreach (var (target, source) in results)
            if (!ReferenceEquals(target, source))
                target.copy_(source);
    }

    private (Tensor Target, Tensor Source) Written(Tensor target, TensorReal value)
    {
        var source = value.Like(target);
        var isForeign = !ReferenceEquals(source, target)
            && (ReferenceEquals(source, weights) || ReferenceEquals(source, gradients) || slots.Any(slot => ReferenceEquals(slot, source)));
        return (target, isForeign ? source.clone() : source);
    }
}
