using FeatureMap.Annotations;
using FeatureMap.Data;
using Xunit;
using static FeatureMap.Tests.Annotations.SmallSets;

namespace FeatureMap.Tests.Annotations;

public sealed class CocoTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string File(string images, string annotations,
        string categories = """{"id": 3, "name": "cat"}, {"id": 17, "name": "dog"}""") =>
        $$"""{"info": {"year": 2017}, "annotations": [{{annotations}}], "images": [{{images}}], "categories": [{{categories}}]}""";

    private const string Image = """{"id": 9, "file_name": "a.png", "width": 5, "height": 4}""";

    private AnnotatedSet Read(string annotations, string image = Image) =>
        Open(folder, null, ("images/a.png", Picture(5, 4)), ("annotations/instances_train2017.json", Text(File(image, annotations))));

    private string Refuse(string annotations, string image = Image) =>
        Refused(folder, ("images/a.png", Picture(5, 4)), ("annotations/x.json", Text(File(image, annotations))));

    [Fact]
    public void Ids_with_holes_become_classes_by_rising_id_and_the_part_is_in_the_name()
    {
        var set = Read("""
            {"id": 1, "image_id": 9, "category_id": 17, "bbox": [1.5, 0.25, 2, 3], "area": 4.5, "iscrowd": 0},
            {"id": 2, "image_id": 9, "category_id": 3, "bbox": [0, 0, 5, 4], "iscrowd": 1}
            """);
        Assert.Equal(["cat", "dog"], set.ClassNames);
        Assert.Equal("train", Assert.Single(set.Pictures).Split);
        Assert.Equal(["a.png dog 1.5 0.25 2 3", "a.png cat 0 0 5 4"], set.Lines());
        Assert.Equal(4.5, set.Pictures[0].Things[0].Area);
        Assert.True(set.Pictures[0].Things[1].IsCrowd);
        Assert.Empty(set.Remarks);
    }

    [Fact]
    public void Outlines_and_runs_are_read()
    {
        // 4 rows, 5 columns: the middle of columns 1 and 2. Runs down the columns: 5 outside, 2, 2, 2, 9.
        var set = Read("""
            {"id": 1, "image_id": 9, "category_id": 3, "bbox": [1, 1, 2, 2], "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]]},
            {"id": 2, "image_id": 9, "category_id": 3, "bbox": [1, 1, 2, 2], "iscrowd": 1,
             "segmentation": {"size": [4, 5], "counts": [5, 2, 2, 2, 9]}},
            {"id": 3, "image_id": 9, "category_id": 3, "segmentation": {"size": [4, 5], "counts": "5220MN"}}
            """.Replace("5220MN", RunLengthMask.Of(4, 5, [5, 2, 2, 2, 9]).ToCompressed(), StringComparison.Ordinal));
        var things = set.Pictures[0].Things;
        Assert.Equal(things[1].Mask, PolygonFill.Mask(things[0].Polygons, 4, 5));
        Assert.Equal(things[1].Mask, things[2].Mask);
        Assert.Equal(new(1, 1, 2, 2), things[2].Box);
    }

    [Theory]
    [InlineData("""{"id": 1, "image_id": 9, "category_id": 4, "bbox": [0, 0, 1, 1]}""", "category_id is 4, and the categories have the "
        + "ids 3, 17.")]
    [InlineData("""{"id": 1, "image_id": 9, "category_id": 3, "bbox": [4, 4, -1, 1]}""", "has the bbox [4, 4, -1, 1]: expected x, y, "
        + "width and height, the last two 0 or more.")]
    [InlineData("""{"id": 1, "image_id": 9, "category_id": 3, "bbox": [4, 4, 1e400, 1]}""", "has 1e400 in its bbox: expected finite "
        + "numbers")]
    [InlineData("""{"id": 1, "image_id": 9, "category_id": 3, "bbox": [4, 4, 1]}""", "has a bbox of 3 numbers: expected 4: x, y, width, "
        + "height.")]
    [InlineData("""{"id": 1, "image_id": "9", "category_id": 3, "bbox": [4, 4, 1, 1]}""", "has image_id \"9\": expected a whole number")]
    [InlineData("""{"id": 1, "category_id": 3, "bbox": [4, 4, 1, 1]}""", "has no image_id")]
    [InlineData("""{"id": 1, "image_id": 9, "image_id": 8, "category_id": 3, "bbox": [4, 4, 1, 1]}""", "says 'image_id' twice")]
    [InlineData("""{"id": 1, "image_id": 9, "category_id": 3, "segmentation": [1, 1, 2, 2, 3, 3]}""", "has a segmentation that is a list "
        + "of numbers")]
    [InlineData("""{"id": 1, "image_id": 9, "category_id": 3, "segmentation": {"size": [5, 4], "counts": [20]}}""",
        "the mask has the size [5, 4] (rows, columns), and its image has height 4 and width 5. They are exchanged: rows come first.")]
    [InlineData("""{"id": 1, "image_id": 9, "category_id": 3, "segmentation": {"size": [4, 5], "counts": [3, 4]}}""",
        "the runs of the mask cover 7 pixels: expected 4 x 5 = 20")]
    [InlineData("""{"id": 1, "image_id": 9, "category_id": 3, "segmentation": {"size": [4, 5], "counts": "~"}}""", "the compressed runs "
        + "of the mask have the character '~'")]
    [InlineData("""{"id": 1, "image_id": 9, "category_id": 3, "bbox": [NaN, 4, 1, 1]}""", "NaN and Infinity, which Python writes, are no "
        + "JSON")]
    public void What_cannot_be_meant_is_refused_with_the_element(string annotation, string why)
    {
        var message = Refuse(annotation);
        Assert.StartsWith("SET/annotations/x.json, line 1, annotations[0]",
            message.Replace("line 1: annotations", "line 1, annotations", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_annotation_of_no_image_is_left_out_and_named()
    {
        var set = Read("""{"id": 1, "image_id": 7, "category_id": 3, "bbox": [0, 0, 1, 1]}""");
        Assert.Equal(0, set.Count);
        Assert.Single(set.Pictures);
        Assert.Contains("annotations[0]: image_id is 7, and no image has that id", Assert.Single(set.Of(AnnotationRemarkKind.LeftOut))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_spare_category_of_Roboflow_is_no_class()
    {
        const string Categories =
            """{"id": 0, "name": "animals", "supercategory": "none"}, {"id": 1, "name": "cat", "supercategory": "animals"}""";
        var set = Open(folder, null, ("train/a.png", Picture(5, 4)),
            ("train/_annotations.coco.json",
                Text(File(Image, """{"id": 0, "image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1]}""", Categories))));
        Assert.Equal(["cat"], set.ClassNames);
        Assert.Equal("train", set.Pictures[0].Split);
        Assert.Contains("the category 0 'animals' is the group of the others", Assert.Single(set.Remarks)
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_are_found_wherever_they_lie_and_never_outside()
    {
        const string None = "";
        Assert.False(Read(None, """{"id": 9, "file_name": "/data/ann/a.png", "width": 5, "height": 4}""").Pictures[0].IsMissing);
        Assert.False(Read(None, """{"id": 9, "file_name": "C:\\data\\a.png", "width": 5, "height": 4}""").Pictures[0].IsMissing);
        Assert.False(Read(None, """{"id": 9, "file_name": "../images/a.png", "width": 5, "height": 4}""").Pictures[0].IsMissing);
        Assert.StartsWith("SET/annotations/x.json, images[0]: the picture '../../../a.png' leads out of SET by "
            + "'..'", Refuse(None, """{"id": 9, "file_name": "../../../a.png", "width": 5, "height": 4}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_pictures_of_one_name_are_told_by_their_folders_or_refused()
    {
        const string Annotation = """{"id": 1, "image_id": 9, "category_id": 3, "bbox": [0, 0, 1, 1]}""";
        var set = Open(folder, null, ("images/train/a.png", Picture(5, 4)), ("images/val/a.png", Picture(5, 4)),
            ("annotations/instances_val.json", Text(File(Image, Annotation))));
        Assert.Equal("images/val/a.png", Assert.Single(set.Pictures).File);
        Assert.Single(set.Of(AnnotationRemarkKind.Unlisted));
        Assert.Contains("could be images/x/a.png or images/y/a.png",
            Refused(folder, ("images/x/a.png", Picture(5, 4)), ("images/y/a.png", Picture(5, 4)),
                ("annotations/all.json", Text(File(Image, Annotation)))), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_and_deep_files_are_refused()
    {
        var whole = File(Image, """{"id": 1, "image_id": 9, "category_id": 3, "bbox": [0, 0, 1, 1]}""");
        Assert.Contains("the JSON is damaged or cut", Refused(folder, ("a.png", Picture(5, 4)), ("x.json", Text(whole[..^9]))),
            StringComparison.Ordinal);
        var deep = whole.Replace("{\"year\": 2017}", new string('[', 100_000), StringComparison.Ordinal);
        Assert.Contains("the JSON is damaged or cut", Refused(folder, ("a.png", Picture(5, 4)), ("x.json", Text(deep))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_size_in_the_annotation_decides_whether_boxes_are_of_the_rows_as_stored()
    {
        // Stored 5 x 4, turned right by Exif (6): upright 4 x 5. The pixel (0, 0) comes to the upper right corner.
        byte[] exif = [.. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        var turned = FeatureMap.Tests.Data.SampleImages.Png(5, 4, 8, 0, new byte[24], exif: exif);
        const string Box = """
            {"id": 1, "image_id": 9, "category_id": 3, "bbox": [0, 0, 2, 1],
             "segmentation": {"size": [4, 5], "counts": [0, 1, 3, 1, 15]}}
            """;
        var stored = Open(folder, null, ("a.png", turned), ("x.json", Text(File(Image, Box))));
        Assert.Equal((4, 5), (stored.Pictures[0].Width, stored.Pictures[0].Height));
        Assert.Equal(["a.png cat 3 0 1 2"], stored.Lines());
        Assert.Equal(new(3, 0, 1, 2), stored.Pictures[0].Things[0].Mask!.Bounds());
        Assert.Contains("The size in the annotation decides", Assert.Single(stored.Of(AnnotationRemarkKind.Size))
            .Message, StringComparison.Ordinal);
        var upright = Open(folder, null, ("a.png", turned),
            ("x.json", Text(File(Image.Replace("\"width\": 5, \"height\": 4", "\"width\": 4, \"height\": 5", StringComparison.Ordinal),
            """{"id": 1, "image_id": 9, "category_id": 3, "bbox": [0, 0, 2, 1]}"""))));
        Assert.Equal(["a.png cat 0 0 2 1"], upright.Lines());
        Assert.Empty(upright.Remarks);
    }
}
