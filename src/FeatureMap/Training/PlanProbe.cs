using System.Diagnostics;
using FeatureMap.Lanes;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>Shows how a network runs, and where the time of a step goes: without data, on random numbers.</summary>
public static partial class PlanProbe
{
    private const int WarmUps = 2;

    /// <summary>
    /// Makes a network ready and describes what was decided: buffers with their lives, shared memory, layers that run together, stages.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">Images of a batch.</param>
    /// <param name="isTraining">Whether to train it, with the gradients and the loss; otherwise forward only.</param>
    /// <param name="loss">The loss; softmax cross-entropy where null.</param>
    /// <param name="steps">Steps on random numbers that are measured after some that are not; 0 for none.</param>
    /// <param name="threads">Threads; one per logical processor where 0.</param>
    /// <param name="width">Width of the SIMD registers.</param>
    /// <param name="frozenLayers">Names of layers that stay as they are (<see cref="TrainingOptions.FrozenLayers"/>).</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <exception cref="ShapeException">The loss does not fit the network.</exception>
    /// <exception cref="UsageException">A number is out of range.</exception>
    public static PlanDescription Describe(
        Network network, int batch = 128, bool isTraining = true, Loss? loss = null, int steps = 0, int threads = 0,
        LaneWidth width = LaneWidth.Automatic, IReadOnlyCollection<string>? frozenLayers = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        CheckBatch(batch);
        if (steps < 0) throw new UsageException($"Steps are at least 0: received {steps:N0}.");
        var (whole, graph) = isTraining ? WithLoss(network, loss ?? new SoftmaxCrossEntropy()) : (network, network);
        using var engine = new LaneEngine(threads, width);
        using var plan = engine.Prepare(new EngineRequest
        {
            Weights = Weights.Initialize(graph, 1),
            Result = isTraining ? whole.Layers.Count - 1 : null,
            Batch = batch,
            Mode = isTraining ? ExecutionMode.Training : ExecutionMode.Evaluation,
            HasGradients = isTraining,
            FrozenLayers = frozenLayers ?? [],
            Feed = new RandomFeed(graph),
        });
        if (steps == 0) return plan.Describe();
        if (!isTraining) plan.Prepare();
        for (var step = -WarmUps; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (step == 0) plan.IsMeasuring = true;
            if (isTraining) plan.Run(batch);
            else plan.Forward(batch);
        }
        return plan.Describe(steps);
    }

    /// <summary>
    /// The same for one image at a time, as <see cref="ModelSession"/> computes up to 8 of them: its channels ride in the registers. Each
    /// layer says how it runs: on kernels of this layout, with the layer before it, on the kernel of a batch, or through a shard of 16
    /// images of which one is there, which costs as much as 16.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="images">Images of random numbers that are measured after some that are not; 0 for none.</param>
    /// <param name="threads">Threads; one per logical processor where 0.</param>
    /// <param name="width">Width of the SIMD registers.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <exception cref="UsageException">A number is out of range, or the network takes more than images.</exception>
    public static PlanDescription DescribeImage(
        Network network, int images = 0, int threads = 0, LaneWidth width = LaneWidth.Automatic, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (images < 0) throw new UsageException($"Images are at least 0: received {images:N0}.");
        ModelSession.CheckInputs(network);
        using var engine = new LaneEngine(threads, width);
        using var plan = engine.PrepareShared(new EngineRequest
        {
            Weights = Weights.Initialize(network, 1),
            Batch = 1,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Feed = new RandomFeed(network),
        });
        if (images == 0) return plan.Describe();
        plan.AddSlot();
        plan.Prepare();
        for (var image = -WarmUps; image < images; image++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (image == 0) plan.IsMeasuring = true;
            plan.Forward(0, 0, 1);
        }
        return plan.Describe(images);
    }

    /// <summary>
    /// Seconds of a training step on this machine, gradients and optimiser included, loading and augmenting images left out: the fastest
    /// of some steps on random numbers, which other work on the machine disturbs least, and the one in the middle. With several ranks in
    /// the options, a step of all of them together, whose batch is cut over them.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">Images of a batch.</param>
    /// <param name="options">The optimiser and what else happens to the weights; their threads and registers; the ranks.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <exception cref="UsageException">A number is out of range.</exception>
    internal static (double Fastest, double Median) StepSeconds(
        Network network, int batch, TrainingOptions options, CancellationToken cancellation = default)
    {
        const int Most = 20, Least = 3;
        var longest = TimeSpan.FromSeconds(1.5);
        var (whole, graph) = WithLoss(network, UsualLoss(network));
        var weights = Weights.Initialize(graph, 1);
        var ranks = options.Collective ?? OneRank.Instance;
        using var engine = new LaneEngine(options.Threads, options.LaneWidth);
        using var update = new WeightUpdate(weights, options) { IsSound = () => true };
        using var plan = engine.Prepare(new EngineRequest
        {
            Weights = weights,
            Result = whole.Layers.Count - 1,
            Batch = StepState.MostHere(batch, ranks.Ranks),
            TotalBatch = batch,
            Collective = ranks,
            Mode = ExecutionMode.Training,
            HasGradients = true,
            Feed = new RandomFeed(graph),
            Ending = update.Schedule,
        });
        update.Time.LearningRate = 1e-6;
        var images = plan.Step.Cut(batch, ranks);
        var seconds = new List<double>();
        var (began, goesOn) = (Stopwatch.GetTimestamp(), true);
        for (var step = -WarmUps; goesOn; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            plan.Run(images);
            // In the place of the losses, which ranks tell each other at the end of a step.
            goesOn = ranks.OfFirst(step + 1 < Most && (step + 1 < Least || Stopwatch.GetElapsedTime(began) < longest));
            if (step >= 0) seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        seconds.Sort();
        return (seconds[0], seconds[seconds.Count / 2]);
    }

    private static void CheckBatch(int batch)
    {
        if (batch is < 1 or > 1_000_000) throw new UsageException($"A batch has between 1 and 1,000,000 images: received {batch:N0}.");
    }

    private static Loss UsualLoss(Network network) => network.Output.IsVector ? new SoftmaxCrossEntropy() : Loss.Mse();

    // As a training has it: without what cannot matter, and with the loss behind it.
    private static (Network Whole, Network Graph) WithLoss(Network network, Loss loss)
    {
        var whole = Slimming.Slim(network);
        var targets = network.Output.IsVector ? (Shape?)null : network.Output;
        return (whole, TrainingGraph.Of(whole, loss, network.Output.Channels, targets).Graph);
    }

    /// <summary>Images between -1 and 1, targets that are a distribution over the channels.</summary>
    private sealed class RandomFeed(Network network) : IBatchFeed
    {
        private readonly Layer[] targets = [.. network.Layers.Skip(1).Where(layer => layer.Op is null)];

        public long WorkFloats => (long)ImageGroup.Most * network.Layers.Where(layer => layer.Op is null).Max(layer => layer.Output.Count);

        public void Fill(in ImageGroup group)
        {
            var random = new RandomSequence((ulong)group.First, RandomPurpose.Testing);
            var images = group.Work[..(group.Count * network.Input.Count)];
            foreach (ref var number in images)
                number = random.NextSingle(-1, 1);
            group.Put(0, images);
            foreach (var target in targets)
            {
                var numbers = group.Work[..(group.Count * target.Output.Count)];
                numbers.Fill(1f / target.Output.Channels);
                group.Put(target.Index, numbers);
            }
        }
    }
}
