using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
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

    private static TorchDevice Half { get; } = TorchDevice.Open("torch-cpu", TorchPrecision.Float16);

    [Fact]
    public void Products_in_float16_stay_near()
    {
        var data = Pair.Digits();
        var options = new TrainingOptions { BatchSize = 30, Epochs = 10, Seed = 1, Threads = 1, Schedule = new ConstantRate(0.01) };
        var exact = Pair.Losses(Network(data), data, options with { Device = Pair.Device }, 10);
        var rough = Pair.Losses(Network(data), data, options with { Device = Half }, 10);
        Assert.InRange(Pair.Difference(exact, rough), 1e-7, 0.01);
    }

    /// <summary>Gradients of 1e-10 are 0 in float16; multiplied before, and divided behind, they move the weights as in float32.</summary>
    [Fact]
    public void Gradients_too_small_for_float16_do_not_vanish()
    {
        var data = Pair.Digits();
        var options = new TrainingOptions
        {
            BatchSize = 30,
            Epochs = 10,
            Seed = 1,
            Threads = 1,
            Loss = 1e-6 * (Loss)new SoftmaxCrossEntropy(),
            Optimizer = new Sgd(0),
            Schedule = new ConstantRate(2e4),
        };
        var exact = Pair.Losses(Network(data), data, options with { Device = Pair.Device }, 10);
        var rough = Pair.Losses(Network(data), data, options with { Device = Half }, 10);
        Assert.True(exact[^1] < 0.9 * exact[0]);
        Assert.Equal(exact[^1], rough[^1], 0.05 * exact[0]);
    }

    /// <summary>Where the factor is too large, steps are left out, with a word, until it is right; the weights stay as they were.</summary>
    [Fact]
    public void A_step_whose_gradients_overflow_is_left_out_and_told()
    {
        var data = Pair.Digits();
        var told = new List<string>();
        var options = new TrainingOptions
        {
            BatchSize = 30,
            Epochs = 10,
            Seed = 1,
            Threads = 1,
            Loss = 3000 * (Loss)new SoftmaxCrossEntropy(),
            Optimizer = new Sgd(0),
            Schedule = new ConstantRate(1e-5),
            Device = Half,
            Notice = told.Add,
        };
        using var session = new TrainingSession(Network(data), data, options);
        var start = session.Weights.Parameters[0].Values.ToArray();
        session.Step();
        Assert.Equal("Step 1 is left out: its gradients overflow in fp16 with a loss times 65,536. It goes on with 32,768. Steps left out "
            + "so far: 1.", Assert.Single(told));
        Assert.Equal(start, session.Weights.Parameters[0].Values.ToArray());
        while (session.StepsDone < 20) session.Step();
        Assert.NotEqual(start, session.Weights.Parameters[0].Values.ToArray());
        Assert.InRange(told.Count, 2, 19);

        // A checkpoint has the factor: whoever goes on leaves out no more steps than one that was never stopped.
        using var file = new MemoryStream();
        session.Capture().Write(file);
        file.Position = 0;
        using var resumed = new TrainingSession(Network(data), data, options);
        resumed.Restore(Checkpoint.Read(file));
        var before = told.Count;
        while (session.StepsDone < 28) session.Step();
        var after = told.Count;
        while (resumed.StepsDone < 28) resumed.Step();
        Assert.Equal(after - before, told.Count - after);
        Assert.Equal(session.Weights.Sha256(), resumed.Weights.Sha256());
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
