using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>scale</c>: what several machines would bring, before anybody has them.</summary>
internal sealed class ScaleCommand : ToolCommand
{
    private const double Wanted = 0.8;
    private static readonly int[] Machines = [1, 2, 4, 8];

    private readonly Argument<string?> source = new("source")
    {
        Description = $"A recipe, an architecture, a network.json, a model.safetensors, an ONNX file or a run folder; "
            + $"'{Recipes.DefaultName}' where it is left out",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> batch = new("--batch")
    {
        Description = "Images of a batch, over all machines; that of the recipe, or 128, where it is left out",
        HelpName = "N",
    };
    private readonly Option<bool> measure = new("--measure")
    {
        Description = "With mpirun: measure the network between the machines too",
    };
    private readonly Option<string?> threads = ThreadsOption(), lanes = LanesOption();
    private readonly Option<string?> patience = RankProgram.PatienceOption();

    public ScaleCommand(Terminal terminal)
        : base(terminal, "scale", "Predict what several machines bring to a training: the time of a step, and what limits it",
            "featuremap scale mnist-20k", "featuremap scale resnet-18 --batch 256", "mpirun -n 2 featuremap scale cifar10 --measure")
    {
        Arguments.Add(source);
        foreach (var option in (Option[])[batch, measure, threads, lanes, patience])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var name = parse.GetValue(source) ?? Recipes.DefaultName;
        var size = Whole(parse, batch);
        _ = Whole(parse, patience);
        var ranks = Terminal.Ranks;
        if (parse.GetValue(measure) && ranks is null)
            throw new UsageException("--measure looks at the network between machines: start it with mpirun on them, such as mpirun -n 2 "
                + "--host a,b featuremap scale --measure.");
        if (!parse.GetValue(measure) && ranks is not null)
            throw new UsageException("With mpirun, scale measures the network: give --measure, or start it without mpirun.");
        var (title, network) = RunInput.Network(name);
        var options = RunInput.Settings(name)?.Training ?? new TrainingOptions();
        options = options with
        {
            BatchSize = (int)(size ?? options.BatchSize),
            Threads = (int)(Whole(parse, threads) ?? options.Threads),
            LaneWidth = LaneOption.Parse(parse.GetValue(lanes), Terminal),
        };
        ranks?.Agree(null);
        List<ScaleLink> links = [ScaleLink.Ethernet(1), ScaleLink.Ethernet(10), ScaleLink.Ethernet(25)];
        ScaleMeasured? together = null;
        if (ranks?.Collective is { } collective)
        {
            links.Add(ScaleLink.Measure(collective, network.TrainableCount * sizeof(float)));
            var seconds = ScaleForecast.StepSeconds(network, options with { Collective = collective }, Terminal.Cancellation);
            together = new ScaleMeasured(collective.Ranks, seconds, links[^1]);
        }
        if (Terminal.RankNotice is { } notice) Terminal.Notice(notice);
        int[] machines = ranks is null ? Machines : [.. Machines.Append(ranks.Collective.Ranks).Distinct().Order()];
        ScaleForecast? made = null;
        void Measure() => made = ScaleForecast.Measure(network, options, machines, Terminal.Cancellation);
        if (ranks is null) Measure();
        else ranks.Collective.OnFirst(Measure); // the others keep quiet meanwhile
        if (made is not { } forecast) return 0;
        var count = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        if (forecast.Unrest > 1.5)
            Terminal.Notice($"Other work ran on this machine: the usual step took {forecast.Unrest:0.0} times as long as the fastest, "
                + "which is what stands here. Measure again when it is quiet.");
        if (Terminal.IsJson) Terminal.Write(Document(title, forecast, count, machines, links, together));
        else Write(title, network, forecast, count, machines, links, together);
        return 0;
    }

    private void Write(
        string title, Network network, ScaleForecast forecast, int count, IReadOnlyList<int> machines, IReadOnlyList<ScaleLink> links,
        ScaleMeasured? together)
    {
        var output = Terminal.Output;
        output.WriteLine($"{title}: batches of {forecast.Batch:N0} images, {count} thread{(count == 1 ? "" : "s")} a machine like this "
            + $"one; {network.TrainableCount:N0} trained numbers ({forecast.GradientBytes / 1e6:0.00} MB), {forecast.Norms} batch norms");
        output.WriteLine($"A step here: {Milliseconds(forecast.At(1, links[0]).Seconds)} ms, without loading and augmenting images");
        output.WriteLine();
        var table = new TextTable(["machines", "shards", "computing", .. links.SelectMany(link => (string[])[link.Name, ""])])
            .AlignRight([.. Enumerable.Range(0, 3 + (2 * links.Count))]);
        foreach (var ranks in machines)
        {
            var cells = new List<string> { $"{ranks}" };
            foreach (var (place, link) in links.Index())
            {
                var point = forecast.At(ranks, link);
                if (place == 0) cells.AddRange([$"{point.Shards}", $"{Milliseconds(point.ComputeSeconds)} ms"]);
                cells.AddRange([$"{Milliseconds(point.Seconds)} ms", $"{100 * point.Efficiency:0} %"]);
            }
            table.Add([.. cells]);
        }
        table.Write(output);
        output.WriteLine();
        if (together is { } real)
        {
            output.WriteLine($"Measured on these {real.Machines} machines: {Milliseconds(real.Seconds)} ms a step, efficiency "
                + $"{100 * real.Efficiency(forecast):0} %; {real.Ratio(forecast):0.00} times what the line as measured predicts");
            output.WriteLine();
        }
        var limits = links.SelectMany(link => machines.Where(ranks => ranks > 1).Select(ranks => Limit(forecast, ranks, link, count)))
            .OfType<string>().ToList();
        foreach (var limit in limits)
            output.WriteLine(limit);
        if (limits.Count > 0) output.WriteLine();
        foreach (var link in links)
            output.WriteLine($"{link.Name}: {link.BytesPerSecond * 8 / 1e9:0.00} Gbit/s, {link.LatencySeconds * 1e6:0} us a message"
                + (link.Name.EndsWith("GbE", StringComparison.Ordinal) ? ", assumed" : ""));
    }

    /// <summary>What limits a step, and what would help; null where little is lost.</summary>
    internal static string? Limit(ScaleForecast forecast, int ranks, ScaleLink link, int threads)
    {
        var point = forecast.At(ranks, link);
        if (point.Efficiency >= Wanted) return null;
        var lost = point.ComputeSeconds - (forecast.At(1, link).ComputeSeconds / ranks);
        var limit = point.TransferSeconds >= Math.Max(point.LatencySeconds, lost) ? "the rate of the network"
            : point.LatencySeconds >= lost ? "the latency of the network"
            : point.Shards <= threads ? $"too few shards: {point.Shards} for {threads} thread{(threads == 1 ? "" : "s")}, so that fewer "
            + "images make a machine no faster"
            : "what every machine does for itself";
        return $"{link.Name}, {ranks} machines: limited by {limit}; {100 * Wanted:0} % "
            + (forecast.BatchFor(Wanted, ranks, link) is { } batch ? $"takes a batch of {batch:N0}"
            : $"is not reached with a batch of {64 * forecast.Batch:N0} either");
    }

    private static string Milliseconds(double seconds) =>
        (1000 * seconds).ToString(seconds < 0.1 ? "0.00" : "0", CultureInfo.InvariantCulture);

    private static JsonObject Document(
        string title, ScaleForecast forecast, int threads, IReadOnlyList<int> machines, IReadOnlyList<ScaleLink> links,
        ScaleMeasured? together) => new()
        {
            ["network"] = title,
            ["batch"] = forecast.Batch,
            ["threads"] = threads,
            ["gradientBytes"] = forecast.GradientBytes,
            ["batchNorms"] = forecast.Norms,
            ["measured"] = together is { } real ? new JsonObject
            {
                ["machines"] = real.Machines,
                ["seconds"] = real.Seconds,
                ["efficiency"] = real.Efficiency(forecast),
                ["timesPredicted"] = real.Ratio(forecast),
            } : null,
            ["links"] = new JsonArray([.. links.Select(link => new JsonObject
            {
                ["name"] = link.Name,
                ["bytesPerSecond"] = link.BytesPerSecond,
                ["latencySeconds"] = link.LatencySeconds,
                ["steps"] = new JsonArray([.. machines.Select(ranks => forecast.At(ranks, link) is var point ? new JsonObject
                {
                    ["machines"] = ranks,
                    ["shards"] = point.Shards,
                    ["seconds"] = point.Seconds,
                    ["computeSeconds"] = point.ComputeSeconds,
                    ["transferSeconds"] = point.TransferSeconds,
                    ["latencySeconds"] = point.LatencySeconds,
                    ["efficiency"] = point.Efficiency,
                    ["batchFor80"] = forecast.BatchFor(Wanted, ranks, link),
                } : null)]),
            })]),
        };
}

/// <summary>A step that was done on several machines, beside what was predicted for them.</summary>
/// <param name="Machines">How many.</param>
/// <param name="Seconds">Of the step.</param>
/// <param name="Link">The line between them, as measured.</param>
internal readonly record struct ScaleMeasured(int Machines, double Seconds, ScaleLink Link)
{
    /// <summary>The time of one machine divided by this time and by the machines.</summary>
    public double Efficiency(ScaleForecast forecast) => forecast.At(1, Link).Seconds / (Machines * Seconds);

    /// <summary>The time divided by the one that was predicted.</summary>
    public double Ratio(ScaleForecast forecast) => Seconds / forecast.At(Machines, Link).Seconds;
}
