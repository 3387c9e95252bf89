using System.Text;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>What is meant for something else than classes is never trained as classes.</summary>
public sealed class FolderTaskTests : IDisposable
{
    private const string Voc = "<annotation><filename>0.png</filename><object><name>cat</name><bndbox><xmin>1</xmin></bndbox></object></annotation>";
    private const string Coco = "{\"images\": [], \"annotations\": [{\"id\": 1, \"image_id\": 1, \"bbox\": [0, 0, 1, 1]}], \"categories\": []}";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Boxes_are_recognised_and_refused_with_the_reason()
    {
        Refused("2 images have an XML file of Pascal VOC, such as a/000.xml", [.. ClassFolder.OnePart(2, "a", "b"), ("a/000.xml", Text(Voc)), ("a/001.xml", Text(Voc))]);
        Refused("2 images have an XML file of Pascal VOC, such as VOC/Annotations/000.xml",
            [.. ClassFolder.OnePart(2, "VOC/JPEGImages"), ("VOC/Annotations/000.xml", Text(Voc)), ("VOC/Annotations/001.xml", Text(Voc))]);
        Refused("annotations/instances.json is a JSON file of COCO", [.. ClassFolder.OnePart(2, "train2017", "val2017"), ("annotations/instances.json", Text(Coco))]);
        Refused("1 images have a text file of YOLO, such as train/labels/000.txt",
            [.. ClassFolder.OnePart(2, "train/images", "valid/images"), ("train/labels/000.txt", Text("0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.2 0.2\n")), ("data.yaml", Text("nc: 2"))]);
    }

    [Fact]
    public void Masks_are_recognised()
    {
        foreach (var (why, files) in new[]
        {
            ("label/ has pictures of the same names as image/, so these are masks", ClassFolder.OnePart(3, "image", "label")),
            ("set/masks/ has pictures of the same names as set/photos/", ClassFolder.OnePart(3, "set/masks", "set/photos")),
        })
        {
            var check = DataCheck.Of(folder.Write("set.zip", Trees.Zip(files)), cancellation: TestContext.Current.CancellationToken);
            Assert.Equal(DataTask.Masks, check.Task);
            Assert.StartsWith(why, check.TaskWords, StringComparison.Ordinal);
        }
        // Whoever says that they are classes is believed.
        var two = folder.Write("two.zip", Trees.Zip(ClassFolder.OnePart(3, "image", "label")));
        Assert.Equal(["image", "label"], Load(two, new() { Task = DataTask.Classes }).ClassNames);
    }

    [Fact]
    public void Whoever_says_that_the_folders_are_classes_is_believed()
    {
        var path = folder.Write("a.zip", Trees.Zip([.. ClassFolder.OnePart(4, "a", "b"), ("a/0.xml", Text(Voc)), ("a/000.xml", Text(Voc))]));
        Assert.Throws<DataException>(() => Load(path, new()));
        Assert.Equal(["a", "b"], Load(path, new() { Task = DataTask.Classes }).Training.ClassNames);
        Assert.Equal(DataTask.Classes, Load(path, new() { Task = DataTask.Classes }) is var data ? DataChoice.Of(data).Images.Task : null);
        Assert.Throws<UsageException>(() => Load(path, new() { Task = DataTask.Boxes }));
    }

    [Fact]
    public void Class_folders_with_other_files_in_them_stay_class_folders()
    {
        (string, byte[])[] others =
        [
            ("readme.txt", Text("photographs of 2024")), ("a/000.txt", Text("my best one")), ("settings.json", Text("{\"images\": 3}")), ("prices.csv", Text("what,price\nfilm,3\n")),
            ("a/notes.xml", Text("<notes/>")), ("a/001.xml", Text("<notes/>")),
        ];
        Assert.Equal(["a", "b"], Load(folder.Write("a.zip", Trees.Zip([.. ClassFolder.OnePart(4, "a", "b"), .. others])), new()).Training.ClassNames);
        Assert.Equal(["label", "thing"], Load(folder.Write("b.zip", Trees.Zip([.. ClassFolder.OnePart(4, "thing"), .. ClassFolder.OnePart(4, "label").Select(file => (file.Path.Replace(".png", "x.png", StringComparison.Ordinal), file.Content))])), new()).Training.ClassNames);
    }

    private void Refused(string why, IEnumerable<(string, byte[])> files)
    {
        var path = folder.Write("set.zip", Trees.Zip(files));
        var error = Assert.Throws<DataException>(() => Load(path, new()));
        Assert.StartsWith($"{path}: {why}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("If the folders of the images are the classes all the same, set task=classes.", error.Message, StringComparison.Ordinal);
        Assert.NotEqual(DataTask.Classes, DataCheck.Of(path).Task);
    }

    private SplitData Load(string path, ClassFolderOptions images) => Datasets.Open(path, new() { CacheFolder = folder["cache"], Images = images });

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
