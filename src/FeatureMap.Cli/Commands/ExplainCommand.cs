using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Lessons;

namespace FeatureMap.Cli;

/// <summary><c>explain</c>: a concept in a few lines, with its arithmetic computed live for the numbers that are asked about.</summary>
internal sealed class ExplainCommand : ToolCommand
{
    private readonly Argument<string?> concept = new("concept") { Description = "What to explain; all concepts are listed without it", Arity = ArgumentArity.ZeroOrOne };
    private readonly IReadOnlyList<(ConceptOption Setting, Option<string?> Option)> options =
    [
        .. ConceptOption.All.Select(setting =>
            (setting, new Option<string?>(Flag(setting)) { Description = setting.Description, HelpName = setting.IsList ? "N,N,..." : "N" })),
    ];

    public ExplainCommand(Terminal terminal)
        : base(terminal, "explain", "Explain a concept, with its arithmetic step by step", "featuremap explain", "featuremap explain convolution --input 5 --kernel 3 --stride 2", "featuremap explain checkerboard --kernel 4 --stride 2 --json")
    {
        Arguments.Add(concept);
        foreach (var (_, option) in options)
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var given = options.Where(pair => parse.GetValue(pair.Option) is not null).ToDictionary(pair => pair.Setting, pair => parse.GetValue(pair.Option)!);
        if (parse.GetValue(concept) is { } name) Explain(Concept.Get(name), given);
        else List(given);
        return 0;
    }

    private static string Flag(ConceptOption option) => "--" + option.Name;

    private void Explain(Concept about, Dictionary<ConceptOption, string> given)
    {
        var page = about.Explain(given);
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["concept"] = about.Name,
                ["description"] = about.Title,
                ["lesson"] = about.Lesson,
                ["text"] = new JsonArray([.. page.Lines.Select(line => JsonValue.Create(line))]),
                ["numbers"] = page.Numbers,
            });
            return;
        }
        Terminal.Output.WriteLine($"{about.Name}: {about.Title}");
        Terminal.Output.WriteLine();
        foreach (var line in page.Lines)
            Terminal.Output.WriteLine(line);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine($"Lesson: {about.Lesson}");
        if (about.Options.Count > 0)
            Terminal.Output.WriteLine($"Try other numbers: {string.Join(' ', about.Options.Select(option => Flag(option.Option)))}");
    }

    private void List(Dictionary<ConceptOption, string> given)
    {
        if (given.Count > 0) throw new UsageException($"{Flag(given.Keys.First())} belongs to a concept, such as featuremap explain "
            + $"{Concept.All.First(one => one.Options.Any(option => option.Option == given.Keys.First())).Name}.");
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["concepts"] = new JsonArray([.. Concept.All.Select(one => new JsonObject { ["name"] = one.Name, ["description"] = one.Title, ["lesson"] = one.Lesson })]),
            });
            return;
        }
        var table = new TextTable("concept", "what it is", "lesson");
        foreach (var one in Concept.All)
            table.Add(one.Name, one.Title, one.Lesson);
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine("See one:            featuremap explain convolution --input 5 --kernel 3");
    }
}
