using System.Text.Json;
using System.Text.Json.Serialization;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>The table and the file of a paired run. The ratio is the first contender's best way over the best of all others.</summary>
public sealed class PairedReport(IReadOnlyList<IContender> contenders, IReadOnlyList<Match> matches)
{
    private static readonly JsonSerializerOptions options = new()
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };

    private static string CommandLine => string.Join(' ', Environment.GetCommandLineArgs().Select(
        (argument, index) => index == 0 ? Path.GetFileName(argument) : argument));

    public static void PrintHead(TextWriter output, IReadOnlyList<IContender> contenders)
    {
        output.WriteLine(Machine.Current);
        foreach (IContender contender in contenders)
            output.WriteLine($"{contender.Name} {contender.Version}");
        output.WriteLine($"command: {CommandLine}");
        output.WriteLine();
        output.WriteLine(
            "| network | work | batch | threads | runner | images/s, median | best | spread | GFLOP/s | others' load | repeated | ratio |");
        output.WriteLine("|---|---|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|");
    }

    public static void PrintRows(TextWriter output, Match match, IReadOnlyList<IContender> contenders)
    {
        string ours = contenders[0].Name;
        double operations = match.Work == Work.Train ? match.Network.TrainingOperations : 2 * match.Network.ForwardMultiplyAdds;
        string ratio = Ratio(match, ours) is { } value ? value.ToString("F2") : "";
        foreach (Measurement row in match.Measurements)
        {
            output.WriteLine($"| {row.Network} | {row.Work.ToString().ToLowerInvariant()} | {row.Batch} | {row.Threads} "
                + $"| {row.Contender}, {row.Runner} | {row.Median:F0} | {row.Best:F0} | {row.Spread:P0} "
                + $"| {row.Median * operations / 1e9:F1} | {match.ForeignLoad:P0} | {match.DiscardedRounds} "
                + $"| {(row == match.Best(ours) ? ratio : "")} |");
        }
        foreach (IContender absent in contenders.Where(contender => match.Best(contender.Name) is null))
        {
            output.WriteLine($"| {match.Network.Name} | {match.Work.ToString().ToLowerInvariant()} | {match.Batch} | {match.Threads} "
                + $"| {absent.Name}: cannot run it | | | | | | | |");
        }
    }

    /// <summary>Above 1: ours is faster than the best other. Null unless both sides ran.</summary>
    public static double? Ratio(Match match, string ours)
    {
        double? mine = match.Best(ours)?.Median;
        double other = match.Measurements.Where(row => row.Contender != ours).Select(row => row.Median).DefaultIfEmpty(0).Max();
        return other > 0 ? mine / other : null;
    }

    public void WriteJson(string path) => File.WriteAllText(path, JsonSerializer.Serialize(
        new
        {
            Machine = Machine.Current,
            Command = CommandLine,
            Measured = DateTimeOffset.UtcNow,
            Contenders = contenders.Select(contender => new { contender.Name, contender.Version }),
            Matches = matches.Select(match => new
            {
                Network = match.Network.Name,
                match.Network.Description,
                match.Network.Parameters,
                match.Network.ForwardMultiplyAdds,
                match.Network.TrainingOperations,
                match.ForeignLoad,
                match.DiscardedRounds,
                Ratio = Ratio(match, contenders[0].Name),
                match.Measurements,
            }),
        },
        options));
}
