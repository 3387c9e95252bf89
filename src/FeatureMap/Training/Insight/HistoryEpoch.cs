namespace FeatureMap.Training;

/// <summary>What the history of a run keeps of one epoch: how the network, as validation judges it, was at its end.</summary>
public sealed record HistoryEpoch
{
    /// <summary>The number of the epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Optimiser steps done at its end.</summary>
    public required long Step { get; init; }

    /// <summary>
    /// How many validation images of a class were taken for a class, in the order of both; pairs without an image are left out. Empty where
    /// the network makes no choice between classes of images.
    /// </summary>
    public IReadOnlyList<HistoryCount> Confusion { get; init; } = [];

    /// <summary>
    /// What the network answered for each of <see cref="HistorySamples.Samples"/>: a probability for each class, or the numbers that it
    /// gives. Empty where it gives maps, or more than 1,000 numbers.
    /// </summary>
    public IReadOnlyList<float[]> Answers { get; init; } = [];

    /// <summary>The kernels of the first convolution; null where there is none.</summary>
    public HistoryKernels? Kernels { get; init; }

    /// <summary>
    /// What the first three layers that give maps make of the first samples, and what the network gives where that is maps, in the order of
    /// the network.
    /// </summary>
    public IReadOnlyList<HistoryMap> Maps { get; init; } = [];
}

/// <summary>An entry of a confusion matrix.</summary>
/// <param name="Truth">The number of the true class.</param>
/// <param name="Answer">The number of the class that was answered.</param>
/// <param name="Images">How many images.</param>
public readonly record struct HistoryCount(int Truth, int Answer, int Images);

/// <summary>Kernels of a convolution: of many the first 64, of many input channels the first 4.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Shape">Channels x rows x columns of each kernel, as kept.</param>
/// <param name="Weights">The kernels, each with the numbers of its shape.</param>
/// <param name="Count">How many the layer has.</param>
public sealed record HistoryKernels(string Layer, Shape Shape, IReadOnlyList<float[]> Weights, int Count);

/// <summary>The maps of a layer for the first samples: the first 16 channels, larger ones averaged down to at most 32 x 32.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Whole">Its shape.</param>
/// <param name="Kept">The shape of what is kept.</param>
/// <param name="Samples">The numbers for each sample, to a 255th of their range exact.</param>
public sealed record HistoryMap(string Layer, Shape Whole, Shape Kept, IReadOnlyList<float[]> Samples);

/// <summary>The validation images that a history shows, the same ones in every epoch.</summary>
public sealed record HistorySamples
{
    /// <summary>The images.</summary>
    public required IReadOnlyList<HistorySample> Samples { get; init; }

    /// <summary>The names of the classes by number; empty where the images have none.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Whether <see cref="HistoryEpoch.Answers"/> are probabilities of these classes.</summary>
    public bool AnswersAreProbabilities { get; init; }
}

/// <summary>A validation image that a history shows.</summary>
/// <param name="Image">Its place in the validation set.</param>
/// <param name="Name">What it is called: its file, where it has one.</param>
/// <param name="Truth">The number of its class; -1 where it has none.</param>
/// <param name="Shape">The shape of <paramref name="Pixels"/>.</param>
/// <param name="Pixels">
/// The pixels, planar, in 1 or 3 channels; large images are averaged down to at most 96 pixels. Empty where it has none, as what a body
/// makes of images.
/// </param>
public sealed record HistorySample(int Image, string Name, int Truth, Shape Shape, byte[] Pixels);
