using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;

namespace FeatureMap.Cli;

/// <summary>A command of the tool: what it takes, an example of its use, and what it does.</summary>
internal abstract class ToolCommand : Command
{
    public const string JsonName = "--json";

    protected ToolCommand(Terminal terminal, string name, string description, params string[] examples) : base(name, description)
    {
        Terminal = terminal;
        Examples = examples;
    }

    /// <summary>Lines that can be typed as they are.</summary>
    public IReadOnlyList<string> Examples { get; }

    protected Terminal Terminal { get; }

    protected abstract int Run(ParseResult parse);

    /// <summary>To be called once, at the end of the constructor: adds --json and sets the action.</summary>
    protected void Finish()
    {
        Options.Add(new Option<bool>(JsonName) { Description = "Write one JSON document and nothing else to the output" });
        SetAction(Run);
    }

    protected static Option<string[]> DataOption() =>
        new("--data")
        {
            Description = "The data: a zip, tar or tar.gz, or a folder, with one folder of images for each class; or the folder that has the files of the data set asked for. "
                + "What is given is used or refused, never replaced",
            HelpName = "PLACE",
            DefaultValueFactory = _ => [],
        };

    protected static Option<string?> WeightsOption() => new("--weights")
    {
        Description = "Weights of torchvision for an architecture: a .pth file of torch.save or a safetensors file of the state dict",
        HelpName = "FILE",
    };

    protected static Option<bool> CalibratedOption() => new("--calibrated")
    {
        Description = "Give probabilities at the temperature that the model keeps; 'featuremap evaluate RUN --calibrate' measures it",
    };

    protected static Option<string[]> SetOption() => new("--set")
    {
        Description = "Change a setting; may be given several times. See 'featuremap recipes RECIPE' for the keys",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    /// <summary>Key and value of a --set.</summary>
    protected static (string Key, string Value) Assignment(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? (text[..at].Trim(), text[(at + 1)..].Trim())
            : throw new UsageException($"--set takes key=value, such as --set learning-rate=0.05: received '{text}'.");
    }

    /// <summary>The whole number that an option gives; null where it is left out.</summary>
    /// <exception cref="UsageException">It is none, or out of range; where <paramref name="most"/> is the largest number of its kind, the
    /// message leaves it out.</exception>
    protected static long? Whole(ParseResult parse, Option<string?> option, long least = 1, long most = int.MaxValue)
    {
        if (parse.GetValue(option) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        var range = most is int.MaxValue or long.MaxValue ? $"of at least {least}" : $"from {least} to {most:N0}";
        throw new UsageException($"{option.Name} is a whole number {range}: received '{text}'.");
    }

    protected static Option<string?> LanesOption() =>
        new("--lanes") { Description = "Width of the SIMD registers: 512, 256, 128 or 1 (scalar). The result does not depend on it", HelpName = "BITS" };

    protected static Option<string?> ThreadsOption() =>
        new("--threads") { Description = "Threads to use, one per logical processor by default. The result does not depend on it", HelpName = "T" };
}

/// <summary>The help of System.CommandLine, with our examples below.</summary>
internal sealed class ExampleHelp(HelpAction help, CommandTool tool) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is ToolCommand { Examples.Count: > 0 } command)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine(command.Examples.Count == 1 ? "Example:" : "Examples:");
            foreach (var example in command.Examples)
                output.WriteLine($"  {tool.Typed(example)}");
            output.WriteLine();
        }
        return code;
    }
}
