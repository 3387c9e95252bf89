using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>weights</c>: published weights of architectures, where they are, and how to get them.</summary>
internal sealed class WeightsCommand : Command
{
    public WeightsCommand(Terminal terminal) : base("weights", "List or download weights that others trained")
    {
        Subcommands.Add(new ListCommand(terminal));
        Subcommands.Add(new GetCommand(terminal));
        Subcommands.Add(new PathCommand(terminal));
    }

    private static Argument<string> NameArgument() =>
        new("name") { Description = "A network, such as resnet-50, or one of its weights, such as resnet-50:imagenet1k-v1; see 'featuremap weights list'" };

    private static string Licence(PretrainedWeights one) => one.IsNonCommercial ? $"{one.Licence}: NOT FOR COMMERCIAL USE" : one.Licence;

    private static string Seen(PretrainedWeights one) => one.Evidence switch
    {
        WeightEvidence.File => "file",
        WeightEvidence.Listing =>
        "listing",
        _ => "-"
    };

    private static string Preparation(PretrainedWeights one) =>
        $"RGB, shorter side to {one.ShorterSide} ({(one.IsBicubic ? "bicubic" : "bilinear")}), centre {one.Size} x {one.Size}, "
        + $"mean {Row(one.Normalization.Mean)}, deviation {Row(one.Normalization.Deviation)} of pixels / 255";

    private static string Row(IReadOnlyList<double> numbers) => string.Join(" ", numbers.Select(number => $"{number}"));

    private static JsonObject Describe(PretrainedWeights one, string? path) => new()
    {
        ["name"] = one.Name,
        ["network"] = one.Network,
        ["tag"] = one.Tag,
        ["file"] = one.File,
        ["address"] = (one.Address ?? one.Page)?.AbsoluteUri,
        ["bytes"] = one.Bytes,
        ["sha256"] = one.Sha256,
        ["evidence"] = one.Evidence.ToString().ToLowerInvariant(),
        ["licence"] = one.Licence,
        ["nonCommercial"] = one.IsNonCommercial,
        ["classes"] = one.Classes,
        ["size"] = one.Size,
        ["shorterSide"] = one.ShorterSide,
        ["interpolation"] = one.IsBicubic ? "bicubic" : "bilinear",
        ["order"] = "rgb",
        ["mean"] = new JsonArray([.. one.Normalization.Mean.Select(value => (JsonNode)value)]),
        ["deviation"] = new JsonArray([.. one.Normalization.Deviation.Select(value => (JsonNode)value)]),
        ["topOne"] = one.Accuracy.TopOne,
        ["topOneSource"] = one.Accuracy.Source,
        ["path"] = path,
    };

    private sealed class ListCommand : ToolCommand
    {
        public ListCommand(Terminal terminal) : base(terminal, "list", "List the weights that are known and where they are", "featuremap weights list") => Finish();

        protected override int Run(ParseResult parse)
        {
            var folders = PretrainedWeights.Folders();
            if (Terminal.IsJson)
            {
                Terminal.Write(new JsonObject
                {
                    ["weights"] = new JsonArray([.. PretrainedWeights.All.Select(one => Describe(one, one.Locate(folders)))]),
                    ["cacheFolder"] = PretrainedWeights.CacheFolder,
                });
                return 0;
            }
            var table = new TextTable("name", "top-1 %", "size", "licence", "seen", "file", "where").AlignRight(1, 2);
            foreach (var one in PretrainedWeights.All)
            {
                table.Add(
                    one.Name, $"{one.Accuracy.TopOne:0.0}", $"{one.Size}", one.IsNonCommercial ? $"{one.Licence} (!)"
                        : one.Licence.Split(' ')[0], Seen(one), one.File,
                    one.Locate(folders) is { } path ? Path.GetDirectoryName(path)! : "-");
            }
            table.Write(Terminal.Output);
            Terminal.Output.WriteLine();
            Terminal.Output.WriteLine("(!) not for commercial use");
            Terminal.Output.WriteLine("seen: what was at hand when this list was written: the file, the publisher's listing of it, or "
                + "nothing (-), where name and figures are as they are commonly given.");
            Terminal.Output.WriteLine($"Downloads go to {PretrainedWeights.CacheFolder}. Other folders are named by {PretrainedWeights.FolderVariable}.");
            Terminal.Output.WriteLine("All about one, and fetch it:   featuremap weights get resnet-18");
            return 0;
        }
    }

    private sealed class GetCommand : ToolCommand
    {
        private readonly Argument<string> name = NameArgument();

        private readonly Option<string[]> mirror = new("--mirror")
        {
            Description = "A folder on the net that has the file, in place of the usual one; may be given several times",
            HelpName = "URL",
            DefaultValueFactory = _ => [],
        };

        public GetCommand(Terminal terminal) : base(terminal, "get", "Download weights unless they are there, and check them", "featuremap weights get resnet-18", "featuremap weights get resnet-50:imagenet1k-v1")
        {
            Arguments.Add(name);
            Options.Add(mirror);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            var one = PretrainedWeights.Get(parse.GetValue(name)!);
            var mirrors = parse.GetValue(mirror)!.Select(Address).ToList();
            if (one.IsNonCommercial) Terminal.Notice($"{one.Name} is under {one.Licence}: its weights, and what is fine-tuned from them, are NOT FOR COMMERCIAL USE.");
            var path = one.Fetch(
                mirrors: mirrors.Count > 0 ? mirrors : null,
                options: new DownloadOptions { Progress = Terminal.Context.Downloading?.Invoke(), Cancellation = Terminal.Context.Cancellation });
            if (one.Sha256.Length is > 0 and < 64)
                Terminal.Notice($"Only the first {one.Sha256.Length} digits of the SHA-256 of {one.File} are published ({one.Sha256}), and those were checked.");
            else if (one.Sha256.Length == 0)
                Terminal.Notice($"No SHA-256 of {one.File} is published, so it was not checked.");
            if (Terminal.IsJson)
            {
                Terminal.Write(Describe(one, path));
                return 0;
            }
            var table = new TextTable();
            table.Add("File", path);
            table.Add("Network", $"{one.Network}, {one.Classes:N0} classes");
            table.Add("Licence", Licence(one));
            table.Add("Pictures", Preparation(one));
            table.Add("Top-1", $"{one.Accuracy}");
            table.Add("Names", ClassNameFile.FindBeside(path) is { } names ? names
                : $"none in the file: a list of the {one.Classes:N0} names, one on each line, is found as "
                + $"{Path.GetFileNameWithoutExtension(path)}.classes.txt or classes.txt beside it, or given by predict --classes");
            table.Write(Terminal.Output);
            Terminal.Output.WriteLine();
            Terminal.Output.WriteLine($"As ONNX:   featuremap export {one.Network} --weights {path} --onnx {one.Network}.onnx");
            return 0;
        }

        private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
            : throw new UsageException($"--mirror is the address of a folder, such as https://example.org/weights/: received '{text}'.");
    }

    private sealed class PathCommand : ToolCommand
    {
        private readonly Argument<string> name = NameArgument();

        public PathCommand(Terminal terminal) : base(terminal, "path", "Print where weights are on this machine, for scripts; nothing is downloaded", "featuremap weights path resnet-18")
        {
            Arguments.Add(name);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            var one = PretrainedWeights.Get(parse.GetValue(name)!);
            var folders = PretrainedWeights.Folders();
            var path = one.Locate(folders) ?? throw new DataException($"{one.Name} is not here. Looked for {one.File} in {string.Join(", ", folders)}. Fetch it: featuremap weights get {one.Name}");
            if (Terminal.IsJson) Terminal.Write(Describe(one, path));
            else Terminal.Output.WriteLine(path);
            return 0;
        }
    }
}
