using System.Diagnostics;
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

    public double SecondsPerTurn { get; init; } = 1;

    public double WarmUpSeconds { get; init; } = 2;

    /// <summary>A round in which others used more than this share of the machine is dropped, for all contenders, and repeated.</summary>
    public double TolerableLoad { get; init; } = 0.05;

    /// <summary>So many rounds are repeated at most; after that disturbed ones count too, and the report shows the load.</summary>
    public int Repeats { get; init; } = 14;
}

/// <summary>Images per second of one runner, one figure a round.</summary>
public sealed record Measurement(
    string Contender, string Runner, string Network, Work Work, int Batch, int Threads, IReadOnlyList<double> ImagesPerSecond,
    double FirstResult, double LastResult)
{
    public double Median => Statistics.Median(ImagesPerSecond);

    public double Best => ImagesPerSecond.Max();

    public double Spread => Statistics.Spread(ImagesPerSecond);
}

/// <summary>All contenders on one network, batch, thread count and kind of work.</summary>
public sealed record Match(
    NetworkSpecification Network, Work Work, int Batch, int Threads, IReadOnlyList<Measurement> Measurements,
    double? ForeignLoad, int DiscardedRounds)
{
    /// <summary>The fastest way of one contender.</summary>
    public Measurement? Best(string contender) =>
        Measurements.Where(measurement => measurement.Contender == contender).MaxBy(measurement => measurement.Median);
}

/// <summary>
/// Times contenders in alternation: A, B, A, B, ... so that a slow spell of the machine hits both. The order turns round after round.
/// </summary>
public sealed class PairedRunner(Schedule schedule)
{
    // OpenMP and our own team spin for a while after work; the next contender must not pay for it.
    private static readonly TimeSpan settle = TimeSpan.FromMilliseconds(30);

    public Match Run(IReadOnlyList<IContender> contenders, NetworkSpecification network, Work work, int batch, int threads)
    {
        var entries = new List<Entry>();
        try
        {
            foreach (IContender contender in contenders)
                entries.AddRange(contender.Prepare(network, batch, threads).Select(runner => new Entry(contender.Name, runner)));
            foreach (Entry entry in entries)
                WarmUp(entry, work);
            var loads = new List<double>();
            int discarded = 0;
            for (int round = 0; loads.Count < schedule.Rounds && entries.Count > 0; round++)
            {
                var load = new ForeignLoad();
                double[] figures = Round(entries, round, work, batch);
                double share = load.Share() ?? 0;
                if (share > schedule.TolerableLoad && discarded < schedule.Repeats)
                {
                    discarded++;
                    continue;
                }
                loads.Add(share);
                for (int index = 0; index < entries.Count; index++)
                    entries[index].Figures.Add(figures[index]);
            }
            Measurement[] measurements = [.. entries.Select(entry => new Measurement(
                entry.Contender, entry.Runner.Name, network.Name, work, batch, threads, entry.Figures, entry.FirstResult,
                entry.LastResult))];
            return new(network, work, batch, threads, measurements, loads.Count > 0 ? loads.Average() : null, discarded);
        }
        finally
        {
            foreach (Entry entry in entries)
                entry.Runner.Dispose();
        }
    }

    // One turn for each, in an order that rotates.
    private static double[] Round(List<Entry> entries, int round, Work work, int batch)
    {
        var figures = new double[entries.Count];
        for (int place = 0; place < entries.Count; place++)
        {
            int index = (place + round) % entries.Count;
            figures[index] = Turn(entries[index], work, batch);
        }
        return figures;
    }

    private void WarmUp(Entry entry, Work work)
    {
        entry.Runner.BeginTurn();
        entry.FirstResult = Once(entry.Runner, work);
        long startedAt = Stopwatch.GetTimestamp();
        int steps = 0;
        while (steps < 3 || Stopwatch.GetElapsedTime(startedAt).TotalSeconds < schedule.WarmUpSeconds)
        {
            Once(entry.Runner, work);
            steps++;
        }
        double secondsPerStep = Stopwatch.GetElapsedTime(startedAt).TotalSeconds / steps;
        entry.StepsPerTurn = Math.Max(3, (int)Math.Ceiling(schedule.SecondsPerTurn / secondsPerStep));
    }

    private static double Turn(Entry entry, Work work, int batch)
    {
        Thread.Sleep(settle);
        entry.Runner.BeginTurn();
        Once(entry.Runner, work);
        long startedAt = Stopwatch.GetTimestamp();
        for (int step = 0; step < entry.StepsPerTurn; step++)
            entry.LastResult = Once(entry.Runner, work);
        return (double)batch * entry.StepsPerTurn / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
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
