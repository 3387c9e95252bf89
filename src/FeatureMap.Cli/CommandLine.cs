using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace FeatureMap.Cli;

/// <summary>The commands together: parsing, help with examples, and what to say when a command line is wrong.</summary>
internal static class CommandLine
{
    /// <summary>
    /// The commands in the order of the help, by what is typed for them. One that is asked for is made alone: what the others take, of
    /// which there is much, is read from the settings of the library.
    /// </summary>
    internal static IReadOnlyList<(string Name, Func<Terminal, bool, Command> Make)> Commands { get; } =
    [
        ("train", (terminal, _) => new TrainCommand(terminal)),
        ("stop", (terminal, _) => new StopCommand(terminal)),
        ("recipes", (terminal, _) => new RecipesCommand(terminal)),
        ("architectures", (terminal, _) => new ArchitecturesCommand(terminal)),
        ("weights", (terminal, _) => new WeightsCommand(terminal)),
        ("lab", (terminal, _) => new LabCommand(terminal)),
        ("summary", (terminal, _) => new SummaryCommand(terminal)),
        ("plan", (terminal, _) => new PlanCommand(terminal)),
        ("scale", (terminal, _) => new ScaleCommand(terminal)),
        ("lint", (terminal, _) => new LintCommand(terminal)),
        ("slim", (terminal, _) => new SlimCommand(terminal)),
        ("lr-find", (terminal, _) => new LearningRateCommand(terminal)),
        ("evaluate", (terminal, _) => new EvaluateCommand(terminal)),
        ("predict", (terminal, _) => new PredictCommand(terminal)),
        ("inspect", (terminal, _) => new InspectCommand(terminal)),
        ("upscale", (terminal, _) => new UpscaleCommand(terminal)),
        ("export", (terminal, _) => new ExportCommand(terminal)),
        ("verify", (terminal, _) => new VerifyCommand(terminal)),
        ("data", (terminal, _) => new DataCommand(terminal)),
        ("annotations", (terminal, _) => new AnnotationsCommand(terminal)),
        (ExplainCommand.Word, (terminal, isAsked) => new ExplainCommand(terminal, isAsked)),
        ("serve", (terminal, _) => new ServeCommand(terminal)),
        ("studio", (terminal, _) => new StudioCommand(terminal)),
        ("report", (terminal, _) => new ReportCommand(terminal)),
        ("selftest", (terminal, _) => new SelfTestCommand(terminal)),
        ("doctor", (terminal, _) => new DoctorCommand(terminal)),
    ];

    public static int Run(string[] args, Terminal terminal)
    {
        var root = Root(terminal, args);
        // Without response files: '@' may begin a file name.
        var parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        terminal.IsJson = parse.Tokens.Any(token => token.Type == TokenType.Option && token.Value == ToolCommand.JsonName);
        var asksForHelp = parse.Action is HelpAction or ExampleHelp;
        if (!asksForHelp && Mistake(parse) is { } mistake)
        {
            terminal.Complain(mistake);
            terminal.Error.WriteLine($"See '{PathOf(parse.CommandResult)} --help'.");
            return Failure.WrongUsage;
        }
        return parse.Invoke(new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    // Not a RootCommand, because that takes its name from the assembly.
    private static Command Root(Terminal terminal, string[] args)
    {
        var root = new Command(terminal.Tool.Name, "Understand, design, train and use convolutional networks.")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
        };
        var asked = args is [var first, ..] ? Commands.Where(command => command.Name == first).ToList() : [];
        foreach (var (name, make) in asked.Count > 0 ? asked : Commands)
            root.Add(make(terminal, args.Contains(name)));
        if (asked.Count == 0)
            foreach (var command in terminal.Tool.Commands(terminal))
                root.Add(command);
        foreach (var option in root.Options.OfType<HelpOption>())
            option.Action = new ExampleHelp((HelpAction)option.Action!, terminal.Tool);
        root.SetAction(parse => new HelpAction().Invoke(parse));
        return root;
    }

    /// <summary>What is wrong with the command line, with the nearest right word; null when nothing is.</summary>
    private static string? Mistake(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        foreach (var given in parse.CommandResult.Children.OfType<OptionResult>())
            if (given.Tokens.Any(token => IsOption(token.Value) && OptionNames(parse.CommandResult).Contains(token.Value)))
                return $"The option '{given.Option.Name}' needs a value: {given.Option.Name} {given.Option.HelpName}.";
        // A variable of the shell that is not set: featuremap evaluate "$run".
        if (parse.CommandResult.Children.FirstOrDefault(child => child.Tokens.Any(token => token.Value.Length == 0)) is { } empty)
            return $"The value of {(empty is OptionResult of ? of.Option.Name : $"'{((ArgumentResult)empty).Argument.Name}'")} is empty. "
                + "Give it, or leave it out.";
        var received = parse.UnmatchedTokens.Concat(Values(parse.CommandResult));
        if (received.FirstOrDefault(IsOption) is { } option)
            return $"There is no option '{option}' for '{PathOf(parse.CommandResult)}'.{NearestName.Suggest(option.Split('=')[0], OptionNames(parse.CommandResult))}";
        if (parse.UnmatchedTokens is [var extra, ..])
        {
            var names = command.Subcommands.Select(sub => sub.Name).ToList();
            return names.Count > 0 ? $"There is no command '{PathOf(parse.CommandResult)} {extra}'.{NearestName.Suggest(extra, names)}" : $"'{extra}' is one argument too many for '{PathOf(parse.CommandResult)}'.";
        }
        if (command.Subcommands.Count > 0 && parse.Errors.Count > 0)
            return $"'{PathOf(parse.CommandResult)}' needs one of the commands {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}.";
        return parse.Errors.Count == 0 ? null : parse.Errors[0].Message;
    }

    // An unknown option is taken for the value of an argument, or of the option before it.
    private static IEnumerable<string> Values(CommandResult result) =>
        result.Children.Where(child => child is ArgumentResult or OptionResult).SelectMany(child => child.Tokens).Select(token => token.Value);

    private static bool IsOption(string text) => text.Length > 1 && text[0] == '-' && (char.IsAsciiLetter(text[1]) || (text.Length > 2 && text[1] == '-'));

    private static IEnumerable<string> OptionNames(CommandResult result)
    {
        foreach (var option in result.Command.Options)
            yield return option.Name;
        yield return "--help";
    }

    private static string PathOf(CommandResult result)
    {
        var names = new List<string>();
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
            names.Insert(0, command.Command.Name);
        return string.Join(' ', names);
    }
}
