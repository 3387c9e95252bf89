using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Xunit;

namespace FeatureMap.Tests.OnnxRuntime;

/// <summary>Any ONNX file, in ONNX Runtime and as an imported network: both must give the same numbers.</summary>
internal static class OnnxJudge
{
    private const double Tolerance = 1e-4;

    // ONNX Runtime wants each node to have a name of its own.
    public static void Agrees(OnnxModel model, Shape? input = null) =>
        Agrees(OnnxWriter.Model(model with { Graph = model.Graph with { Nodes = [.. model.Graph.Nodes.Select((node, i) => node with { Name = $"{node.Name} {i}" })] } }).ToArray(), input);

    /// <summary>
    /// Compares every output of a file, on an input of noise. Sizes that the file leaves open are those of the shape, and 1 for the batch.
    /// </summary>
    public static void Agrees(byte[] file, Shape? input = null)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1 };
        using var session = new InferenceSession(file, options);
        var (name, metadata) = session.InputMetadata.Single();
        var network = OnnxFile.FromBytes(file, "f.onnx", input, session.OutputNames[0]).Network;
        var sizes = Sizes(metadata.Dimensions, network.Input);
        var isLast = sizes.Length == 4 && network.Input.Channels == sizes[3] && network.Input.Height == sizes[1] && network.Input.Channels != sizes[1];
        var count = sizes.Aggregate(1, (product, size) => product * size);
        var random = new RandomSequence(3, RandomPurpose.Testing);
        var numbers = Enumerable.Range(0, count).Select(_ => metadata.ElementType == typeof(float) ? (random.NextSingle() * 4) - 2 : random.NextInt(9)).ToArray();
        using var results = session.Run([Value(name, metadata.ElementType, numbers, sizes)]);
        foreach (var result in results)
        {
            var right = Numbers(result);
            var model = OnnxFile.FromBytes(file, "f.onnx", input, result.Name);
            var batch = count / model.Network.Input.Count;
            using var runner = new NetworkRunner(model.Weights, batch);
            var ours = runner.Run(isLast ? ChannelsFirst(numbers, sizes) : numbers).ToArray();
            Assert.Equal(right.Length, ours.Length);
            var largest = right.Max(value => Math.Abs((double)value));
            for (var i = 0; i < right.Length; i++)
                Assert.True(Math.Abs((double)ours[i] - right[i]) <= Tolerance * Math.Max(1e-3, largest), $"{result.Name}[{i}] is "
                    + $"{ours[i]}, and ONNX Runtime gives {right[i]}");
        }
    }

    // Behind the batch the sizes of the network's input stand for open ones.
    private static int[] Sizes(int[] stated, Shape shape)
    {
        int[] own = stated.Length switch { 4 => [1, shape.Channels, shape.Height, shape.Width], 3 => [1, shape.Channels, shape.Width], 0 => [1, shape.Channels, shape.Height, shape.Width], _ => [1, shape.Channels] };
        return stated.Length == 0 ? own
            : stated is [_, _, _, > 0] && stated[3] == shape.Channels && stated[1] < 0 ? [Math.Max(1, stated[0]), shape.Height, shape.Width, shape.Channels]
            : [.. stated.Select((size, axis) => size > 0 ? size : own[axis])];
    }

    private static float[] ChannelsFirst(float[] numbers, int[] sizes)
    {
        var (area, channels) = (sizes[1] * sizes[2], sizes[3]);
        return [.. Enumerable.Range(0, numbers.Length).Select(i => (Image: i / (area * channels), Channel: i / area % channels, Pixel: i % area)).Select(at => numbers[(((at.Image * area) + at.Pixel) * channels) + at.Channel])];
    }

    private static NamedOnnxValue Value(string name, Type kind, float[] numbers, int[] sizes)
    {
        NamedOnnxValue Of<T>(Func<float, T> convert) => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(Array.ConvertAll(numbers, value => convert(value)), sizes));
        return kind == typeof(float) ? Of(value => value)
            : kind == typeof(double) ? Of(value => (double)value)
            : kind == typeof(Float16) ? Of(value => (Float16)value)
            : kind == typeof(byte) ? Of(value => (byte)value)
            : kind == typeof(int) ? Of(value => (int)value)
            : kind == typeof(long) ? Of(value => (long)value)
            : throw new NotSupportedException($"{kind}");
    }

    private static float[] Numbers(NamedOnnxValue value) => value.Value switch
    {
        Tensor<float> reals => [.. reals],
        Tensor<double> reals => [.. reals.Select(number => (float)number)],
        Tensor<Float16> reals => [.. reals.Select(number => (float)number)],
        Tensor<long> wholes => [.. wholes.Select(number => (float)number)],
        Tensor<int> wholes => [.. wholes.Select(number => (float)number)],
        var other => throw new NotSupportedException($"{other}"),
    };
}
