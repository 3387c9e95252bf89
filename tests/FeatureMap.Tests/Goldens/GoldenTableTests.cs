using System.Globalization;
using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Ops;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.Goldens;

/// <summary>
/// The figures of the comparison as a table. Set FEATUREMAP_UPDATE_GOLDEN_TABLE=1 to write it to <c>table.md</c> beside this file; the test's output has it always.
/// </summary>
public sealed class GoldenTableTests(ITestOutputHelper output)
{
    private const string UpdateVariable = "FEATUREMAP_UPDATE_GOLDEN_TABLE";
    private static readonly string File = Path.Combine(Repository.Root, "tests/FeatureMap.Tests/Goldens/table.md");

    [Fact]
    public void Every_op_and_every_run_stands_in_the_table()
    {
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            var table = Make();
            output.WriteLine(table);
            System.IO.File.WriteAllText(File, table);
        }
        var text = System.IO.File.ReadAllText(File);
        var wanted = OpGoldenTests.Judged.Select(row => row.Data).Concat(GoldenLosses.All.Select(loss => loss.Name)).Concat(GoldenRuns.All.Select(run => run.Name));
        Guard.None(wanted.Where(name => !text.Contains($"| {name} |", StringComparison.Ordinal)).Select(name => $"table.md lacks {name}: run this test once with {UpdateVariable}=1."));
    }

    private static string Make()
    {
        var text = new StringBuilder();
        text.Append("# FeatureMap against libtorch: the figures\n\n");
        text.Append($"Written by `{nameof(GoldenTableTests)}` with {UpdateVariable}=1. *Share* is the largest difference as a share of what is allowed at its place, 1e-5 + 1e-5 |expected|;\n");
        text.Append("*libtorch* is the share of libtorch itself in single precision, when the same cases are judged by its double precision.\n\n");
        text.Append("## Ops: forward, gradients of all inputs and parameters\n\n| op | cases | numbers | largest difference | share | libtorch |\n|---|---:|---:|---:|---:|---:|\n");
        var (allCases, all) = (0, default(GoldenResult));
        foreach (var op in OpGoldenTests.Judged.Select(row => row.Data))
        {
            var cases = OpGoldenTests.Read(op);
            var result = cases.Aggregate(default(GoldenResult), (sum, golden) => sum + GoldenComparison.Compare(golden, OpJudge.Widths[0]));
            text.Append(CultureInfo.InvariantCulture, $"| {op} | {cases.Count} | {result.Numbers} | {Short(result.Largest)} | {Short(result.Share)} | {Short(cases.Max(golden => golden.PeerShare))} |\n");
            (allCases, all) = (allCases + cases.Count, all + result);
        }
        text.Append(CultureInfo.InvariantCulture, $"| **all {OpGoldenTests.Judged.Count}** | {allCases} | {all.Numbers} | {Short(all.Largest)} | {Short(all.Share)} | |\n\n");
        text.Append("Without golden values:\n");
        foreach (var (op, reason) in WithoutGolden.Reasons)
            text.Append($"- {op}: {reason}\n");
        text.Append("\n## Ready-made losses: the loss of each image, gradient by the network's output\n\n| loss | numbers | largest difference | share |\n|---|---:|---:|---:|\n");
        var losses = SafetensorsFile.Read(LossGoldenTests.Path);
        foreach (var loss in GoldenLosses.All)
        {
            var result = LossGoldenTests.Compare(losses, loss);
            text.Append(CultureInfo.InvariantCulture, $"| {loss.Name} | {result.Numbers} | {Short(result.Largest)} | {Short(result.Share)} |\n");
        }
        text.Append($"\n## Training: weights after {GoldenRuns.Steps} steps, largest difference\n\n| run | {string.Join(" | ", GoldenRuns.Networks.Keys)} | largest difference of a loss | of a learning rate |\n|---|{string.Concat(GoldenRuns.Networks.Select(_ => "---:|"))}---:|---:|\n");
        var files = GoldenRuns.Networks.Keys.Select(TrainingGoldenTests.Read).ToArray();
        foreach (var run in GoldenRuns.All)
        {
            var results = files.Select(file => TrainingGoldenTests.Compare(file, run)).ToArray();
            text.Append($"| {run.Name} | {string.Join(" | ", results.Select(result => Short(result.Weights.Largest)))} | {Short(results.Max(result => result.Losses.Largest))} | {Short(results.Max(result => result.LargestRateDifference))} |\n");
        }
        return text.ToString();
    }

    private static string Short(double value) => value == 0 ? "0" : value.ToString(value < 1e-3 ? "0.0e-0" : "0.000", CultureInfo.InvariantCulture);
}
