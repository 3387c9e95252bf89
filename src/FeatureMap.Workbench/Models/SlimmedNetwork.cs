using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.Workbench;

/// <summary>The equivalent network without the weights that can never matter, and where it was written.</summary>
/// <param name="Name">What the network is called.</param>
/// <param name="Whole">The network as it was.</param>
/// <param name="Slim">The network without dead weights; the same object where none is dead.</param>
/// <param name="HasWeights">Whether weights were written too.</param>
/// <param name="Folder">The folder that was written; null where nothing was.</param>
/// <param name="Difference">
/// The largest difference between outputs of both on <see cref="Images"/> random images, in parts of the largest output; null where nothing
/// was written.
/// </param>
public sealed record SlimmedNetwork(string Name, Network Whole, Network Slim, bool HasWeights, string? Folder, double? Difference)
{
    /// <summary>Random images that both are compared on.</summary>
    public const int Images = 8;

    /// <summary>Whether the outputs differ by rounding at most.</summary>
    public bool IsEqual => Difference is null or <= 1e-4;

    /// <summary>Takes the dead weights out and writes what is left, unless nothing is dead.</summary>
    /// <param name="source">A recipe, an architecture, a file or a run.</param>
    /// <param name="folder">The folder to write; the name with <c>-slim</c> behind it where null.</param>
    /// <param name="choice">What an ONNX file leaves open.</param>
    /// <exception cref="DataException">The file cannot be read.</exception>
    /// <exception cref="UsageException">There is no such network.</exception>
    public static SlimmedNetwork Write(string source, string? folder = null, OnnxChoice? choice = null)
    {
        choice ??= new();
        var (name, network) = RunInput.Network(source, choice: choice);
        var slim = Slimming.Slim(network);
        if (slim == network) return new(name, network, slim, false, null, null);
        folder ??= $"{Path.GetFileNameWithoutExtension(name)}-slim";
        var stored = RunInput.StoredModel(source, choice with { Notice = null });
        var whole = stored?.Weights ?? Weights.Initialize(network, seed: 1);
        var difference = LargestDifference(whole, Slimming.Slim(whole));
        Directory.CreateDirectory(folder);
        if (stored is not null) ModelFile.Save(Slimming.Slim(stored), folder);
        else NetworkFile.Save(Path.Combine(folder, ModelFile.NetworkName), slim);
        return new(name, network, slim, stored is not null, folder, difference);
    }

    // Both networks on the same noise, relative to the largest output.
    private static double LargestDifference(Weights whole, Weights slim)
    {
        var random = new RandomSequence(1, RandomPurpose.Testing);
        Model before = Bare(whole), after = Bare(slim);
        var pixels = new byte[whole.Network.Input.Count];
        double difference = 0, largest = float.Epsilon;
        for (var image = 0; image < Images; image++)
        {
            foreach (ref var pixel in pixels.AsSpan())
                pixel = (byte)random.NextUInt32();
            foreach (var (first, second) in before.Compute(pixels).Zip(after.Compute(pixels)))
                (difference, largest) = (Math.Max(difference, Math.Abs((double)first - second)), Math.Max(largest, Math.Abs(first)));
        }
        return difference / largest;
    }

    private static Model Bare(Weights weights)
    {
        var (input, output) = (weights.Network.Input, weights.Network.Output);
        return new(weights, Normalization.None(input.Channels), [.. Enumerable.Range(0, output.Count).Select(i => $"{i}")]);
    }
}
