using System.CommandLine;
using FeatureMap.Benchmarks.Networks;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>The command line of a paired run, shared by this program (ours alone) and by the one that adds libtorch.</summary>
public static class PairedCommand
{
    /// <param name="name">Word on the command line.</param>
    /// <param name="description">What it does.</param>
    /// <param name="contenders">Makes the sides; ours first.</param>
    /// <param name="check">Says, before a network is timed, how near the answers of the sides are; throws where they are not.</param>
    public static Command Create(
        string name, string description, Func<IReadOnlyList<IContender>> contenders, Func<NetworkSpecification, string>? check = null)
    {
        var networks = new Option<string[]>("--network")
        {
            Description = "Networks by name; see the command 'networks'. Any architecture and recipe can be named too.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [.. BenchmarkNetworks.Table],
        };
        var works = new Option<Work[]>("--work")
        {
            Description = "train, evaluate or both.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [Work.Train, Work.Evaluate],
        };
        var threads = new Option<int[]>("--threads")
        {
            Description = "Numbers of threads.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [2],
        };
        var batches = new Option<int[]>("--batch")
        {
            Description = "Images per step; by default the batches that people use with the network.",
            AllowMultipleArgumentsPerToken = true,
        };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; the median counts.", DefaultValueFactory = _ => 7 };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Length of one turn; a turn is one step at least. A network takes about (2 + rounds) x seconds for each side.",
            DefaultValueFactory = _ => 1,
        };
        var results = new Option<FileInfo?>("--results")
        {
            Description = "Keep each match in this file when it is done, and do not measure again what stands there (same machine, "
                + "versions, build and schedule).",
        };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--rounds must be at least 1; use 5 or more for figures that are passed on.");
        });
        var command = new Command(name, description) { networks, works, threads, batches, rounds, seconds, results };
        command.SetAction(parsed =>
        {
            var specifications = parsed.GetValue(networks)!.Select(BenchmarkNetworks.Find).ToList();
            var sides = contenders();
            var schedule = new Schedule { Rounds = parsed.GetValue(rounds), SecondsPerTurn = parsed.GetValue(seconds) };
            var conditions = PairedReport.Conditions(sides, schedule);
            var file = parsed.GetValue(results) is { } chosen ? new ResultFile(chosen.FullName, conditions) : null;
            var report = new PairedReport(Console.Out);
            report.PrintHead(conditions);
            if (file is { Others: > 0 })
                Console.Error.WriteLine($"{file.Others} results were measured under other conditions: they are measured again.");
            foreach (var network in specifications)
            {
                var sizes = parsed.GetValue(batches) is { Length: > 0 } asked ? asked : network.Batches;
                List<MatchKey> keys = [.. sizes.SelectMany(size => parsed.GetValue(works)!.SelectMany(work =>
                    parsed.GetValue(threads)!.Select(count => new MatchKey(network.Name, work, size, count))))];
                if (check is not null && keys.Exists(key => file?.Find(key) is null))
                    Console.Error.WriteLine($"{network.Name}: {check(network)}");
                foreach (var key in keys)
                {
                    if (file?.Find(key) is not { } match)
                    {
                        match = new PairedRunner(schedule).Run(sides, network, key);
                        file?.Add(match);
                    }
                    report.Print(match);
                }
            }
            report.PrintMeans();
        });
        return command;
    }
}
