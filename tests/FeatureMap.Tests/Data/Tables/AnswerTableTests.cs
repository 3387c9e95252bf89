using System.Text;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Tables that say several labels or numbers of each image.</summary>
public sealed class AnswerTableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("file,red,round\na0.png,1,0\na1.png,1,1\na2.png,0,1\na3.png,0,0\n", "'red', 'round' say yes or no to a label each. Line 3 has 2 of "
        + "them")]
    [InlineData("file,red,round\na0.png,true,false\na1.png,yes,yes\na2.png,no,yes\na3.png,0,0\n", "say yes or no to a label each")]
    [InlineData("file,tags\na0.png,red\na1.png,round red\na2.png,round\na3.png,\n", "'tags' their labels, with spaces between them. Values such as "
        + "'round red' are lists")]
    [InlineData("file,label\na0.png,red|\na1.png,red|round\na2.png,round\na3.png,\n", "with '|' between them")]
    [InlineData("file;labels\na0.png;red\na1.png;round, red\na2.png;round\na3.png;\n", "with commas between them")]
    public void Several_labels_are_recognised_and_said(string table, string said)
    {
        var data = Open(table);
        Assert.Equal(["red", "round"], data.ClassNames);
        Assert.Contains("says several labels of each image", data.Notice!, StringComparison.Ordinal);
        Assert.Contains(said, data.Notice!, StringComparison.Ordinal);
        Assert.Equal(TargetKind.Labels, data.Training.Targets!.Kind);
        var answers = Answers(data);
        Assert.Equal([1, 0], answers["a0.png"]);
        Assert.Equal([1, 1], answers["a1.png"]);
        Assert.Equal([0, 1], answers["a2.png"]);
        Assert.Equal([0, 0], answers["a3.png"]);
    }

    [Theory]
    [InlineData("file,price\na0.png,1.5\na1.png,2\na2.png,-3e1\na3.png,0.25\n")]
    [InlineData("file,target\na0.png,1.5\na1.png,2\na2.png,-30\na3.png,0.25\n")]
    [InlineData("file;price\na0.png;1,5\na1.png;2\na2.png;-30\na3.png;0,25\n")]
    public void Numbers_are_recognised_and_said(string table)
    {
        var data = Open(table);
        Assert.Contains("says numbers of each image", data.Notice!, StringComparison.Ordinal);
        Assert.Contains("is the number to be learnt", data.Notice!, StringComparison.Ordinal);
        Assert.Equal(TargetKind.Quantities, data.Validation.Targets!.Kind);
        var answers = Answers(data);
        Assert.Equal([1.5f], answers["a0.png"]);
        Assert.Equal([2], answers["a1.png"]);
        Assert.Equal([-30], answers["a2.png"]);
        Assert.Equal([0.25f], answers["a3.png"]);
    }

    [Fact]
    public void Several_numbers_and_columns_that_are_named()
    {
        const string Two = "file,x,y\na0.png,0.5,1\na1.png,0.25,2.5\na2.png,1,0\na3.png,0.75,3\n";
        Assert.Equal(["x", "y"], Open(Two).ClassNames);
        Assert.Equal([0.25f, 2.5f], Answers(Open(Two))["a1.png"]);
        Assert.Equal([2.5f, 0.25f], Answers(Open(Two, new() { NumberColumn = "y,x" }))["a1.png"]);
        // Beside a column of classes numbers are learnt where they are named.
        const string Both = "file,label,age\na0.png,cat,1\na1.png,dog,12\na2.png,cat,3\na3.png,dog,7\n";
        Assert.Equal(["cat", "dog"], Open(Both).ClassNames);
        Assert.Equal([12], Answers(Open(Both, new() { NumberColumn = "age" }))["a1.png"]);
        Assert.Equal([12], Answers(Open(Both.Replace("label,", "", StringComparison.Ordinal).Replace("cat,", "", StringComparison.Ordinal)
            .Replace("dog,", "", StringComparison.Ordinal), new() { Task = DataTask.Numbers }))["a1.png"]);
        // One label, and one that each row says of: questions of their own where that is asked for.
        Assert.Equal(["old"], Open("file,old\na0.png,1\na1.png,0\na2.png,1\na3.png,0\n", new() { Task = DataTask.Labels }).ClassNames);
        const string OneHot = "file,cat,dog\na0.png,1,0\na1.png,0,1\na2.png,1,0\na3.png,0,1\n";
        Assert.Contains("Each row has exactly one of them; task=labels", Open(OneHot).Notice!, StringComparison.Ordinal);
        Assert.Null(Open(OneHot).Training.Targets);
        Assert.NotNull(Open(OneHot, new() { Task = DataTask.Labels }).Training.Targets);
    }

    [Fact]
    public void Labels_may_come_in_rows_and_in_an_order_that_is_given()
    {
        const string Rows = "file,label\na0.png,red\na1.png,red\na1.png,round\na2.png,round\na3.png,flat\n";
        var data = Open(Rows, new() { Task = DataTask.Labels });
        Assert.Equal(["flat", "red", "round"], data.ClassNames);
        Assert.Equal([0, 1, 1], Answers(data)["a1.png"]);
        var given = Open(Rows, new() { Task = DataTask.Labels, LabelNames = "round,red,flat,big" });
        Assert.Equal(["round", "red", "flat", "big"], given.ClassNames);
        Assert.Contains("No image to learn from has big", given.Notice!, StringComparison.Ordinal);
        Assert.Contains("line 6: the label 'flat' is none of those that are expected (label-names): round, red.",
            Refused(Rows, new() { Task = DataTask.Labels, LabelNames = "round,red" }), StringComparison.Ordinal);
        Assert.Equal(["red", "round"], Open("file,label\na0.png,red+round\na1.png,red\na2.png,round\na3.png,red\n",
            new() { LabelSeparator = "+" }).ClassNames);
    }

    [Theory]
    [InlineData("file,price\na0.png,1.5\na1.png,cheap\na2.png,2.5\na3.png,3.5\n", "price", "line 3, a1.png: 'cheap' in the column 'price' is no "
        + "number.")]
    [InlineData("file,price\na0.png,1.5\na1.png,nan\na2.png,2.5\na3.png,3.5\n", "price", "line 3, a1.png: 'nan' in the column 'price' is no number.")]
    [InlineData("file,x,y\na0.png,1.5,2.5\na1.png,1.5,\na2.png,2.5,1\na3.png,3.5,1\n", "x,y", "line 3, a1.png: nothing is said of 'y'.")]
    public void A_bad_row_is_named_by_its_line_and_may_be_left_out(string table, string columns, string message)
    {
        var refused = Refused(table, new() { NumberColumn = columns });
        Assert.Contains(message, refused, StringComparison.Ordinal);
        Assert.EndsWith("To leave such rows out, set unreadable=skip.", refused, StringComparison.Ordinal);
        var left = Open(table, new() { NumberColumn = columns, Unreadable = UnreadableImages.Skip });
        Assert.Contains("1 of 4 rows cannot be read and are left out: a1.png (line 3)", left.Notice!, StringComparison.Ordinal);
        Assert.Equal(3, left.Training.Count + left.Validation.Count);
    }

    [Theory]
    [InlineData("file,red,round\na0.png,1,0\na1.png,1,1\na2.png,0,2\na3.png,0,0\n", "red,round", "line 4, a2.png: '2' in the column 'round' is neither "
        + "1 nor 0.")]
    [InlineData("file,red,round\na0.png,1,0\na1.png,1,1\na2.png,0,-1\na3.png,0,0\n", "", "the column 'round' has -1 (line 4) beside 0 (line 2): -1 may "
        + "mean no, or that nobody knows.")]
    [InlineData("file,labels\na0.png,\"1,2\"\na1.png,\"2,1\"\na2.png,\"1\"\na3.png,\"2\"\n", "", "'1,2' in the column 'labels' may be the number 1.2 or "
        + "the labels 1 and 2.")]
    [InlineData("file,price\na0.png,\"1,234\"\na1.png,\"5,678\"\na2.png,\"9\"\na3.png,\"2\"\n", "", "'1,234' in the column 'price' may be 1.234 or 1234")]
    [InlineData("file,a,b\na0.png,1,20\na1.png,2,30\na2.png,3,40\na3.png,4,50\n", "", "which column says the class of an image? There are a, b.")]
    public void What_may_be_read_in_two_ways_is_refused(string table, string labels, string message) =>
        Assert.Contains(message, Refused(table, new() { LabelColumn = labels }), StringComparison.Ordinal);

    [Fact]
    public void One_cell_that_is_no_number_makes_no_classes_of_the_others()
    {
        var rows = string.Concat(Enumerable.Range(0, 20).Select(k => $"a{k}.png,{(k == 7 ? "?" : $"{k}.5")}\n"));
        var refused = Refused("file,price\n" + rows, new(), 20);
        Assert.Contains("the column 'price' has numbers with fractions, and line 9 says '?' there.", refused, StringComparison.Ordinal);
        // Whole numbers in a column that is called like a class may be either.
        rows = string.Concat(Enumerable.Range(0, 24).Select(k => $"a{k}.png,{k * 3}\n"));
        Assert.Contains("they may measure something, or be the numbers of classes. To learn the number set number-column=label",
            Refused("file,label\n" + rows, new(), 24), StringComparison.Ordinal);
        Assert.Equal(TargetKind.Quantities, Open("file,age\n" + rows, count: 24).Training.Targets!.Kind);
    }

    [Fact]
    public void The_same_number_for_all_and_contradicting_choices_are_refused()
    {
        var same = Open("file,price\na0.png,1.5\na1.png,1.5\na2.png,1.5\na3.png,1.5\n");
        Assert.Contains("the number 'price' is 1.5 for all", Assert.Throws<DataException>(() => QuantityScale.Of(same.Training)).Message,
            StringComparison.Ordinal);
        foreach (var options in (ClassFolderOptions[])[new() { NumberColumn = "a", LabelColumn = "b" }, new() { NumberColumn = "a", Task = DataTask.Labels },
            new() { LabelSeparator = "|", Task = DataTask.Table }, new() { LabelColumn = "a", Task = DataTask.Numbers }])
            Assert.Throws<UsageException>(() => Open("file,a,b\na0.png,1,2\na1.png,2,1\na2.png,1,2\na3.png,2,1\n", options));
    }

    [Fact]
    public void The_cache_keeps_what_is_said_and_parts_come_from_a_column()
    {
        const string Table = "file,price,split\na0.png,1.5,train\na1.png,2,train\na2.png,-30,val\na3.png,0.25,train\n";
        var first = Open(Table);
        Assert.NotNull(first.CacheFile);
        var again = Datasets.Open(folder["set/labels.csv"], Options());
        Assert.Equal(first.Training.Sha256(), again.Training.Sha256());
        Assert.Equal([-30], Answers(again)["a2.png"]);
        Assert.Equal("a2.png", again.Validation.FileOf(0));
        Assert.Equal(3, again.Training.Count);
        var changed = Open(Table.Replace("-30", "-31", StringComparison.Ordinal));
        Assert.Equal([-31], Answers(changed)["a2.png"]);
        Assert.NotEqual(first.Validation.Sha256(), changed.Validation.Sha256());
        // Another table of the same images, and an archive with the table in it.
        var zip = folder.Write("set.zip", Trees.Zip([.. Images(4), ("labels.csv", Encoding.UTF8.GetBytes(Table))]));
        Assert.Equal(first.Training.Sha256(), Datasets.Open(zip, Options()).Training.Sha256());
        Assert.Equal(first.Training.Sha256(), Datasets.Open(zip, Options()).Training.Sha256());
    }

    private static Dictionary<string, float[]> Answers(SplitData data) => ((ImageSet[])[data.Training, data.Validation])
        .SelectMany(set => Enumerable.Range(0, set.Count).Select(image => (File: set.FileOf(image)!,
            Values: set.Targets!.Values(set.TargetOf(image)).ToArray()))).ToDictionary(one => one.File, one => one.Values);

    private string Refused(string table, ClassFolderOptions options, int count = 4) =>
        Assert.Throws<DataException>(() => Open(table, options, count)).Message;

    private SplitData Open(string table, ClassFolderOptions? options = null, int count = 4)
    {
        ClassFolder.Write(folder, "set", [.. Images(count), ("labels.csv", Encoding.UTF8.GetBytes(table))]);
        return Datasets.Open(folder["set/labels.csv"], Options(options));
    }

    private DataOptions Options(ClassFolderOptions? images = null) => new() { CacheFolder = folder["cached"], Images = images ?? new() };

    private static (string Path, byte[] Content)[] Images(int count) => [.. Enumerable.Range(0, count)
        .Select(k => ($"a{k}.png", ClassFolder.Picture((byte)(10 * k))))];
}
