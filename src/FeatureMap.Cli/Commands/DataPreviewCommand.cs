using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>data preview</c>: a picture of what an augmentation makes of the images of a data set.</summary>
internal sealed class DataPreviewCommand : ToolCommand
{
    private readonly Argument<string?> name = new("name")
    {
        Description = "A data set, such as mnist (see 'featuremap data list'), or the path of a folder, archive or table (.csv); may be "
            + "left out where --data is one",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly ImageOptions imageFiles = new();
    private readonly Option<string?> augmentation = new("--augmentation") { Description = "What to show, by default that of the first recipe for the data set; see 'featuremap data augmentations'", HelpName = "TEXT" };
    private readonly Option<string?> images = Count("--images", "Images to show, one per row", "N");
    private readonly Option<string?> epochs = Count("--epochs", "Variants of each image: those of so many epochs", "E");
    private readonly Option<string> seed = new("--seed") { Description = "Seed of the training whose variants are shown", HelpName = "S", DefaultValueFactory = _ => "0" };
    private readonly Option<string> file = new("--out")
    {
        Description = "The picture to write, a PNG file; one that ends in .html "
        + "becomes a page that also says what each row is",
        HelpName = "FILE",
        DefaultValueFactory = _ => "preview.png"
    };
    private readonly Option<string[]> data = DataOption();

    public DataPreviewCommand(Terminal terminal)
        : base(terminal, "preview", "Draw what an augmentation makes of the images of a data set",
            "featuremap data preview mnist --out sheet.png", "featuremap data preview mnist --out sheet.html", "featuremap data preview "
                + "fashion-mnist --augmentation \"crop 2, flip, cutout 8\" --images 10 --epochs 12")
    {
        Arguments.Add(name);
        foreach (var option in (Option[])[augmentation, images, epochs, seed, file, data])
            Options.Add(option);
        imageFiles.AddTo(this);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var source = DataSource.Of(parse.GetValue(name), parse.GetValue(data)!).WithNameNoted(parse.GetValue(name));
        var chosen = parse.GetValue(augmentation) is { } text ? Augmentation.Parse(text) : null;
        int rows = (int)Whole(parse, images, 1, 1000)!, columns = (int)Whole(parse, epochs, 1, 1000)!;
        var start = Seed(parse.GetValue(seed)!);
        var sheet = AugmentationSheet.Write(
            source, chosen, rows, columns, start, parse.GetValue(file)!, imageFiles.Read(parse), Terminal.Context);
        var shape = sheet.Shape;
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["dataset"] = sheet.Data.Name,
                ["augmentation"] = sheet.Augmentation.ToString(),
                ["images"] = sheet.Images,
                ["epochs"] = columns,
                ["seed"] = start,
                ["width"] = shape.Width,
                ["height"] = shape.Height,
                ["path"] = sheet.File,
            });
            return 0;
        }
        Terminal.Output.WriteLine($"{sheet.Data.Name}: {sheet.Augmentation}");
        Terminal.Output.WriteLine($"{Terminal.Shown(sheet.File)}: {shape.Width} x {shape.Height} pixels, {sheet.Images} images (left) in "
            + $"{columns} variants each");
        return 0;
    }

    private static Option<string?> Count(string name, string description, string help) => new(name) { Description = description, HelpName = help, DefaultValueFactory = _ => "8" };

    private static ulong Seed(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new UsageException($"--seed is a whole number from 0 to {ulong.MaxValue:N0}: received '{text}'.");
}

/// <summary><c>data augmentations</c>: the words of descriptions.</summary>
internal sealed class DataAugmentationsCommand : ToolCommand
{
    public DataAugmentationsCommand(Terminal terminal)
        : base(terminal, "augmentations", "List the words for --augmentation and --set augmentation=", "featuremap data augmentations") => Finish();

    protected override int Run(ParseResult parse)
    {
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject
            {
                ["augmentations"] = new JsonArray([.. Augmentation.Words.Select(word => new JsonObject { ["name"] = word.Name, ["usage"] = word.Usage, ["meaning"] = word.Meaning })]),
            });
            return 0;
        }
        var table = new TextTable("word", "what it does");
        foreach (var word in Augmentation.Words)
        {
            table.Add(word.Name, word.Meaning);
            if (word.Usage != word.Name) table.Add("", "  " + word.Usage);
        }
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine("What stands in brackets may be left out; with a name and '=' the name must be written. Steps stand between commas:");
        Terminal.Output.WriteLine("  featuremap train --set augmentation=\"crop 4, jitter 0.4 0.4 0.4 0.1, apply 0.5 (cutout 8)\"");
        return 0;
    }
}
