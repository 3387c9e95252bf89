using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>A training step on some cores: computed from what one thread was measured to need for the pieces, not run.</summary>
/// <param name="Cores">The cores; of one nothing is computed.</param>
/// <param name="Microseconds">Of a step, optimiser included, loading images left out.</param>
/// <param name="Speedup">How many times as fast as one core, whose shards are whole.</param>
/// <param name="Busy">Share of the time of all cores in which they work; in the rest they wait for others.</param>
/// <param name="Narrow">Share of the step's time in stages that have fewer pieces than there are cores.</param>
public sealed record CoreProjection(int Cores, double Microseconds, double Speedup, double Busy, double Narrow);

public static partial class PlanProbe
{
    /// <summary>Microseconds of a meeting of the threads between two stages, in a projection.</summary>
    public const double MeetingMicroseconds = 2;

    /// <summary>
    /// What a training step would take on machines of more cores. For each of them the step is cut as it would be there and run on one
    /// thread; then the measured pieces of every stage are dealt out to the cores, the next to whoever is free, with a meeting between
    /// two stages. Every core is taken to have the caches and the memory bandwidth that the measured one had, so this is a bound that
    /// says how far the work is cut, and not what memory gives.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">Images of a batch.</param>
    /// <param name="cores">Numbers of cores; one core, which is measured, comes first in any case.</param>
    /// <param name="steps">Steps that are measured, after one that is not; of each phase the fastest counts.</param>
    /// <param name="loss">The loss; softmax cross-entropy, or the mean square where the output is no vector, where null.</param>
    /// <param name="width">Width of the SIMD registers.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <exception cref="ShapeException">The loss does not fit the network.</exception>
    /// <exception cref="UsageException">A number is out of range.</exception>
    public static IReadOnlyList<CoreProjection> OnCores(
        Network network, int batch, IReadOnlyList<int> cores, int steps = 3, Loss? loss = null, LaneWidth width = LaneWidth.Automatic,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(cores);
        CheckBatch(batch);
        if (steps < 1) throw new UsageException($"A projection needs at least 1 measured step: received {steps:N0}.");
        foreach (var count in cores)
            if (count is < 1 or > 1024) throw new UsageException($"A machine has between 1 and 1,024 cores here: received {count:N0}.");
        var projections = new List<CoreProjection>();
        foreach (var count in cores.Prepend(1).Distinct())
        {
            var stages = Measure(network, batch, count, steps, loss, width, cancellation);
            projections.Add(Project(stages, count, projections.Count == 0 ? null : projections[0].Microseconds));
        }
        return projections;
    }

    /// <summary>A step of measured pieces on some cores; the time of one core is the step's own where null.</summary>
    internal static CoreProjection Project(
        IReadOnlyList<IReadOnlyList<(int Count, double Microseconds)>> stages, int cores, double? ofOneCore = null)
    {
        var (time, narrow, work) = (0.0, 0.0, 0.0);
        foreach (var stage in stages)
        {
            var own = Together(stage, cores);
            time += own;
            work += stage.Sum(piece => piece.Count * piece.Microseconds);
            if (stage.Sum(piece => piece.Count) < cores) narrow += own;
        }
        if (cores > 1) time += MeetingMicroseconds * (stages.Count - 1);
        return new(cores, time, (ofOneCore ?? time) / time, work / (cores * time), narrow / time);
    }

    /// <summary>The time until the last piece is done where each goes to the core that is free first.</summary>
    internal static double Together(IReadOnlyList<(int Count, double Microseconds)> pieces, int cores)
    {
        var free = new PriorityQueue<double, double>(Enumerable.Repeat((0.0, 0.0), cores));
        var last = 0.0;
        foreach (var (count, microseconds) in pieces)
        {
            for (var piece = 0; piece < count; piece++)
            {
                var end = free.Peek() + microseconds;
                free.DequeueEnqueue(end, end);
                last = Math.Max(last, end);
            }
        }
        return last;
    }

    // For every stage, the pieces of each of its groups.
    private static List<List<(int Count, double Microseconds)>> Measure(
        Network network, int batch, int cores, int steps, Loss? loss, LaneWidth width, CancellationToken cancellation)
    {
        var (whole, graph) = WithLoss(network, loss ?? UsualLoss(network));
        var weights = Weights.Initialize(graph, 1);
        using var engine = new LaneEngine(1, width);
        using var update = new WeightUpdate(weights, new TrainingOptions { Threads = 1, LaneWidth = width }) { IsSound = () => true };
        using var plan = engine.Prepare(new EngineRequest
        {
            Weights = weights,
            Result = whole.Layers.Count - 1,
            Batch = batch,
            Cut = ShardCut.Of(cores, LaneLayout.Shards(batch)),
            Mode = ExecutionMode.Training,
            HasGradients = true,
            Feed = new RandomFeed(graph),
            Ending = update.Schedule,
        });
        update.Time.LearningRate = 1e-6;
        plan.Run(batch);
        plan.IsMeasuring = true;
        var sums = plan.Describe().Stages.Select(stage => new double[stage.Phases.Count]).ToArray();
        var least = sums.Select(stage => Array.ConvertAll(stage, _ => double.PositiveInfinity)).ToArray();
        IReadOnlyList<PlanStage> stages = [];
        for (var step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            plan.Run(batch);
            stages = plan.Describe(1).Stages;
            for (var stage = 0; stage < stages.Count; stage++)
                for (var phase = 0; phase < stages[stage].Phases.Count; phase++)
                {
                    var sum = stages[stage].Phases[phase].Microseconds;
                    least[stage][phase] = Math.Min(least[stage][phase], sum - sums[stage][phase]);
                    sums[stage][phase] = sum;
                }
        }
        return [.. stages.Select((stage, number) => PiecesOf(stage, least[number]))];
    }

    // Pieces go through all phases of a stage, or each phase has pieces of its own.
    private static List<(int Count, double Microseconds)> PiecesOf(PlanStage stage, double[] microseconds)
    {
        var times = stage.Phases.Select((phase, number) => phase is { Layer: "input", Work: "Fill" } ? 0 : microseconds[number]).ToList();
        return stage.Phases.Sum(phase => phase.Items) == stage.Items
            ? [.. stage.Phases.Select((phase, number) => (phase.Items, times[number] / Math.Max(1, phase.Items)))]
            : [(stage.Items, times.Sum() / Math.Max(1, stage.Items))];
    }
}
