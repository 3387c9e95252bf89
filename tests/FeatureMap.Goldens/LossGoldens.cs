using FeatureMap.Goldens.Functions;
using FeatureMap.Interchange;
using FeatureMap.Randomness;
using FeatureMap.Tests.Goldens;
using static TorchSharp.torch;

namespace FeatureMap.Goldens;

/// <summary>Lets libtorch compute the ready-made losses: the loss of each image and its gradient by the network's output.</summary>
internal static class LossGoldens
{
    private const ulong Seed = 20261123;

    public static void Write(string path, Provenance provenance)
    {
        var tensors = new List<SafetensorsEntry>();
        var (shape, images) = (GoldenLosses.Shape, GoldenLosses.Images);
        foreach (var (number, loss) in GoldenLosses.All.Index())
        {
            using var scope = NewDisposeScope();
            var random = new RandomSequence(Seed, RandomPurpose.Testing, (uint)number);
            var output = new float[images * shape.Count];
            foreach (ref var value in output.AsSpan())
                value = loss.Output == GoldenOutput.Probabilities ? random.NextSingle(0.02f, 0.98f) : random.NextSingle(-3, 3);
            var target = Targets(loss.Target, ref random);
            long[] sizes = [images, shape.Channels, shape.Height, shape.Width];
            var x = tensor(output, sizes, dtype: ScalarType.Float64).requires_grad_(true);
            var values = ReadyLosses.Compute(loss.Name, x, tensor(target, sizes, dtype: ScalarType.Float64), tensor(GoldenLosses.Weights, dtype: ScalarType.Float64));
            values.sum().backward();
            int[] dimensions = [images, shape.Channels, shape.Height, shape.Width];
            tensors.Add(new(LossNames.Output(loss.Name), output, dimensions));
            tensors.Add(new(LossNames.Target(loss.Name), target, dimensions));
            tensors.Add(new(LossNames.Values(loss.Name), Singles(values), images));
            tensors.Add(new(LossNames.Gradient(loss.Name), Singles(x.grad!), dimensions));
        }
        SafetensorsFile.Write(path, tensors, provenance.With(Seed));
        Console.WriteLine($"losses: {GoldenLosses.All.Count} uses, {new FileInfo(path).Length:N0} bytes");
    }

    private static float[] Targets(GoldenTarget kind, ref RandomSequence random)
    {
        var (area, channels) = (GoldenLosses.Shape.Area, GoldenLosses.Shape.Channels);
        var target = new float[GoldenLosses.Images * GoldenLosses.Shape.Count];
        for (var image = 0; image < GoldenLosses.Images; image++)
            for (var pixel = 0; pixel < area; pixel++)
            {
                var parts = new float[channels];
                var right = random.NextInt(channels);
                for (var k = 0; k < channels; k++)
                    parts[k] = kind switch
                    {
                        GoldenTarget.Classes => k == right ? 1 : 0,
                        GoldenTarget.Answers => random.NextInt(2),
                        GoldenTarget.Numbers => random.NextSingle(0, 3),
                        _ => random.NextSingle(0.1f, 1),
                    };
                var sum = kind == GoldenTarget.Distributions ? parts.Sum() : 1;
                for (var k = 0; k < channels; k++)
                    target[(((image * channels) + k) * area) + pixel] = parts[k] / sum;
            }
        return target;
    }

    private static float[] Singles(Tensor values) => Array.ConvertAll(values.detach().contiguous().data<double>().ToArray(), value => (float)value);
}
