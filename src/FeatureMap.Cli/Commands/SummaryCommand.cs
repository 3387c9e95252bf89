using System.CommandLine;
using FeatureMap.Analysis;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>summary</c>: a network layer by layer.</summary>
internal sealed class SummaryCommand : ToolCommand
{
    private readonly Argument<string> source =
        new("network")
        {
            Description =
            "A recipe, an architecture, a network.json, a text (.txt), a model.safetensors, an ONNX file or a run folder"
        };
    private readonly Option<string?> batch =
        new("--batch") { Description = "Images that the memory is computed for; 128 where it is left out", HelpName = "N" };

    private readonly Option<string?> input =
        new("--input")
        {
            Description =
            "Shape of an image, channels first, for a recipe, an architecture or an ONNX file that leaves it open; its own where it is "
                + "left out",
            HelpName = "CxHxW"
        };
    private readonly Option<string?> classes =
        new("--classes")
        {
            Description = "Scores that a recipe or architecture gives; as many as its data have where it is left out",
            HelpName = "N"
        };

    private readonly Option<string?> output = OnnxOptions.OutputOption();
    private readonly Option<string?> page = new("--html")
    {
        Description = "Write it as a page too, with the layers and what they read as a picture",
        HelpName = "FILE",
    };

    private readonly Option<string?> textFile = new("--text")
    {
        Description = "Write it as a text too, one line per layer, to be read, changed and trained (--set network=FILE)",
        HelpName = "FILE.txt",
    };
    private readonly Option<string?> codeFile = new("--code") { Description = "Write the C# that builds it too", HelpName = "FILE.cs" };

    public SummaryCommand(Terminal terminal)
        : base(terminal, "summary", "Show a network layer by layer: shapes, parameters, MACs, memory, receptive field",
            "featuremap summary mnist-20k", "featuremap summary resnet-50 --input 3x64x64 --classes 200",
            "featuremap summary runs/mnist-20k-20260131-120000 --json",
            "featuremap summary resnet-50 --html resnet-50.html", "featuremap summary mnist-20k --text my-net.txt")
    {
        Arguments.Add(source);
        foreach (var option in (Option[])[batch, input, output, classes, page, textFile, codeFile])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var images = (int)(Whole(parse, batch) ?? 128);
        var (text, choice) = (parse.GetValue(source)!, OnnxOptions.Of(parse, input, output, Terminal));
        var (name, network) = RunInput.IsOnnx(text)
            ? RunInput.Network(text, null, (int?)Whole(parse, classes), choice)
            : RunInput.Network(text, choice.Input, (int?)Whole(parse, classes), choice with { Input = null });
        var summary = NetworkSummary.Of(network, images);
        if (parse.GetValue(page) is { } file) NetworkPage.Write(file, name, network, images);
        if (parse.GetValue(textFile) is { } lines) SaveText(lines, network);
        if (parse.GetValue(codeFile) is { } code) Save(code, NetworkCode.WriteProgram(network));
        if (Terminal.IsJson)
        {
            Terminal.WriteDocument(summary.ToJson());
            return 0;
        }
        Terminal.Output.WriteLine(name);
        Terminal.Output.WriteLine();
        Terminal.WriteDocument(FlagNames.In(summary.ToString()));
        foreach (var option in (Option<string?>[])[page, textFile, codeFile])
            if (parse.GetValue(option) is { } written) Terminal.Output.WriteLine($"Written: {Terminal.Shown(written)}");
        return 0;
    }

    // Only a name that says what it is, so that it is read again as a text.
    private static void SaveText(string file, Network network)
    {
        if (!file.EndsWith(NetworkText.Extension, StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--text writes a file whose name ends in {NetworkText.Extension}, by which it is read again: "
                + $"received '{file}'.");
        NetworkText.Save(file, network);
    }

    private static void Save(string file, string text)
    {
        try
        {
            File.WriteAllText(file, text);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The code cannot be written: {error.Message} Choose another place.", error);
        }
    }
}
