using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace FeatureMap.Cli;

/// <summary>The commands together: parsing, help with examples, and what to say when a command line is wrong.</summary>
internal static class CommandLine
{
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
            new TrainCommand(terminal),
            new StopCommand(terminal),
            new RecipesCommand(terminal),
            new ArchitecturesCommand(terminal),
            new WeightsCommand(terminal),
            new LabCommand(terminal),
            new SummaryCommand(terminal),
            new PlanCommand(terminal),
            new ScaleCommand(terminal),
            new LintCommand(terminal),
            new SlimCommand(terminal),
            new LearningRateCommand(terminal),
            new EvaluateCommand(terminal),
            new PredictCommand(terminal),
            new InspectCommand(terminal),
            new UpscaleCommand(terminal),
            new ExportCommand(terminal),
            new VerifyCommand(terminal),
            new DataCommand(terminal),
            new AnnotationsCommand(terminal),
            new ExplainCommand(terminal, args.Contains(ExplainCommand.Word)),
            new ServeCommand(terminal),
            new StudioCommand(terminal),
            new ReportCommand(terminal),
            new SelfTestCommand(terminal),
            new DoctorCommand(terminal),
        };
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
