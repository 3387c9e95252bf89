using System.CommandLine;
using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;

namespace FeatureMap.Benchmarks.OneImage;

/// <summary>The command line of the comparison of one image with ONNX Runtime.</summary>
internal static class OneImageCommand
{
    private static readonly string[] table = ["resnet-18", "mobilenet-v1", "squeezenet-1.1", "digits-36k", "u-net-256"];

    public static Command Create()
    {
        var networks = new Option<string[]>("--network")
        {
            Description = "Networks by name; see the command 'networks'.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [.. table],
        };
        var threads = new Option<int[]>("--threads")
        {
            Description = "Numbers of threads.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1, 2],
        };
        var rounds = new Option<int>("--rounds") { Description = "Turns of each side, in alternation.", DefaultValueFactory = _ => 7 };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Length of one turn; a turn is one image at least.",
            DefaultValueFactory = _ => 0.5,
        };
        var command = new Command("one-image", "One image in ModelSession against ONNX Runtime, in alternation.")
        {
            networks, threads, rounds, seconds,
        };
        command.SetAction(parsed =>
        {
            Console.WriteLine(
                $"{Machine.Current}; FeatureMap {new EngineContender().Version}; ONNX Runtime {OneImageMatch.RuntimeVersion}; "
                + $"{parsed.GetValue(rounds)} rounds of {parsed.GetValue(seconds)} s");
            Console.WriteLine($"command: {string.Join(' ', Environment.GetCommandLineArgs().Skip(1))}");
            Console.WriteLine();
            Console.WriteLine(
                "| one image, ms | threads | FeatureMap, min | median | ONNX Runtime, min | median | ours / theirs, min | median "
                + "| others' load | outputs agree to |");
            Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
            foreach (var network in parsed.GetValue(networks)!.Select(BenchmarkNetworks.Find))
            {
                foreach (var count in parsed.GetValue(threads)!)
                {
                    using var match = new OneImageMatch(network, count);
                    match.WarmUp(2 * parsed.GetValue(seconds));
                    var load = new ForeignLoad();
                    for (var round = 0; round < parsed.GetValue(rounds); round++)
                        match.Round(round, parsed.GetValue(seconds));
                    var (ours, theirs) = (match.Ours, match.Theirs);
                    Console.WriteLine(
                        $"| {network.Name} | {count} | {ours.Min():F3} | {Statistics.Median(ours):F3} | {theirs.Min():F3} "
                        + $"| {Statistics.Median(theirs):F3} | {ours.Min() / theirs.Min():F2} "
                        + $"| {Statistics.Median(ours) / Statistics.Median(theirs):F2} | {load.Share() ?? 0:P0} | {match.Difference:E1} |");
                }
            }
        });
        return command;
    }
}
