using System.CommandLine;
using FeatureMap.Benchmarks.Networks;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>The command line of a paired run, shared by this program (ours alone) and by the one that adds libtorch.</summary>
public static class PairedCommand
{
    public static Command Create(string name, string description, Func<IReadOnlyList<IContender>> contenders)
    {
        var networks = new Option<string[]>("--network")
        {
            Description = "Networks by name; see the command 'networks'.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["A", "B", "C", "D"],
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
            DefaultValueFactory = _ => [.. new[] { 1, Environment.ProcessorCount }.Distinct()],
        };
        var batch = new Option<int>("--batch") { Description = "Images per step.", DefaultValueFactory = _ => 128 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; the median counts.", DefaultValueFactory = _ => 7 };
        var seconds = new Option<double>("--seconds") { Description = "Length of one turn.", DefaultValueFactory = _ => 1 };
        var json = new Option<FileInfo?>("--json") { Description = "Also write every figure to this file." };
        networks.AcceptOnlyFromAmong([.. BenchmarkNetworks.All.Select(network => network.Name)]);
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--rounds must be at least 1; use 5 or more for figures that are passed on.");
        });
        var command = new Command(name, description) { networks, works, threads, batch, rounds, seconds, json };
        command.SetAction(parsed =>
        {
            IReadOnlyList<IContender> sides = contenders();
            var schedule = new Schedule { Rounds = parsed.GetValue(rounds), SecondsPerTurn = parsed.GetValue(seconds) };
            var runner = new PairedRunner(schedule);
            var matches = new List<Match>();
            PairedReport.PrintHead(Console.Out, sides);
            foreach (string network in parsed.GetValue(networks)!)
            {
                foreach (Work work in parsed.GetValue(works)!)
                {
                    foreach (int count in parsed.GetValue(threads)!)
                    {
                        Match match = runner.Run(sides, BenchmarkNetworks.Find(network), work, parsed.GetValue(batch), count);
                        PairedReport.PrintRows(Console.Out, match, sides);
                        matches.Add(match);
                    }
                }
            }
            if (parsed.GetValue(json) is { } file)
                new PairedReport(sides, matches).WriteJson(file.FullName);
        });
        return command;
    }
}
