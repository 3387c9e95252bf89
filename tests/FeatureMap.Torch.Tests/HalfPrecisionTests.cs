using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary>Products in float16, whose gradients vanish and overflow unless the loss is scaled.</summary>
[Collection(nameof(Alone))]
public sealed class HalfPrecisionTests
{
    private static readonly TrainingOptions Usual = new()
    {
        BatchSize = 30,
        Epochs = 20,
        Seed = 1,
        Threads = 1,
        Optimizer = new Sgd(0),
        Schedule = new ConstantRate(0.01),
    };

    private static TorchDevice Half { get; } = TorchDevice.Open(TorchDevice.TorchProcessorName, TorchPrecision.Float16);

    [Fact]
    public void Losses_stay_near_those_of_float32()
    {
        var data = Pair.Digits();
        var exact = Pair.Losses(Small(data), data, Usual with { Device = Pair.Device }, 10);
        var rough = Pair.Losses(Small(data), data, Usual with { Device = Half }, 10);
        Assert.InRange(Pair.Difference(exact, rough), 1e-7, 0.01);
    }

    [Fact]
    public void Judging_is_near_float32_too()
    {
        var data = Pair.Digits();
        var model = Trainer.Fit(Small(data), data, Usual with { Epochs = 1, Device = Half }).Model;
        var exact = model.Evaluate(data.Validation, threads: 1).Loss;
        Assert.InRange(Math.Abs(exact - model.Evaluate(data.Validation, threads: 1, device: Half).Loss), 1e-9, 0.01);
    }

    /// <summary>Gradients of 1e-10 are 0 in float16; multiplied before, and divided behind, they move the weights as in float32.</summary>
    [Fact]
    public void Gradients_too_small_for_float16_do_not_vanish()
    {
        var data = Pair.Digits();
        var options = Usual with { Loss = 1e-6 * (Loss)new SoftmaxCrossEntropy(), Schedule = new ConstantRate(1e5) };
        float[] Trained(TrainingOptions options, int steps)
        {
            using var session = new TrainingSession(Small(data), data, options);
            while (session.StepsDone < steps) session.Step();
            return [.. session.Weights.Parameters.SelectMany(parameter => parameter.Values.ToArray())];
        }

        static double Distance(float[] left, float[] right) => Math.Sqrt(left.Zip(right, (a, b) => ((double)a - b) * (a - b)).Sum());
        var exact = Trained(options with { Device = Pair.Device }, 10);
        var moved = Distance(exact, Trained(options, 0));
        Assert.InRange(Distance(exact, Trained(options with { Device = Half }, 10)) / moved, 1e-7, 0.1);
    }

    /// <summary>Where the factor is too large, steps are left out, with a word, until it is right; the weights stay as they were.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_step_whose_gradients_overflow_is_left_out_and_told(int gathered)
    {
        var data = Pair.Digits();
        var told = new List<string>();
        var options = Overflowing with { AccumulatedBatches = gathered, Notice = told.Add };
        using var session = new TrainingSession(Small(data), data, options);
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
        using var resumed = new TrainingSession(Small(data), data, options);
        resumed.Restore(Checkpoint.Read(file));
        var before = told.Count;
        while (session.StepsDone < 28) session.Step();
        var after = told.Count;
        while (resumed.StepsDone < 28) resumed.Step();
        Assert.Equal(after - before, told.Count - after);
        Assert.Equal(session.Weights.Sha256(), resumed.Weights.Sha256());
    }

    [Fact]
    public void A_job_tells_its_listeners_of_it()
    {
        var data = Pair.Digits();
        var told = new List<string>();
        using var job = new TrainingJob(Small(data), data, Overflowing, [new Ear(told)]);
        job.Step();
        Assert.StartsWith("Step 1 is left out", Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_told_of_layers_after_a_step_that_was_left_out_says_that_nothing_moved()
    {
        var data = Pair.Digits();
        using var session = new TrainingSession(Small(data), data, Overflowing with { BatchSize = 90 });
        session.Step();
        Assert.All(session.MeasureLayers()!.Layers, layer => Assert.Equal((0, 0), (layer.GradientNorm, layer.UpdateRatio)));
    }

    /// <summary>The root of 0 has no slope: no factor makes its gradient a number.</summary>
    [Fact]
    public void Gradients_that_are_no_numbers_whatever_the_factor_end_the_training()
    {
        var data = Pair.Digits();
        using var session = new TrainingSession(
            Small(data), data, Usual with { Loss = Loss.Custom("root", (output, _) => (0 * output).Sqrt().Sum()), Device = Half });
        var error = Assert.Throws<TrainingException>(() =>
        {
            while (session.StepsDone < 60) session.Step();
        });
        Assert.Contains("even with a loss times", error.Message, StringComparison.Ordinal);
        Assert.Equal(32, session.StepsDone);
    }

    [Fact]
    public void A_loss_that_is_no_number_names_the_precision()
    {
        var data = Pair.Digits();
        var options = Usual with { Schedule = new ConstantRate(1e6), Device = Half };
        var error = Assert.Throws<TrainingException>(() => Pair.Losses(Small(data), data, options, 20));
        Assert.EndsWith("in fp16, whose largest number is 65,504: bf16 has the range of float32.", error.Message, StringComparison.Ordinal);
    }

    private static TrainingOptions Overflowing { get; } =
        Usual with { Loss = 3000 * (Loss)new SoftmaxCrossEntropy(), Schedule = new ConstantRate(1e-5), Device = Half };

    private static Network Small(SplitData data) => Network.Build(
        data.ImageShape, x => x.Conv(6, kernel: 3, stride: 2).Relu().Conv(8, kernel: 3).Relu().GlobalAveragePool().Linear(10));

    private sealed class Ear(List<string> told) : TrainingListener
    {
        public override void Notice(TrainingJob job, string text) => told.Add(text);
    }
}
