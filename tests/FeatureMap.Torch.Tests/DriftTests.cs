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
/// anything was learned (the loss of the first step, the gradient of every parameter, running statistics) and then step by step. An op, a constant or an update
/// that means something else is far away at once, whatever the network makes of it later.
/// </summary>
[Collection(nameof(Alone))]
public sealed class DriftTests(ITestOutputHelper output)
{
    private const int Steps = 20;

    // Neighbours that are tried, and how many times as far as the farthest of them libtorch may be: every one of its sums is rounded in
    // another order, and not the weights alone.
    private const int Neighbours = 3;
    private const double Most = 30;

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
        var start = options.InitialWeights ?? Weights.Initialize(network, options.Seed);
        var ours = Trace.Of(network, data, options with { InitialWeights = start });
        var theirs = Trace.Of(network, data, options with { InitialWeights = start, Device = Pair.Device });
        var neighbours = Enumerable.Range(0, Neighbours).Select(number =>
            Trace.Of(network, data, options with { InitialWeights = Beside(start, (uint)number) })).ToList();

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
        var worst = 0.0;
        foreach (var (number, parameter) in ours.Names.Index())
        {
            var there = ours.NumberDistance(theirs, number);
            var beside = neighbours.Max(neighbour => ours.NumberDistance(neighbour, number));
            worst = Math.Max(worst, there / Math.Max(beside, 1e-7));
            if (there > Most * Math.Max(beside, 1e-7)) faults.Add($"{parameter}: {there:E2}, and neighbours {beside:E2}");
        }
        output.WriteLine($"  gradients and statistics of step 1: libtorch at most {worst:0.0} times as far as neighbours");
        Assert.True(faults.Count == 0, $"{name} is farther from ours than rounding takes it: {string.Join("; ", faults)}");
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
        public static Trace Of(Network network, SplitData data, TrainingOptions options)
        {
            using var session = new TrainingSession(network, data, options);
            var losses = new double[Steps];
            string[] names = [];
            float[][] numbers = [];
            for (var step = 0; step < Steps; step++)
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
