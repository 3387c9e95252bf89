using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Data;

namespace FeatureMap.Cli;

/// <summary><c>data</c>: the data sets, where they are, and how to get them.</summary>
internal sealed class DataCommand : Command
{
    public DataCommand(Terminal terminal) : base("data", "List, download, describe or preview data sets")
    {
        Subcommands.Add(new ListCommand(terminal));
        Subcommands.Add(new GetCommand(terminal));
        Subcommands.Add(new InfoCommand(terminal));
        Subcommands.Add(new DataPreviewCommand(terminal));
        Subcommands.Add(new DataAugmentationsCommand(terminal));
    }

    private static Argument<string> NameArgument() => new("name") { Description = "A data set, such as mnist; see 'featuremap data list'" };

    private static string Place(DatasetInfo info, IReadOnlyList<string> folders, Terminal terminal) =>
        info.Files.Count == 0 ? "inside the library" : Datasets.Locate(info.Name, DataAccess.Options(folders, terminal)) ?? "not on this machine";

    private static JsonObject Describe(DatasetInfo info, string? folder) => new()
    {
        ["name"] = info.Name,
        ["title"] = info.Title,
        ["description"] = info.Description,
        ["trainingImages"] = info.TrainingCount,
        ["validationImages"] = info.ValidationCount,
        ["shape"] = new JsonArray(info.ImageShape.Channels, info.ImageShape.Height, info.ImageShape.Width),
        ["classes"] = new JsonArray([.. info.ClassNames.Select(name => JsonValue.Create(name))]),
        ["licence"] = info.Licence,
        ["homepage"] = info.Homepage.ToString(),
        ["downloadBytes"] = info.DownloadBytes,
        ["folder"] = folder,
        ["available"] = info.Files.Count == 0 || folder is not null,
    };

    private static string? Folder(DatasetInfo info, IReadOnlyList<string> folders, Terminal terminal) => Datasets.Locate(info.Name, DataAccess.Options(folders, terminal));

    private sealed class ListCommand : ToolCommand
    {
        private readonly Option<string[]> data = DataOption();

        public ListCommand(Terminal terminal) : base(terminal, "list", "List the data sets and where they are", "featuremap data list")
        {
            Options.Add(data);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            var folders = parse.GetValue(data)!;
            if (Terminal.IsJson)
            {
                Terminal.Write(new JsonObject { ["datasets"] = new JsonArray([.. Datasets.All.Select(info => Describe(info, Folder(info, folders, Terminal)))]), ["cacheFolder"] = Datasets.CacheFolder });
                return 0;
            }
            var table = new TextTable("name", "images", "shape", "classes", "where").AlignRight(3);
            foreach (var info in Datasets.All)
                table.Add(info.Name, string.Create(CultureInfo.InvariantCulture, $"{info.TrainingCount:N0} + {info.ValidationCount:N0}"), $"{info.ImageShape}", $"{info.ClassNames.Count}", Place(info, folders, Terminal));
            table.Write(Terminal.Output);
            Terminal.Output.WriteLine();
            Terminal.Output.WriteLine($"Downloads go to {Datasets.CacheFolder}. Other folders are named by --data or FEATUREMAP_DATA.");
            return 0;
        }
    }

    private sealed class GetCommand : ToolCommand
    {
        private readonly Argument<string> name = NameArgument();
        private readonly Option<string[]> data = DataOption();

        public GetCommand(Terminal terminal) : base(terminal, "get", "Download a data set unless it is there, and check it", "featuremap data get fashion-mnist")
        {
            Arguments.Add(name);
            Options.Add(data);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            var found = DataAccess.Load(parse.GetValue(name)!, parse.GetValue(data)!, Terminal, allowDigits: false);
            if (Terminal.IsJson)
            {
                Terminal.Write(new JsonObject { ["name"] = found.Name, ["folder"] = found.Source, ["trainingImages"] = found.Training.Count, ["validationImages"] = found.Validation.Count });
                return 0;
            }
            Terminal.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{found.Name}: {found.Training.Count:N0} training + {found.Validation.Count:N0} validation images of {found.ImageShape}, checked, in {found.Source}"));
            return 0;
        }
    }

    private sealed class InfoCommand : ToolCommand
    {
        private readonly Argument<string> name = NameArgument();
        private readonly Option<string[]> data = DataOption();

        public InfoCommand(Terminal terminal) : base(terminal, "info", "Describe a data set", "featuremap data info mnist")
        {
            Arguments.Add(name);
            Options.Add(data);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            var info = Datasets.Info(parse.GetValue(name)!);
            var folders = parse.GetValue(data)!;
            if (Terminal.IsJson)
            {
                Terminal.Write(Describe(info, Folder(info, folders, Terminal)));
                return 0;
            }
            var table = new TextTable();
            table.Add("Name", $"{info.Name} ({info.Title})");
            table.Add("What", info.Description);
            table.Add("Images", string.Create(CultureInfo.InvariantCulture, $"{info.TrainingCount:N0} training + {info.ValidationCount:N0} validation, {info.ImageShape} (channels x height x width)"));
            table.Add("Classes", string.Join(", ", info.ClassNames));
            table.Add("Licence", info.Licence);
            table.Add("Homepage", info.Homepage.ToString());
            table.Add("Where", Place(info, folders, Terminal));
            if (info.Files.Count > 0) table.Add("Download", string.Create(CultureInfo.InvariantCulture, $"{info.DownloadBytes / 1e6:0.0} MB from {string.Join(", ", info.Mirrors.Select(mirror => mirror.Host))}"));
            table.Write(Terminal.Output);
            return 0;
        }
    }
}
