using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Tests.Interchange;

/// <summary>Models to write as ONNX: all numbers random, running statistics included, so that nothing stays at a value that hides a mistake.</summary>
internal static class OnnxSamples
{
    public static Model Model(Network network, params string[] classes)
    {
        var weights = Weights.Initialize(network, 5);
        var random = new RandomSequence(11, RandomPurpose.Testing, 0);
        foreach (var parameter in weights.Parameters)
            for (var i = 0; i < parameter.Values.Length; i++)
                parameter.Values[i] += parameter.Name.EndsWith("running_var", StringComparison.Ordinal) ? random.NextSingle() : random.NextSingle() - 0.5f;
        var channels = network.Input.Channels;
        var normalization = new Normalization([.. Enumerable.Range(0, channels).Select(channel => 0.3 + (0.01 * (channel % 7)))], [.. Enumerable.Range(0, channels).Select(channel => 0.2 + (0.02 * (channel % 5)))]);
        return new Model(weights, normalization, classes);
    }

    /// <summary>
    /// A network around one case of an op: several inputs are made of one by 1x1 convolutions, in whose place pooling stands where the sizes differ. Null where
    /// an input can be no image of a network.
    /// </summary>
    public static Network? NetworkOf(OpCase given)
    {
        var first = given.Inputs[0];
        if (given.Inputs.Any(shape => shape.Height != first.Height || shape.Width != first.Width)) return null;
        return Network.Build(first, x =>
        {
            var inputs = given.Inputs.Select((shape, i) => i == 0 ? x : x.Conv(shape.Channels, kernel: 1, name: $"branch{i}")).ToArray();
            return inputs[0].Then(given.Op, "case", [.. inputs.Skip(1)]);
        });
    }
}
