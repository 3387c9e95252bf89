using FeatureMap.Data;
using FeatureMap.Models;
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
    /// A network around one case of an op. The input has the largest sizes; what differs is made of it by a 1x1 convolution, by a mean along axes that the input of
    /// the case lacks, and by what keeps it within the numbers that the case allows. Null where sizes differ in another way.
    /// </summary>
    public static Network? NetworkOf(OpCase given)
    {
        if (given.Inputs.Length == 0)
            return Network.Build(given.Op.OutputShape([]), x => x.Concat(x.Builder.Add(given.Op, "case").Add(x), x.Builder.Add(given.Op, "again")));
        var whole = new Shape(given.Inputs.Max(shape => shape.Channels), given.Inputs.Max(shape => shape.Height), given.Inputs.Max(shape => shape.Width));
        if (given.Inputs.Any(shape => (shape.Height != whole.Height && shape.Height != 1) || (shape.Width != whole.Width && shape.Width != 1))) return null;
        return Network.Build(whole, x =>
        {
            var inputs = given.Inputs.Select((shape, i) => Fitted(x, shape, i, i < given.InputValues.Count ? given.InputValues[i] : InputValues.Any)).ToArray();
            return inputs[0].Then(given.Op, "case", [.. inputs.Skip(1)]);
        });
    }

    private static Feature Fitted(Feature x, Shape shape, int number, InputValues allowed)
    {
        var lacks = (shape.Height < x.Shape.Height ? Axes.Rows : Axes.None) | (shape.Width < x.Shape.Width ? Axes.Columns : Axes.None);
        if (number > 0 || shape.Channels != x.Shape.Channels) x = x.Conv(shape.Channels, kernel: 1, name: $"branch{number}");
        if (lacks != Axes.None) x = x.Mean(lacks);
        return allowed.Kind switch
        {
            InputKind.Range => x.Clip(allowed.Low, allowed.High),
            InputKind.ClassIndex => x.Greater(0),
            _ => x,
        };
    }
}
