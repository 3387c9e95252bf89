using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>data cache</c>: what the cache folder holds, and how to make room.</summary>
internal sealed class DataCacheCommand : ToolCommand
{
    private readonly Option<string[]> clear = new("--clear")
    {
        Description = "Remove what can be made again: decoded, features, or both",
        HelpName = "KIND",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    public DataCacheCommand(Terminal terminal)
        : base(terminal, "cache", "Show what the cache folder holds, or remove what can be made again", "featuremap data cache",
        "featuremap data cache --clear decoded features")
    {
        Options.Add(clear);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var names = parse.GetValue(clear)!;
        var cleared = names.Length == 0 ? null : CacheContent.Clear(names);
        var kinds = cleared ?? CacheContent.Find();
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["cacheFolder"] = Datasets.CacheFolder,
                ["cleared"] = cleared is not null,
                ["kinds"] = new JsonArray([.. kinds.Select(kind => new JsonObject
                {
                    ["name"] = kind.Name, ["folder"] = kind.Folder, ["files"] = kind.Files, ["bytes"] = kind.Bytes,
                        ["canBeMadeAgain"] = kind.CanBeMadeAgain,
                })]),
            });
            return 0;
        }
        var table = new TextTable("kind", "files", "MB", "what").AlignRight(1, 2);
        foreach (var kind in kinds)
            table.Add(kind.Name, $"{kind.Files:N0}", $"{kind.Bytes / 1e6:N1}", kind.Meaning);
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine(cleared is not null ? "These were removed; they are made again when they are needed."
            : $"All of it is in {Datasets.CacheFolder}. Make room:   featuremap data cache --clear decoded features");
        return 0;
    }
}
