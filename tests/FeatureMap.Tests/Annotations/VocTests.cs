using FeatureMap.Annotations;
using FeatureMap.Data;
using Xunit;
using static FeatureMap.Tests.Annotations.SmallSets;

namespace FeatureMap.Tests.Annotations;

public sealed class VocTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Corners_count_from_1_and_the_last_pixel_is_part_of_the_box()
    {
        var set = Open(folder, null, ("JPEGImages/a.png", Picture(20, 10)),
            ("Annotations/a.xml", Text(VocFile("a.png", 20, 10, ("cat", "1 1 4 2"), ("dog", "3 5 20 10")))));
        Assert.Equal(AnnotationFormat.Voc, set.Format);
        Assert.Equal(["cat", "dog"], set.ClassNames);
        Assert.Equal(["a.png cat 0 0 4 2", "a.png dog 2 4 18 6"], set.Lines());
        Assert.StartsWith("Corners are counted from 1", Assert.Single(set.Remarks).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_corner_at_0_anywhere_in_the_set_means_that_edges_count_from_0()
    {
        (string, byte[])[] files =
        [
            ("JPEGImages/a.png", Picture(20, 10)), ("Annotations/a.xml", Text(VocFile("a.png", 20, 10, ("cat", "1 1 4 2")))),
            ("JPEGImages/b.png", Picture(20, 10)), ("Annotations/b.xml", Text(VocFile("b.png", 20, 10, ("cat", "0 3 20 10")))),
        ];
        var set = Open(folder, null, files);
        Assert.Equal(["a.png cat 1 1 3 1", "b.png cat 0 3 20 7"], set.Lines());
        var notice = Assert.Single(set.Remarks).Message;
        Assert.StartsWith("Corners are counted from 0", notice, StringComparison.Ordinal);
        Assert.Contains("b.xml, line 4", notice, StringComparison.Ordinal);
        Assert.Equal(["a.png cat 0 0 4 2", "b.png cat -1 2 21 8"], Open(folder, new() { FirstPixel = 1 }, files).Lines());
    }

    [Fact]
    public void A_box_of_one_point_is_left_out_and_named()
    {
        var set = Open(folder, null, ("a.png", Picture(20, 10)),
            ("a.xml", Text(VocFile("a.png", 20, 10, ("cat", "5 5 5 5"), ("cat", "5 5 5 9")))));
        Assert.Equal(["a.png cat 4 4 1 5"], set.Lines());
        var remark = Assert.Single(set.Of(AnnotationRemarkKind.EmptyBox));
        Assert.True(remark.IsWrong);
        Assert.Contains("a.xml, line 4: the box of cat in a.png is one point", remark.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_come_from_ImageSets_and_lists_of_one_class_say_nothing()
    {
        (string, byte[])[] files =
        [
            ("JPEGImages/a.png", Picture(20, 10)), ("Annotations/a.xml", Text(VocFile("a.png", 20, 10, ("cat", "1 1 4 2")))),
            ("JPEGImages/b.png", Picture(20, 10)), ("Annotations/b.xml", Text(VocFile("b.png", 20, 10))),
            ("ImageSets/Main/train.txt", Text("a\n")), ("ImageSets/Main/test.txt", Text("b\n")),
                ("ImageSets/Main/trainval.txt", Text("a\nb\n")),
            ("ImageSets/Main/cat_train.txt", Text("a  1\nb -1\n")),
        ];
        var set = Open(folder, null, files);
        Assert.Equal(["train", "test"], set.Pictures.Select(picture => picture.Split));
        Assert.Equal(["train", "test"], set.Splits);
        Assert.Equal(
            "SET/ImageSets/Main/train.txt: 'a' stands in train.txt and in test.txt: what is learnt is then judged by, and every figure is "
                + "too good. Take it out of one.",
            Refused(folder, [.. files[..4], ("ImageSets/Main/train.txt", Text("a\n")), ("ImageSets/Main/test.txt", Text("a\nb\n"))]));
    }

    [Fact]
    public void Difficult_is_kept_and_parts_of_an_object_are_not_taken_for_it()
    {
        const string Xml = "<annotation><filename>a.png</filename><size><width>20</width><height>10</height></size>"
            + "<object><name>person</name><difficult>1</difficult><bndbox><xmax>9</xmax><xmin>2</xmin><ymax>8</ymax><ymin>3</ymin></bndbox>"
            + "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part></object>"
            + "</annotation>";
        var set = Open(folder, null, ("a.png", Picture(20, 10)), ("a.xml", Text(Xml)));
        Assert.Equal(["a.png person 1 2 8 6"], set.Lines());
        Assert.False(Assert.Single(set.Pictures[0].Things).Counts);
    }

    [Theory]
    [InlineData("cat", "9 1 4 2", "in the box of 'cat' xmin is 9 and xmax is 4: expected xmax to be xmin or more.")]
    [InlineData("cat", "NaN 1 4 2", "<xmin> in line 5 is 'NaN': expected a number of pixels.")]
    [InlineData("cat", "1e99 1 4 2", "<xmin> in line 5 is '1e99': expected a number of pixels.")]
    [InlineData("cat", "1 1 4", "the object 'cat' has no <ymax> in its <bndbox>.")]
    [InlineData("", "1 1 4 2", "the object has no <name>.")]
    public void What_cannot_be_meant_is_refused_with_file_and_line(string name, string corners, string why) =>
        Assert.StartsWith($"SET/a.xml, line 4: {why}", Refused(folder, ("a.png", Picture(20, 10)),
            ("a.xml", Text(VocFile("a.png", 20, 10, (name, corners))))), StringComparison.Ordinal);

    [Fact]
    public void Hostile_xml_is_refused()
    {
        const string Laughs = "<!DOCTYPE annotation [<!ENTITY a \"ha\"><!ENTITY b "
            + "\"&a;&a;&a;&a;\">]><annotation><object><bndbox/>&b;</object></annotation>";
        Assert.Contains("the XML has a DTD", Refused(folder, ("a.png", Picture(4, 4)), ("a.xml", Text(Laughs))), StringComparison.Ordinal);
        var deep = string.Concat(Enumerable.Repeat("<object>", 100_000));
        Assert.Contains("stands deeper than 32 levels", Refused(folder, ("a.png", Picture(4, 4)),
            ("a.xml", Text("<annotation><bndbox/>" + deep))), StringComparison.Ordinal);
        var whole = VocFile("a.png", 20, 10, ("cat", "1 1 4 2"));
        Assert.Contains("the XML is damaged or cut", Refused(folder, ("a.png", Picture(4, 4)), ("a.xml", Text(whole[..^20]))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_is_not_there_is_named_and_kept()
    {
        var set = Open(folder, null, ("a.png", Picture(20, 10)), ("a.xml", Text(VocFile("a.png", 20, 10))),
            ("b.xml", Text(VocFile("lost.png", 20, 10, ("cat", "1 1 4 2")))));
        Assert.True(set.Pictures.Single(picture => picture.Things.Count == 1).IsMissing);
        Assert.True(Assert.Single(set.Of(AnnotationRemarkKind.MissingPicture)).IsWrong);
        Assert.Contains("the picture '../../secret.png' leads out of SET by '..'",
            Refused(folder, ("a.png", Picture(20, 10)), ("b.xml", Text(VocFile("../../secret.png", 20, 10, ("cat", "1 1 4 2"))))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_name_of_the_picture_counts_more_than_what_the_xml_says()
    {
        var set = Open(folder, null, ("a.png", Picture(20, 10)), ("a.xml", Text(VocFile("old.png", 20, 10, ("cat", "1 1 4 2")))));
        Assert.Equal("a.png", set.Pictures[0].File);
        Assert.Contains("says <filename>old.png</filename>",
            Assert.Single(set.Of(AnnotationRemarkKind.Reading), remark => remark.File is not null).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_are_held_against_the_pictures()
    {
        var none = Open(folder, null, ("a.png", Picture(20, 10)), ("a.xml", Text(VocFile("a.png", 0, 0, ("cat", "1 1 4 2")))));
        Assert.Equal((20, 10), (none.Pictures[0].Width, none.Pictures[0].Height));
        Assert.False(Assert.Single(none.Of(AnnotationRemarkKind.Size)).IsWrong);
        var scaled = Assert.Single(Open(folder, null, ("a.png", Picture(20, 10)),
            ("a.xml", Text(VocFile("a.png", 40, 20, ("cat", "1 1 4 2"))))).Of(AnnotationRemarkKind.Size));
        Assert.True(scaled.IsWrong);
        Assert.Contains("a.xml says that a.png has 40 x 20 pixels (width x height), and the file has 20 x 10: the picture was probably "
            + "scaled by 0.5", scaled.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Boxes_that_reach_out_and_boxes_twice_are_named()
    {
        var set = Open(folder, null, ("a.png", Picture(20, 10)),
            ("a.xml", Text(VocFile("a.png", 20, 10, ("cat", "3 3 30 9"), ("cat", "40 40 50 50"), ("cat", "2 2 4 4"), ("cat", "2 2 4 4")))));
        Assert.Equal(3, set.Count);
        Assert.Equal([false, true], set.Of(AnnotationRemarkKind.OutsideBox)
            .Select(remark => remark.Message.Contains("lies wholly outside", StringComparison.Ordinal)));
        Assert.Contains("for the second time", Assert.Single(set.Of(AnnotationRemarkKind.DoubledBox)).Message, StringComparison.Ordinal);
    }
}
