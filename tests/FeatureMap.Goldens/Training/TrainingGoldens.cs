using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Tests.Goldens;
using static TorchSharp.torch;

namespace FeatureMap.Goldens.Training;

/// <summary>Lets libtorch train the small networks in every way of <see cref="GoldenRuns"/>, from the same weights, on the same images.</summary>
internal static class TrainingGoldens
{
    private const ulong Seed = 20261122;

    public static void Write(string folder, Provenance provenance)
    {
        foreach (var (name, network) in GoldenRuns.Networks)
        {
            var random = new RandomSequence(Seed, RandomPurpose.Testing, 1);
            var images = new byte[GoldenRuns.Images * GoldenRuns.Image.Count];
            foreach (ref var pixel in images.AsSpan())
                pixel = (byte)random.NextInt(256);
            var labels = Enumerable.Range(0, GoldenRuns.Images).Select(i => i % GoldenRuns.Classes).ToArray();
            float[] start = [.. Weights.Initialize(network, Seed).Parameters.SelectMany(parameter => parameter.Values.ToArray())];
            var tensors = new List<SafetensorsEntry>
            {
                new(TrainingNames.Images, images, GoldenRuns.Images, GoldenRuns.Image.Channels, GoldenRuns.Image.Height, GoldenRuns.Image.Width),
                new(TrainingNames.Labels, labels, GoldenRuns.Images),
                new(TrainingNames.Start, start, start.Length),
            };
            foreach (var run in GoldenRuns.All)
                tensors.AddRange(Train(network, run, start, images, labels));
            var path = Path.Combine(folder, $"{name}.safetensors");
            SafetensorsFile.Write(path, tensors, new Dictionary<string, string>(provenance.With(Seed)) { [TrainingNames.Network] = NetworkFile.ToJson(network) });
            Console.WriteLine($"{name}: {GoldenRuns.All.Count} runs of {GoldenRuns.Steps} steps, {start.Length} numbers, {new FileInfo(path).Length:N0} bytes");
        }
    }

    private static List<SafetensorsEntry> Train(Network network, GoldenRun run, float[] start, byte[] pixels, int[] labels)
    {
        using var scope = NewDisposeScope();
        var model = new TorchModel(network, start);
        var optimizer = new TorchOptimizer(run.Optimizer, model.Decaying, model.Others);
        var rates = TorchSchedule.Rates(run.Schedule, GoldenRuns.Steps, GoldenRuns.Validation);
        // Mean 1/2 and deviation 1/4, as the test asks for.
        var images = (tensor(pixels, [labels.Length, GoldenRuns.Image.Channels, GoldenRuns.Image.Height, GoldenRuns.Image.Width], dtype: ScalarType.Float64) / 255 - 0.5) / 0.25;
        var classes = tensor(labels, dtype: ScalarType.Int64);
        var average = model.All.Select(values => values.detach().clone()).ToArray();
        var losses = new double[rates.Length];
        for (var step = 0; step < rates.Length; step++)
        {
            var loss = nn.functional.cross_entropy(model.Forward(images), classes);
            losses[step] = loss.item<double>();
            if (run.L1 > 0) loss += model.Decaying.Select(weight => weight.abs().sum()).Aggregate((sum, next) => sum + next) * run.L1;
            foreach (var parameter in model.Decaying.Concat(model.Others))
                parameter.grad?.zero_();
            loss.backward();
            if (run.ClipNorm > 0) nn.utils.clip_grad_norm_(model.Decaying.Concat(model.Others), run.ClipNorm);
            if (run.ClipValue > 0) nn.utils.clip_grad_value_(model.Decaying.Concat(model.Others), run.ClipValue);
            optimizer.Step(rates[step]);
            if (run.Averaging is { } averaging) Follow(average, model, Math.Min(averaging.Decay, (1.0 + step) / (10 + step)));
        }
        var entries = new List<SafetensorsEntry>
        {
            new(TrainingNames.Losses(run.Name), losses, losses.Length),
            new(TrainingNames.Rates(run.Name), rates, rates.Length),
            Entry(TrainingNames.Weights(run.Name), model.All),
        };
        if (run.Averaging is not null) entries.Add(Entry(TrainingNames.Average(run.Name), average));
        return entries;
    }

    // TensorFlow's ExponentialMovingAverage with its number of updates: the random start is forgotten quickly.
    private static void Follow(Tensor[] average, TorchModel model, double decay)
    {
        using var _ = no_grad();
        foreach (var (kept, values) in average.Zip(model.All))
            kept.mul_(decay).add_(values * (1 - decay));
    }

    private static SafetensorsEntry Entry(string name, IEnumerable<Tensor> values)
    {
        float[] numbers = [.. values.SelectMany(part => part.detach().contiguous().data<double>().ToArray()).Select(value => (float)value)];
        return new(name, numbers, numbers.Length);
    }
}
