using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Tests.Cli;
using FeatureMap.Tests.Data;
using Xunit;
using static FeatureMap.Tests.Annotations.SmallSets;

namespace FeatureMap.Tests.Annotations;

/// <summary>What the check and the commands say of a set.</summary>
public sealed class AnnotationCheckTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Set() => ClassFolder.Write(folder, "set",
    [
        ("JPEGImages/a.png", Noise(1)), ("JPEGImages/b.png", Noise(2)), ("JPEGImages/c.png", Noise(1)), ("JPEGImages/d.png", Noise(3)),
        ("Annotations/a.xml", Text(VocFile("a.png", 20, 10, ("cat", "1 1 4 2"), ("dog", "5 5 5 5")))),
            ("Annotations/b.xml", Text(VocFile("b.png", 20, 10, ("dog", "1 1 20 10")))),
        ("Annotations/c.xml", Text(VocFile("c.png", 20, 10, ("cat", "1 1 4 2")))), ("Annotations/d.xml", Text(VocFile("d.png", 20, 10))),
        ("ImageSets/Main/train.txt", Text("a\nb\n")), ("ImageSets/Main/val.txt", Text("c\nd\n")),
    ]);

    private static byte[] Noise(uint seed) => PngWriter.Write(Idx.Noise(600, seed), new(3, 10, 20));

    [Fact]
    public void The_same_picture_in_two_parts_and_an_empty_box_are_found()
    {
        var check = AnnotationCheck.Of(Set());
        Assert.Equal(DataTask.Boxes, check.Task);
        Assert.False(check.IsSound);
        Assert.Equal(["JPEGImages/a.png", "JPEGImages/c.png"],
            Assert.Single(check.Findings, finding => finding.Kind == DataFindingKind.Leakage).Files[0]);
        var empty = Assert.Single(check.Findings, finding => finding is { Kind: DataFindingKind.Annotation, IsWrong: true });
        Assert.Contains("a.xml, line 6: the box of dog in JPEGImages/a.png is one point", empty.Message, StringComparison.Ordinal);
        Assert.Equal([["JPEGImages/a.png"]], empty.Files);
        Assert.Contains(check.Findings, finding => finding.Message == "1 picture shows nothing of the classes.");
    }

    [Fact]
    public void Annotations_that_cannot_be_read_are_a_finding_and_the_pictures_are_checked_all_the_same()
    {
        var place = Set();
        File.WriteAllText(Path.Combine(place, "Annotations/b.xml"), "<annotation><object></annotation>");
        var check = AnnotationCheck.Of(place);
        Assert.Equal(4, check.Readable);
        Assert.Contains("the XML is damaged or cut", Assert.Single(check.Findings, finding => finding.Kind == DataFindingKind.Annotation)
            .Message, StringComparison.Ordinal);
        Assert.Contains(check.Findings, finding => finding.Kind == DataFindingKind.Double);
    }

    [Fact]
    public void Class_folders_are_checked_as_ever() =>
        Assert.Equal(DataTask.Classes, AnnotationCheck.Of(ClassFolder.Write(folder, "classes", ClassFolder.Files())).Task);

    [Fact]
    public void The_commands_count_convert_check_and_draw()
    {
        var place = Set();
        var info = Tool.Run("annotations", "info", place);
        Assert.Equal(0, info.Code);
        Assert.Contains("Pascal VOC", info.Output, StringComparison.Ordinal);
        Assert.Contains("4: 2 train, 2 val", info.Output, StringComparison.Ordinal);
        Assert.Contains("1 picture shows nothing of them: JPEGImages/d.png", info.Output, StringComparison.Ordinal);
        Assert.Contains("--first-pixel 0 reads them as edges from 0.", info.Output, StringComparison.Ordinal);
        Assert.Equal(info.Output, Tool.Run("data", "info", place).Output);
        Assert.Equal(3, Tool.Run("annotations", "info", place, "--json").Json.GetProperty("things").GetInt32());

        var convert = Tool.Run("annotations", "convert", place, "--to", "yolo", "--out", folder["yolo"]);
        Assert.Equal(0, convert.Code);
        Assert.Contains("Pascal VOC to YOLO: 4 pictures with 3 things of 2 classes", convert.Output, StringComparison.Ordinal);
        Assert.Equal(3, Tool.Run("annotations", "info", folder["yolo"], "--json").Json.GetProperty("things").GetInt32());
        Assert.Equal(3, Tool.Run("annotations", "info", Path.Combine(folder["yolo"], "data.yaml"), "--json").Json.GetProperty("things")
            .GetInt32());
        Assert.Equal(1, Tool.Run("annotations", "convert", place, "--to", "yolo", "--out", folder["yolo"]).Code);
        Assert.Equal(2, Tool.Run("annotations", "convert", place, "--to", "yolov8", "--out", folder["x"]).Code);

        var check = Tool.Run("data", "check", place);
        Assert.Equal(1, check.Code);
        Assert.Equal(check.Output, Tool.Run("annotations", "check", place).Output);
        Assert.Contains("JPEGImages/a.png = JPEGImages/c.png", check.Output, StringComparison.Ordinal);

        var draw = Tool.Run("annotations", "draw", place, "--out", folder["page.html"], "--pictures", "3");
        Assert.Equal(0, draw.Code);
        var page = File.ReadAllText(folder["page.html"]);
        Assert.Equal(3, page.Split("<image href=").Length - 1 + page.Split("alt=\"").Length - 1);
        Assert.Contains(">dog</text>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_on_boxes_says_what_can_be_done_with_them()
    {
        var place = Set();
        var train = Tool.Run("train", "mnist-20k", "--data", place, "--out", folder["runs"]);
        Assert.NotEqual(0, train.Code);
        Assert.Contains("have an XML file of Pascal VOC", train.Error, StringComparison.Ordinal);
        Assert.Contains("featuremap annotations info reads them", train.Error, StringComparison.Ordinal);
        Assert.Equal(AnnotationFormat.Voc, AnnotatedSet.FormatOf(place));
    }
}
