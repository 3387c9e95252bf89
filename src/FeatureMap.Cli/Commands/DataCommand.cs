using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>data</c>: the data sets, where they are, and how to get them.</summary>
internal sealed class DataCommand : Command
{
    public DataCommand(Terminal terminal)
        : base("data", "List, download, describe, check or preview data sets, find wrong labels, make room in the cache")
    {
        Subcommands.Add(new ListCommand(terminal));
        Subcommands.Add(new GetCommand(terminal));
        Subcommands.Add(new DataInfoCommand(terminal));
        Subcommands.Add(new DataCheckCommand(terminal));
        Subcommands.Add(new DataHintsCommand(terminal));
        Subcommands.Add(new DataPreviewCommand(terminal));
        Subcommands.Add(new DataAugmentationsCommand(terminal));
        Subcommands.Add(new DataCacheCommand(terminal));
    }

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
            foreach (var place in folders)
                Datasets.CheckPlace(place);
            if (Terminal.IsJson)
            {
                Terminal.Write(new JsonObject
                {
                    ["datasets"] = new JsonArray([.. Datasets.All.Select(info => DataInfoCommand.Describe(info, DataDescription.FolderOf(info, folders, Terminal.Context)))]),
                    ["cacheFolder"] = Datasets.CacheFolder,
                });
                return 0;
            }
            var table = new TextTable("name", "images", "shape", "classes", "where").AlignRight(3);
            foreach (var info in Datasets.All)
            {
                table.Add(
                    info.Name, $"{info.TrainingCount:N0} + {info.ValidationCount:N0}", $"{info.ImageShape}", $"{info.ClassNames.Count}",
                    DataInfoCommand.Place(info, DataDescription.FolderOf(info, folders, Terminal.Context)));
            }
            table.Write(Terminal.Output);
            Terminal.Output.WriteLine();
            Terminal.Output.WriteLine($"Downloads go to {Datasets.CacheFolder}. Other folders are named by --data or FEATUREMAP_DATA.");
            Terminal.Output.WriteLine("Your own images: put those of each class into a folder, and give the folder of these folders, or a zip, tar or tar.gz of it, as the data:");
            Terminal.Output.WriteLine("  featuremap data info photos.zip");
            Terminal.Output.WriteLine("  featuremap train mnist-20k --data photos.zip --image-size 32");
            return 0;
        }
    }

    private sealed class GetCommand : ToolCommand
    {
        private readonly Argument<string> name = new("name") { Description = "A data set, such as mnist; see 'featuremap data list'" };
        private readonly Option<string[]> data = DataOption();

        public GetCommand(Terminal terminal) : base(terminal, "get", "Download a data set unless it is there, and check it", "featuremap data get fashion-mnist")
        {
            Arguments.Add(name);
            Options.Add(data);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            var found = Datasets.Get(parse.GetValue(name)!, Terminal.Context.Data(parse.GetValue(data)!));
            if (found.Notice is { } notice) Terminal.Notice(notice);
            if (Terminal.IsJson)
            {
                Terminal.Write(new JsonObject { ["name"] = found.Name, ["folder"] = found.Source, ["trainingImages"] = found.Training.Count, ["validationImages"] = found.Validation.Count });
                return 0;
            }
            Terminal.Output.WriteLine($"{found.Name}: {found.Training.Count:N0} training + {found.Validation.Count:N0} validation images "
                + $"of {found.ImageShape}, checked, in {found.Source}");
            return 0;
        }
    }
}
