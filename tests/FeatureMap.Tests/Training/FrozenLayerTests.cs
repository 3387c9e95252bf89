using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Layers that stay as they are in a training: their numbers, what is left out for them, and what the others learn.</summary>
public sealed class FrozenLayerTests
{
    private const int Batch = 40;

    private static TrainingOptions Options { get; } = new()
    {
        BatchSize = Batch,
        Seed = 5,
        Threads = 2,
        Optimizer = new Sgd(0.9, nesterov: true, weightDecay: 0.01),
        Schedule = new ConstantRate(0.05),
        ClipGradientNorm = 1,
        L1Decay = 0.001,
    };

    /// <summary>Nothing in the body tells training and evaluation apart, so frozen or not it gives the same numbers.</summary>
    private static Network Plain { get; } = Network.Build(Shape.Image(1, 28, 28), x => x
        .Conv(12, kernel: 3).Relu().MaxPool(2)
        .Conv(12, kernel: 3).GroupNorm(4).Relu().MaxPool(2)
        .Conv(16, kernel: 3).PRelu()
        .GlobalAveragePool(name: "body").Linear(12, name: "hidden").Relu().Linear(10, name: "head"));

    private static IReadOnlyCollection<string> UpTo(Network network, string last) =>
        [.. network.Layers.Skip(1).TakeWhile(layer => layer.Index <= network[last].Index).Select(layer => layer.Name)];

    [Fact]
    public void A_frozen_body_keeps_weights_and_statistics_to_the_bit_and_the_head_learns()
    {
        var network = DigitsTask.Network();
        var frozen = UpTo(network, "globalAveragePool1");
        using var session = new TrainingSession(network, DigitsTask.Data(), Options with { FrozenLayers = frozen });
        foreach (var parameter in session.Weights.Parameters.Where(IsStatistic))
            foreach (ref var value in parameter.Values)
                value += 0.25f;
        var before = session.Weights.Clone();
        for (var step = 0; step < 5; step++)
            session.Step();
        foreach (var (start, now) in before.Parameters.Zip(session.Weights.Parameters))
            Assert.Equal(frozen.Contains(start.Name[..start.Name.IndexOf('.')]), start.Values.SequenceEqual(now.Values));
        Assert.Equal(6, before.Parameters.Count(IsStatistic));
    }

    private static bool IsStatistic(Parameter parameter) => parameter.Name.Contains(".running_", StringComparison.Ordinal);

    [Fact]
    public void The_head_learns_what_it_learns_when_the_whole_is_differentiated_and_the_body_put_back()
    {
        var frozen = UpTo(Plain, "body");
        using var part = new TrainingSession(Plain, DigitsTask.Data(), Options with { ClipGradientNorm = 0, FrozenLayers = frozen });
        using var whole = new TrainingSession(Plain, DigitsTask.Data(), Options with { ClipGradientNorm = 0 });
        var start = whole.Weights.Clone();
        for (var step = 0; step < 7; step++)
        {
            part.Step();
            whole.Step();
            Assert.Equal(whole.StepLoss, part.StepLoss);
            foreach (var (first, now) in start.Parameters.Zip(whole.Weights.Parameters))
                if (frozen.Contains(first.Name[..first.Name.IndexOf('.')]))
                    first.Values.CopyTo(now.Values);
        }
        Assert.Equal(whole.Weights.Sha256(), part.Weights.Sha256());
        Assert.NotEqual(start["hidden.weight"].Values.ToArray(), part.Weights["hidden.weight"].Values.ToArray());
    }

    [Fact]
    public void Nothing_is_differentiated_below_the_lowest_layer_that_is_trained()
    {
        var frozen = UpTo(Plain, "body");
        using var session = new TrainingSession(Plain, DigitsTask.Data(), Options with { FrozenLayers = frozen });
        foreach (var (number, parameter) in session.Weights.Parameters.Index())
            Assert.Equal(frozen.Contains(parameter.Name[..parameter.Name.IndexOf('.')]), session.Executable.Gradient(number).IsEmpty);

        var plan = PlanProbe.Describe(Plain, Batch, frozenLayers: frozen, cancellation: TestContext.Current.CancellationToken);
        var inBack = plan.Stages.Where(stage => stage.Part == "back").SelectMany(stage => stage.Phases).Select(phase => phase.Layer);
        Assert.Equal(
            ["head", "hidden", "loss", "loss/softmaxCrossEntropy1", "relu3"],
            inBack.Concat(Backward(plan)).Distinct().Order(StringComparer.Ordinal));
        foreach (var layer in frozen)
        {
            Assert.DoesNotContain(plan.Buffers, buffer => buffer.Content.Contains($"gradient of {layer}", StringComparison.Ordinal));
            Assert.All(plan.Stages.Where(stage => stage.Part == "finish"),
                stage => Assert.DoesNotContain(stage.Phases, phase => phase.Layer == layer));
        }
        // Only what the head reads again lives on: the body's maps are gone when it is done with them.
        var alive = plan.Buffers.Where(buffer => buffer.To.StartsWith("back", StringComparison.Ordinal));
        Assert.DoesNotContain(alive, buffer => buffer.Content.Contains("conv", StringComparison.Ordinal));
        var whole = PlanProbe.Describe(Plain, Batch, cancellation: TestContext.Current.CancellationToken);
        Assert.True(plan.SlotBytes * 2 < whole.SlotBytes, $"{plan.SlotBytes} and {whole.SlotBytes} bytes");
    }

    // The way back begins in the stage that the last way forward ends in, so its phases are told by what they are called.
    private static IEnumerable<string> Backward(PlanDescription plan) =>
        plan.Stages.SelectMany(stage => stage.Phases).Where(phase => phase.Work is "Backward" or "Begin" or "ScheduleKernels"
            or "WeightGradient" or "BiasGradient" or "InputGradient")
            .Select(phase => phase.Layer);

    [Fact]
    public void Threads_widths_and_a_restart_change_no_bit()
    {
        var network = DigitsTask.Network();
        // The second normalisation is frozen with the layer before it, between a trained one below and the rest above.
        var options = Options with { FrozenLayers = ["conv2", "batchNorm2"] };
        using var session = new TrainingSession(network, DigitsTask.Data(), options);
        using var other = new TrainingSession(network, DigitsTask.Data(), options with { Threads = 1, LaneWidth = LaneWidth.Bits128 });
        using var resumed = new TrainingSession(network, DigitsTask.Data(), options);
        for (var step = 0; step < 6; step++)
        {
            session.Step();
            other.Step();
            if (step == 3) resumed.Restore(session.Capture());
            if (step > 3) resumed.Step();
        }
        Assert.Equal(session.Weights.Sha256(), other.Weights.Sha256());
        Assert.Equal(session.Weights.Sha256(), resumed.Weights.Sha256());
    }

    [Fact]
    public void Centres_follow_the_embeddings_of_a_frozen_body()
    {
        var frozen = UpTo(Plain, "body");
        var options = Options with { FrozenLayers = frozen, Loss = new SoftmaxCrossEntropy() + Loss.On("body", new CenterLoss(0.1f)) };
        using var session = new TrainingSession(Plain, DigitsTask.Data(), options);
        using var whole = new TrainingSession(Plain, DigitsTask.Data(), options with { FrozenLayers = [] });
        session.Step();
        whole.Step();
        var (moved, expected) = (Centres(session), Centres(whole));
        Assert.Contains(moved, value => value != 0);
        Assert.Equal(expected, moved);

        static float[] Centres(TrainingSession session) =>
            [.. session.Capture().Tensors.Single(tensor => tensor.Name.EndsWith(".centers", StringComparison.Ordinal)).ToSingles()];
    }

    [Fact]
    public void A_batch_of_one_image_can_learn_above_frozen_normalisations()
    {
        var network = Network.Build(Shape.Image(1, 28, 28), x => x.Conv(4, kernel: 28).BatchNorm().Relu().Linear(10));
        var options = Options with { BatchSize = 1 };
        Assert.Throws<UsageException>(() => new TrainingSession(network, DigitsTask.Data(), options));
        using var session = new TrainingSession(network, DigitsTask.Data(), options with { FrozenLayers = ["batchNorm1"] });
        session.Step();
        Assert.True(double.IsFinite(session.StepLoss));
    }

    [Fact]
    public void With_everything_frozen_there_is_nothing_to_train()
    {
        var options = Options with { FrozenLayers = UpTo(Plain, "head") };
        Assert.Equal(
            "Every layer that has weights is frozen, so there is nothing to train. Leave those that are to learn out of "
            + "TrainingOptions.FrozenLayers.",
            Assert.Throws<UsageException>(() => new TrainingSession(Plain, DigitsTask.Data(), options)).Message);
    }

    [Fact]
    public void Weights_that_the_loss_does_not_depend_on_feel_the_pull_of_L1_once_a_step()
    {
        const double Rate = 0.05, Pull = 0.001;
        var loss = Loss.On("body", new CenterLoss(0.1f));
        var options = Options with { Optimizer = new Sgd(0), L1Decay = Pull, ClipGradientNorm = 0, Loss = loss };
        using var session = new TrainingSession(Plain, DigitsTask.Data(), options);
        var start = session.Weights["head.weight"].Values.ToArray();
        for (var step = 0; step < 3; step++)
            session.Step();
        foreach (var (before, now) in start.Zip(session.Weights["head.weight"].Values.ToArray()))
            if (Math.Abs(before) > 3 * Rate * Pull)
                Assert.Equal(before - (3 * Rate * Pull * Math.Sign(before)), now, 1e-6);
    }
}
