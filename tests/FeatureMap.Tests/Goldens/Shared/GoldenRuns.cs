using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Tests.Goldens;

/// <summary>One way to train for 20 steps.</summary>
internal sealed record GoldenRun(string Name, Optimizer Optimizer, Schedule Schedule)
{
    public double ClipNorm { get; init; }

    public double ClipValue { get; init; }

    public double L1 { get; init; }

    public WeightAveraging? Averaging { get; init; }
}

/// <summary>What is trained, and in which ways: every optimiser and every schedule.</summary>
internal static class GoldenRuns
{
    /// <summary>Steps of a run; each is an epoch of one batch, so that schedules by epochs move too.</summary>
    public const int Steps = 20;

    public const int Images = 26, Classes = 4;

    public static Shape Image { get; } = new(2, 8, 8);

    /// <summary>What validation would have said after each epoch, for the schedule that listens to it: better, then worse for long, then better again.</summary>
    public static IReadOnlyList<double> Validation { get; } =
        [1.4, 1.2, 1.21, 1.2, 1.25, 1.3, 1.19, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.05, 1.049999, 1.0499, 1.2, 1.3, 1.0, 0.9];

    public static IReadOnlyDictionary<string, Network> Networks { get; } = new Dictionary<string, Network>
    {
        ["plain"] = Network.Build(Image, x => x
            .Conv(6, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
            .Conv(8, kernel: 3, padding: 1, bias: false).BatchNorm().Relu()
            .Flatten().Linear(Classes)),
        ["residual"] = Network.Build(Image, x =>
        {
            var stem = x.Conv(6, kernel: 3, padding: 1, bias: false).BatchNorm().Relu();
            var block = stem.Conv(6, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().Conv(6, kernel: 3, padding: 1, bias: false).BatchNorm();
            return block.Add(stem).Relu().AveragePool(2).Conv(8, kernel: 1).Relu().GlobalAveragePool().Linear(Classes);
        }),
        ["dense"] = Network.Build(Image, x =>
        {
            var stem = x.Conv(6, kernel: 3, bias: false).BatchNorm().Silu();
            var depthwise = stem.Conv(6, kernel: 3, padding: 1, groups: 6, bias: false).BatchNorm().Silu().Conv(5, kernel: 1, bias: false).BatchNorm().Silu();
            return stem.Concat(depthwise).Conv(8, kernel: 3, stride: 2).GroupNorm(2).Gelu().GlobalAveragePool().Linear(Classes);
        }),
    };

    public static IReadOnlyList<GoldenRun> All { get; } =
    [
        new("SGD", new Sgd(0), new ConstantRate(0.1)),
        new("SGD, momentum", Momentum, new ConstantRate(0.05)),
        new("SGD, Nesterov", new Sgd(0.9, nesterov: true), new ConstantRate(0.05)),
        new("SGD, weight decay", new Sgd(0.9, weightDecay: 0.05), new ConstantRate(0.05)),
        new("Adam", new Adam(), new ConstantRate(0.005)),
        new("Adam, weight decay, other betas", new Adam(0.8, 0.99, 1e-6, weightDecay: 0.05), new ConstantRate(0.005)),
        new("AdamW", new AdamW(weightDecay: 0.1), new ConstantRate(0.005)),
        new("RMSProp", new RmsProp(), new ConstantRate(0.001)),
        new("RMSProp, momentum", new RmsProp(0.9, momentum: 0.8), new ConstantRate(0.001)),
        new("RMSProp, centred", new RmsProp(centered: true), new ConstantRate(0.001)),
        new("RMSProp, centred, momentum, weight decay", new RmsProp(0.95, 1e-6, 0.5, centered: true, weightDecay: 0.05), new ConstantRate(0.001)),
        new("Lion", new Lion(), new ConstantRate(0.001)),
        new("Lion, weight decay", new Lion(0.95, 0.98, weightDecay: 0.5), new ConstantRate(0.001)),

        new("constant after warm-up", Momentum, new ConstantRate(0.05, WarmUpSteps: 5)),
        new("step", Momentum, new StepRate(0.05, EveryEpochs: 6, Factor: 0.3)),
        new("milestones", Momentum, new MilestoneRate(0.05, 0.2, 4, 11, 15)),
        new("exponential", Momentum, new ExponentialRate(0.05, 0.9)),
        new("cosine", Momentum, new CosineRate(0.05, 0.001)),
        new("cosine after warm-up", Momentum, new CosineRate(0.05, WarmUpSteps: 4)),
        new("cosine restarts", Momentum, new CosineRestarts(0.05, CycleSteps: 6, End: 0.002)),
        new("cosine restarts, longer and longer", Momentum, new CosineRestarts(0.05, CycleSteps: 3, CycleFactor: 2)),
        new("one cycle", Momentum, new OneCycle(0.08)),
        new("one cycle, other shape", Momentum, new OneCycle(0.08, WarmUpFraction: 0.45, StartDivisor: 10, EndDivisor: 100)),
        new("triangular", Momentum, new CyclicRate(0.005, 0.06, HalfCycleSteps: 4)),
        new("triangular, halved", Momentum, new CyclicRate(0.005, 0.06, HalfCycleSteps: 3, CyclicMode.Triangular2)),
        new("triangular, shrinking", Momentum, new CyclicRate(0.005, 0.06, HalfCycleSteps: 4, CyclicMode.ExponentialRange, 0.95)),
        new("linear", Momentum, new PolynomialRate(0.05, 0.005)),
        new("polynomial", Momentum, new PolynomialRate(0.05, Power: 3)),
        new("warm-up before exponential", Momentum, new WarmUp(new ExponentialRate(0.05, 0.8), 6)),
        new("plateau", Momentum, new PlateauRate(0.05, Factor: 0.3, Patience: 2, Threshold: 1e-3, CoolDown: 1, Lowest: 0.002)),

        new("clipped norm", Momentum, new ConstantRate(0.05)) { ClipNorm = 0.3 },
        new("clipped values", Momentum, new ConstantRate(0.05)) { ClipValue = 0.02 },
        new("L1", Momentum, new ConstantRate(0.05)) { L1 = 0.002 },
        new("running average of the weights", Momentum, new ConstantRate(0.05)) { Averaging = new WeightAveraging(0.8) },
    ];

    private static Sgd Momentum => new(0.9);
}

/// <summary>What the tensors of a training file are called; the weights of a network stand one after the other in the order of its layers.</summary>
internal static class TrainingNames
{
    public const string Images = "images", Labels = "labels", Start = "start", Network = "network";

    public static string Weights(string run) => $"{run}/weights";

    public static string Average(string run) => $"{run}/average";

    public static string Losses(string run) => $"{run}/losses";

    public static string Rates(string run) => $"{run}/rates";
}
