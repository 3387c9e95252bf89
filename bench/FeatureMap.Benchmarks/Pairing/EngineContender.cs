using FeatureMap.Benchmarks.Networks;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>Our side: the training session that users run, from 8-bit pixels to updated weights, and the evaluator.</summary>
public sealed class EngineContender : IContender
{
    public string Name => "FeatureMap";

    // The build as well: the compiler makes it of the sources, so a result of other kernels is never taken for one of these.
    public string Version => $"{typeof(Shape).Assembly.GetName().Version?.ToString(3)}, build {Build[..8]}";

    private static string Build => $"{typeof(Shape).Module.ModuleVersionId:N}";

    public IReadOnlyList<ITrainingRunner> Prepare(NetworkSpecification network, int batch, int threads) =>
        [new Runner(network.Network, batch, threads)];

    internal static TrainingSession CreateSession(
        Network network, FixedBatch batch, int threads, Weights? start = null, double learningRate = StepRule.LearningRate,
        ComputeDevice? device = null) =>
        new(network, new SplitData("random", batch.Images, batch.Images, "memory"), new TrainingOptions
        {
            Epochs = 1_000_000,
            BatchSize = batch.Count,
            Threads = threads,
            Optimizer = new Sgd(StepRule.Momentum),
            Schedule = new ConstantRate(learningRate),
            Normalization = batch.Normalization,
            Loss = batch.Loss,
            InitialWeights = start,
            Device = device ?? ComputeDevice.Processor,
        });

    /// <summary>The session as a contender.</summary>
    internal sealed class Runner(Network network, int batch, int threads, ComputeDevice? device = null) : ITrainingRunner
    {
        private readonly TrainingSession session = CreateSession(network, new FixedBatch(network, batch), threads, device: device);

        public string Name { get; } = device?.Name ?? "lanes";

        public void BeginTurn() { }

        public double TrainingStep()
        {
            session.Step();
            return session.StepLoss;
        }

        public double Evaluate() => session.Evaluator.Run().Loss;

        public void Dispose() => session.Dispose();
    }
}
