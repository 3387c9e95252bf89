using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Analysis;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>lint</c>: what usually is a mistake in a network. Fails on errors, with <c>--strict</c> on warnings too, never on
/// hints.</summary>
internal sealed class LintCommand : ToolCommand
{
    private readonly Argument<string?> source = new("network")
    {
        Description =
            "A recipe, an architecture, a network.json, a text (.txt), a model.safetensors, an ONNX file or a run folder; without it the "
                + "rules are listed",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> objectSize =
        Text("--object-size", "PIXELS", "Size of what is to be recognised, in pixels of the network's input: for rf-small");
    private readonly Option<string?> parameterBudget =
        Text("--parameter-budget", "N", "Most parameters, running statistics included: for budget");
    private readonly Option<string?> macBudget = Text("--mac-budget", "N", "Most multiply-accumulates per image: for budget");
    private readonly Option<string?> batch =
        Text("--batch", "N", "Images per training step: for bn-batch1; a recipe or run says it by itself");
    private readonly Option<string?> target =
        Text("--target", "SHAPE", "Shape of one target: for target-shape; 10 for ten classes, 1x512x512 for a mask");
    private readonly Option<string?> only = Text("--only", "RULE,...", "Apply these rules only");
    private readonly Option<string?> ignore = Text("--ignore", "RULE,...", "Leave these rules out");
    private readonly Option<string?> input = OnnxOptions.InputOption(), chosen = OnnxOptions.OutputOption();
    private readonly Option<string?> fix = Text("--fix", "FILE",
        "Write the network with the changes that mend findings by themselves, as a text (.txt) or JSON (.json); weights are not touched");
    private readonly Option<bool> strict = new("--strict") { Description = "End with exit code 1 on warnings too, not on errors only" };

    public LintCommand(Terminal terminal)
        : base(
            terminal, "lint",
                "Look for mistakes in a network: dead weights, checkerboards, gridding, layers that undo each other; exit code 1 on errors",
            "featuremap lint mnist-20k", "featuremap lint model.onnx --object-size 64 --strict",
                "featuremap lint runs/mnist-20k-20260131-120000 --parameter-budget 20000 --ignore cb-grad,unread --json",
            "featuremap lint my-net.txt --fix my-net-mended.txt")
    {
        Arguments.Add(source);
        foreach (var option in (Option[])[objectSize, parameterBudget, macBudget, batch, target, only, ignore, fix, strict, input, chosen])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        if (parse.GetValue(source) is not { } text)
        {
            if (parse.CommandResult.Children.OfType<OptionResult>()
                .FirstOrDefault(given => !given.Implicit && given.Option.Name != JsonName) is { } given)
                throw new UsageException($"{given.Option.Name} belongs to a network: featuremap lint mnist-20k "
                    + $"{given.Option.Name}{string.Concat(given.Tokens.Select(token => $" {token.Value}"))}.");
            WriteRules();
            return 0;
        }
        var (name, network) = RunInput.Network(text, choice: OnnxOptions.Of(parse, input, chosen, Terminal));
        var options = new LintOptions
        {
            ObjectSize = (int?)Whole(parse, objectSize),
            ParameterBudget = Whole(parse, parameterBudget, most: long.MaxValue),
            MultiplyAddBudget = Whole(parse, macBudget, most: long.MaxValue),
            BatchSize = (int?)Whole(parse, batch) ?? RunInput.Settings(text)?.Training.BatchSize,
            Target = parse.GetValue(target) is { } shape ? ReadShape(shape) : null,
            Only = List(parse.GetValue(only)),
            Ignored = List(parse.GetValue(ignore)),
        };
        if (parse.GetValue(fix) is { } file) return Fix(name, network, options, file, parse.GetValue(strict));
        var report = network.Lint(options);
        if (Terminal.IsJson) Terminal.WriteDocument(report.ToJson());
        else Write(name, report, options);
        return report.Passes(parse.GetValue(strict) ? LintSeverity.Warning : LintSeverity.Error) ? 0 : Failure.Failed;
    }

    private int Fix(string name, Network network, LintOptions options, string file, bool isStrict)
    {
        var isText = file.EndsWith(NetworkText.Extension, StringComparison.OrdinalIgnoreCase);
        if (!isText && !file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--fix writes a text or JSON, which the name of the file says: my-net.txt or my-net.json. Received "
                + $"'{file}'.");
        var repair = Linter.Repair(network, options);
        if (isText) NetworkText.Save(file, repair.Network);
        else NetworkFile.Save(file, repair.Network);
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["file"] = file,
                ["mended"] = new JsonArray([.. repair.Mended.Select(finding => new JsonObject
                {
                    ["rule"] = finding.Rule.Id,
                    ["layer"] = finding.Layer?.Name,
                    ["edits"] = new JsonArray([.. finding.Edits.Select(edit => JsonValue.Create($"{edit}"))]),
                })]),
                ["left"] = JsonNode.Parse(repair.Left.ToJson()),
            });
        }
        else
        {
            Terminal.Output.WriteLine(name);
            Terminal.Output.WriteLine();
            foreach (var finding in repair.Mended)
                Terminal.Output.WriteLine($"mended {finding.Rule.Id}: {string.Join("; ", finding.Edits)}");
            if (repair.Mended.Count == 0) Terminal.Output.WriteLine("Nothing is mended by itself.");
            Terminal.Output.WriteLine();
            Terminal.WriteDocument(FlagNames.In(repair.Left.ToString()));
            Terminal.Output.WriteLine($"Written: {Terminal.Shown(file)}");
        }
        return repair.Left.Passes(isStrict ? LintSeverity.Warning : LintSeverity.Error) ? 0 : Failure.Failed;
    }

    private static Option<string?> Text(string name, string help, string description) =>
        new(name) { Description = description, HelpName = help };

    private void Write(string name, LintReport report, LintOptions options)
    {
        Terminal.Output.WriteLine(name);
        Terminal.Output.WriteLine();
        Terminal.WriteDocument(FlagNames.In(report.ToString()));
        foreach (var rule in report.NotChecked)
            Terminal.Output.WriteLine($"Not checked: {rule.Id} (needs {FlagNames.In(rule.Missing(options)!)}).");
    }

    private void WriteRules()
    {
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["rules"] =
                    new JsonArray([.. Linter.Rules.Select(rule =>
                        new JsonObject { ["id"] = rule.Id, ["title"] = rule.Title, ["why"] = rule.Why, ["lesson"] = rule.Lesson })]),
            });
            return;
        }
        var table = new TextTable("rule", "what it looks for");
        foreach (var rule in Linter.Rules)
            table.Add(rule.Id, rule.Title);
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine("Look at a network:   featuremap lint mnist-20k");
    }

    private static Shape ReadShape(string text)
    {
        var sizes = text.Split('x')
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0).ToList();
        if (sizes.Contains(0) || sizes.Count is not (1 or 3))
            throw new UsageException($"--target is a number of classes or channels x height x width, such as 10 or 1x512x512: received "
                + $"'{text}'.");
        return sizes.Count == 1 ? Shape.Vector(sizes[0]) : new Shape(sizes[0], sizes[1], sizes[2]);
    }

    private static string[] List(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        ?? [];
}
