using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>annotations</c>: boxes, outlines and masks of pictures.</summary>
internal sealed class AnnotationsCommand : Command
{
    public AnnotationsCommand(Terminal terminal)
        : base("annotations", "Describe, check, convert or draw boxes and masks: COCO, Pascal VOC, YOLO, CSV")
    {
        Subcommands.Add(new InfoCommand(terminal));
        Subcommands.Add(new CheckCommand(terminal));
        Subcommands.Add(new ConvertCommand(terminal));
        Subcommands.Add(new DrawCommand(terminal));
    }

    /// <summary>A command on annotations: the place and how they are read.</summary>
    private abstract class PlaceCommand(Terminal terminal, string name, string description, params string[] examples)
        : ToolCommand(terminal, name, description, examples)
    {
        private readonly Argument<string> place =
            new("place")
            {
                Description = "A folder, or a zip, tar or tar.gz, of pictures and annotations; or COCO's JSON, YOLO's data.yaml or a CSV"
            };
        private readonly Option<string?> format =
            new("--format") { Description = "What to read: coco, voc, yolo or csv; told by the files where left out", HelpName = "FORMAT" };
        private readonly Option<string?> first =
            new("--first-pixel")
            {
                Description = "The number of the first pixel in corners of VOC and CSV, 1 or 0; told by the boxes where left out",
                HelpName = "N"
            };
        private readonly Option<string?> classes =
            new("--classes")
            {
                Description = "The classes in the order of their numbers, with commas, for VOC and CSV, which list none",
                HelpName = "NAMES"
            };

        protected void AddPlace()
        {
            Arguments.Add(place);
            foreach (var option in (Option[])[format, first, classes])
                Options.Add(option);
        }

        protected string Place(ParseResult parse) => parse.GetValue(place)!;

        protected AnnotationOptions Reading(ParseResult parse) => new()
        {
            Format = parse.GetValue(format) is { } text ? FormatOf("--format", text) : null,
            FirstPixel = (int?)Whole(parse, first, 0, 1),
            ClassNames = parse.GetValue(classes)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            Cancellation = Terminal.Cancellation,
        };

        protected static AnnotationFormat FormatOf(string option, string text) => text.ToLowerInvariant() switch
        {
            "coco" => AnnotationFormat.Coco,
            "voc" => AnnotationFormat.Voc,
            "yolo" => AnnotationFormat.Yolo,
            "csv" => AnnotationFormat.Csv,
            _ => throw new UsageException(
                $"{option} is coco, voc, yolo or csv: received '{text}'.{NearestName.Suggest(text, ["coco", "voc", "yolo", "csv"])}"),
        };
    }

    private sealed class InfoCommand : PlaceCommand
    {
        private readonly Option<bool> all = new("--all") { Description = "Write every remark; otherwise the first of each kind" };

        public InfoCommand(Terminal terminal)
            : base(terminal, "info", "Count pictures and things of each class and part, and say how the files were "
            + "read", "featuremap annotations info bccd.zip", "featuremap annotations info annotations/instances_train.json --json")
        {
            AddPlace();
            Options.Add(all);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            Datasets.CheckPlace(Place(parse));
            AnnotationLines.Write(Terminal, AnnotatedSet.Open(Place(parse), Reading(parse)), parse.GetValue(all));
            return 0;
        }
    }

    private sealed class CheckCommand : PlaceCommand
    {
        private readonly Option<bool> all = new("--all") { Description = "Name every file; otherwise the first of each kind" };

        public CheckCommand(Terminal terminal)
            : base(terminal, "check", "Find what is wrong with boxes and pictures: empty, outside, twice there, missing, of another size, "
            + "in two parts", "featuremap annotations check bccd.zip")
        {
            AddPlace();
            Options.Add(all);
            Finish();
        }

        protected override int Run(ParseResult parse) =>
            DataCheckCommand.Show(Terminal, AnnotationCheck.Of(Place(parse), Reading(parse), new DataLines.DecodeLine(Terminal)),
                parse.GetValue(all));
    }

    private sealed class ConvertCommand : PlaceCommand
    {
        private readonly Option<string> to = new("--to")
        {
            Description = "What to write: coco, voc, yolo or csv",
            HelpName = "FORMAT",
            Required = true
        };
        private readonly Option<string> folder = new("--out")
        {
            Description = "The new folder to write into",
            HelpName = "FOLDER",
            Required = true
        };
        private readonly Option<bool> alone =
            new("--no-pictures") { Description = "Write the annotations only; otherwise the pictures are copied too" };

        public ConvertCommand(Terminal terminal)
            : base(terminal, "convert", "Write annotations in another format, in the layout that other programs "
            + "expect", "featuremap annotations convert bccd.zip --to coco --out bccd-coco", "featuremap annotations convert "
            + "instances.json --to yolo --out yolo --no-pictures")
        {
            AddPlace();
            foreach (var option in (Option[])[to, folder, alone])
                Options.Add(option);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            var format = FormatOf("--to", parse.GetValue(to)!);
            Datasets.CheckPlace(Place(parse));
            var set = AnnotatedSet.Open(Place(parse), Reading(parse));
            AnnotationLines.Tell(Terminal, set, false);
            var written = set.Save(parse.GetValue(folder)!, format, copyPictures: !parse.GetValue(alone));
            foreach (var notice in written.Notices)
                Terminal.Notice(notice);
            if (Terminal.IsJson)
            {
                Terminal.Write(new JsonObject
                {
                    ["folder"] = written.Folder,
                    ["format"] = AnnotationLines.Word(format),
                    ["start"] = written.Start,
                    ["pictures"] = written.Pictures,
                    ["things"] = written.Things,
                    ["notices"] = new JsonArray([.. written.Notices.Select(notice => JsonValue.Create(notice))]),
                });
                return 0;
            }
            var (pictures, things) = (AnnotationLines.Many(written.Pictures, "picture", "pictures"),
                AnnotationLines.Many(written.Things, "thing", "things"));
            Terminal.Output.WriteLine($"{AnnotationLines.Name(set.Format)} to {AnnotationLines.Name(format)}: {pictures} with {things} of "
                + $"{AnnotationLines.Many(set.ClassNames.Count, "class", "classes")}; other programs are given "
                + $"{Terminal.Shown(written.Start)}");
            return 0;
        }
    }

    private sealed class DrawCommand : PlaceCommand
    {
        private readonly Option<string> file = new("--out")
        {
            Description = "The page to write, an HTML file",
            HelpName = "FILE",
            DefaultValueFactory = _ => "annotations.html"
        };
        private readonly Option<string?> pictures = new("--pictures")
        {
            Description = "Pictures to draw, spread evenly",
            HelpName = "N",
            DefaultValueFactory = _ => "24"
        };
        private readonly Option<string?> part = new("--part") { Description = "Only those of train, val or test", HelpName = "PART" };

        public DrawCommand(Terminal terminal)
            : base(terminal, "draw", "Draw boxes, outlines and masks on pictures into a page", "featuremap annotations draw bccd.zip "
            + "--out cells.html --pictures 12")
        {
            AddPlace();
            foreach (var option in (Option[])[file, pictures, part])
                Options.Add(option);
            Finish();
        }

        protected override int Run(ParseResult parse)
        {
            var count = (int)Whole(parse, pictures, 1, 1000)!;
            Datasets.CheckPlace(Place(parse));
            var set = AnnotatedSet.Open(Place(parse), Reading(parse));
            AnnotationLines.Tell(Terminal, set, false);
            var sheet = AnnotationSheet.Write(set, parse.GetValue(part), count, parse.GetValue(file)!, Terminal.Context);
            if (Terminal.IsJson) Terminal.Write(new JsonObject
            {
                ["page"] = sheet.File,
                ["pictures"] = sheet.Pictures,
                ["things"] = sheet.Things
            });
            else Terminal.Output.WriteLine($"{Terminal.Shown(sheet.File)}: {AnnotationLines.Many(sheet.Pictures, "picture", "pictures")} "
                + $"with {AnnotationLines.Many(sheet.Things, "thing", "things")}");
            return 0;
        }
    }
}

/// <summary>A set of annotations in lines or as a document.</summary>
internal static class AnnotationLines
{
    private const int MostNamed = 5, MostPerKind = 3, MostClasses = 100;

    public static string Word(AnnotationFormat format) => format.ToString().ToLowerInvariant();

    public static string Name(AnnotationFormat format) =>
        format switch
        {
            AnnotationFormat.Coco => "COCO",
            AnnotationFormat.Voc => "Pascal VOC",
            AnnotationFormat.Yolo => "YOLO",
            _ => "CSV"
        };

    /// <summary>A number with its noun.</summary>
    public static string Many(int count, string one, string many) => $"{count:N0} {(count == 1 ? one : many)}";

    public static void Write(Terminal terminal, AnnotatedSet set, bool all)
    {
        var summary = AnnotationSummary.Of(set);
        if (terminal.IsJson)
        {
            terminal.Write(Document(set, summary));
            return;
        }
        var table = new TextTable();
        table.Add("Name", set.Name);
        table.Add("Where", Path.GetFullPath(set.Location));
        table.Add("Format", Name(set.Format));
        table.Add("Pictures", $"{set.Pictures.Count:N0}" + (summary.Splits is [{ Split: "" }] ? ""
            : $": {string.Join(", ", summary.Splits.Select(one => $"{one.Pictures:N0} {Part(one.Split)}"))}"));
        table.Add("Things", $"{set.Count:N0} of {Many(set.ClassNames.Count, "class", "classes")}"
            + Flags(summary));
        var empty = summary.Splits.SelectMany(one => one.Empty).ToArray();
        if (empty.Length > 0)
            table.Add("Empty", $"{empty.Length:N0} {(empty.Length == 1 ? "picture shows" : "pictures show")} nothing of them: "
                + $"{string.Join(", ", empty.Take(all ? int.MaxValue : MostNamed))}{(!all && empty.Length > MostNamed ? ", ..." : "")}");
        table.Write(terminal.Output);
        terminal.Output.WriteLine();
        string[] headings = ["number", "class", .. summary.Splits.Select(one => one.Split.Length == 0 ? summary.Splits.Count == 1 ? "things"
            : "no part" : one.Split), "in pictures", "median side"];
        var classes = new TextTable(headings).AlignRight([0, .. Enumerable.Range(2, headings.Length - 2)]);
        foreach (var (number, name) in set.ClassNames.Index().Take(all ? int.MaxValue : MostClasses))
        {
            classes.Add([$"{number}", name, .. summary.Splits.Select(one => $"{one.Things[number]:N0}"),
                $"{summary.PicturesOfClass[number]:N0}",
                summary.MedianSide[number].ToString("N0", CultureInfo.InvariantCulture)]);
        }
        classes.Write(terminal.Output);
        if (!all && set.ClassNames.Count > MostClasses) terminal.Output.WriteLine($"and {set.ClassNames.Count - MostClasses:N0} more "
            + $"classes; --all names them");
        if (set.Remarks.Count > 0) terminal.Output.WriteLine();
        foreach (var (text, isWrong) in Remarks(set, all))
            terminal.Output.WriteLine($"{(isWrong ? "WRONG" : "note ")} {FlagNames.In(text)}");
    }

    /// <summary>The remarks on a set as notices.</summary>
    public static void Tell(Terminal terminal, AnnotatedSet set, bool all)
    {
        foreach (var (text, _) in Remarks(set, all))
            terminal.Notice(text);
    }

    private static IEnumerable<(string Text, bool IsWrong)> Remarks(AnnotatedSet set, bool all)
    {
        foreach (var group in set.Remarks.GroupBy(remark => (remark.Kind, remark.IsWrong)))
        {
            var most = all ? int.MaxValue : MostPerKind;
            foreach (var remark in group.Take(most))
                yield return (remark.Message, remark.IsWrong);
            if (group.Count() > most) yield return ($"and {group.Count() - most:N0} more like that; 'annotations info' with --all names "
                + $"them.", group.Key.IsWrong);
        }
    }

    private static string Flags(AnnotationSummary summary)
    {
        int crowds = summary.Splits.Sum(one => one.Crowds), difficult = summary.Splits.Sum(one => one.Difficult),
            outlined = summary.Splits.Sum(one => one.Outlined);
        return (crowds > 0 ? $", {Many(crowds, "crowd", "crowds")}" : "") + (difficult > 0 ? $", {difficult:N0} difficult" : "")
            + (outlined > 0 ? $", {outlined:N0} with an outline or a mask" : "");
    }

    private static string Part(string split) => split.Length == 0 ? "in no part" : split;

    private static JsonObject Document(AnnotatedSet set, AnnotationSummary summary) => new()
    {
        ["name"] = set.Name,
        ["location"] = Path.GetFullPath(set.Location),
        ["format"] = Word(set.Format),
        ["pictures"] = set.Pictures.Count,
        ["things"] = set.Count,
        ["classes"] = new JsonArray([.. set.ClassNames.Select((name, number) =>
            new JsonObject { ["name"] = name, ["pictures"] = summary.PicturesOfClass[number],
            ["medianSide"] = summary.MedianSide[number] })]),
        ["parts"] = new JsonArray([.. summary.Splits.Select(one => new JsonObject
        {
            ["name"] = one.Split,
            ["pictures"] = one.Pictures,
            ["things"] = new JsonArray([.. one.Things.Select(count => JsonValue.Create(count))]),
            ["crowds"] = one.Crowds,
            ["difficult"] = one.Difficult,
            ["outlined"] = one.Outlined,
            ["empty"] = new JsonArray([.. one.Empty.Select(file => JsonValue.Create(file))]),
        })]),
        ["remarks"] = new JsonArray(
            [.. set.Remarks.Select(remark => new JsonObject { ["kind"] = remark.Kind.ToString(), ["wrong"] = remark.IsWrong,
            ["message"] = remark.Message, ["file"] = remark.File })]),
    };
}
