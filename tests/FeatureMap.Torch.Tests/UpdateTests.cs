using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary>Formulas that somebody else writes for a single weight.</summary>
[Collection(nameof(Alone))]
public sealed class UpdateTests
{
    [Fact]
    public void An_optimiser_of_ones_own_runs_there_too()
    {
        var (ours, theirs) = Train(new Adagrad());
        Assert.InRange(Pair.Difference(ours, theirs), 0, 1e-5);
    }

    /// <summary>A rule may hand on what it was given: old weights into a slot, the gradient into another.</summary>
    [Fact]
    public void What_a_rule_hands_on_is_what_was_there_before()
    {
        var (ours, theirs) = Train(new Handing());
        Assert.InRange(Pair.Difference(ours, theirs), 0, 1e-5);
    }

    [Fact]
    public void Products_in_bfloat16_stay_near()
    {
        var data = Pair.Digits();
        var options = new TrainingOptions { BatchSize = 30, Epochs = 10, Seed = 1, Threads = 1, Schedule = new ConstantRate(0.01) };
        var exact = Pair.Losses(Network(data), data, options with { Device = Pair.Device }, 10);
        var rough = Pair.Losses(Network(data), data, options with { Device = TorchDevice.Open("torch-cpu", TorchPrecision.BFloat16) }, 10);
        Assert.InRange(Pair.Difference(exact, rough), 1e-6, 0.05);
    }

    [Fact]
    public void A_loss_that_is_no_number_is_told_in_the_same_words()
    {
        var data = Pair.Digits();
        string Message(ComputeDevice device) => Assert.Throws<TrainingException>(() => Pair.Losses(
            Network(data), data, new TrainingOptions
            {
                BatchSize = 30,
                Epochs = 100,
                Threads = 1,
                Optimizer = new Sgd(0),
                Schedule = new ConstantRate(1e30),
                Device = device,
            }, 20)).Message;
        var theirs = Message(Pair.Device);
        Assert.Equal(Message(ComputeDevice.Processor), theirs);
        Assert.Contains("at step 2 (epoch 1)", theirs, StringComparison.Ordinal);
    }

    private static (double[] Ours, double[] Theirs) Train(Optimizer optimizer)
    {
        var data = Pair.Digits();
        return Pair.Both(
            Network(data), data,
            new TrainingOptions { BatchSize = 30, Epochs = 10, Optimizer = optimizer, Schedule = new ConstantRate(0.01) }, 15);
    }

    private static Network Network(SplitData data) => FeatureMap.Networks.Network.Build(
        data.ImageShape, x => x.Conv(6, kernel: 3, stride: 2).Relu().Conv(8, kernel: 3).Relu().GlobalAveragePool().Linear(10));

    private sealed class Adagrad : Optimizer
    {
        public override string Name => "Adagrad";

        public override IReadOnlyList<string> Slots => ["squares"];

        protected internal override void Update(WeightRun weights) => weights.Apply(new Rule((float)weights.LearningRate));

        private readonly struct Rule(float rate) : IUpdateRule
        {
            public TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal>
            {
                slots[0] += gradient * gradient;
                return weight - (TReal.Of(rate) * gradient / (TReal.Sqrt(slots[0]) + TReal.Of(1e-6f)));
            }
        }
    }

    private sealed class Handing : Optimizer
    {
        public override string Name => "handing";

        public override IReadOnlyList<string> Slots => ["before", "slope"];

        protected internal override void Update(WeightRun weights) => weights.Apply(new Rule((float)weights.LearningRate));

        private readonly struct Rule(float rate) : IUpdateRule
        {
            public TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal>
            {
                var (before, slope) = (slots[0], slots[1]);
                (slots[0], slots[1]) = (weight, gradient);
                var step = TReal.IfGreater(TReal.Of(0), before * weight, slope, gradient + (TReal.Of(0.5f) * slope));
                return weight - (TReal.Of(rate) * step);
            }
        }
    }
}
