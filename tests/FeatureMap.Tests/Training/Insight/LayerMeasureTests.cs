using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>What is measured inside a network: against the weights themselves, and the same however it is computed.</summary>
public sealed class LayerMeasureTests
{
    // Without momentum and decay a step is the rate times the gradient.
    private const double Rate = 0.05;

    private static readonly TrainingOptions Plain = new()
    {
        Epochs = 2,
        BatchSize = 40,
        Threads = 1,
        Seed = 5,
        Optimizer = new Sgd(momentum: 0),
        Schedule = new ConstantRate(Rate),
        TensorBoard = false,
    };

    private static readonly Lazy<SplitData> Data = new(() => TinyTask.Data(100));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void They_are_those_of_the_last_step_of_the_epoch(int gathered)
    {
        using var job = new TrainingJob(TinyTask.Network(), Data.Value, Plain with { AccumulatedBatches = gathered }, []);
        while (job.StepsDone < job.StepsPerEpoch - 1) job.Step();
        var before = job.Snapshot().Current.Weights;
        Assert.Null(job.MeasureLayers());
        job.Step();
        var (row, after) = (job.MeasureLayers()!, job.Snapshot().Current.Weights);
        Assert.Equal((1, (long)job.StepsPerEpoch), (row.Epoch, row.Step));
        Assert.Equal(["conv1", "batchNorm1", "conv2", "linear1"], row.Layers.Select(layer => layer.Name));
        Assert.Equal(["Conv2d", "BatchNorm", "Conv2d", "Linear"], row.Layers.Select(layer => layer.Op));
        foreach (var layer in row.Layers)
        {
            double change = 0, size = 0;
            foreach (var parameter in before.Parameters.Where(one => one.Trainable && one.Name.StartsWith(layer.Name + ".",
                StringComparison.Ordinal)))
                for (var i = 0; i < parameter.Values.Length; i++)
                {
                    change += Math.Pow((double)after[parameter.Name].Values[i] - parameter.Values[i], 2);
                    size += Math.Pow(parameter.Values[i], 2);
                }
            Close(Math.Sqrt(change) / Rate, layer.GradientNorm, 5e-3);
            Close(Math.Sqrt(change / size), layer.UpdateRatio, 5e-3);
        }
        if (job.StepsPerEpoch == 1) return;
        job.Step();
        Assert.Null(job.MeasureLayers());
    }

    [Fact]
    public void A_gradient_is_measured_before_it_is_limited_and_the_change_behind_it()
    {
        static LayersRecord First(TrainingOptions options)
        {
            using var job = new TrainingJob(TinyTask.Network(), Data.Value, options with { BatchSize = 100 }, []);
            job.Step();
            return job.MeasureLayers()!;
        }
        var (free, limited) = (First(Plain), First(Plain with { ClipGradientNorm = 0.01 }));
        Assert.Equal(free.Layers.Select(layer => layer.GradientNorm), limited.Layers.Select(layer => layer.GradientNorm));
        var whole = Math.Sqrt(free.Layers.Sum(layer => layer.GradientNorm * layer.GradientNorm));
        Assert.True(whole > 0.1);
        foreach (var (one, other) in free.Layers.Zip(limited.Layers))
            Close(one.UpdateRatio * 0.01 / whole, other.UpdateRatio, 1e-2);
    }

    [Fact]
    public void Threads_registers_and_ranks_measure_the_same_bits()
    {
        static string Measured(TrainingOptions options)
        {
            var rows = new Rows();
            using (var job = new TrainingJob(TinyTask.Network(), Data.Value, options, [rows])) job.Run();
            Assert.Equal(2, rows.All.Count);
            return string.Concat(rows.All.Select(row => LogFormat.Json(row)));
        }
        var one = Measured(Plain);
        Assert.Equal(one, Measured(Plain with { Threads = 3 }));
        Assert.Equal(one, Measured(Plain with { LaneWidth = LaneWidth.Scalar }));
        Assert.All(RanksInThreads.Run(2, ranks => Measured(Plain with { Collective = ranks })), own => Assert.Equal(one, own));
        Assert.NotEqual(one, Measured(Plain with { Seed = 6 }));
    }

    [Fact]
    public void No_bit_of_a_training_depends_on_them()
    {
        using var place = new TemporaryFolder();
        var options = Plain with { Optimizer = new Adam(), Averaging = new WeightAveraging(0.9), ClipGradientNorm = 1 };
        var without = Trainer.Fit(TinyTask.Network(), Data.Value, options with { History = false });
        var with = Trainer.Fit(TinyTask.Network(), Data.Value, options with { Folder = RunFolder.Create(place.Location, "with") });
        Assert.Equal(without.Model.Weights.Sha256(), with.Model.Weights.Sha256());
        Assert.Equal(without.Epochs.Select(epoch => epoch.ValidationLoss), with.Epochs.Select(epoch => epoch.ValidationLoss));
        using var off = new TrainingJob(TinyTask.Network(), Data.Value, options with { History = false }, []);
        off.RunEpoch();
        Assert.Null(off.MeasureLayers());
    }

    [Fact]
    public void Layers_that_stay_are_left_out_and_weights_of_zero_have_no_ratio()
    {
        var start = Weights.Initialize(TinyTask.Network(), 5);
        start["linear1.weight"].Values.Clear();
        start["linear1.bias"].Values.Clear();
        using var job = new TrainingJob(TinyTask.Network(), Data.Value,
            Plain with { BatchSize = 100, FrozenLayers = ["conv1", "batchNorm1"], InitialWeights = start }, []);
        job.Step();
        var row = job.MeasureLayers()!;
        Assert.Equal(["conv2", "linear1"], row.Layers.Select(layer => layer.Name));
        Assert.Equal(double.NaN, row.Layers[1].UpdateRatio);
        Assert.True(row.Layers[1].GradientNorm > 0);
        Assert.Equal(0, row.Layers[0].GradientNorm); // nothing passes a layer of zeros
        Assert.Equal(0, row.Layers[0].UpdateRatio);
    }

    private static readonly Dictionary<string, Func<Feature, Feature>> Builders = new()
    {
        ["plain"] = x => x.Conv(6, kernel: 3).Relu().MaxPool(2).Conv(8, kernel: 3).Relu6().Flatten().Linear(16).Relu().Linear(3),
        ["normalised behind"] = x => x.Conv(6, kernel: 3).Relu().BatchNorm().Conv(8, kernel: 3).BatchNorm().Relu().Dropout(0.2f)
            .GlobalAveragePool().Linear(3),
        ["skips"] = x => Skip(x.Conv(6, kernel: 3, padding: 1).BatchNorm().Relu()).GlobalAveragePool().Linear(3),
        ["branches"] = x => Branches(x.Conv(6, kernel: 3, padding: 1).Relu()).GlobalAveragePool().Linear(3),
        ["two in a row"] = x => x.Conv(6, kernel: 3).Relu().LeakyRelu().Conv(8, kernel: 3).HardSwish().Relu().Flatten().Linear(3),
    };

    public static TheoryData<string> Networks => [.. Builders.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Dead_units_are_those_that_a_look_into_the_model_finds(string name)
    {
        var network = Network.Build(Shape.Image(1, 9, 9), Builders[name]);
        var start = Weights.Initialize(network, 5);
        // Every third channel of each convolution and dense layer gets a bias that nothing overcomes.
        foreach (var bias in start.Parameters.Where(one => one.Name.EndsWith(".bias", StringComparison.Ordinal)))
            for (var i = 0; i < bias.Values.Length; i += 3)
                bias.Values[i] = -100;
        using var job = new TrainingJob(network, Data.Value, Plain with { InitialWeights = start, Threads = 2 }, []);
        job.RunEpoch();
        var row = job.MeasureLayers()!;
        // 100 images an epoch are worth a shard of the validation images, evenly spread.
        Assert.Equal(16, row.Images);
        var set = Data.Value.Validation.Subset([.. Enumerable.Range(0, 16).Select(i => i * 60 / 16)]);
        var looked = ActivationStatistics.Of(job.Snapshot().Model, set).Layers.ToDictionary(one => one.Layer.Name);
        Assert.NotEmpty(row.Activations);
        foreach (var one in row.Activations)
            Assert.Equal((one.Layer, looked[one.Layer].DeadChannels, looked[one.Layer].Layer.Output.Channels),
                (one.Layer, one.Dead, one.Units));
        Assert.True(row.Activations.Sum(one => one.Dead) is > 0 and var dead && dead < row.Activations.Sum(one => one.Units), name);
    }

    private static Feature Skip(Feature x) => x.Add(x.Conv(6, kernel: 3, padding: 1).BatchNorm().Relu().Conv(6, kernel: 3, padding: 1))
        .Relu();

    private static Feature Branches(Feature x) => x.Conv(4, kernel: 1).Relu().Concat(x.Conv(4, kernel: 3, padding: 1).Relu(),
        x.MaxPool(3, stride: 1, padding: 1)).BatchNorm().Relu();

    private static void Close(double expected, double actual, double share) =>
        Assert.True(Math.Abs(actual - expected) <= share * Math.Abs(expected), $"{actual} is not {expected}");

    private sealed class Rows : TrainingListener
    {
        public List<LayersRecord> All { get; } = [];

        public override void EpochDone(TrainingJob job, EpochRecord epoch)
        {
            ArgumentNullException.ThrowIfNull(job);
            All.Add(job.MeasureLayers()!);
        }
    }
}
