using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary>
/// Networks whose trainings drift apart further than those of <see cref="TrainingTests"/>: is something computed otherwise there, or do
/// they make much of the last digit? Beside the training of libtorch runs one of ours that began with weights of which each is the next
/// number of float32, up or down: the least that can differ. What libtorch is away from ours is compared with what that one is, before
/// anything was learned (the loss of the first step, the gradient of every parameter, running statistics) and then step by step. An op,
/// a constant or an update that means something else is far away at once, whatever the network makes of it later.
/// </summary>
[Collection(nameof(Alone))]
public sealed class DriftTests(ITestOutputHelper output)
{
    static DriftTests() => Planar.IsChannelsLast = false;

    private const int Steps = 20;

    // On the processor libtorch adds up the statistics of batch normalisation in float32, one number after the other, where a pixel's
    // channels stand side by side: off by 1e-4 where much of the images is one colour. Plane by plane it adds them in float64.
    private static readonly TorchDevice Planar = TorchDevice.Open(TorchDevice.TorchProcessorName);

    // Neighbours that are tried, and how many times as far as the farthest of them libtorch may be: every one of its sums is rounded in
    // another order, and not the weights alone.
    private const int Neighbours = 3;
    private const double Most = 30;

    // Weights to begin with. Where one unit of a ReLU stands so near 0 that the engines disagree, the gradients of all layers before it
    // differ by that unit, hundreds of times as far as rounding takes them: by chance, and not in every start. What is computed otherwise
    // is there in every one, so the nearest counts.
    private const int Starts = 4;

    [Theory]
    [InlineData("mobilenet-v2", 32)]
    [InlineData("shufflenet-v2-1.0", 32)]
    public void An_architecture_drifts_as_from_its_neighbour(string name, int size)
    {
        var shape = new Shape(3, size, size);
        Check(name, Architectures.Get(name).Build(shape, 10), Pair.Spots(shape, 10, 96), new TrainingOptions
        {
            BatchSize = 16,
            Epochs = 10,
            Seed = 4,
            Optimizer = new Sgd(0.9),
            Schedule = new ConstantRate(1e-4),
        });
    }

    [Theory]
    [InlineData("cifar10", 48)]
    [InlineData("mnist-1k", 128)]
    [InlineData("passthrough-13", 32)]
    public void A_recipe_drifts_as_from_its_neighbour(string name, int batch)
    {
        var recipe = Recipes.Get(name);
        var data = recipe.Dataset.StartsWith("mnist", StringComparison.Ordinal) ? Pair.Digits(640)
            : Pair.Spots(new Shape(3, 32, 32), 10, 640);
        var options = recipe.Options(null, data) with { BatchSize = batch, Epochs = 900, Seed = 3 };
        Check(name, recipe.Build(data.ImageShape, data.ClassCount), data, options);
    }

    private void Check(string name, Network network, SplitData data, TrainingOptions options)
    {
        options = options with { Threads = 1 };
        var faults = new List<string>();
        double[] farthest = [];
        for (var number = 0; number < Starts; number++)
        {
            var start = Weights.Initialize(network, options.Seed + (ulong)number);
            var steps = number == 0 ? Steps : 1;
            var ours = Trace.Of(network, data, options with { InitialWeights = start }, steps);
            var theirs = Trace.Of(network, data, options with { InitialWeights = start, Device = Planar }, steps);
            var neighbours = Enumerable.Range(0, Neighbours).Select(stream =>
                Trace.Of(network, data, options with { InitialWeights = Beside(start, (uint)stream) }, steps)).ToList();
            if (number == 0) faults.AddRange(Losses(name, ours, theirs, neighbours));

            var ratios = ours.Names.Select((_, i) => ours.NumberDistance(theirs, i)
                / Math.Max(neighbours.Max(neighbour => ours.NumberDistance(neighbour, i)), 1e-7)).ToArray();
            output.WriteLine($"  start {number + 1}, gradients and statistics of step 1: libtorch at most {ratios.Max():0.0} times as far");
            farthest = number == 0 ? ratios : [.. farthest.Zip(ratios, Math.Min)];
            if (number == Starts - 1)
                faults.AddRange(ours.Names.Zip(farthest).Where(pair => pair.Second > Most)
                    .Select(pair => $"{pair.First}: {pair.Second:0} times as far as neighbours"));
        }
        Assert.True(faults.Count == 0, $"{name} is farther from ours than rounding takes it: {string.Join("; ", faults)}");
    }

    private List<string> Losses(string name, Trace ours, Trace theirs, List<Trace> neighbours)
    {
        output.WriteLine($"{name}: loss {ours.Losses[0]:0.000} -> {ours.Losses[^1]:0.000}");
        var allowed = 0.0;
        var faults = new List<string>();
        for (var step = 0; step < Steps; step++)
        {
            var there = ours.Distance(theirs, step);
            var beside = neighbours.Max(neighbour => ours.Distance(neighbour, step));
            allowed = Math.Max(allowed, Most * Math.Max(beside, 1e-7));
            output.WriteLine($"  step {step + 1,2}: libtorch {there:E1}, neighbours at most {beside:E1}");
            if (there > allowed) faults.Add($"step {step + 1}: {there:E2}, and neighbours {beside:E2}");
        }
        return faults;
    }

    /// <summary>Each weight is the next number of float32, up or down by chance.</summary>
    private static Weights Beside(Weights start, uint stream)
    {
        var random = new RandomSequence(5, RandomPurpose.Testing, stream);
        var moved = start.Clone();
        foreach (var parameter in moved.Parameters)
            foreach (ref var value in parameter.Values)
                value = value == 0 ? 0 : random.NextInt(2) == 0 ? MathF.BitIncrement(value) : MathF.BitDecrement(value);
        return moved;
    }

    /// <summary>The losses of a training; of each parameter the gradient of the first step, or the running statistics behind it.</summary>
    private sealed record Trace(double[] Losses, string[] Names, float[][] Numbers)
    {
        public static Trace Of(Network network, SplitData data, TrainingOptions options, int steps)
        {
            using var session = new TrainingSession(network, data, options);
            var losses = new double[steps];
            string[] names = [];
            float[][] numbers = [];
            for (var step = 0; step < steps; step++)
            {
                session.Step();
                losses[step] = session.StepLoss;
                if (step > 0) continue;
                _ = session.Weights; // brings all of them up to this step
                var all = session.AllWeights.Parameters;
                names = [.. all.Select(parameter => parameter.Name)];
                numbers = [.. all.Select((parameter, i) =>
                    parameter.Trainable ? session.Executable.Gradient(i).ToArray() : parameter.Values.ToArray())];
            }
            return new(losses, names, numbers);
        }

        public double Distance(Trace other, int step) =>
            Math.Abs(Losses[step] - other.Losses[step]) / Math.Max(1, Math.Abs(Losses[step]));

        /// <summary>The length of the difference over that of the numbers.</summary>
        public double NumberDistance(Trace other, int parameter)
        {
            double difference = 0, length = 0;
            foreach (var (mine, its) in Numbers[parameter].Zip(other.Numbers[parameter]))
                (difference, length) = (difference + (((double)mine - its) * ((double)mine - its)), length + ((double)mine * mine));
            return length == 0 ? Math.Sqrt(difference) : Math.Sqrt(difference / length);
        }
    }
}
