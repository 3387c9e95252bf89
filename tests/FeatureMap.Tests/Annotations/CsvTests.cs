using FeatureMap.Annotations;
using FeatureMap.Data;
using Xunit;
using static FeatureMap.Tests.Annotations.SmallSets;

namespace FeatureMap.Tests.Annotations;

public sealed class CsvTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_row_is_a_box_by_the_rule_of_Pascal_Voc()
    {
        var set = Open(folder, null, ("images/a.png", Picture(20, 10)), ("images/b, c.png", Picture(20, 10)),
            ("labels.csv", Text("filename,width,height,class,xmin,ymin,xmax,ymax\na.png,20,10,cat,1,1,4,2\n\"b, c.png\",20,10,\"a "
                + "\"\"dog\"\"\",3,5,20.5,10\na.png,20,10,,,,,\n")));
        Assert.Equal(AnnotationFormat.Csv, set.Format);
        Assert.Equal(["a.png cat 0 0 4 2", "b, c.png a \"dog\" 2 4 18.5 6"], set.Lines());
    }

    [Fact]
    public void X_and_y_with_width_and_height_count_from_0_and_semicolons_separate_too()
    {
        var set = Open(folder, null, ("a.png", Picture(20, 10)), ("boxes.csv", Text("image;label;x;y;w;h\r\na.png;cat;1.5;2;3;4\r\n")));
        Assert.Equal(["a.png cat 1.5 2 3 4"], set.Lines());
    }

    [Fact]
    public void Tables_of_parts_are_read_and_the_table_of_all_is_not()
    {
        const string Head = "filename,width,height,class,xmin,ymin,xmax,ymax\n", A = "a.png,20,10,cat,1,1,4,2\n",
            B = "b.png,20,10,cat,1,1,4,2\n";
        (string, byte[])[] files = [("images/a.png", Picture(20, 10)), ("images/b.png", Picture(20, 10)),
            ("data/train_labels.csv", Text(Head + A)), ("data/test_labels.csv", Text(Head + B))];
        var set = Open(folder, null, [.. files, ("data/labels.csv", Text(Head + A + B))]);
        Assert.Equal(["train", "test"], set.Pictures.Select(picture => picture.Split));
        Assert.Contains("once more and is not read", set.Remarks[0].Message + set.Remarks[^1].Message, StringComparison.Ordinal);
        Assert.Contains("is annotated twice", Refused(folder, [.. files, ("data/val_labels.csv", Text(Head + A))]),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.png,20,10,cat,4,1,1,2", "xmin is 4 and xmax is 1: expected xmax to be xmin or more.")]
    [InlineData("a.png,20,10,cat,1,1,4", "the row has 7 fields and the first line 8 columns.")]
    [InlineData("a.png,20,10,cat,1,1,four,2", "'four' in column 7 is no number of pixels.")]
    [InlineData("a.png,20,10,,1,1,4,2", "the box has no class.")]
    [InlineData(",20,10,cat,1,1,4,2", "the row names no picture.")]
    [InlineData("a.png,2.5,10,cat,1,1,4,2", "the width is '2.5': expected a whole number of pixels.")]
    [InlineData("\"a.png,20,10,cat,1,1,4,2", "a quote (\") opens here and is not closed.")]
    public void Rows_that_cannot_be_meant_are_refused_with_file_and_line(string row, string why) =>
        Assert.StartsWith("SET/labels.csv, line 2: " + why, Refused(folder, ("a.png", Picture(20, 10)),
            ("labels.csv", Text("filename,width,height,class,xmin,ymin,xmax,ymax\n" + row))), StringComparison.Ordinal);

    [Fact]
    public void Classes_can_be_given_in_order()
    {
        (string, byte[])[] files =
            [("a.png", Picture(20, 10)), ("l.csv", Text("file,class,xmin,ymin,xmax,ymax\na.png,cat,1,1,4,2\na.png,Cat,1,1,4,3\n"))];
        Assert.Contains("differ in capital letters or spaces only", Open(folder, null, files).Remarks[0].Message, StringComparison.Ordinal);
        Assert.Equal(["dog", "Cat", "cat"], Open(folder, new() { ClassNames = ["dog", "Cat", "cat"] }, files).ClassNames);
        var error = Assert.Throws<DataException>(() => Open(folder, new() { ClassNames = ["dog", "Cat"] }, files));
        Assert.EndsWith("line 2: the class is 'cat', which AnnotationOptions.ClassNames does not name. Did you mean "
            + "'Cat'?", error.Message, StringComparison.Ordinal);
    }
}
