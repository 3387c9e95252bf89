using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using FeatureMap.OnnxRuntime;

namespace FeatureMap.Cli;

/// <summary><c>verify fuzz</c>: random networks through export, ONNX Runtime and import.</summary>
internal sealed class FuzzCommand : ToolCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private const long Most = uint.MaxValue - 1L;
    private readonly Option<string?> graphs = new("--graphs") { Description = "How many networks; 1000 where it is left out", HelpName = "N" };
    private readonly Option<string?> seed = new("--seed") { Description = "Another seed, other networks; 0 where it is left out", HelpName = "S" };
    private readonly Option<string?> first = new("--first") { Description = "Number of the first network, to repeat one or to go on; 0 where it is left out", HelpName = "I" };
    private readonly Option<string?> output = new("--out") { Description = "Folder for the files of networks that fail", HelpName = "DIR" };

    public FuzzCommand(Terminal terminal)
        : base(
            terminal, "fuzz", "Export random networks of all ops, run them with ONNX Runtime, here, and here after reading the file "
                + "back, and compare",
            "featuremap verify fuzz --graphs 20000 --seed 0 --out failures",
            "featuremap verify fuzz --first 1234 --graphs 1 --out failures")
    {
        foreach (var option in (Option[])[graphs, seed, first, output])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var (count, number, start) = (Whole(parse, graphs, 1, Most) ?? 1_000, (ulong)(Whole(parse, seed, 0, Most) ?? 0), Whole(parse, first, 0, Most) ?? 0);
        var watch = Stopwatch.StartNew();
        var told = TimeSpan.Zero;
        var (failures, refusals) = (new List<FuzzResult>(), new List<FuzzResult>());
        var ops = new HashSet<string>();
        var (done, layers, share) = (0L, 0L, 0.0);
        foreach (var result in ExportFuzz.Run(number, start, count, parse.GetValue(output)))
        {
            done++;
            layers += result.Ops.Count;
            share = Math.Max(share, result.Outcome == FuzzOutcome.Agrees ? result.Share : 0);
            ops.UnionWith(result.Ops);
            if (result.Outcome != FuzzOutcome.Agrees)
            {
                (result.Outcome == FuzzOutcome.Refused ? refusals : failures).Add(result);
                Terminal.Prose.WriteLine($"{result.Outcome.ToString().ToUpperInvariant()} seed {number}, graph {result.Index}: "
                    + $"{result.Reason}");
                Terminal.Prose.WriteLine($"    {result.Graph}");
            }
            if (watch.Elapsed - told >= Interval || done == count)
            {
                told = watch.Elapsed;
                Terminal.Prose.WriteLine($"{done,9:N0} of {count:N0} graphs, {failures.Count:N0} differences, {refusals.Count:N0} refused "
                    + $"by the runtime, {done / told.TotalSeconds:0} graphs/s");
            }
            if (Terminal.Cancellation.IsCancellationRequested) break;
        }
        var missing = ExportFuzz.Ops.Except(ops).ToList();
        if (Terminal.IsJson) Terminal.Write(Document());
        else
        {
            Terminal.Output.WriteLine();
            var notMet = missing.Count is > 0 and <= 10 ? $" (not met: {string.Join(", ", missing)})" : "";
            Terminal.Output.WriteLine(
                $"Seed {number}, graphs {start:N0} to {start + done - 1:N0}: {layers:N0} layers of {ops.Count} of {ExportFuzz.Ops.Count} "
                    + $"ops{notMet}, {watch.Elapsed.TotalSeconds:N0} s.");
            Terminal.Output.WriteLine(
                $"{done - failures.Count - refusals.Count:N0} agree, {failures.Count:N0} differ or crash, {refusals.Count:N0} refused by "
                    + $"the runtime. The largest difference is {share:P0} of what is allowed.");
            foreach (var group in refusals.GroupBy(refusal => Reason(refusal.Reason)))
                Terminal.Output.WriteLine($"  refused {group.Count():N0} times: {group.Key}");
        }
        if (done < count)
            Terminal.Notice($"Stopped after {done:N0} graphs. To go on: featuremap verify fuzz --seed {number} --first {start + done} "
                + $"--graphs {count - done}");
        if (failures.Count == 0) return done < count ? Failure.Failed : 0;
        Terminal.Complain(
            $"{failures.Count:N0} of {done:N0} networks give something else. One of them again: featuremap verify fuzz --seed {number} "
                + $"--first {failures[0].Index} --graphs 1 --out failures");
        return Failure.Failed;

        JsonObject Document() => new()
        {
            ["seed"] = number,
            ["first"] = start,
            ["graphs"] = done,
            ["layers"] = layers,
            ["ops"] = ops.Count,
            ["opsNotMet"] = new JsonArray([.. missing.Select(name => JsonValue.Create(name))]),
            ["agree"] = done - failures.Count - refusals.Count,
            ["largestShare"] = Terminal.Number(share),
            ["failures"] = Rows(failures),
            ["refused"] = Rows(refusals),
            ["seconds"] = watch.Elapsed.TotalSeconds,
        };
    }

    private static JsonArray Rows(List<FuzzResult> results) => new(
        [.. results.Select(result => new JsonObject { ["graph"] = result.Index, ["outcome"] = $"{result.Outcome}", ["reason"] = result.Reason, ["network"] = result.Graph })]);

    // What the runtime says about a node, without the node.
    private static string Reason(string text) => text.Length <= 200 ? text : text[..200] + "...";
}
