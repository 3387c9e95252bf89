using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Annotations;
using FeatureMap.Data;

namespace FeatureMap.Cli;

/// <summary><c>data check</c>: reads every picture of a folder or an archive and says what is wrong.</summary>
internal sealed class DataCheckCommand : ToolCommand
{
    private const int MostShown = 10;
    private readonly Argument<string> path = new("path")
    {
        Description = "A folder, or a zip, tar or tar.gz, of pictures, with class folders, boxes "
        + "or nothing; or a table (.csv) that names them"
    };
    private readonly ImageOptions images = new("task", "image-folder", "file-column", "label-column");
    private readonly Option<bool> all = new("--all") { Description = $"Name every file; otherwise the first {MostShown} of each kind" };

    public DataCheckCommand(Terminal terminal)
        : base(terminal, "check", "Find what is wrong with pictures: damaged, twice there, in two classes, in training and validation",
            "featuremap data check photos/", "featuremap data check photos.zip --json", "featuremap data check labels.csv --images photos/")
    {
        Arguments.Add(path);
        Options.Add(all);
        images.AddTo(this);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var check = AnnotationCheck.Of(parse.GetValue(path)!, new() { Cancellation = Terminal.Cancellation },
            new DataLines.DecodeLine(Terminal), images.Read(parse));
        return Show(Terminal, check, parse.GetValue(all));
    }

    /// <summary>Writes a check and gives the exit code.</summary>
    public static int Show(Terminal terminal, DataCheck check, bool all)
    {
        if (terminal.IsJson) terminal.Write(Document(check));
        else Write(terminal, check, all ? int.MaxValue : MostShown);
        return check.IsSound ? 0 : Failure.Failed;
    }

    private static void Write(Terminal terminal, DataCheck check, int most)
    {
        var table = new TextTable();
        table.Add("Checked", check.Source);
        table.Add("Task", $"{Word(check.Task)}: {check.TaskWords}");
        table.Add("Pictures", $"{check.Images:N0}, {(check.Readable == check.Images ? "all" : $"{check.Readable:N0}")} can be read"
            + $"; {(check.Gray == 0 ? "all in colour" : check.Gray == check.Readable ? "all gray" : $"{check.Gray:N0} gray")}"
            + (check.Turned == 0 ? "" : $"; {check.Turned:N0} turned upright by Exif"));
        if (check.Sizes.Count > 0)
        {
            table.Add("Sizes", string.Join(", ", check.Sizes.Take(5).Select(size => $"{size.Size.Width} x {size.Size.Height} ({size.Images:N0})"))
                + (check.Sizes.Count > 5 ? $" and {check.Sizes.Count - 5:N0} more" : "") + " (width x height)");
        }
        table.Write(terminal.Output);
        if (check.Classes.Count > 0) WriteClasses(terminal, check, most);
        if (check.Numbers.Count > 0) WriteNumbers(terminal, check);
        foreach (var group in check.Findings.GroupBy(finding => (finding.IsWrong, finding.Kind)))
            Write(terminal, [.. group], most);
        WriteEnd(terminal, check);
    }

    private static void WriteClasses(Terminal terminal, DataCheck check, int most)
    {
        terminal.Output.WriteLine();
        var (one, several) = check.HasLabels ? ("label", "labels") : ("class", "classes");
        var table = check.HasParts ? new TextTable(one, "training", "validation").AlignRight(1, 2)
            : new TextTable(one, "pictures").AlignRight(1);
        foreach (var (name, training, validation) in check.Classes.Take(Math.Max(most, 30)))
            table.Add(check.HasParts ? [name, $"{training:N0}", $"{validation:N0}"] : [name, $"{training:N0}"]);
        table.Write(terminal.Output);
        if (check.Classes.Count > Math.Max(most, 30)) terminal.Output.WriteLine($"and {check.Classes.Count - Math.Max(most, 30):N0} more "
            + several);
    }

    private static void WriteNumbers(Terminal terminal, DataCheck check)
    {
        terminal.Output.WriteLine();
        var table = new TextTable("number", "least", "mean", "greatest").AlignRight(1, 2, 3);
        foreach (var (name, least, mean, greatest) in check.Numbers)
            table.Add(name, $"{least:0.####}", $"{mean:0.####}", $"{greatest:0.####}");
        table.Write(terminal.Output);
    }

    private static void Write(Terminal terminal, DataFinding[] findings, int most)
    {
        terminal.Output.WriteLine();
        foreach (var finding in findings.Take(most))
        {
            terminal.Output.WriteLine($"{(finding.IsWrong ? "WRONG" : "note ")} {FlagNames.In(finding.Message)}");
            // The message of one file names it.
            foreach (var files in finding.Files.Where(_ => finding.Kind != DataFindingKind.Unreadable
                && (finding.Kind != DataFindingKind.Annotation || finding.Files.Count > 1)).Take(most))
            {
                var sign = finding.Kind == DataFindingKind.NearDouble ? " ~ " : " = ";
                var more = files.Count > most ? $" and {files.Count - most:N0} more" : "";
                terminal.Output.WriteLine($"        {string.Join(sign, files.Take(most))}{more}");
            }
            if (finding.Files.Count > most) terminal.Output.WriteLine($"        and {finding.Files.Count - most:N0} more; --all names "
                + $"them");
        }
        if (findings.Length > most) terminal.Output.WriteLine($"WRONG and {findings.Length - most:N0} more files; --all names them");
    }

    private static void WriteEnd(Terminal terminal, DataCheck check)
    {
        terminal.Output.WriteLine();
        var broken = check.Findings.Count(finding => finding.Kind == DataFindingKind.Unreadable);
        var advice = check.Findings.Where(finding => finding.Advice.Length > 0).Select(finding => (finding.IsWrong, Text: $"{KindWord(finding.Kind)}: {FlagNames.In(finding.Advice)}")).Distinct().ToList();
        if (broken > 0) advice.Insert(0, (true, $"{KindWord(DataFindingKind.Unreadable)}: mend or remove them as each line says, or train on the rest with --unreadable skip."));
        if (check.IsSound) terminal.Output.WriteLine("Nothing is wrong.");
        if (advice.Count == 0) return;
        terminal.Output.WriteLine(check.IsSound ? "Good to know:" : "What to do:");
        foreach (var (_, text) in advice)
            terminal.Output.WriteLine($"  {text}");
    }

    private static JsonObject Document(DataCheck check) => new()
    {
        ["source"] = check.Source,
        ["task"] = Word(check.Task),
        ["images"] = check.Images,
        ["readable"] = check.Readable,
        ["turned"] = check.Turned,
        ["gray"] = check.Gray,
        ["sizes"] = new JsonArray([.. check.Sizes.Select(size => new JsonObject { ["height"] = size.Size.Height, ["width"] = size.Size.Width, ["images"] = size.Images })]),
        ["classes"] = new JsonArray([.. check.Classes.Select(one => new JsonObject { ["name"] = one.Name, ["training"] = one.Training, ["validation"] = one.Validation })]),
        ["severalLabels"] = check.HasLabels,
        ["numbers"] = new JsonArray([.. check.Numbers.Select(one => new JsonObject
        {
            ["name"] = one.Name,
            ["least"] = one.Least,
            ["mean"] = one.Mean,
            ["greatest"] = one.Most,
        })]),
        ["sound"] = check.IsSound,
        ["findings"] = new JsonArray([.. check.Findings.Select(finding => new JsonObject
        {
            ["kind"] = KindWord(finding.Kind),
            ["wrong"] = finding.IsWrong,
            ["message"] = finding.Message,
            ["advice"] = finding.Advice,
            ["files"] = new JsonArray([.. finding.Files.Select(files => new JsonArray([.. files.Select(file => JsonValue.Create(file))]))]),
        })]),
    };

    private static string Word(DataTask task) => task switch { DataTask.Classes => "classes", DataTask.Boxes => "boxes", DataTask.Masks => "masks", _ => "table" };

    private static string KindWord(DataFindingKind kind) => kind switch
    {
        DataFindingKind.NearDouble => "near double",
        DataFindingKind.SmallClass => "small class",
        DataFindingKind.PassedOver => "passed over",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
