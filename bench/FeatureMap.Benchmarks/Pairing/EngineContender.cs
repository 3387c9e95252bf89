using FeatureMap.Benchmarks.Networks;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Training;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>Our side: the training session that users run, from 8-bit pixels to updated weights, and the evaluator.</summary>
public sealed class EngineContender : IContender
{
    public string Name => "FeatureMap";

    public string Version => typeof(Shape).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    public IReadOnlyList<ITrainingRunner> Prepare(NetworkSpecification network, int batch, int threads) => [new Runner(network.Network, batch, threads)];

    internal static TrainingSession CreateSession(Network network, int batch, int threads)
    {
        var images = RandomImages(network.Input, batch, network.Output.Channels);
        return new TrainingSession(network, new SplitData("random", images, images, "memory"), new TrainingOptions
        {
            Epochs = 1_000_000,
            BatchSize = batch,
            Threads = threads,
            Optimizer = new Sgd(momentum: 0.9),
            Schedule = new ConstantRate(0.001),
            Normalization = Normalization.Of(images),
        });
    }

    private static ImageSet RandomImages(Shape shape, int count, int classes)
    {
        var random = new RandomSequence(1, RandomPurpose.Testing);
        var pixels = new byte[count * shape.Count];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)random.NextInt(256);
        var labels = new int[count];
        for (var i = 0; i < count; i++)
            labels[i] = random.NextInt(classes);
        return new ImageSet("random", shape, pixels, labels, Enumerable.Range(0, classes).Select(i => $"{i}"));
    }

    private sealed class Runner(Network network, int batch, int threads) : ITrainingRunner
    {
        private readonly TrainingSession session = CreateSession(network, batch, threads);

        public string Name => "lanes";

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
