using System.CommandLine;
using System.Diagnostics;
using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Benchmarks.Layouts;

/// <summary>
/// Judges batches in shards of 16 images and image by image, in turns: what the rule of <see cref="SinglesPlan"/> was measured with, and is
/// measured with again on another machine.
/// </summary>
internal static class LayoutsCommand
{
    private static readonly string[] table =
    [
        "u-net-256", "mobilenet-v1", "densenet-bc-100", "depthwise", "resnet-18", "resnet-50", "squeezenet-1.1", "cifar10",
        "passthrough-best",
    ];

    public static Command Create()
    {
        var networks = new Option<string[]>("--network")
        {
            Description = "Networks by name; see the command 'networks'.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [.. table],
        };
        var batches = new Option<int[]>("--batch")
        {
            Description = "Images of a batch.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [4, LaneLayout.Lanes],
        };
        var threads = new Option<int>("--threads") { Description = "Threads.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var rounds = new Option<int>("--rounds") { Description = "Turns of each way, in alternation.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Length of one turn; a turn is one batch at least.",
            DefaultValueFactory = _ => 0.5,
        };
        var lanes = new Option<LaneWidth>("--lanes")
        {
            Description = "Width of the registers.",
            DefaultValueFactory = _ => LaneWidth.Automatic,
        };
        var command = new Command("layouts", "Judge batches in shards of 16 images and image by image, in turns.")
        {
            networks, batches, threads, rounds, seconds, lanes,
        };
        command.SetAction(parsed =>
        {
            var width = parsed.GetValue(lanes);
            Console.WriteLine($"{Machine.Current}; registers: {LaneWidths.Resolve(width)}; {parsed.GetValue(threads)} threads; medians");
            Console.WriteLine();
            Console.WriteLine(
                "| images/s | batch | shards of 16 | image by image | ratio | in the rounds | of processor time | the rule takes "
                + "| weights, numbers | maps | share of products by Winograd |");
            Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|");
            foreach (var specification in parsed.GetValue(networks)!.Select(BenchmarkNetworks.Find))
                foreach (var batch in parsed.GetValue(batches)!)
                    Measure(specification, batch, parsed.GetValue(threads), width, parsed.GetValue(rounds), parsed.GetValue(seconds));
        });
        return command;
    }

    private static void Measure(
        NetworkSpecification specification, int batch, int threads, LaneWidth width, int rounds, double seconds)
    {
        var network = specification.Network;
        using var team = new ThreadTeam(threads);
        var request = new EngineRequest
        {
            Weights = Weights.Initialize(network, 1),
            Batch = batch,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Feed = FeedOf(network, batch),
        };
        using var shards = new Plan(request, team, width);
        using var singles = SinglesPlan.Make(request, team, width);
        using var chosen = SinglesPlan.Of(request, team, width);
        IExecutable[] ways = [shards, singles];
        var speeds = new[] { new List<double>(), new List<double>() };
        var (ratios, shares) = (new List<double>(), new List<double>());
        foreach (var way in ways)
        {
            way.Prepare();
            way.Forward(batch);
        }
        for (var round = 0; round < rounds; round++)
        {
            var used = new double[ways.Length];
            for (var turn = 0; turn < ways.Length; turn++)
            {
                var number = (turn + round) % ways.Length;
                (var speed, used[number]) = Turn(ways[number], batch, seconds);
                speeds[number].Add(speed);
            }
            ratios.Add(speeds[1][^1] / speeds[0][^1]);
            shares.Add(used[0] / used[1]);
        }
        var (weights, maps, winograd) = SinglesPlan.Sizes(request);
        Console.WriteLine(
            $"| {specification.Name} | {batch} | {Statistics.Median(speeds[0]):F1} | {Statistics.Median(speeds[1]):F1} "
            + $"| {Statistics.Median(ratios):F2} | {ratios.Min():F2} - {ratios.Max():F2} | {Statistics.Median(shares):F2} "
            + $"| {(chosen is null ? "shards" : "images")} | {weights:N0} | {maps:N0} | {winograd:P0} |");
    }

    private static ArrayFeed FeedOf(Network network, int batch)
    {
        var (feed, images) = (new ArrayFeed(network, batch), new FixedBatch(network, batch).NormalizedImages());
        images.CopyTo(feed.Of(0), 0);
        return feed;
    }

    // Images per second, and seconds of processor time per image: those of other programs are not in it.
    private static (double Speed, double Used) Turn(IExecutable way, int batch, double seconds)
    {
        var (start, used, images) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, 0);
        do
        {
            way.Forward(batch);
            images += batch;
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
        return (images / Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds / images);
    }
}
