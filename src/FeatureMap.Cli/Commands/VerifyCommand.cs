using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Interchange;

namespace FeatureMap.Cli;

/// <summary><c>verify</c>: foreign judges of this library.</summary>
internal sealed class VerifyCommand : Command
{
    public VerifyCommand(Terminal terminal) : base("verify", "Let foreign tests judge this library")
    {
        Subcommands.Add(new OnnxCommand(terminal));
        Subcommands.Add(new FuzzCommand(terminal));
    }

    /// <summary><c>verify onnx</c>: the conformance tests of ONNX through our own import and kernels.</summary>
    private sealed class OnnxCommand : ToolCommand
    {
        private readonly Argument<string> path = new("tests") { Description = "A folder of backend tests, the folder of one, or a zip archive" };
        private readonly Option<string?> filter = new("--filter") { Description = "Run only the tests whose names have this in them", HelpName = "TEXT" };

        public OnnxCommand(Terminal terminal)
            : base(
                terminal, "onnx", "Run ONNX's backend tests (model.onnx with test_data_set_*) and compare the outputs",
                "featuremap verify onnx onnx/backend/test/data/node",
                "featuremap verify onnx node-tests.zip --filter conv --json")
        {
            Arguments.Add(path);
            Options.Add(filter);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            var results = new List<OnnxTestResult>();
            foreach (var result in OnnxNodeTests.Run(parse.GetValue(path)!, parse.GetValue(filter) ?? ""))
            {
                Terminal.Cancellation.ThrowIfCancellationRequested();
                results.Add(result);
                if (result.Outcome == OnnxTestOutcome.Failed) Terminal.Prose.WriteLine($"FAILED {result.Name}: {result.Reason}");
                Terminal.Redraw($"{results.Count} tests");
            }
            var (passed, failed, skipped) = (Of(results, OnnxTestOutcome.Passed), Of(results, OnnxTestOutcome.Failed), Of(results, OnnxTestOutcome.OutOfScope));
            if (Terminal.IsJson) Terminal.Write(Document(passed, failed, skipped));
            else WriteReasons(skipped);
            Terminal.Prose.WriteLine($"{passed.Count} passed, {failed.Count} failed, {skipped.Count} out of scope.");
            return failed.Count == 0 ? 0 : Failure.Failed;
        }

        private static List<OnnxTestResult> Of(List<OnnxTestResult> results, OnnxTestOutcome outcome) => results.FindAll(result => result.Outcome == outcome);

        private void WriteReasons(List<OnnxTestResult> skipped)
        {
            if (skipped.Count == 0) return;
            Terminal.Output.WriteLine("Out of scope:");
            foreach (var group in skipped.GroupBy(result => result.Reason).OrderByDescending(group => group.Count()))
            {
                Terminal.Output.WriteLine($"{group.Count(),5}  {group.Key}");
                Terminal.Output.WriteLine($"       {string.Join(", ", group.Select(result => result.Name))}");
            }
            Terminal.Output.WriteLine();
        }

        private static JsonObject Document(List<OnnxTestResult> passed, List<OnnxTestResult> failed, List<OnnxTestResult> skipped) => new()
        {
            ["passed"] = passed.Count,
            ["failed"] = failed.Count,
            ["skipped"] = skipped.Count,
            ["failures"] = Rows(failed),
            ["outOfScope"] = Rows(skipped),
            ["passes"] = new JsonArray([.. passed.Select(result => JsonValue.Create(result.Name))]),
        };

        private static JsonArray Rows(List<OnnxTestResult> results) => new([.. results.Select(result => new JsonObject { ["name"] = result.Name, ["reason"] = result.Reason })]);
    }
}
