using FeatureMap.Lanes;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Optimisers that a user writes: they learn, go into checkpoints, and have the bits of any other.</summary>
public sealed class OwnOptimizerTests
{
    private const double Rate = 0.05;

    /// <summary>Duchi, Hazan and Singer, 2011: the rate of a weight falls with the squares of all its gradients.</summary>
    private sealed class Adagrad(float epsilon = 1e-6f) : Optimizer
    {
        public override string Name => "Adagrad";

        public override IReadOnlyList<string> Slots => ["squares"];

        protected internal override void Update(WeightRun weights) => weights.Apply(new Rule((float)weights.LearningRate, epsilon));

        private readonly struct Rule(float rate, float epsilon) : IUpdateRule
        {
            public TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal>
            {
                slots[0] += gradient * gradient;
                return weight - (TReal.Of(rate) * gradient / (TReal.Sqrt(slots[0]) + TReal.Of(epsilon)));
            }
        }
    }

    /// <summary>AMSGrad (Reddi et al., 2018) that also remembers its steps: more slots than any of the library's own has.</summary>
    private sealed class AmsGrad() : Optimizer(0.01)
    {
        public override string Name => "AMSGrad";

        public override IReadOnlyList<string> Slots => ["average", "square", "largest", "steps"];

        protected internal override void Update(WeightRun weights) =>
            weights.Apply(new Rule((float)weights.LearningRate, weights.Decays ? (float)WeightDecay : 0));

        private readonly struct Rule(float rate, float decay) : IUpdateRule
        {
            public TReal Update<TReal>(TReal weight, TReal gradient, WeightSlots<TReal> slots) where TReal : struct, IReal<TReal>
            {
                gradient += TReal.Of(decay) * weight;
                slots[0] = (TReal.Of(0.9f) * slots[0]) + (TReal.Of(0.1f) * gradient);
                slots[1] = (TReal.Of(0.99f) * slots[1]) + (TReal.Of(0.01f) * gradient * gradient);
                slots[2] = TReal.IfGreater(slots[1], slots[2], slots[1], slots[2]);
                slots[3] += TReal.Of(1);
                return weight - (TReal.Of(rate) * slots[0] / (TReal.Sqrt(slots[2]) + TReal.Of(1e-6f)));
            }
        }
    }

    private sealed class Named(params string[] slots) : Optimizer
    {
        public override string Name => "Mine";

        public override IReadOnlyList<string> Slots => slots;

        protected internal override void Update(WeightRun weights) { }
    }

    private static TrainingOptions Options(Optimizer optimizer) =>
        new() { BatchSize = 40, Seed = 9, Threads = 1, Optimizer = optimizer, Schedule = new ConstantRate(Rate), AccumulatedBatches = 2 };

    [Fact]
    public void It_follows_its_formula()
    {
        using var session = Session(Options(new Adagrad()) with { AccumulatedBatches = 1 });
        var parameter = session.Weights.Parameters[^1];
        var (weights, squares) = (Doubles(parameter.Values), new double[parameter.Values.Length]);
        for (var step = 0; step < 5; step++)
        {
            session.Step();
            var gradient = Doubles(session.Executable.Gradient(session.Weights.Parameters.Count - 1));
            for (var i = 0; i < weights.Length; i++)
            {
                squares[i] += gradient[i] * gradient[i];
                weights[i] -= Rate * gradient[i] / (Math.Sqrt(squares[i]) + 1e-6);
                Assert.Equal(weights[i], parameter.Values[i], 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_learns_and_goes_on_from_a_checkpoint_with_the_same_bits_at_any_width(bool hasManySlots)
    {
        Optimizer optimizer = hasManySlots ? new AmsGrad() : new Adagrad();
        using var session = Session(Options(optimizer) with { Schedule = new ConstantRate(0.01) });
        session.Step();
        var first = session.StepLoss;
        for (var step = 1; step < 6; step++)
            session.Step();
        var checkpoint = session.Capture();
        Assert.Equal(
            optimizer.Slots.Select(slot => $"optimizer.{slot}/conv1.weight"),
            checkpoint.Tensors.Select(tensor => tensor.Name).Where(name => name.EndsWith("/conv1.weight", StringComparison.Ordinal)));
        foreach (var width in Enum.GetValues<LaneWidth>())
        {
            using var resumed = Session(Options(optimizer) with { Schedule = new ConstantRate(0.01), LaneWidth = width, Threads = 2 });
            resumed.Restore(checkpoint);
            for (var step = 6; step < 10; step++)
            {
                resumed.Step();
                if (session.StepsDone <= step) session.Step();
            }
            Assert.Equal(session.Weights.Sha256(), resumed.Weights.Sha256());
        }
        Assert.True(session.StepLoss < first, $"{first} and then {session.StepLoss}");
    }

    [Fact]
    public void A_run_folder_takes_it_and_resumes_it()
    {
        using var folder = new TemporaryFolder();
        var options = Options(new Adagrad()) with { Epochs = 2, Folder = RunFolder.Create(folder.Location, "own"), TensorBoard = false };
        var run = Trainer.Fit(DigitsTask.Network(), DigitsTask.Data(), options);
        var resumed = Trainer.Fit(DigitsTask.Network(), DigitsTask.Data(), options with { Resume = true });
        Assert.Equal(run.Model.Weights.Sha256(), resumed.Model.Weights.Sha256());
    }

    [Fact]
    public void Names_of_slots_are_checked()
    {
        Says("The optimiser 'Mine' names a slot 'a/b': in checkpoints a slot is a name of letters and digits, such as 'momentum'.", "a/b");
        Says("The optimiser 'Mine' names a slot '': in checkpoints a slot is a name of letters and digits, such as 'momentum'.", "");
        Says(
            "The optimiser 'Mine' names 2 slots 'square': each needs a name of its own, under which a checkpoint holds it.",
            "square", "square");

        static void Says(string message, params string[] slots) =>
            Assert.Equal(message, Assert.Throws<UsageException>(() => Session(Options(new Named(slots)))).Message);
    }

    private static TrainingSession Session(TrainingOptions options) => new(DigitsTask.Network(), DigitsTask.Data(), options);

    private static double[] Doubles(Span<float> values) => Array.ConvertAll(values.ToArray(), value => (double)value);
}
