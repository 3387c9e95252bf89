using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace FeatureMap.Cli;

/// <summary><c>selftest</c>: every op against its naive reference, on this machine.</summary>
internal sealed class SelfTestCommand : ToolCommand
{
    private readonly Option<string?> seed = new("--seed") { Description = "Decides the numbers that are computed with; 1 where it is left out", HelpName = "S" };

    public SelfTestCommand(Terminal terminal)
        : base(terminal, "selftest", "Compare every op with its naive reference at every register width, on this machine", "featuremap selftest")
    {
        Options.Add(seed);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        ulong number = 1;
        if (parse.GetValue(seed) is { } text && !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            throw new UsageException($"--seed is a whole number of at least 0: received '{text}'.");
        var watch = Stopwatch.StartNew();
        var results = new List<SelfTestResult>();
        foreach (var result in SelfTest.Run(number, Terminal.Cancellation))
        {
            if (results.Count > 0 && results[^1].Op != result.Op) WriteOp(results);
            results.Add(result);
            Terminal.Redraw($"{results.Count} of {SelfTest.CaseCount} cases");
        }
        WriteOp(results);
        var failures = results.Where(result => result.Failure is not null).ToList();
        var bits = string.Join(", ", SelfTest.Widths.Select(width => $"{LaneOption.Bits(width)}"));
        Terminal.Prose.WriteLine();
        Terminal.Prose.WriteLine($"{results.Count - failures.Count} of {results.Count} cases right, each at the register widths {bits}, "
            + $"forward and backward, in {watch.Elapsed.TotalSeconds:0.0} s.");
        if (Terminal.IsJson) Terminal.Write(Document(results, watch.Elapsed));
        if (failures.Count == 0) return 0;
        Terminal.Complain($"This machine computes wrong: {failures[0].Failure} Results on it cannot be trusted. Please report it with the output of 'featuremap doctor'.");
        return Failure.Failed;
    }

    private void WriteOp(List<SelfTestResult> results)
    {
        if (results.Count == 0) return;
        var own = results.Where(result => result.Op == results[^1].Op).ToList();
        var wrong = own.Where(result => result.Failure is not null).ToList();
        Terminal.Prose.WriteLine($"{own[0].Op,-22} {own.Count,3} cases  {(wrong.Count == 0 ? "right" : $"{wrong.Count} WRONG")}");
        foreach (var result in wrong)
            Terminal.Prose.WriteLine($"    {result.Failure}");
    }

    private static JsonObject Document(List<SelfTestResult> results, TimeSpan time) => new()
    {
        ["passed"] = results.All(result => result.Failure is null),
        ["cases"] = results.Count,
        ["failed"] = results.Count(result => result.Failure is not null),
        ["seconds"] = time.TotalSeconds,
        ["widths"] = new JsonArray([.. SelfTest.Widths.Select(width => JsonValue.Create(LaneOption.Bits(width)))]),
        ["results"] = new JsonArray([.. results.Select(result => new JsonObject { ["op"] = result.Op, ["case"] = result.Case, ["failure"] = result.Failure })]),
    };
}
