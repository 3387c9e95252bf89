using System.Diagnostics;
using System.Text.Json.Serialization;
using FeatureMap.Benchmarks.Networks;

namespace FeatureMap.Benchmarks.Pairing;

public enum Work
{
    Train,
    Evaluate,
}

/// <summary>How long and how often to measure.</summary>
public sealed record Schedule
{
    public int Rounds { get; init; } = 7;

    /// <summary>A turn lasts so long, and one step at least.</summary>
    public double SecondsPerTurn { get; init; } = 1;

    /// <summary>The warm-up of each contender; its first two steps at least.</summary>
    public double WarmUpSeconds => 2 * SecondsPerTurn;

    /// <summary>A round in which others used more than this share of the machine is dropped, for all contenders, and repeated.</summary>
    public double TolerableLoad { get; init; } = 0.05;

    /// <summary>As many rounds are repeated at most; after that disturbed ones count too, and the report shows the load.</summary>
    public int Repeats => Rounds;
}

/// <summary>Images per second of one runner, one figure a round.</summary>
public sealed record Measurement(
    string Contender, string Runner, IReadOnlyList<double> ImagesPerSecond, double FirstResult, double LastResult)
{
    [JsonIgnore]
    public double Median => Statistics.Median(ImagesPerSecond);

    /// <summary>Whether what it computed is a number to the end: its speed counts for nothing otherwise.</summary>
    [JsonIgnore]
    public bool IsSound => double.IsFinite(FirstResult) && double.IsFinite(LastResult);
}

/// <summary>What is compared: a network at a batch, a number of threads and a kind of work.</summary>
public sealed record MatchKey(string Network, Work Work, int Batch, int Threads);

/// <summary>All contenders in one match.</summary>
/// <param name="Key">What was compared.</param>
/// <param name="OperationsPerImage">Floating-point operations of the definition.</param>
/// <param name="Measurements">Every runner; those of the first contender come first.</param>
/// <param name="ForeignLoad">Share of the machine that others used.</param>
/// <param name="DiscardedRounds">Rounds that were repeated because others used more than is tolerable.</param>
public sealed record Match(
    MatchKey Key, double OperationsPerImage, IReadOnlyList<Measurement> Measurements, double ForeignLoad, int DiscardedRounds)
{
    /// <summary>The fastest way of the first contender.</summary>
    [JsonIgnore]
    public Measurement Ours => Measurements.Where(row => row.Contender == Measurements[0].Contender).MaxBy(row => row.Median)!;

    /// <summary>The fastest way of all others that computed numbers; null where there is none.</summary>
    [JsonIgnore]
    public Measurement? Theirs =>
        Measurements.Where(row => row.Contender != Measurements[0].Contender && row.IsSound).MaxBy(row => row.Median);

    /// <summary>Above 1 the first contender is faster: its median over the median of the best other way.</summary>
    [JsonIgnore]
    public double? Ratio => Theirs is { } theirs ? Ours.Median / theirs.Median : null;

    /// <summary>The ratio round by round: both sides of each were measured within seconds.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> Ratios =>
        Theirs is { } theirs ? [.. Ours.ImagesPerSecond.Zip(theirs.ImagesPerSecond, (mine, other) => mine / other)] : [];
}

/// <summary>
/// Times contenders in alternation: A, B, A, B, ... so that a slow spell of the machine hits both. The order turns round after round.
/// </summary>
public sealed class PairedRunner(Schedule schedule)
{
    // OpenMP and our own team spin for a while after work; the next contender must not pay for it.
    private static readonly TimeSpan settle = TimeSpan.FromMilliseconds(30);

    public Match Run(IReadOnlyList<IContender> contenders, NetworkSpecification network, MatchKey key)
    {
        var entries = new List<Entry>();
        try
        {
            foreach (var contender in contenders)
                entries.AddRange(contender.Prepare(network, key.Batch, key.Threads).Select(runner => new Entry(contender.Name, runner)));
            foreach (var entry in entries)
                WarmUp(entry, key.Work);
            var loads = new List<double>();
            var discarded = 0;
            for (var round = 0; loads.Count < schedule.Rounds && entries.Count > 0; round++)
            {
                var load = new ForeignLoad();
                var figures = Round(entries, round, key);
                var share = load.Share() ?? 0;
                if (share > schedule.TolerableLoad && discarded < schedule.Repeats)
                {
                    discarded++;
                    continue;
                }
                loads.Add(share);
                for (var index = 0; index < entries.Count; index++)
                    entries[index].Figures.Add(figures[index]);
            }
            var operations = key.Work == Work.Train ? network.TrainingOperations : 2 * network.ForwardMultiplyAdds;
            Measurement[] measurements = [.. entries.Select(entry => new Measurement(
                entry.Contender, entry.Runner.Name, entry.Figures, entry.FirstResult, entry.LastResult))];
            return new(key, operations, measurements, loads.DefaultIfEmpty(0).Average(), discarded);
        }
        finally
        {
            foreach (var entry in entries)
                entry.Runner.Dispose();
        }
    }

    // One turn for each, in an order that rotates.
    private static double[] Round(List<Entry> entries, int round, MatchKey key)
    {
        var figures = new double[entries.Count];
        for (var place = 0; place < entries.Count; place++)
        {
            var index = (place + round) % entries.Count;
            figures[index] = Turn(entries[index], key);
        }
        return figures;
    }

    // The first step compiles and touches memory for the first time; the second is the shortest warm-up that says how long a step takes.
    private void WarmUp(Entry entry, Work work)
    {
        entry.Runner.BeginTurn();
        entry.FirstResult = Once(entry.Runner, work);
        var startedAt = Stopwatch.GetTimestamp();
        var steps = 0;
        while (steps < 1 || Stopwatch.GetElapsedTime(startedAt).TotalSeconds < schedule.WarmUpSeconds)
        {
            Once(entry.Runner, work);
            steps++;
        }
        var secondsPerStep = Stopwatch.GetElapsedTime(startedAt).TotalSeconds / steps;
        entry.StepsPerTurn = Math.Max(1, (int)Math.Ceiling(schedule.SecondsPerTurn / secondsPerStep));
    }

    private static double Turn(Entry entry, MatchKey key)
    {
        Thread.Sleep(settle);
        entry.Runner.BeginTurn();
        // A step outside of the timing fills the caches again. Where a turn is a step or two, it lasts long enough to do without.
        if (entry.StepsPerTurn > 2) Once(entry.Runner, key.Work);
        var startedAt = Stopwatch.GetTimestamp();
        for (var step = 0; step < entry.StepsPerTurn; step++)
            entry.LastResult = Once(entry.Runner, key.Work);
        return (double)key.Batch * entry.StepsPerTurn / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    private static double Once(ITrainingRunner runner, Work work) => work == Work.Train ? runner.TrainingStep() : runner.Evaluate();

    private sealed class Entry(string contender, ITrainingRunner runner)
    {
        public string Contender { get; } = contender;

        public ITrainingRunner Runner { get; } = runner;

        public List<double> Figures { get; } = [];

        public int StepsPerTurn { get; set; }

        public double FirstResult { get; set; }

        public double LastResult { get; set; }
    }
}
