using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary>
/// Whole trainings beside those of the processor: the loss of every step. Sums in another order differ in the last digit, and a network may
/// make more of it with every step: where a ReLU stands at 0, where few numbers make a variance, where Adam divides a gradient of nearly 0
/// by itself. So these are networks and steps that do not.
/// </summary>
[Collection(nameof(Alone))]
public sealed class TrainingTests(ITestOutputHelper output)
{
    private const int Steps = 20;
    private const double Near = 1e-4;

    /// <summary>Recipes as they are, but for the batches of those with large networks.</summary>
    [Theory]
    [InlineData("mnist-20k", 128)]
    [InlineData("mnist-10k", 128)]
    [InlineData("mnist-8k", 128)]
    [InlineData("mnist-session1", 32)]
    [InlineData("passthrough-best", 48)]
    public void A_recipe_learns_the_same(string name, int batch)
    {
        var recipe = Recipes.Get(name);
        var data = recipe.Dataset.StartsWith("mnist", StringComparison.Ordinal) ? Pair.Digits(640)
            : Pair.Spots(new Shape(3, 32, 32), 10, 640);
        // As many steps as on the whole set, so that the rate rises as slowly.
        var options = recipe.Options(null, data) with { BatchSize = batch, Epochs = 900, Seed = 3 };
        Check(name, recipe.Build(data.ImageShape, data.ClassCount), data, options);
    }

    /// <summary>Architectures on small pictures, by SGD with momentum.</summary>
    [Theory]
    [InlineData("lenet-5", 32)]
    [InlineData("cifar-resnet-20", 32)]
    [InlineData("preact-resnet-20", 32)]
    [InlineData("densenet-bc-100", 16)]
    [InlineData("squeezenet-1.1", 64)]
    [InlineData("efficientnet-b0", 32)]
    [InlineData("convnext-atto", 32)]
    public void An_architecture_learns_the_same(string name, int size)
    {
        var shape = new Shape(3, size, size);
        var network = Architectures.Get(name).Build(shape, 10);
        Check(name, network, Pair.Spots(shape, 10, 96), new TrainingOptions
        {
            BatchSize = 16,
            Epochs = 10,
            Seed = 4,
            Optimizer = new Sgd(0.9),
            Schedule = new ConstantRate(1e-4),
        });
    }

    /// <summary>Everything that happens around an optimiser.</summary>
    [Theory]
    [InlineData("optimizer=sgd 0.9 nesterov|weight-decay=0.01|clip-norm=0.5")]
    [InlineData("optimizer=adam|learning-rate=0.002|weight-decay=0.01|clip-value=0.01")]
    [InlineData("optimizer=adamw|learning-rate=0.002|averaging=ema 0.99")]
    [InlineData("optimizer=rmsprop|learning-rate=0.0005|l1=0.0001")]
    [InlineData("optimizer=rmsprop smoothing=0.95 momentum=0.5 centered|learning-rate=0.0005")]
    [InlineData("optimizer=lion|learning-rate=0.0005|weight-decay=0.1")]
    [InlineData("accumulate=3|layer-rates=conv1=0.1,linear1=2|clip-norm=1")]
    [InlineData("frozen-layers=conv1,batchNorm1|averaging=ema 0.9|accumulate=2")]
    [InlineData("mix=cutmix|label-smoothing=0.1|sampler=repeat 2")]
    [InlineData("loss=focal 2")]
    public void An_option_means_the_same(string assignments)
    {
        var data = Pair.Digits();
        var options = new TrainingOptions { BatchSize = 40, Epochs = 20, Seed = 9, Schedule = new ConstantRate(0.02) };
        foreach (var assignment in assignments.Split('|'))
        {
            var parts = assignment.Split('=', 2);
            options = options.With(parts[0], parts[1]);
        }
        Check(assignments, Small(data), data, options);
    }

    [Fact]
    public void Validation_and_the_finished_model_are_the_same()
    {
        var data = Pair.Digits(320, 100);
        var options = new TrainingOptions { BatchSize = 32, Epochs = 2, Seed = 2, Threads = 1, Averaging = new(0.9) };
        var ours = Trainer.Fit(Small(data), data, options);
        var theirs = Trainer.Fit(Small(data), data, options with { Device = Pair.Device });
        Assert.Equal(ours.Validation!.Loss, theirs.Validation!.Loss, 1e-3);
        Assert.Equal(ours.Epochs[^1].TrainLoss, theirs.Epochs[^1].TrainLoss, 1e-3);
        var judged = theirs.Model.Evaluate(data.Validation, threads: 1);
        Assert.Equal(theirs.Validation.Loss, judged.Loss, 1e-5);
        Assert.Equal(judged.Loss, theirs.Model.Evaluate(data.Validation, threads: 1, device: Pair.Device).Loss, 1e-5);
    }

    private static Network Small(SplitData data) => Network.Build(data.ImageShape, x => x
        .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
        .Conv(13, kernel: 3, bias: false).BatchNorm().Relu().Dropout(0.2f)
        .GlobalAveragePool().Linear(10));

    private void Check(string name, Network network, SplitData data, TrainingOptions options)
    {
        var (ours, theirs) = Pair.Both(network, data, options, Steps);
        var difference = Pair.Difference(ours, theirs);
        output.WriteLine($"{name}: {difference:E1} in {Steps} steps, loss {ours[0]:0.000} -> {ours[^1]:0.000}");
        // The only kernels of oneDNN that are right on AMD's family 26 (tests/torch.sh) sum in an order in which this one misses the bar.
        var near = name == "mnist-8k" && Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA") == "SSE41" ? 1.5e-4 : Near;
        Assert.True(difference <= near, $"{name}: the losses differ by {difference:E2}: "
            + string.Join(", ", ours.Zip(theirs, (a, b) => $"{a:0.000000}/{b:0.000000}")));
    }
}
