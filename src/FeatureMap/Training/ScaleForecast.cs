using System.Diagnostics;
using System.Numerics;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>A network between machines.</summary>
/// <param name="Name">What it is called, such as <c>10 GbE</c>.</param>
/// <param name="BytesPerSecond">What a rank can send while it receives as much.</param>
/// <param name="LatencySeconds">From one rank to another, for a message of a few bytes.</param>
public readonly record struct ScaleLink(string Name, double BytesPerSecond, double LatencySeconds)
{
    /// <summary>
    /// Ethernet over TCP: of the line MPI reaches 0.6 (Open MPI 4.1 between network namespaces reached 0.6 to 0.8, MPICH 4.0 all of it at
    /// 1 Gbit/s), and a message takes 60 microseconds.
    /// </summary>
    /// <param name="gigabits">Of the line, in a second.</param>
    public static ScaleLink Ethernet(double gigabits) => new($"{gigabits} GbE", 0.6 * gigabits * 1e9 / 8, 60e-6);

    /// <summary>Measures the network between the ranks: the same call on all of them.</summary>
    /// <param name="collective">The ranks, at least 2.</param>
    /// <param name="bytes">As many as the messages of a training have, in one direction.</param>
    public static ScaleLink Measure(ICollective collective, long bytes)
    {
        ArgumentNullException.ThrowIfNull(collective);
        const int Tries = 20;
        var ranks = collective.Ranks;
        var part = new byte[Math.Clamp(bytes / ranks, 64, 1 << 28)];
        var whole = new byte[part.Length * ranks];
        var other = new byte[part.Length * ranks];
        var (small, large) = (new double[Tries * 10], new double[Tries]);
        for (var i = 0; i < small.Length; i++)
            small[i] = Seconds(() => collective.AllGather(part.AsSpan(0, 8), whole.AsSpan(0, 8 * ranks)));
        for (var i = 0; i < large.Length; i++)
            large[i] = Seconds(() =>
            {
                collective.AllToAll(whole, other);
                collective.AllGather(part, whole);
            });
        Array.Sort(small);
        Array.Sort(large);
        var latency = small[small.Length / 2] / Hops(ranks);
        var moved = 2.0 * (ranks - 1) * part.Length;
        return new("as measured", moved / Math.Max(1e-9, large[Tries / 2] - (2 * latency * Hops(ranks))), latency);
    }

    internal static int Hops(int ranks) => BitOperations.Log2((uint)ranks - 1) + 1;

    private static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

/// <summary>A step of a training on several machines, as it is expected.</summary>
/// <param name="Ranks">Machines.</param>
/// <param name="Shards">Shards of 16 images that the busiest of them has.</param>
/// <param name="ComputeSeconds">What computing takes there.</param>
/// <param name="TransferSeconds">What the bytes of the gradients take.</param>
/// <param name="LatencySeconds">What the messages take, however short they are.</param>
/// <param name="Efficiency">The time of one machine divided by this time and by the machines: 1 where twice the machines take half the
/// time.</param>
public readonly record struct ScalePoint(
    int Ranks, int Shards, double ComputeSeconds, double TransferSeconds, double LatencySeconds, double Efficiency)
{
    /// <summary>The whole step.</summary>
    public double Seconds => ComputeSeconds + TransferSeconds + LatencySeconds;
}

/// <summary>
/// What several machines would bring, before anybody has them: this machine measures what computing takes with fewer and fewer shards, and
/// what goes over the network is known.
/// <code>
/// step(R) = compute(shards / R) + (roots + 1) (R - 1) / R x bytes / rate + (3 + roots + 2 x norms) x latency x log2 R
/// </code>
/// Roots are the messages in which a rank sends the sums of its shards: 1 where shards and machines are powers of two.
/// </summary>
public sealed class ScaleForecast
{
    private readonly SortedDictionary<int, double> compute;

    /// <param name="batch">Images of a batch.</param>
    /// <param name="gradientBytes">Bytes of its gradients.</param>
    /// <param name="norms">Batch normalisations.</param>
    /// <param name="compute">By shards: the seconds of a step on one machine, where that was measured.</param>
    internal ScaleForecast(int batch, long gradientBytes, int norms, IDictionary<int, double> compute) =>
        (Batch, GradientBytes, Norms, this.compute) = (batch, gradientBytes, norms, new(compute));

    /// <summary>Images of a batch, over all machines.</summary>
    public int Batch { get; }

    /// <summary>Bytes of the gradients of one batch.</summary>
    public long GradientBytes { get; }

    /// <summary>Batch normalisations: each meets twice in a step.</summary>
    public int Norms { get; }

    /// <summary>How many times longer than the fastest step the usual one took; far above 1 where other work ran beside it.</summary>
    public double Unrest { get; private init; } = 1;

    /// <summary>Measures this machine.</summary>
    /// <param name="network">What is trained.</param>
    /// <param name="options">Batch size, optimiser and threads.</param>
    /// <param name="ranks">The numbers of machines that are asked for, 1 among them.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <exception cref="UsageException">A number is out of range.</exception>
    public static ScaleForecast Measure(
        Network network, TrainingOptions options, IReadOnlyList<int> ranks, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(ranks);
        if (options.BatchSize is < 1 or > 1_000_000)
            throw new UsageException($"A batch has between 1 and 1,000,000 images: received {options.BatchSize:N0}.");
        var measured = ranks.Select(count => ShardsOf(options.BatchSize, count)).Distinct().ToDictionary(
            shards => shards, shards => PlanProbe.StepSeconds(
                network, Math.Min(options.BatchSize, shards * LaneLayout.Lanes), options with { Collective = null }, cancellation));
        return new ScaleForecast(
            options.BatchSize, network.TrainableCount * sizeof(float), network.Layers.Count(layer => layer.Op is BatchNorm),
            measured.ToDictionary(point => point.Key, point => point.Value.Fastest))
        {
            Unrest = measured.Values.Max(point => point.Median / point.Fastest),
        };
    }

    /// <summary>A step on several machines.</summary>
    /// <param name="ranks">How many.</param>
    /// <param name="link">What connects them.</param>
    public ScalePoint At(int ranks, ScaleLink link) => At(Batch, ranks, link);

    /// <summary>
    /// Seconds of a step on the ranks that there are, as it is: the one in the middle of some, loading and augmenting images left out. The
    /// same call on all of them.
    /// </summary>
    /// <param name="network">What is trained.</param>
    /// <param name="options">Batch size, optimiser, threads and ranks (<see cref="TrainingOptions.Collective"/>).</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public static double StepSeconds(Network network, TrainingOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        return PlanProbe.StepSeconds(network, options.BatchSize, options, cancellation).Median;
    }

    /// <summary>The smallest batch with which machines reach an efficiency; null where none of up to 64 times the batch does.</summary>
    /// <param name="efficiency">Such as 0.8.</param>
    /// <param name="ranks">How many machines.</param>
    /// <param name="link">What connects them.</param>
    public int? BatchFor(double efficiency, int ranks, ScaleLink link)
    {
        for (var batch = Batch; batch <= 64 * Batch; batch *= 2)
            if (At(batch, ranks, link).Efficiency >= efficiency)
                return batch;
        return null;
    }

    private static int ShardsOf(int batch, int ranks) => (LaneLayout.Shards(batch) + ranks - 1) / ranks;

    private ScalePoint At(int batch, int ranks, ScaleLink link)
    {
        var alone = Compute(ShardsOf(batch, 1));
        var (shards, computing) = (ShardsOf(batch, ranks), Compute(ShardsOf(batch, ranks)));
        if (ranks == 1) return new(1, shards, computing, 0, 0, 1);
        var roots = ShardTree.Roots(LaneLayout.Shards(batch), ranks);
        var transfer = (roots + 1.0) * (ranks - 1) / ranks * GradientBytes / link.BytesPerSecond;
        var latency = (3 + roots + (2 * Norms)) * link.LatencySeconds * ScaleLink.Hops(ranks);
        return new(ranks, shards, computing, transfer, latency, alone / (ranks * (computing + transfer + latency)));
    }

    // As measured, or on the line through the two nearest points: a step is a part of its own and a part for each shard.
    private double Compute(int shards)
    {
        if (compute.TryGetValue(shards, out var seconds)) return seconds;
        if (compute.Count == 1) return compute.Values.First() * shards / compute.Keys.First();
        var near = compute.OrderBy(point => Math.Abs(point.Key - shards)).Take(2).OrderBy(point => point.Key).ToList();
        var slope = (near[1].Value - near[0].Value) / (near[1].Key - near[0].Key);
        return Math.Max(1e-9, near[0].Value + (slope * (shards - near[0].Key)));
    }
}
