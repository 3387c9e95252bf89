using FeatureMap.Annotations;
using FeatureMap.Data;
using Xunit;
using static FeatureMap.Tests.Annotations.SmallSets;

namespace FeatureMap.Tests.Annotations;

public sealed class YoloTests : IDisposable
{
    private const string Names = "names: [cat, dog]\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static (string, byte[])[] Set(string yaml, string label) =>
    [
        ("data.yaml", Text(yaml)), ("images/train/a.png", Picture(20, 10)), ("labels/train/a.txt", Text(label)),
            ("images/val/b.png", Picture(20, 10)),
    ];

    [Fact]
    public void Shares_become_pixels_and_no_file_means_no_thing()
    {
        var set = Open(folder, null, Set("train: images/train\nval: images/val\nnc: 2\n"
            + Names, "1 0.5 0.5 0.2 0.4\n\n0 0.05 0.1 0.1 0.2\n"));
        Assert.Equal(AnnotationFormat.Yolo, set.Format);
        Assert.Equal(["a.png dog 8 3 4 4", "a.png cat 0 0 2 2"], set.Lines());
        Assert.Equal(["train", "val"], set.Pictures.Select(picture => picture.Split));
        Assert.Empty(set.Pictures[1].Things);
        Assert.Empty(set.Remarks);
    }

    [Fact]
    public void More_numbers_are_an_outline()
    {
        var set = Open(folder, null, Set("train: images/train\nval: images/val\n" + Names, "0 0.1 0.2 0.5 0.2 0.5 1.005\n"));
        var thing = Assert.Single(set.Pictures[0].Things);
        Assert.Equal([new(2, 2), new(10, 2), new(10, 10.05)], thing.Polygons[0]
            .Select(point => new PolygonPoint(Math.Round(point.X, 6), Math.Round(point.Y, 6))));
        Assert.Equal(["a.png cat 2 2 8 8.05"], set.Lines());
    }

    [Theory]
    [InlineData("2 0.5 0.5 0.2 0.4", "the class is 2, and 2 classes are named in data.yaml (0 to 1: cat, dog). Add the name, or mend the "
        + "label: classes count from 0.")]
    [InlineData("0.5 1 0.5 0.2 0.4", "the class is 0.5: expected a whole number from 0.")]
    [InlineData("-1 0.5 0.5 0.2 0.4", "the class is -1: expected a whole number from 0.")]
    [InlineData("0 10 5 4 4", "10 is no share of the picture's side: expected 0 to 1 (a little more by rounding, up to 1.01). Are these "
        + "pixels?")]
    [InlineData("0 0.5 0.5 0.2", "the line has 4 numbers. Expected 5 for a box")]
    [InlineData("0 0.5 0.5 0.2 0.4 0.1 0.1 0.9", "the line has 8 numbers.")]
    [InlineData("0 0.5 0.5 -0.002 0.4", "the box is -0.002 wide and 0.4 high: expected shares of 0 or more.")]
    [InlineData("0 0.5 NaN 0.2 0.4", "'NaN' is no number.")]
    [InlineData("0 0,5 0,5 0,2 0,4", "'0,5' is no number. Expected class, centre x, centre y, width and height between spaces, such as '0 "
        + "0.5 0.5 0.2 0.1', with a point in the numbers.")]
    public void Rows_that_cannot_be_meant_are_refused_with_file_and_line(string row, string why) =>
        Assert.StartsWith("SET/labels/train/a.txt, line 2: "
            + why, Refused(folder, Set("train: images/train\nval: images/val\n" + Names, "0 0.5 0.5 0.1 0.1\n" + row)),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("train: ../train/images\nval: ../valid/images\n", "train/images", "valid/images")]
    [InlineData("path: ../datasets/mine\ntrain: train/images\nval: valid/images\n", "train/images", "valid/images")]
    [InlineData("path: /home" + "/ann/data\ntrain: train/images\nval: valid/images\n", "train/images", "valid/images")]
    [InlineData("path: .\ntrain: images/train # 1 image\nval: images/val\n", "images/train", "images/val")]
    [InlineData("path: data\ntrain: images/train\nval: images/val\n", "data/images/train", "data/images/val")]
    [InlineData("train: C:\\ann\\train\\images\nval: C:\\ann\\valid\\images\n", "train/images", "valid/images")]
    public void Parts_are_found_however_the_tool_wrote_them(string yaml, string train, string val)
    {
        var label = train.Contains("images/", StringComparison.Ordinal) ? train.Replace("images/", "labels/", StringComparison.Ordinal)
            : train.Replace("/images", "/labels", StringComparison.Ordinal);
        var set = Open(folder, null, ("data.yaml", Text(yaml + Names)), ($"{train}/a.png", Picture(20, 10)),
            ($"{label}/a.txt", Text("1 0.5 0.5 0.2 0.4\n")), ($"{val}/b.png", Picture(20, 10)));
        Assert.Equal([("a.png", "train"), ("b.png", "val")], set.Pictures.Select(picture => (Path.GetFileName(picture.File), picture.Split))
            .Order());
        Assert.Single(set.Lines());
    }

    [Fact]
    public void A_part_that_leads_nowhere_is_refused_and_a_test_part_is_only_said()
    {
        Assert.StartsWith("SET: data.yaml, line 1: the part train is 'pictures/train', and there is no such folder or list. Tried "
            + "pictures/train/ in SET.",
            Refused(folder, Set("train: pictures/train\nval: images/val\n" + Names, "")), StringComparison.Ordinal);
        var set = Open(folder, null, Set("train: images/train\nval: images/val\ntest: images/test\n" + Names, "0 0.5 0.5 0.2 0.4\n"));
        Assert.Contains("the part test is 'images/test', which is not there", Assert.Single(set.Remarks).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_archive_of_Cvat_is_read()
    {
        var set = Open(folder, null, ("obj.names", Text("cat\ndog\n")), ("obj.data", Text("classes = 2\n")),
            ("train.txt", Text("data/obj_train_data/a.png\ndata/obj_train_data/b.png\n")),
            ("obj_train_data/a.png", Picture(20, 10)), ("obj_train_data/a.txt", Text("1 0.5 0.5 0.2 0.4\n")),
                ("obj_train_data/b.png", Picture(20, 10)), ("obj_train_data/b.txt", []));
        Assert.Equal(["a.png dog 8 3 4 4"], set.Lines());
        Assert.All(set.Pictures, picture => Assert.Equal("train", picture.Split));
    }

    [Fact]
    public void Doubled_rows_labels_without_pictures_and_boxes_without_area_are_named()
    {
        var set = Open(folder, null,
            [.. Set("train: images/train\nval: images/val\n" + Names, "0 0.5 0.5 0.2 0.4\n0 0.5 0.5 0.2 0.4\n1 0.5 0.5 0 0\n"),
            ("labels/train/lost.txt", Text("0 0.5 0.5 0.2 0.4\n"))]);
        Assert.Equal(1, set.Count);
        Assert.Contains("labels/train/a.txt, line 2: the same box of cat", Assert.Single(set.Of(AnnotationRemarkKind.DoubledBox))
            .Message, StringComparison.Ordinal);
        Assert.Contains("labels/train/a.txt, line 3: the box of dog in images/train/a.png is one "
            + "point", Assert.Single(set.Of(AnnotationRemarkKind.EmptyBox)).Message, StringComparison.Ordinal);
        Assert.Contains("labels/train/lost.txt", Assert.Single(set.Of(AnnotationRemarkKind.MissingPicture))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_in_two_parts_is_refused_and_one_folder_for_two_parts_is_named()
    {
        (string, byte[])[] rest = Set("", "0 0.5 0.5 0.2 0.4\n")[1..];
        Assert.Contains("images/train/a.png belongs to train and to val",
            Refused(folder, [("data.yaml", Text("train: images/train\nval: images\n" + Names)), .. rest]), StringComparison.Ordinal);
        var set = Open(folder, null, [("data.yaml", Text("train: images/train\nval: images/train\n" + Names)), .. rest]);
        Assert.True(Assert.Single(set.Of(AnnotationRemarkKind.Split)).IsWrong);
    }

    [Fact]
    public void Parts_without_a_picture_that_is_there_are_refused() => Assert.StartsWith(
        "SET: none of the pictures that the parts name (train.txt) is there.",
        Refused(folder, ("a.png", Picture(20, 10)), ("a.txt", Text("0 0.5 0.5 0.2 0.4\n")), ("train.txt", Text("b\n"))),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("images/train/a.png", "labels/train/a.txt")]
    [InlineData("images/set/images/a.b.png", "images/set/labels/a.b.txt")]
    [InlineData("train/a.png", "train/a.txt")]
    [InlineData("my-images/a.png", "my-images/a.txt")]
    public void The_path_of_labels_follows_that_of_pictures(string picture, string label) =>
        Assert.Equal(label, YoloReader.LabelPath(picture));

    [Theory]
    [InlineData("nc: 3\nnames: [cat, dog]\n", "nc is '3' and names has 2 classes. Which one is right?")]
    [InlineData("names:\n  0: cat\n  2: dog\n", "names has no class 1.")]
    [InlineData("names: [cat, cat]\n", "names has 'cat' twice.")]
    [InlineData("names: &a [cat]\n", "has an anchor or an alias")]
    [InlineData("names: [cat, dog\n", "the bracket that opens here is not closed")]
    [InlineData("names: [cat]\nkpt_shape: [17, 3]\n", "kpt_shape says that the labels have key points")]
    [InlineData("names:\n\t- cat\n", "is indented by a tab")]
    [InlineData("names: !!python/object:os.system [cat]\n", "has a tag ('!'), which is not read")]
    public void Descriptions_that_cannot_be_meant_are_refused(string yaml, string why) =>
        Assert.Contains(why, Refused(folder, Set("train: images/train\n" + yaml, "0 0.5 0.5 0.2 0.4\n")), StringComparison.Ordinal);

    [Fact]
    public void Yaml_as_people_and_programs_write_it()
    {
        const string Text = "# a comment\n---\npath: ../datasets/x  # root\ntrain:\n- images/a\n- 'images/b'\nnames: ['it''s', "
            + "\"tab\\t\",\n  plain name, {0: a}]\nmap:\n  0: cat\n  '1': dog # second\n"
            + "download: |\n  import os\n  names: [no]\n\nempty:\nlast: {a: 1, b: [x, y]}\n";
        var yaml = SimpleYaml.Read(SmallSets.Text(Text), "f");
        Assert.Equal(["path", "train", "names", "map", "download", "empty", "last"], yaml.Members!.Select(member => member.Key));
        Assert.Equal("../datasets/x", yaml["path"]!.Text);
        Assert.Equal(["images/a", "images/b"], yaml["train"]!.Items!.Select(item => item.Text));
        Assert.Equal(["it's", "tab\t", "plain name", null], yaml["names"]!.Items!.Select(item => item.Text));
        Assert.Equal([("0", "cat"), ("1", "dog")], yaml["map"]!.Members!.Select(member => (member.Key, member.Value.Text!)));
        Assert.Equal("", yaml["empty"]!.Text);
        Assert.Equal("y", yaml["last"]!["b"]!.Items![1].Text);
        Assert.Equal(7, yaml["names"]!.Line);
    }
}
