using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>One parameter of a layer as a kernel sees it.</summary>
internal sealed unsafe class ParameterSlot(ParameterDefinition definition, AlignedBuffer values, AlignedBuffer? gradient)
{
    public ParameterDefinition Definition { get; } = definition;

    public int Count => Definition.Count;

    public float* Values => values.Pointer;

    /// <summary>Whether its gradient is wanted: not where its layer is frozen, nor where nothing is trained.</summary>
    public bool IsTrained => gradient is not null;

    /// <summary>Where the sum over the batch goes; null where the parameter is not trained.</summary>
    public float* Gradient => gradient is null ? null : gradient.Pointer;

    public Span<float> Span => values.Span;

    public Span<float> GradientSpan => gradient is null ? [] : gradient.Span;
}
