using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Training;

/// <summary>When an update happens and at which learning rate: one object for all runs of a training, set before each step.</summary>
internal sealed class UpdateTime
{
    public double LearningRate { get; set; }

    public long Step { get; set; }
}

/// <summary>Weights in memory, a register at a time. Reads and writes up to the next multiple of 16.</summary>
/// <param name="time">When.</param>
/// <param name="values">The weights.</param>
/// <param name="gradient">Their gradients.</param>
/// <param name="slots">The numbers of the first slot; those of the next stand <paramref name="step"/> floats further on.</param>
/// <param name="step">Floats from slot to slot.</param>
/// <param name="slotCount">How many slots there are.</param>
/// <param name="count">How many weights.</param>
/// <param name="decays">Whether weight decay pulls on them.</param>
/// <param name="factor">What the learning rate is multiplied with here.</param>
internal sealed unsafe class LaneRun<TLanes>(UpdateTime time, float* values, float* gradient, float* slots, nint step, int slotCount,
    int count, bool decays, double factor) : WeightRun
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly float* values = values, gradient = gradient, slots = slots;

    public override double LearningRate => time.LearningRate * factor;

    public override long Step => time.Step;

    public override bool Decays => decays;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Apply<TRule>(TRule rule)
    {
        var (w, g, s, end) = ((nint)values, (nint)gradient, (nint)slots, (nint)(values + count));
        var (bytes, kept) = (step * sizeof(float), slotCount);
        for (; w < end; w += TLanes.Width * sizeof(float), g += TLanes.Width * sizeof(float), s += TLanes.Width * sizeof(float))
        {
            var numbers = new WeightSlots<TLanes>(ref *(TLanes*)s, bytes, kept);
            TLanes.Store((float*)w, rule.Update(TLanes.Load((float*)w), TLanes.Load((float*)g), numbers));
        }
    }
}
