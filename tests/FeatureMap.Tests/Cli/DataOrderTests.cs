using FeatureMap.Data;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>
/// A place that is given is used or refused, never replaced; and a run finds its own images again, whatever they are called, or says that
/// they changed.
/// </summary>
public sealed class DataOrderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, string> WrongPlaces => new()
    {
        { "photoz", ": there is no such file or folder. Did you mean " },
        { "deep/er/photos.zip", ": there is no such file or folder." },
        { "empty", ": it is empty. Expected one folder for each class" },
        { "hollow", ": there are no files in it, only empty folders (a). " },
        { "flat", ": a data set needs at least two class folders, and in the top folder there is none: its 3 images, such as 0.png, lie "
            + "directly in it. " },
        { "oneclass", ": a data set needs at least two class folders; in the top folder there is only cat. One class cannot be told "
            + "from another" },
        { "unlabelled", ": the 2 images of train/, such as train/000.png, lie in no class folders" },
        { "texts", ": there are no images in it (PNG, JPEG or BMP; 1 other files, such as a.txt). " },
        { "notes.txt", ": this is not an archive that can be read: expected zip, tar or tar.gz" },
        { "flat/0.png", ": this is one image. A data set has a folder of images for each class" },
        { "partly", " has only 2 of the 4 files of " },
        { "sets", ": nested/ has the parts of a data set in it (train, val), so it is no class. Give " },
        { "noise.zip", ": the zip archive is damaged or cut" },
    };

    [Theory]
    [MemberData(nameof(WrongPlaces))]
    public void A_wrong_place_is_refused_and_nothing_is_trained(string name, string message)
    {
        MakeWrongPlaces();
        string[][] commands =
        [
            ["train", "mnist-1k", "--out", folder["runs"], "--data"], ["train", "mnist-1k", "--out", folder["runs"], "--overfit", "--data"],
            ["lr-find", "mnist-1k", "--out", folder["curve.svg"], "--data"], ["lab", "compare-optimizers", "--quick", "--out", folder["runs"], "--data"],
            ["data", "info", "--data"], ["data", "info", "mnist", "--data"], ["data", "preview", "mnist", "--out", folder["sheet.png"], "--data"],
        ];
        foreach (var command in commands)
        {
            var result = Tool.Run([.. command, folder[name]]);
            Assert.InRange(result.Code, 1, 2);
            Assert.StartsWith($"error: {folder[name]}{message}", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("Downloading", result.Error, StringComparison.Ordinal);
            Assert.Equal("", command[0] == "lab" ? "" : result.Output);
        }
        Assert.False(Directory.Exists(folder["runs"]));
        Assert.False(File.Exists(folder["curve.svg"]) || File.Exists(folder["sheet.png"]));
        // A list names places too.
        if (!Path.Exists(folder[name])) Assert.Equal(1, Tool.Run("data", "list", "--data", folder[name]).Code);
    }

    [Fact]
    public void A_name_in_the_place_of_a_path_is_told_from_it()
    {
        var result = Tool.Run("train", "--data", "fashion-mnist");
        Assert.Equal((1, "error: fashion-mnist: there is no such file or folder. --data takes a place; the data set of this name is "
            + "chosen by its name, as by --set data=fashion-mnist."),
            (result.Code, result.Error.TrimEnd()));
        var pets = ClassFolder.Write(folder, "pets", ClassFolder.OnePart(5, "cat", "dog"));
        result = Tool.Run("train", "--set", $"data={pets[..^1]}");
        Assert.Equal((1, $"error: {pets[..^1]}: there is no such file or folder. Did you "
            + $"mean {pets}?"), (result.Code, result.Error.TrimEnd()));
        // Typed wrongly is told before anything is looked for.
        Assert.Equal(2, Tool.Run("train", "mnist-1k", "--set", "data=fasion-mnist").Code);
        Assert.Contains("network.json: there is no such file or folder.", Tool.Run("train", "--data", pets, "--set", $"network={folder["network.json"]}").Error, StringComparison.Ordinal);
        Assert.Equal("error: The range test takes between 10 and 100,000 steps: received 2. "
            + "100 are usual.", Tool.Run("lr-find", "--data", pets, "--steps", "2").Error.TrimEnd());
        Assert.Equal(2, Tool.Run("export", pets, "--onnx", folder["a.onnx"], "--data", pets).Code);
    }

    [Fact]
    public void Several_places_are_folders_of_one_set_or_refused()
    {
        using var world = new SmallWorld();
        var pets = ClassFolder.Write(folder, "pets", ClassFolder.OnePart(5, "cat", "dog"));
        var info = Tool.Run("data", "info", "mnist", "--data", pets, "--data", world.Data);
        Assert.Equal((0, $"note: {pets} has no files of MNIST and "
            + "is not used."), (info.Code, info.Error.Split(" The files in")[0].TrimEnd()));
        Assert.Contains("mnist (MNIST)", info.Output, StringComparison.Ordinal);
        var none = Tool.Run("data", "info", "fashion-mnist", "--data", pets, "--data", folder.Location);
        Assert.Equal((2, $"error: --data names 2 places, and none of them has the files of Fashion-MNIST: {pets}, {folder.Location}. Keep "
            + "the one that is the data."), (none.Code, none.Error.TrimEnd()));
        // The files of another set are the data as well, where they are given; with a name beside it, a line says so.
        Idx.Write(folder, "letters", Idx.Set());
        var letters = Tool.Run("data", "info", "cifar10", "--data", folder["letters"] + "/", "--json");
        Assert.Equal(("letters", folder["letters"]), (letters.Text("name"), letters.Text("folder")));
        Assert.Equal($"note: {folder["letters"]} has no files of CIFAR-10, so it is taken as the data itself.", letters.Error.TrimEnd());
    }

    // Once "evaluate" judged the digits inside the library in the place of a folder of this name.
    [Theory]
    [InlineData("digits")]
    [InlineData("mnist")]
    [InlineData("fashion-mnist")]
    [InlineData("cifar10")]
    [InlineData("mine")]
    public void A_run_on_a_folder_called_like_a_known_set_finds_the_folder_again(string name)
    {
        var place = Bars(name);
        var run = Train(place);
        foreach (var command in (string[][])[["evaluate", run, "--json"], ["evaluate", run, "--json", "--data", place]])
        {
            var judged = Tool.Run(command);
            Assert.DoesNotContain("not those", judged.Error, StringComparison.Ordinal);
            Assert.Equal((20, place), (judged.Json.GetProperty("images").GetInt32(), judged.Text("dataSource")));
            Assert.Equal("eight", judged.Json.GetProperty("classes")[0].GetString());
        }
        Assert.Equal(0, Tool.Run("report", run).Code);
        // The page names no place of the machine: the classes are those of the folder.
        Assert.Contains(">eight<", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_changed_are_told_and_a_run_does_not_go_on_with_them()
    {
        var place = Bars("mine");
        var run = Train(place);
        using var stop = new CancellationTokenSource();
        Assert.Equal(1, Tool.Run(stop, "1/3", "train", "mnist-1k", "--data", place, "--epochs", "3", "--out", folder["stopped"], "--threads", "1").Code);
        var stopped = Directory.GetDirectories(folder["stopped"]).Single();

        // Touched and moved files are the same images.
        foreach (var file in Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddYears(50));
        Assert.DoesNotContain("not those", Tool.Run("evaluate", run).Error, StringComparison.Ordinal);
        Directory.Move(place, folder["moved"]);
        Assert.Equal($"error: {place}: the data of the run are not there any more. Give their new "
            + "place by --data.", Tool.Run("train", "--resume", stopped).Error.TrimEnd());
        Assert.DoesNotContain("not those", Tool.Run("evaluate", run, "--data", folder["moved"]).Error, StringComparison.Ordinal);
        Directory.Move(folder["moved"], place);

        // The pictures of two classes are exchanged.
        Directory.Move(Path.Combine(place, "one"), folder["t"]);
        Directory.Move(Path.Combine(place, "two"), Path.Combine(place, "one"));
        Directory.Move(folder["t"], Path.Combine(place, "two"));
        var changed = $"The images are not those that the run was made with: as many, but with other pixels, classes or order. {place} "
            + "has changed since.";
        foreach (var command in (string[][])[["evaluate", run], ["report", run], ["inspect", run, "--out", folder["page"]]])
            Assert.Contains($"note: {changed}", Tool.Run(command).Error, StringComparison.Ordinal);
        var resumed = Tool.Run("train", "--resume", stopped);
        Assert.Equal((1, $"error: The run {Path.GetFileName(stopped)} goes on only with the images that it was made with. {changed} Put "
            + "them back, give their place by --data, or start a new run without --resume."),
            (resumed.Code, resumed.Error.TrimEnd().Split('\n')[^1]));

        // One is added.
        folder.Write("mine/one/new.png", Bar(0, 3));
        Assert.Contains($"note: The run was made with 80 training + 20 validation images of mine, and these are 81 + 20: {place} has "
            + "changed since.", Tool.Run("evaluate", run).Error, StringComparison.Ordinal);
        Assert.Equal(1, Tool.Run("train", "--resume", stopped).Code);
    }

    [Fact]
    public void A_run_without_sums_is_opened_and_judged_on_its_folder()
    {
        var place = Bars("digits");
        var run = Train(place);
        var config = Path.Combine(run, "config.json");
        File.WriteAllLines(config, File.ReadAllLines(config).Where(line => !line.Contains("Sha256", StringComparison.Ordinal))
            .Select(line => line.Contains("\"validation\": 20,", StringComparison.Ordinal) ? line.TrimEnd(',') : line));
        var judged = Tool.Run("evaluate", run, "--json");
        Assert.Equal((0, place), (judged.Code, judged.Text("dataSource")));
    }

    private static byte[] Bar(int label, int image)
    {
        var pixels = new byte[28 * 28];
        for (var at = 0; at < pixels.Length; at++)
            pixels[at] = (byte)(at % 28 >= (2 * label) + 3 && at % 28 < (2 * label) + 6 ? 200 + (5 * image) : 10 + image);
        return PngWriter.Write(pixels, new(1, 28, 28));
    }

    // Ten pictures of a bright bar in each of ten classes.
    private string Bars(string name)
    {
        string[] classes = ["eight", "five", "four", "nine", "one", "seven", "six", "three", "two", "zero"];
        return ClassFolder.Write(folder, name, classes.SelectMany((one, label) => Enumerable.Range(0, 10).Select(image => ($"{one}/{image}.png", Bar(label, image)))));
    }

    private string Train(string place) => Tool.Run("train", "mnist-1k", "--data", place, "--epochs", "1", "--out", folder["runs"], "--threads", "1", "--json").Text("run");

    private void MakeWrongPlaces()
    {
        Directory.CreateDirectory(folder["empty"]);
        Directory.CreateDirectory(folder["hollow/a"]);
        ClassFolder.Write(folder, "photos", ClassFolder.OnePart(3, "cat", "dog"));
        ClassFolder.Write(folder, "flat", Enumerable.Range(0, 3).Select(k => ($"{k}.png", ClassFolder.Picture(1))));
        ClassFolder.Write(folder, "oneclass", ClassFolder.OnePart(3, "cat"));
        ClassFolder.Write(folder, "unlabelled", ClassFolder.OnePart(2, "train", "test1"));
        ClassFolder.Write(folder, "sets", [.. ClassFolder.OnePart(2, "flat", "nested/train/cat", "nested/train/dog", "nested/val/cat")]);
        folder.Write("texts/a.txt", [1]);
        folder.Write("notes.txt", [.. "These are the photos of May."u8]);
        folder.Write("noise.zip", [(byte)'P', (byte)'K', 3, 4, .. new byte[100]]);
        foreach (var name in Idx.Names.Take(2))
            folder.Write($"partly/{name}", [1]);
    }
}
