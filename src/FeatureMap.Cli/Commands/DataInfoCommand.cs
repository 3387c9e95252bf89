using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>data info</c>: what a data set is, and what is in it where it is on this machine. Nothing is downloaded for it.</summary>
internal sealed class DataInfoCommand : ToolCommand
{
    private readonly Argument<string?> name = new("name")
    {
        Description = "A data set, such as mnist (see 'featuremap data list'), or the path of a folder, archive or table (.csv); may be "
            + "left out where --data is one",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> data = DataOption();
    private readonly ImageOptions images = new();

    public DataInfoCommand(Terminal terminal)
        : base(terminal, "info", "Describe a data set: classes with counts, sizes, mean and deviation", "featuremap data info mnist",
        "featuremap data info photos.zip --image-size 32", "featuremap data info labels.csv --images photos/")
    {
        Arguments.Add(name);
        Options.Add(data);
        images.AddTo(this);
        Finish();
    }

    public static string Place(DatasetInfo info, string? folder) => info.Files.Count == 0 ? "inside the library" : folder ?? "not on this machine";

    public static JsonObject Describe(DatasetInfo info, string? folder) => new()
    {
        ["name"] = info.Name,
        ["title"] = info.Title,
        ["description"] = info.Description,
        ["trainingImages"] = info.TrainingCount,
        ["validationImages"] = info.ValidationCount,
        ["shape"] = Sizes(info.ImageShape),
        ["classes"] = Names(info.ClassNames),
        ["licence"] = info.Licence,
        ["homepage"] = info.Homepage.ToString(),
        ["downloadBytes"] = info.DownloadBytes,
        ["folder"] = folder,
        ["available"] = info.Files.Count == 0 || folder is not null,
    };

    protected override int Run(ParseResult parse)
    {
        var source = DataSource.Of(parse.GetValue(name), parse.GetValue(data)!).WithNameNoted(parse.GetValue(name));
        if (source.IsPath && images.Read(parse).Task is null && AnnotatedSet.FormatOf(source.Dataset) is not null)
        {
            AnnotationLines.Write(Terminal, AnnotatedSet.Open(source.Dataset, new() { Cancellation = Terminal.Cancellation }), all: false);
            return 0;
        }
        var about = DataDescription.Of(source, images.Read(parse), Terminal.Context);
        var (info, split) = (about.Info, about.Content?.Data);
        if (Terminal.IsJson)
        {
            var document = info is not null ? Describe(info, about.Folder) : new JsonObject
            {
                ["name"] = split!.Name,
                ["trainingImages"] = split.Training.Count,
                ["validationImages"] = split.Validation.Count,
                ["shape"] = Sizes(split.ImageShape),
                ["classes"] = Names(split.ClassNames),
                ["folder"] = split.Source,
                ["available"] = true,
            };
            document["found"] = about.Content is { } found ? Found(found) : null;
            Terminal.Write(document);
            return 0;
        }
        var table = new TextTable();
        if (info is not null) AddKnown(table, info, about.Folder);
        else table.Add("Name", split!.Name);
        if (about.Content is not { } content)
        {
            table.Write(Terminal.Output);
            return 0;
        }
        AddFound(table, content, isKnown: info is not null);
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        WriteClasses(content);
        return 0;
    }

    private static void AddKnown(TextTable table, DatasetInfo info, string? folder)
    {
        table.Add("Name", $"{info.Name} ({info.Title})");
        table.Add("What", info.Description);
        table.Add("Images", $"{info.TrainingCount:N0} training + {info.ValidationCount:N0} validation, {info.ImageShape} (channels x "
            + "height x width)");
        table.Add("Classes", info.ClassNames.Count <= 20 ? string.Join(", ", info.ClassNames) : $"{info.ClassNames.Count}, from "
            + $"{info.ClassNames[0]} to {info.ClassNames[^1]}");
        table.Add("Licence", info.Licence);
        table.Add("Homepage", info.Homepage.ToString());
        table.Add("Where", Place(info, folder));
        if (info.Files.Count > 0)
            table.Add("Download", $"{info.DownloadBytes / 1e6:0.0} MB from "
                + $"{string.Join(", ", info.Mirrors.Select(mirror => mirror.Host))}: featuremap data get {info.Name}");
    }

    private static void AddFound(TextTable table, DataContent content, bool isKnown)
    {
        var (split, normalization) = (content.Data, content.Normalization);
        if (!isKnown)
        {
            table.Add("Images", $"{split.Training.Count:N0} training + {split.Validation.Count:N0} validation, {split.ImageShape} "
                + "(channels x height x width)");
            table.Add("Where", split.Source);
        }
        table.Add("Mean", Numbers(normalization.Mean));
        table.Add("Deviation", Numbers(normalization.Deviation) + " (per channel over the training images, in units of pixel / 255)");
        if (split.CacheFile is { } cache) table.Add("Cache", $"{cache} ({new FileInfo(cache).Length / 1e6:0.0} MB of decoded images; "
            + "may be deleted)");
    }

    private void WriteClasses(DataContent content)
    {
        var (split, training, validation) = (content.Data, content.Training, content.Validation);
        if (split.Training.Targets is { Kind: TargetKind.Quantities })
        {
            var numbers = new TextTable("number", "mean", "deviation").AlignRight(1, 2);
            foreach (var (name, mean, deviation) in QuantityScale.Of(split.Training))
                numbers.Add(name, $"{mean:G5}", $"{deviation:G5}");
            numbers.Write(Terminal.Output);
            return;
        }
        var unit = Masks.Are(split) ? " pixels" : "";
        var table = new TextTable("label", "class", $"training{unit}", $"validation{unit}").AlignRight(0, 2, 3);
        for (var label = 0; label < split.ClassCount; label++)
            table.Add($"{label}", split.ClassNames[label], $"{training[label]:N0}", $"{validation[label]:N0}");
        if (split.Training.Targets is not { Kind: TargetKind.Labels }) table.Add("", "together", $"{training.Sum():N0}", $"{validation.Sum():N0}");
        table.Write(Terminal.Output);
    }

    private static JsonObject Found(DataContent content)
    {
        var (split, normalization, training, validation) = content;
        return new()
        {
            ["source"] = split.Source,
            ["cacheFile"] = split.CacheFile,
            ["trainingImages"] = split.Training.Count,
            ["validationImages"] = split.Validation.Count,
            ["shape"] = Sizes(split.ImageShape),
            ["mean"] = new JsonArray([.. normalization.Mean.Select(value => JsonValue.Create(value))]),
            ["deviation"] = new JsonArray([.. normalization.Deviation.Select(value => JsonValue.Create(value))]),
            ["classes"] = new JsonArray([.. split.ClassNames.Select((name, label) => new JsonObject
            {
                ["name"] = name,
                ["training"] = training[label],
                ["validation"] = validation[label],
            })]),
            ["notice"] = split.Notice,
        };
    }

    private static JsonArray Sizes(Shape shape) => new(shape.Channels, shape.Height, shape.Width);

    private static JsonArray Names(IReadOnlyList<string> names) => new([.. names.Select(name => JsonValue.Create(name))]);

    private static string Numbers(IReadOnlyList<double> values) => string.Join(", ", values.Select(value => value.ToString("0.0000", CultureInfo.InvariantCulture)));
}
