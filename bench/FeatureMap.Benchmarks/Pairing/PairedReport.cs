namespace FeatureMap.Benchmarks.Pairing;

/// <summary>The table of a paired run: a row for each match, a column for each way of running.</summary>
public sealed class PairedReport(TextWriter output)
{
    private readonly List<Match> matches = [];

    /// <summary>Where and with what it was measured: without it no figure can be judged.</summary>
    public static string Conditions(IReadOnlyList<IContender> contenders, Schedule schedule) =>
        $"{Machine.Current}; {string.Join("; ", contenders.Select(contender => $"{contender.Name} {contender.Version}"))}; "
        + $"{schedule.Rounds} rounds of {schedule.SecondsPerTurn} s";

    public void PrintHead(string conditions)
    {
        output.WriteLine(conditions);
        output.WriteLine($"command: {string.Join(' ', Environment.GetCommandLineArgs().Skip(1))}");
        output.WriteLine();
    }

    /// <summary>Adds a row, with the names of the columns before the first.</summary>
    public void Print(Match match)
    {
        if (matches.Count == 0)
        {
            var runners = match.Measurements.Select(row => $"{row.Contender}, {row.Runner}").ToList();
            output.WriteLine(
                $"| images/s | batch | work | threads | {string.Join(" | ", runners)} | ratio | in the rounds | our GFLOP/s "
                + "| others' load |");
            output.WriteLine($"|---|---:|---|---:|{string.Concat(runners.Select(_ => "---:|"))}---:|---:|---:|---:|");
        }
        matches.Add(match);
        var (key, ratios) = (match.Key, match.Ratios);
        var load = $"{match.ForeignLoad:P0}{(match.DiscardedRounds > 0 ? $", {match.DiscardedRounds} repeated" : "")}";
        output.WriteLine(
            $"| {key.Network} | {key.Batch} | {key.Work.ToString().ToLowerInvariant()} | {key.Threads} "
            + $"| {string.Join(" | ", match.Measurements.Select(row => Speed(row.Median)))} | {match.Ratio:F2} "
            + $"| {(ratios.Count > 0 ? $"{ratios.Min():F2} - {ratios.Max():F2}" : "")} "
            + $"| {match.Ours.Median * match.OperationsPerImage / 1e9:F0} | {load} |");
        foreach (var row in match.Measurements.Where(row => !row.IsSound))
            output.WriteLine(
                $"{row.Contender}, {row.Runner}, computed no number in {key.Network} ({row.FirstResult} first, {row.LastResult} last): "
                + "its speed counts for nothing.");
        output.Flush();
    }

    /// <summary>The mean of the ratios, for each kind of work and number of threads.</summary>
    public void PrintMeans()
    {
        output.WriteLine();
        foreach (var group in matches.Where(match => match.Ratio is not null).GroupBy(match => (match.Key.Work, match.Key.Threads)))
        {
            var ratios = group.Select(match => match.Ratio!.Value).ToList();
            output.WriteLine(
                $"{group.Key.Work.ToString().ToLowerInvariant()}, {group.Key.Threads} threads: geometric mean of {ratios.Count} ratios "
                + $"{Statistics.GeometricMean(ratios):F2}, lowest {ratios.Min():F2}, highest {ratios.Max():F2}");
        }
        output.Flush();
    }

    private static string Speed(double imagesPerSecond) => imagesPerSecond >= 100 ? $"{imagesPerSecond:N0}" : $"{imagesPerSecond:F1}";
}
