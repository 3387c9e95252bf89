using System.Text;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Tables that say the class of each image.</summary>
public sealed class LabelTableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Image k has the value 10 k; even ones are cats.</summary>
    private const string Pets = "file,label\na0.png,cat\na1.png,dog\na2.png,cat\na3.png,dog\na4.png,cat\na5.png,dog\n";

    [Fact]
    public void A_table_beside_its_images_is_the_same_data_as_class_folders()
    {
        var data = Open("pets", Pets, Images(6));
        Assert.Equal(["cat", "dog"], data.ClassNames);
        string[] files = [.. Enumerable.Range(0, data.Training.Count).Select(i => data.Training.FileOf(i)!)
            .Concat(Enumerable.Range(0, data.Validation.Count).Select(i => data.Validation.FileOf(i)!))];
        Assert.Equal(["a0.png", "a1.png", "a2.png", "a3.png", "a4.png", "a5.png"], files.Order(StringComparer.Ordinal));
        var folders = ClassFolder.Write(folder, "folders", Images(6).Select((file, k) => ($"{(k % 2 == 0 ? "cat" : "dog")}/{file.Path}",
            file.Content)));
        var same = Datasets.Open(folders, Options());
        Assert.Equal(same.Training.Sha256(), data.Training.Sha256());
        Assert.Equal(same.Validation.Sha256(), data.Validation.Sha256());
        Assert.Contains("labels.csv says the classes: the column 'file' names the images, 'label' their class.", data.Notice!,
            StringComparison.Ordinal);
        // The folder with the table in it, and an archive of it, are the same.
        Assert.Equal(data.Training.Sha256(), Datasets.Open(folder["pets"], Options()).Training.Sha256());
        var zip = folder.Write("pets.zip", Trees.Zip([.. Images(6), ("labels.csv", Text(Pets))]));
        Assert.Equal(data.Training.Sha256(), Datasets.Open(zip, Options()).Training.Sha256());
        // The order of the rows says nothing.
        var turned = "file,label\n" + string.Concat(Pets.Split('\n').Skip(1).Reverse().Where(line => line.Length > 0)
            .Select(line => line + "\n"));
        Assert.Equal(data.Training.Sha256(), Open("turned", turned, Images(6)).Training.Sha256());
    }

    [Theory]
    [InlineData("file,label\nphotos/a0.png,cat\nphotos/a1.png,dog\nphotos/a2.png,cat\nphotos/a3.png,dog\n")]
    [InlineData("file,label\n./photos/a0.png,cat\nphotos\\a1.png,dog\nphotos/a2.PNG,cat\na3.png,dog\n")]
    [InlineData("image_id,class\na0,cat\na1,dog\na2,cat\na3,dog\n")]
    [InlineData(",id,species\n0,a0,cat\n1,a1,dog\n2,a2,cat\n3,a3,dog\n")]
    [InlineData("filename;Klasse\na0.png;cat\na1.png;dog\na2.png;cat\na3.png;dog\n")]
    [InlineData("file,cat,dog\na0.png,1,0\na1.png,0,1\na2.png,1,0\na3.png,0,1\n")]
    [InlineData("class id,path,labels\n0,photos/a0.png,cat\n1,photos/a1.png,dog\n0,photos/a2.png,cat\n1,photos/a3.png,dog\n")]
    [InlineData("file,class,probability,error\nphotos/a0.png,cat,0.75,\nphotos/a1.png,dog,0.5,\n"
        + "photos/a2.png,cat,1,\nphotos/a3.png,dog,0.9,\n")]
    [InlineData("file,label\nD:\\set\\photos\\a0.png,cat\n"
        + "D:\\set\\photos\\a1.png,dog\nD:\\set\\photos\\a2.png,cat\nD:\\set\\photos\\a3.png,dog\n")]
    public void Images_and_classes_are_found_however_the_table_names_them(string text)
    {
        var data = Open("set", text, Images(4).Select(file => ($"photos/{file.Path}", file.Content)));
        Assert.Equal(["cat", "dog"], data.ClassNames);
        foreach (var set in (ImageSet[])[data.Training, data.Validation])
            for (var i = 0; i < set.Count; i++)
                Assert.Equal(set.Pixels(i)[0] / 10 % 2, set.Label(i));
        Assert.Equal(4, data.Training.Count + data.Validation.Count);
    }

    [Fact]
    public void The_images_may_lie_elsewhere()
    {
        ClassFolder.Write(folder, "elsewhere", Images(6).Select(file => ($"deep/{file.Path}", file.Content)));
        var table = folder.Write("labels.csv", Text(Pets));
        var error = Assert.Throws<DataException>(() => Datasets.Open(folder.Write("alone/labels.csv", Text(Pets)), Options()));
        Assert.Contains("image-folder=FOLDER", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, Count(Datasets.Open(table, Options(new() { ImageFolder = folder["elsewhere"] }))));
        var zip = folder.Write("images.zip", Trees.Zip(Images(6)));
        Assert.Equal(6, Count(Datasets.Open(table, Options(new() { ImageFolder = zip }))));
        Assert.Throws<UsageException>(() => Datasets.Open(zip, Options(new() { ImageFolder = zip })));
        Assert.Contains("there is no such file or folder", Assert.Throws<DataException>(() => Datasets.Open(table,
            Options(new() { ImageFolder = folder["no"] }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_come_from_a_column_or_from_the_names_of_tables()
    {
        var split = Open("split",
            "file,label,split\na0.png,cat,train\na1.png,dog,train\na2.png,cat,val\na3.png,dog,val\na4.png,cat,test\na5.png,dog,Test\n",
            Images(6));
        Assert.Equal((2, 2), (split.Training.Count, split.Validation.Count));
        Assert.Contains("The 2 images of the test part are not used.", split.Notice!, StringComparison.Ordinal);
        var valid = Open("valid", "file,label,is_valid\na0.png,cat,False\na1.png,dog,False\na2.png,cat,True\na3.png,dog,True\n", Images(4));
        Assert.Equal((2, 2), (valid.Training.Count, valid.Validation.Count));
        ClassFolder.Write(folder, "two",
            [.. Images(6), ("train.csv", Text("file,label\na0.png,cat\na1.png,dog\na2.png,cat\na3.png,dog\n")),
            ("test.csv", Text("file,label\na4.png,cat\na5.png,dog\n")),
            ("sample_submission.csv", Text("file,label\na4.png,cat\na5.png,cat\n"))]);
        var two = Datasets.Open(folder["two"], Options());
        Assert.Equal((4, 2), (two.Training.Count, two.Validation.Count));
        Assert.Contains("sample_submission.csv is a form for answers", two.Notice!, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_out_is_named()
    {
        var data = Open("left", "file,label\na0.png,cat\na1.png,dog\na2.png,cat\na2.png,cat\na3.png,dog\na4.png,\n", Images(6));
        Assert.Contains("1 of 6 rows say no class and are left out: a4.png (line 7).", data.Notice!, StringComparison.Ordinal);
        Assert.Contains("2 of 6 images are not in the table and are left out: a4.png, a5.png.", data.Notice!, StringComparison.Ordinal);
        Assert.Contains("1 images are named more than once and count once: a2.png (line 5).", data.Notice!, StringComparison.Ordinal);
        var missing = "file,label\na0.png,cat\na1.png,dog\na2.jpg,cat\na3.png,dog\nb9.png,dog\n";
        var error = Assert.Throws<DataException>(() => Open("missing", missing, Images(4)));
        Assert.EndsWith("labels.csv: 2 of 5 rows name images that are not there: a2.jpg (line 4), where a2.png is there, b9.png (line "
            + "6). Looked in " + folder["missing"]
            + ". To leave such rows out, set unreadable=skip.", error.Message, StringComparison.Ordinal);
        var skipped = Open("missing", missing, Images(4), new() { Unreadable = UnreadableImages.Skip });
        Assert.Contains("b9.png (line 6); they are left out.", skipped.Notice!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file,label\na0.png,cat\na1.png,dog\na0.png,dog\n", "line 4 says that a0.png is 'dog', and")]
    [InlineData("file,label\na0.png,cat\na1.png,cat\n", "all images are of one class, 'cat'")]
    [InlineData("a0.png,cat\na1.png,dog\na2.png,cat\n", "the first line (a0.png, cat) is an image already")]
    [InlineData("file,colour,shape\na0.png,red,round\na1.png,blue,square\n", "which column says the class of an image? There are colour, "
        + "shape. Name one: label-column=colour.")]
    [InlineData("file,label,class\na0.png,red,round\na1.png,blue,square\na2.png,red,square\n", "The columns label, class tell different "
        + "things.")]
    [InlineData("file\na0.png\na1.png\n", "the table has no column, so nothing says what they show")]
    [InlineData("file,label,split\na0.png,cat,train\na1.png,dog,train\na2.png,bird,val\n", "the class 'bird' of a2.png has no image to "
        + "learn from")]
    [InlineData("file,label,split\na0.png,cat,val\na1.png,dog,val\n", "no image is to learn from; all belong to the validation part")]
    public void What_is_no_single_class_for_each_image_is_refused_with_what_to_do(string text, string message) =>
        Assert.Contains(message, Assert.Throws<DataException>(() => Open("set", text, Images(6))).Message, StringComparison.Ordinal);

    [Fact]
    public void Two_images_that_a_value_may_mean_are_never_guessed()
    {
        var images = Images(2).SelectMany(file => (IEnumerable<(string, byte[])>)[($"x/{file.Path}", file.Content),
            ($"y/{file.Path}", file.Content)]);
        var error = Assert.Throws<DataException>(() => Open("twice", "file,label\na0.png,cat\na1.png,dog\n", images));
        Assert.Contains("line 2 names 'a0.png', and that may be x/a0.png, y/a0.png.", error.Message, StringComparison.Ordinal);
        // A path that another folder contradicts is missing, not taken for it.
        error = Assert.Throws<DataException>(() =>
            Open("other", "file,label\ntrain/a0.png,cat\nx/a1.png,dog\nx/a2.png,cat\nx/a3.png,dog\n", Images(4)
            .Select(file => ($"x/{file.Path}", file.Content))));
        Assert.Contains("train/a0.png (line 2)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_are_classes_in_their_own_order_and_a_column_or_table_that_is_named_is_believed()
    {
        var text = "file,label\n" + string.Concat(Enumerable.Range(0, 24).Select(k => $"a{k}.png,{k / 2}\n"));
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"], Open("numbers", text, Images(24)).ClassNames);
        Assert.Equal(["1.25", "2.5"], Open("prices", "file,price\na0.png,2.5\na1.png,1.25\na2.png,2.5\na3.png,1.25\n", Images(4),
            new() { Task = DataTask.Table }).ClassNames);
        Assert.Equal(["round", "square"],
            Open("shapes", "file,label,shape\na0.png,red,round\na1.png,blue,square\na2.png,red,round\na3.png,red,square\n", Images(4),
            new() { LabelColumn = "Shape" }).ClassNames);
        Assert.Contains("there is no column 'shap' (label-column)",
            Assert.Throws<DataException>(() => Open("shapes", "file,shape\na0.png,x\na1.png,y\n", Images(4),
            new() { LabelColumn = "shap" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Beside_class_folders_a_table_that_says_the_same_changes_nothing_and_another_is_asked_about()
    {
        (string, byte[])[] images = [.. ClassFolder.OnePart(3, "cat", "dog", "owl")];
        var same = "file,label\n" + string.Concat(images.Select(image => $"{image.Item1},{image.Item1.Split('/')[0]}\n"));
        ClassFolder.Write(folder, "same", [.. images, ("labels.csv", Text(same))]);
        Assert.Equal(["cat", "dog", "owl"], Datasets.Open(folder["same"], Options()).ClassNames);
        var other = "file,label\n" + string.Concat(images.Select((image, k) => $"{image.Item1},{(k % 2 == 0 ? "big" : "small")}\n"));
        ClassFolder.Write(folder, "other", [.. images, ("labels.csv", Text(other))]);
        var error = Assert.Throws<DataException>(() => Datasets.Open(folder["other"], Options()));
        Assert.Contains("labels.csv says other classes than the folders do (cat, dog, owl). Which one is meant? For the table set "
            + "task=table, for the folders set task=classes.", error.Message, StringComparison.Ordinal);
        Assert.Equal(["big", "small"], Datasets.Open(folder["other"], Options(new() { Task = DataTask.Table })).ClassNames);
        Assert.Equal(["cat", "dog", "owl"], Datasets.Open(folder["other"], Options(new() { Task = DataTask.Classes })).ClassNames);
    }

    [Fact]
    public void The_cache_knows_another_table_and_other_columns()
    {
        var first = Open("cache", Pets, Images(6));
        Assert.NotNull(first.CacheFile);
        Assert.Equal(first.Training.Sha256(), Datasets.Open(folder["cache/labels.csv"], Options()).Training.Sha256());
        var changed = Open("cache", Pets.Replace("a1.png,dog", "a1.png,cat", StringComparison.Ordinal), Images(6));
        Assert.Equal(4, changed.Training.CountPerClass()[0] + changed.Validation.CountPerClass()[0]);
    }

    [Fact]
    public void A_check_reads_the_table_too()
    {
        ClassFolder.Write(folder, "check", [.. Images(6), ("labels.csv", Text(Pets + "gone.png,cat\n"))]);
        var check = DataCheck.Of(folder["check/labels.csv"], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(DataTask.Table, check.Task);
        Assert.Contains("gone.png (line 8)", check.Findings.Single(finding => finding.Kind == DataFindingKind.Layout).Message,
            StringComparison.Ordinal);
        var left = DataCheck.Of(folder["check"], cancellation: TestContext.Current.CancellationToken,
            images: new() { Unreadable = UnreadableImages.Skip });
        Assert.Equal([("cat", 3, 0), ("dog", 3, 0)], left.Classes);
    }

    [Fact]
    public void A_check_counts_every_label_and_tells_the_range_of_numbers()
    {
        const string several = "file,labels\na0.png,cat|red\na1.png,cat\na2.png,red\na3.png,dog|red\na4.png,dog\na5.png,dog|cat\n";
        ClassFolder.Write(folder, "several", [.. Images(6), ("labels.csv", Text(several))]);
        var check = DataCheck.Of(folder["several/labels.csv"], cancellation: TestContext.Current.CancellationToken);
        Assert.True(check.HasLabels);
        Assert.Equal([("cat", 3, 0), ("dog", 3, 0), ("red", 3, 0)], check.Classes);
        Assert.Empty(check.Numbers);
        Assert.DoesNotContain(check.Findings, finding => finding.Kind == DataFindingKind.SmallClass);

        const string numbers = "file,weight,height\na0.png,0.5,10.5\na1.png,1.5,10\na2.png,2.5,10\na3.png,3.5,10\n";
        ClassFolder.Write(folder, "numbers", [.. Images(6), ("numbers.csv", Text(numbers))]);
        var measured = DataCheck.Of(folder["numbers/numbers.csv"], cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(measured.Classes);
        Assert.Equal([("weight", 0.5, 2, 3.5), ("height", 10, 10.125, 10.5)], measured.Numbers);
    }

    [Fact]
    public void A_picture_with_two_sets_of_labels_contradicts_itself_and_a_rare_label_is_told()
    {
        var images = Images(6).ToList();
        images.Add(("again.png", images[0].Item2));
        const string table = "file,labels\na0.png,cat|red\na1.png,cat\na2.png,red\na3.png,owl|red\na4.png,cat\nagain.png,cat\n";
        ClassFolder.Write(folder, "contradicts", [.. images, ("labels.csv", Text(table))]);
        var check = DataCheck.Of(folder["contradicts/labels.csv"], cancellation: TestContext.Current.CancellationToken);
        var found = Assert.Single(check.Findings, finding => finding.Kind == DataFindingKind.Contradiction);
        Assert.Equal("1 picture is there more than once, with different labels.", found.Message);
        Assert.Contains("1 label has too few pictures that can be read: owl (1 to learn from).",
            check.Findings.Select(finding => finding.Message));
    }

    private SplitData Open(string name, string table, IEnumerable<(string, byte[])> images, ClassFolderOptions? options = null)
    {
        ClassFolder.Write(folder, name, [.. images, ("labels.csv", Text(table))]);
        return Datasets.Open(folder[$"{name}/labels.csv"], Options(options));
    }

    private DataOptions Options(ClassFolderOptions? images = null) => new() { CacheFolder = folder["cached"], Images = images ?? new() };

    private static int Count(SplitData data) => data.Training.Count + data.Validation.Count;

    private static (string Path, byte[] Content)[] Images(int count) => [.. Enumerable.Range(0, count)
        .Select(k => ($"a{k}.png", ClassFolder.Picture((byte)(10 * k))))];

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
