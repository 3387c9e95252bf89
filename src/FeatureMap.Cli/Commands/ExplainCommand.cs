using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Lessons;

namespace FeatureMap.Cli;

/// <summary><c>explain</c>: a lesson of the course as text, with every number computed live for what is asked about.</summary>
internal sealed class ExplainCommand : ToolCommand
{
    /// <summary>What it is called by.</summary>
    public const string Word = "explain";

    private readonly Argument<string?> lesson = new("lesson")
    {
        Description = "What to explain, by its name or another word for it "
        + "(1x1, 4-3, spp, deconvolution, resnet); all lessons are listed without it",
        Arity = ArgumentArity.ZeroOrOne
    };
    private readonly Option<string?> section = new("--section")
    {
        Description = $"Only one part: "
        + $"{string.Join(", ", Enum.GetNames<Section>().Select(name => name.ToLowerInvariant()))}; reference prints the whole room",
        HelpName = "PART"
    };
    private readonly Option<string[]> against = new("--against")
    {
        Description = "Compare with the same state but for one control, such as kernel=3, or with another lesson; may be given "
            + "several times",
        HelpName = "NAME=VALUE|LESSON",
    };
    private readonly IReadOnlyList<(string Name, Option<string?> Option)> options;

    /// <summary>The command.</summary>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="isAsked">Whether the command line names it. The controls of all lessons are its options, and making them takes longer
    /// than the rest of the start: other commands do not wait for them.</param>
    public ExplainCommand(Terminal terminal, bool isAsked)
        : base(terminal, Word, "Explain a concept, with its arithmetic step by step", "featuremap explain",
            "featuremap explain convolution --input \"1,2,0;0,1,3;2,2,1\" --kernel \"1,-1;0,2\"",
            "featuremap explain dilation --rates 1,2,9 --section forward",
            "featuremap explain convolution --kernel 5 --against kernel=3",
            "featuremap explain convolution --picture photo.jpg")
    {
        options = !isAsked ? [] :
        [
            .. Lesson.All.SelectMany(one => one.Controls).GroupBy(control => control.Name).Select(same =>
                (same.Key, new Option<string?>("--" + same.Key) { Description = same.First().Meaning, HelpName = "VALUE" })),
        ];
        Arguments.Add(lesson);
        Options.Add(section);
        Options.Add(against);
        foreach (var (_, option) in options)
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var given = options.Select(pair => (pair.Name, Text: parse.GetValue(pair.Option))).Where(pair => pair.Text is not null)
            .Select(pair => (pair.Name, Text: pair.Text!)).ToList();
        var part = parse.GetValue(section) is { } name ? PartOf(name) : (Section?)null;
        var others = parse.GetValue(against) ?? [];
        if (parse.GetValue(lesson) is { } asked) Explain(asked, given, part, others);
        else if (others.Length > 0)
            throw new UsageException("--against belongs to a lesson, such as featuremap explain convolution --against stride=2.");
        else List(given, part);
        return 0;
    }

    private static Section PartOf(string name) => Enum.TryParse<Section>(name, ignoreCase: true, out var part) && Enum.IsDefined(part)
        && !char.IsAsciiDigit(name[0])
        ? part
        : throw new UsageException($"--section is {string.Join(", ", Enum.GetNames<Section>().Select(one => one.ToLowerInvariant()))}: "
            + $"received '{name}'.");

    private void Explain(string asked, List<(string Name, string Text)> given, Section? part, IReadOnlyList<string> others)
    {
        // An address of the studio can be pasted: convolution?stride=2.
        var (name, query) = asked.Split('?', 2) is [var before, var behind] ? (before, behind) : (asked, "");
        var about = Lesson.Get(name);
        var pictures = new FilePictures(about);
        given = pictures.Taken(given);
        var address = LessonAddress.Parse(about, query);
        var state = given.Aggregate(address.A, (all, pair) => all.With(pair.Name, pair.Text));
        var page = about.Open(state, pictures, Terminal.Cancellation);
        var compared = (others.Count > 0 ? Other(state, others) : address.B) is { } other
            ? LessonComparison.Of(page, other.Lesson.Open(other, pictures, Terminal.Cancellation)) : null;
        if (Terminal.IsJson)
        {
            var json = LessonJson.Of(page);
            if (compared is not null) json["b"] = LessonJson.Of(compared);
            if (part == Section.Reference) json["room"] = about.RoomText();
            Terminal.Write(json);
            return;
        }
        if (part == Section.Reference)
        {
            foreach (var source in about.Sources)
                Terminal.Output.WriteLine($"{source.Title}. {source.Place}");
            Terminal.Output.WriteLine();
            Terminal.Output.WriteLine(about.RoomText().TrimEnd());
            return;
        }
        foreach (var line in compared is null ? LessonText.Of(page, part) : Compared(compared))
            Terminal.Output.WriteLine(line);
        Terminal.Output.WriteLine();
        foreach (var line in LessonText.Wrapped($"Change it: {string.Join(' ', about.Controls.Select(control => $"--{control.Name}"))}", 0))
            Terminal.Output.WriteLine(line);
        foreach (var line in LessonText.Wrapped($"The room: featuremap explain {about.Id} --section reference", 0))
            Terminal.Output.WriteLine(line);
    }

    private static LessonState Other(LessonState state, IReadOnlyList<string> others)
    {
        foreach (var text in others)
        {
            if (text.Split('=', 2) is [var name, var value] && !text.Split('=')[0].Contains('?', StringComparison.Ordinal))
                state = state.With(name, value);
            else
                state = text.Split('?', 2) is [var lesson, var query] ? LessonState.Parse(Lesson.Get(lesson), query)
                    : LessonState.Default(Lesson.Get(text));
        }
        return state;
    }

    private static IEnumerable<string> Compared(LessonComparison compared)
    {
        yield return $"A: {compared.A.State}";
        yield return $"B: {compared.B.State}";
        if (compared.IsSame) yield return "They are the same.";
        foreach (var block in (IEnumerable<Block>)[.. compared.Tables, .. compared.Differences])
        {
            yield return "";
            foreach (var line in LessonText.Of(block)) yield return line;
        }
    }

    private void List(List<(string Name, string Text)> given, Section? part)
    {
        if (part is not null) throw new UsageException("--section belongs to a lesson, such as featuremap explain convolution "
            + "--section gradient.");
        if (given is [var (name, _), ..]) throw new UsageException($"--{name} belongs to a lesson, such as featuremap explain "
            + $"{Lesson.All.First(one => one.Controls.Any(control => control.Name == name)).Id}.");
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["lessons"] = new JsonArray([.. Lesson.All.Select(one => new JsonObject
                {
                    ["name"] = one.Id,
                    ["title"] = one.Title,
                    ["claim"] = one.Claim,
                    ["aliases"] = new JsonArray([.. one.Aliases.Select(alias => JsonValue.Create(alias))]),
                    ["headings"] = new JsonArray([.. one.Headings.Select(heading => JsonValue.Create(heading))]),
                })]),
                ["withoutLesson"] = new JsonArray([.. Course.WithoutLesson.Select(heading => JsonValue.Create(heading))]),
            });
            return;
        }
        var table = new TextTable("chapter", "lesson", "what it is", "also called");
        foreach (var chapter in Course.Chapters)
            foreach (var one in chapter.Lessons)
                table.Add(chapter.Letter.ToString(), one.Id, one.Title, string.Join(", ", one.Aliases.Take(2)));
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine("See one:            featuremap explain convolution --stride 2");
    }
}
