namespace FeatureMap.Training;

/// <summary>
/// One row of the log: what was measured inside the network at the end of an epoch. <see cref="double.NaN"/> stands for a value that was
/// not measured.
/// </summary>
public sealed record LayersRecord
{
    /// <summary>The number of the epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Optimiser steps done since the start of the run, at the end of this epoch.</summary>
    public required long Step { get; init; }

    /// <summary>The layers that are trained, in the order of the network, measured in the last step of the epoch.</summary>
    public required IReadOnlyList<LayerMeasure> Layers { get; init; }

    /// <summary>The activations that are exactly 0 below a threshold, in the order of the network, with their dead units.</summary>
    public IReadOnlyList<DeadUnits> Activations { get; init; } = [];

    /// <summary>The validation images on which <see cref="Activations"/> were looked at: the same ones in every epoch.</summary>
    public int Images { get; init; }
}

/// <summary>How a step of training met the weights of a layer: all its trained parameters together.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Op">What it computes, such as <c>Conv2d</c>.</param>
/// <param name="GradientNorm">
/// Length of the gradient of the step's mean loss by the layer's parameters: the root of the sum of its squares, before it is limited and
/// before any decay is added.
/// </param>
/// <param name="UpdateRatio">
/// How far the step moved the parameters in relation to how large they were: the length of the change over the length of the parameters
/// before it. Not a number where all of them were 0.
/// </param>
public sealed record LayerMeasure(string Name, string Op, double GradientNorm, double UpdateRatio);

/// <summary>
/// The dead units of an activation: a unit is a channel of a map, or a single number of a vector, and it is dead where it is 0 at every
/// place of every image that was looked at.
/// </summary>
/// <param name="Layer">The activation.</param>
/// <param name="Op">What it computes, such as <c>Relu</c>.</param>
/// <param name="Units">Its units.</param>
/// <param name="Dead">Those that are dead.</param>
public sealed record DeadUnits(string Layer, string Op, int Units, int Dead)
{
    /// <summary>The dead ones as a share of all, 0 to 1.</summary>
    public double Share => (double)Dead / Units;
}
