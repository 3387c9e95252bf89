using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Where the parts of a data set and its class folders are found, and that folders of parts never become classes.</summary>
public sealed class ClassFolderPartsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("train", "Training", true)]
    [InlineData("Training_Set", "Training", true)]
    [InlineData("TestImages", "Test", true)]
    [InlineData("test1", "Test", true)]
    [InlineData("valid", "Validation", true)]
    [InlineData("validation-set", "Validation", true)]
    [InlineData("seg_train", "Training", false)]
    [InlineData("asl_alphabet_test", "Test", false)]
    [InlineData("seg_pred", "Unlabelled", false)]
    [InlineData("steam_train_station", "Training", false)]
    [InlineData("trainval", "Training", true)]
    [InlineData("train_test_split", "None", false)]
    [InlineData("cat", "None", false)]
    [InlineData("7", "None", false)]
    [InlineData("protest", "None", false)]
    public void A_name_says_which_part_it_is_of(string name, string kind, bool isPlain)
    {
        var part = PartName.Of(name);
        Assert.Equal((kind, isPlain), ($"{part.Kind}", part.IsPlain));
    }

    // Archives of competitions, as their folders are called.
    [Theory]
    [InlineData("training_set/training_set", "test_set/test_set", 6, 4, null)]
    [InlineData("seg_train/seg_train", "seg_test/seg_test", 6, 4, null)]
    [InlineData("Training Data", "Testing Data", 6, 4, null)]
    [InlineData("asl_alphabet_train/asl_alphabet_train", "asl_alphabet_test/asl_alphabet_test", 6, 4, null)]
    [InlineData("set/train", "set/valid", 6, 4, "The parts are those in set/.")]
    [InlineData("train/images", "test/images", 6, 4, "The class folders of train/ are those in train/images/. The class folders of test/ are those in test/images/.")]
    [InlineData("train/train/train", "val", 6, 4, null)]
    public void Parts_are_found_below_folders_of_the_same_name(string train, string test, int training, int validation, string? notice)
    {
        var data = Open("set", [.. Pets(train, 3), .. Pets(test, 2)]);
        Assert.Equal(["cats", "dogs"], data.Training.ClassNames);
        Assert.Equal((training, validation, notice), (data.Training.Count, data.Validation.Count, data.Notice));
        // An archive with one folder around everything is the same.
        var zip = Datasets.Open(folder.Write("set.zip", Trees.Zip([.. Pets($"inner/{train}", 3), .. Pets($"inner/{test}", 2)])), Options);
        Assert.Equal(data.Training.Sha256(), zip.Training.Sha256());
        Assert.Equal(data.Validation.Sha256(), zip.Validation.Sha256());
    }

    [Fact]
    public void A_part_without_class_folders_is_left_out_and_told()
    {
        var data = Open("intel", [.. Pets("seg_train/seg_train", 3), .. Pets("seg_test/seg_test", 2), ("seg_pred/seg_pred/1.png", ClassFolder.Picture(1))]);
        Assert.Equal((6, 4, "1 images in seg_pred/ belong to no part and "
            + "are left out."), (data.Training.Count, data.Validation.Count, data.Notice));
        // The files of the test part have no labels: a share of the training part is kept apart in its place.
        data = Open("asl", [.. Pets("asl_train/asl_train", 5), ("asl_test/asl_test/A.png", ClassFolder.Picture(1)), ("asl_test/asl_test/B.png", ClassFolder.Picture(2))]);
        Assert.Equal((8, 2), (data.Training.Count, data.Validation.Count));
        Assert.StartsWith("2 images in asl_test/ lie in no class folders and are left out. asl has no part for "
            + "validation, ", data.Notice, StringComparison.Ordinal);
        // The same set once more inside, as in some archives.
        data = Open("xray", [.. Pets("xray/train", 3), .. Pets("xray/test", 2), .. Pets("xray/xray/train", 3), .. Pets("xray/xray/test", 2)]);
        Assert.Equal((6, 4, "The parts are those in xray/. 10 images in xray/xray/ belong to no part and "
            + "are left out."), (data.Training.Count, data.Validation.Count, data.Notice));
    }

    [Fact]
    public void Words_of_parts_in_the_names_of_classes_are_no_parts()
    {
        Assert.Equal(["car", "steam_train", "test_tube"], Open("a", ClassFolder.OnePart(2, "car", "steam_train/old", "test_tube/new")).Training.ClassNames);
        var vehicles = Open("b", ClassFolder.OnePart(2, "car", "train"));
        Assert.Equal(["car", "train"], vehicles.Training.ClassNames);
        Assert.StartsWith("train/ counts as a class, like the folders beside it. ", vehicles.Notice, StringComparison.Ordinal);
        Assert.Equal(["no_test", "positive_test"], Open("c", ClassFolder.OnePart(2, "no_test", "positive_test")).Training.ClassNames);
    }

    [Fact]
    public void Images_directly_in_the_folders_of_parts_are_refused()
    {
        var expected = "the 2 images of train/, such as train/000.png, lie in no class folders, and the folders are the classes. Put "
            + "those of each class into a folder of its own: "
            + "train/cat/1.png, train/dog/1.png.";
        Says(expected, ClassFolder.OnePart(2, "train", "test"));
        Says(expected, ClassFolder.OnePart(2, "train", "test1"));
        Says(expected, ClassFolder.OnePart(2, "train"));
        Says(expected, [.. ClassFolder.OnePart(2, "train"), .. Pets("test", 1)]);
        Says("the 2 images of my_train/, such as my_train/000.png, lie in no class folders, and the folders are the classes. Put those of "
            + "each class into a folder of its own: "
            + "my_train/cat/1.png, my_train/dog/1.png.", ClassFolder.OnePart(2, "my_train", "my_test"));
        Says("there is val/, but no train/ to learn from. Expected train/ and test/ with a folder for each "
            + "class in both.", [.. Pets("test", 1), .. Pets("val", 1)]);
        Says("the folders a_train, b_test are called like parts of a data set, and it is not clear which is which. Call them train/ and "
            + "test/, or give the one that has the class folders.",
            [.. Pets("a_train", 1), .. Pets("b_test", 1)]);
        Says("test/ is called like a part of a data set, and its folders (cats, dogs) are there beside it too, so they are the classes. "
            + "Put the others into a folder train/.",
            [.. ClassFolder.OnePart(2, "cats", "dogs"), .. Pets("test", 1)]);
        Says("test/ is called like a part of a data set, and learn/ has the same folders in it (cats, dogs), so they are the classes. "
            + "Call learn/ train/ if it is the other part.",
            [.. Pets("learn", 2), .. Pets("test", 1)]);
        Says("train/ and train_images/ are both the same part. Put them "
            + "into one folder.", [.. Pets("train", 1), .. Pets("train_images", 1)]);
    }

    [Fact]
    public void Folders_one_level_too_high_or_too_deep_are_used_or_refused_with_the_right_ones()
    {
        Assert.Equal(["cats", "dogs"], Open("deep", ClassFolder.OnePart(2, "cats/2024", "dogs/2024/may")).Training.ClassNames);
        Assert.StartsWith("The class folders are "
            + "those in a/b/. ", Open("high", ClassFolder.OnePart(2, "a/b/cats", "a/b/dogs")).Notice, StringComparison.Ordinal);
        Assert.StartsWith("The folders in cats/ (2023, 2024) count as the "
            + "class cats. ", Open("years", ClassFolder.OnePart(2, "cats/2023", "cats/2024", "dogs")).Notice, StringComparison.Ordinal);
        Assert.StartsWith("The folders in site1/ (cats, dogs) count as the class site1, and site2/ has folders of the same names: if they "
            + "are the classes, give one of the two, or call the parts train/ and test/. ",
            Open("sites", [.. Pets("site1", 2), .. Pets("site2", 2)]).Notice, StringComparison.Ordinal);
        var photos = ClassFolder.Write(folder, "photos", [.. ClassFolder.OnePart(2, "flat"), .. Pets("nested/train", 2), .. Pets("nested/val", 1)]);
        Assert.Equal($"{photos}: nested/ has the parts of a data set in it (train, val), so it is no class. Give "
            + $"{photos}/nested.", Refusal(photos));
        var loose = ClassFolder.Write(folder, "loose", [("cover.png", ClassFolder.Picture(1)), .. Pets("animals", 2)]);
        Assert.Equal($"{loose}: a data set needs at least two class folders; in the top folder there is only animals. It has the folders "
            + $"cats, dogs itself: if they are the classes, give {loose}/animals.", Refusal(loose));
        Assert.Equal($"{photos}/nested/train/cats: a data set needs at least two class folders, and in the top folder there is none: its "
            + "2 images, such as 000.png, lie directly in it. "
            + "Expected one folder for each class, such as cat/1.png and dog/1.png; or a CSV file with the columns file and label. The "
            + "folder around it has class folders (cats, dogs): "
            + $"is {photos}/nested/train meant?", Refusal($"{photos}/nested/train/cats"));
    }

    [Fact]
    public void Places_without_a_data_set_say_what_was_found()
    {
        const string Expected = "Expected one folder for each class, such as cat/1.png and dog/1.png, or train/cat/1.png and "
            + "test/cat/2.png.";
        Directory.CreateDirectory(folder["empty"]);
        Assert.Equal($"{folder["empty"]}: it is empty. {Expected}", Refusal(folder["empty"]));
        Directory.CreateDirectory(folder["hollow/cat"]);
        Assert.Equal($"{folder["hollow"]}: there are no files in it, only empty folders (cat). {Expected}", Refusal(folder["hollow"]));
        folder.Write("other/notes/a.txt", [1]);
        Assert.Equal($"{folder["other"]}: there are no images in it (PNG, JPEG or BMP; 1 other files, such as "
            + $"notes/a.txt). {Expected}", Refusal(folder["other"]));
        var image = folder.Write("1.png", ClassFolder.Picture(1));
        Assert.Equal($"{image}: this is one image. A data set has a folder of images for each class: give the folder, or an archive, that "
            + "holds these folders.", Refusal(image));
        var labels = folder.Write("train-labels-idx1-ubyte", [0, 0, 8, 1]);
        Assert.Equal($"{labels}: this is one of the 4 files of MNIST or a set like it. Give the folder that has all of them "
            + $"({string.Join(", ", Idx.Names)}).", Refusal(labels));
        Assert.StartsWith($"{folder.Write("notes.txt", [.. "hello"u8])}: this is not an archive that can be read: expected zip, tar or "
            + "tar.gz, and the file starts with the bytes 68656C6C6F.", Refusal(folder["notes.txt"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_that_is_not_there_gets_the_nearest_name_that_is()
    {
        ClassFolder.Write(folder, "photos/train", ClassFolder.OnePart(2, "cat", "dog"));
        folder.Write("pets.zip", [1]);
        Assert.Equal($"{folder["photo"]}: there is no such file or folder. Did you mean {folder["photos"]}?", Refusal(folder["photo"]));
        Assert.Equal($"{folder["fotos/train"]}: there is no such file or folder. Did you mean "
            + $"{folder["photos/train"]}?", Refusal(folder["fotos/train"]));
        Assert.Equal($"{folder["photos/tarin"]}: there is no such file or folder. Did you mean "
            + $"{folder["photos/train"]}?", Refusal(folder["photos/tarin"]));
        Assert.Equal($"{folder["pets"]}: there is no such file or folder. Did you mean {folder["pets.zip"]}?", Refusal(folder["pets"]));
        Assert.Equal($"{folder["x"]}: there is no such file or folder.", Refusal(folder["x"]));
        if (OperatingSystem.IsWindows()) return;
        File.CreateSymbolicLink(folder["link"], folder["gone"]);
        Assert.Equal($"{folder["link"]}: this is a link to {folder["gone"]}, and there is no such "
            + "file or folder.", Refusal(folder["link"]));
        Directory.CreateSymbolicLink(folder["good"], folder["photos/train"]);
        Assert.Equal(["cat", "dog"], Datasets.Open(folder["good"], Options).Training.ClassNames);
    }

    private DataOptions Options => new() { CacheFolder = folder["cache"], KeepDecoded = false };

    private static (string Path, byte[] Content)[] Pets(string part, int count) => ClassFolder.OnePart(count, $"{part}/cats", $"{part}/dogs");

    private SplitData Open(string name, IEnumerable<(string, byte[])> files) => Datasets.Open(ClassFolder.Write(folder, name, files), Options);

    private string Refusal(string path) => Assert.Throws<DataException>(() => Datasets.Open(path, Options)).Message;

    private void Says(string message, IEnumerable<(string, byte[])> files)
    {
        var path = folder.Write("says.zip", Trees.Zip(files));
        Assert.Equal($"{path}: {message}", Refusal(path));
    }
}
