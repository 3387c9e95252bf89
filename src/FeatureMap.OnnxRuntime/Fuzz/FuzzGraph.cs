using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.OnnxRuntime;

/// <summary>
/// One graph of the fuzzer: a network with weights, a batch of images, and how it is written. A pure function of seed and index.
/// </summary>
internal sealed record FuzzGraph(Weights Weights, Normalization Normalization, int Batch, byte[] Pixels, float[] Samples, OnnxExportOptions Options)
{
    public Network Network => Weights.Network;

    /// <summary>How it becomes a file; tests give a wrong one.</summary>
    public Func<Model, OnnxExportOptions, byte[]> Export { get; init; } = OnnxFile.ToBytes;

    /// <summary>Draws a graph.</summary>
    public static FuzzGraph Draw(ulong seed, uint index)
    {
        var random = new RandomSequence(seed, RandomPurpose.Testing, index);
        var shape = random.NextInt(4) == 0 ? Shape.Vector(1 + random.NextInt(24)) : new Shape(1 + random.NextInt(6), Side(ref random), Side(ref random));
        var batch = random.NextInt(8) == 0 ? 1 + random.NextInt(20) : 1 + random.NextInt(4);
        var (means, deviations) = (new double[shape.Channels], new double[shape.Channels]);
        for (var channel = 0; channel < shape.Channels; channel++)
            (means[channel], deviations[channel]) = (random.NextSingle(0.2f, 0.8f), random.NextSingle(0.1f, 0.6f));
        var normalization = new Normalization(means, deviations);
        var pixels = new byte[batch * shape.Count];
        foreach (ref var pixel in pixels.AsSpan())
            pixel = (byte)random.NextUInt32();
        var samples = new float[pixels.Length];
        for (var i = 0; i < samples.Length; i++)
        {
            var channel = i % shape.Count / shape.Area;
            samples[i] = MathF.FusedMultiplyAdd(pixels[i], normalization.Scale(channel), normalization.Offset(channel));
        }
        var options = new OnnxExportOptions
        {
            Opset = OnnxExportOptions.LowestOpset + random.NextInt(OnnxExportOptions.HighestOpset - OnnxExportOptions.LowestOpset + 1),
            Input = random.NextInt(2) == 0 ? OnnxInput.Pixels : OnnxInput.Normalized,
            KeepsBatchNorm = random.NextInt(2) == 0,
        };
        return new FuzzGraph(RandomNetwork.Draw(seed, index, shape, batch, samples), normalization, batch, pixels, samples, options);
    }

    /// <summary>The model, as it would be saved.</summary>
    public Model Model() => new(Weights, Normalization, []);

    /// <summary>What the file is given.</summary>
    public float[] FileInput() => Options.Input == OnnxInput.Pixels ? Array.ConvertAll(Pixels, pixel => (float)pixel) : Samples;

    /// <summary>One image of the batch.</summary>
    public FuzzGraph Image(int image)
    {
        var count = Network.Input.Count;
        byte[] pixels = Pixels.Length == 0 ? [] : Pixels[(image * count)..((image + 1) * count)];
        return this with { Batch = 1, Pixels = pixels, Samples = Samples[(image * count)..((image + 1) * count)] };
    }

    /// <summary>A part of the network: what lies between two layers, perhaps without some in between.</summary>
    /// <param name="first">The layer whose output becomes the input.</param>
    /// <param name="last">The layer whose output becomes the output.</param>
    /// <param name="left">A layer to leave out: its first input takes its place. 0 for none.</param>
    /// <returns>Null where the part needs something that lies before it, or does not fit.</returns>
    public FuzzGraph? Part(int first, int last, int left = 0)
    {
        var layers = Network.Layers;
        var builder = new NetworkBuilder(layers[first].Output);
        var features = new Feature?[layers.Count];
        features[first] = builder.FeatureOf(0);
        try
        {
            foreach (var layer in layers.Skip(1))
            {
                if (layer.Index == first || layer.Index > last || (layer.Index < first && layer.Inputs.Count > 0)) continue;
                if (layer.Index == left) features[layer.Index] = features[layer.Inputs[0]];
                else if (layer.Inputs.All(input => features[input] is not null))
                    features[layer.Index] = builder.Add(layer.Op!, layer.Name, [.. layer.Inputs.Select(input => features[input]!)]);
            }
            if (features[last] is not { } output) return null;
            var part = Weights.Blank(builder.Finish(output));
            part.TakeFrom(Weights);
            if (first == 0) return this with { Weights = part };
            var random = new RandomSequence(0, RandomPurpose.Testing);
            var samples = Array.ConvertAll(RoundedReference.Network(Weights, Samples, Batch, ref random)[first][0].Values, value => (float)value);
            return this with
            {
                Weights = part,
                Samples = samples,
                Pixels = [],
                Normalization = Normalization.None(part.Network.Input.Channels),
                Options = Options with { Input = OnnxInput.Normalized },
            };
        }
        catch (FeatureMapException)
        {
            return null;
        }
    }

    public override string ToString()
    {
        var input = Options.Input == OnnxInput.Pixels ? "pixels" : "normalized";
        return $"{Network.Input}, batch {Batch}, opset {Options.Opset}, {input}{(Options.KeepsBatchNorm ? ", batch norm kept" : "")}: "
            + $"{string.Join("; ", Network.Layers.Skip(1).Select(Written))}";

        string Written(Layer layer) => $"{layer.Name} = "
            + $"{layer.Op}({string.Join(", ", layer.Inputs.Select(read => Network.Layers[read].Name))}) -> {layer.Output}";
    }

    private static int Side(ref RandomSequence random) => random.NextInt(8) == 0 ? 1 : 1 + random.NextInt(12);
}
