using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>One parameter of a layer as a kernel sees it.</summary>
internal sealed unsafe class ParameterSlot(ParameterDefinition definition, AlignedBuffer values, AlignedBuffer? gradient)
{
    public ParameterDefinition Definition { get; } = definition;

    public int Count => Definition.Count;

    public float* Values => values.Pointer;

    /// <summary>Where the sum over the batch goes; only in training, for trainable parameters.</summary>
    public float* Gradient => gradient is null ? null : gradient.Pointer;

    public Span<float> Span => values.Span;

    public Span<float> GradientSpan => gradient is null ? [] : gradient.Span;
}
