using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>Data given by their place in every command that takes data.</summary>
public sealed class DataPathTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string zip;

    public DataPathTests() => zip = folder.Write("pets.zip", Trees.Zip([.. Part("train", 10), .. Part("test", 4)]));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Info_describes_an_archive_with_its_classes()
    {
        foreach (var args in (string[][])[["data", "info", zip], ["data", "info", "--data", zip], ["data", "info", "mnist", "--data", zip]])
        {
            var result = Tool.Run(args);
            Assert.Equal(0, result.Code);
            Assert.Contains("20 training + 8 validation, 3x28x28", result.Output, StringComparison.Ordinal);
            Assert.Matches(@"\n +1  dog +10 +4\n", result.Output);
        }
        var json = Tool.Run("data", "info", zip, "--json", "--image-colours", "gray", "--image-size", "14").Json;
        Assert.Equal("pets.zip", json.GetProperty("name").GetString());
        var found = json.GetProperty("found");
        Assert.Equal([1, 14, 14], found.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        Assert.Equal(1, found.GetProperty("mean").GetArrayLength());
        Assert.Equal("dog", found.GetProperty("classes")[1].GetProperty("name").GetString());
        Assert.Equal(10, found.GetProperty("classes")[1].GetProperty("training").GetInt32());
        Assert.True(File.Exists(found.GetProperty("cacheFile").GetString()));
    }

    [Fact]
    public void Info_of_a_named_set_has_what_was_found_or_null()
    {
        using var world = new SmallWorld();
        var json = Tool.Run("data", "info", "mnist", "--data", world.Data, "--json").Json;
        Assert.Equal(60_000, json.GetProperty("trainingImages").GetInt32());
        Assert.Equal(96, json.GetProperty("found").GetProperty("trainingImages").GetInt32());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, Tool.Run("data", "info", "cifar100", "--json").Json.GetProperty("found").ValueKind);
        Assert.Contains("100, from apple to worm", Tool.Run("data", "info", "cifar100").Output, StringComparison.Ordinal);
        Assert.Contains("0.", Tool.Run("data", "info", "digits").Output.Split("Mean")[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_has_all_sets_and_says_how_to_give_others()
    {
        var text = Tool.Run("data", "list").Output;
        foreach (var name in (string[])["mnist", "fashion-mnist", "cifar10", "cifar100", "cifar100-coarse", "digits", "train mnist-20k --data photos.zip"])
            Assert.Contains(name, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_is_trained_on_an_archive_stopped_gone_on_with_and_judged()
    {
        string[] train = ["train", "mnist-20k", "--data", zip, "--image-size", "24", "--out", folder["runs"], "--epochs", "2", "--set", "batch-size=16", "--threads", "1"];
        var whole = Tool.Run([.. train, "--json"]);
        Assert.Equal(0, whole.Code);
        Assert.Equal(("pets.zip", zip, 20), (whole.Text("dataset"), whole.Text("dataSource"), whole.Json.GetProperty("trainingImages").GetInt32()));
        var run = whole.Text("run");
        Assert.Contains("3x24x24", Tool.Run("summary", run).Output, StringComparison.Ordinal);
        var judged = Tool.Run("evaluate", run, "--json").Json;
        Assert.Equal(["cat", "dog"], judged.GetProperty("classes").EnumerateArray().Select(name => name.GetString()!));
        var mistakes = judged.GetProperty("mistakes").EnumerateArray().ToArray();
        Assert.Equal(judged.GetProperty("images").GetInt32() - judged.GetProperty("correct").GetInt32(), mistakes.Length);
        Assert.All(mistakes, mistake => Assert.StartsWith($"test/{mistake.GetProperty("class").GetString()}/", mistake.GetProperty("file").GetString(), StringComparison.Ordinal));
        Assert.All(mistakes.Take(10), mistake => Assert.Contains(mistake.GetProperty("file").GetString()!, Tool.Run("evaluate", run).Output, StringComparison.Ordinal));
        Assert.All(Tool.Run("inspect", run, "--json").Json.GetProperty("images").EnumerateArray(), image => Assert.StartsWith("test/", image.GetProperty("name").GetString(), StringComparison.Ordinal));
        Assert.Contains(">cat<", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);

        // The same again by --set data, stopped after its first epoch, then gone on with: the same weights.
        var stop = new CancellationTokenSource();
        var again = Tool.Run(stop, "1/2", "train", "mnist-20k", "--set", $"data={zip}", "--set", "image-size=24", "--out", folder["again"], "--epochs", "2", "--set", "batch-size=16", "--threads", "1");
        Assert.Equal(1, again.Code);
        var stopped = Directory.GetDirectories(folder["again"]).Single();
        Assert.Contains("3x24x24", Tool.Run("summary", stopped).Output, StringComparison.Ordinal);
        Assert.Equal(whole.Text("weightsSha256"), Tool.Run("train", "--resume", stopped, "--json").Text("weightsSha256"));

        // The data have moved.
        File.Move(zip, folder["moved.zip"]);
        Assert.Equal($"error: {zip}: the data of the run are not there any more. Give their new place by --data.", Tool.Run("evaluate", run).Error.TrimEnd());
        Assert.Equal(0, Tool.Run("evaluate", run, "--data", folder["moved.zip"]).Code);
        var birds = folder.Write("birds.zip", Trees.Zip(ClassFolder.OnePart(5, "crow", "dog")));
        Assert.Contains($"tells the classes cat, dog apart; {birds} has crow, dog.", Tool.Run("evaluate", run, "--data", birds).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_class_folders_is_the_data_and_a_folder_with_the_named_set_is_searched()
    {
        var pets = ClassFolder.Write(folder, "pets", [.. Part("train", 3), .. Part("test", 2)]);
        Assert.Contains("6 training + 4 validation", Tool.Run("data", "info", "mnist", "--data", pets).Output, StringComparison.Ordinal);
        Idx.Write(folder, "pets/mnist", Idx.Set());
        Assert.Contains("mnist (MNIST)", Tool.Run("data", "info", "mnist", "--data", pets).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Contradictions_and_mistakes_are_explained()
    {
        Says(2, "There is no data set 'cifar11'. Did you mean 'cifar10'?", "train", "--set", "data=cifar11");
        Says(1, "none.zip: there is no such file or folder.", "train", "--data", "none.zip");
        Says(2, $"--data names more than one data set: {zip} and {zip}. Keep one; folders to look in may be several.", "train", "--data", zip, "--data", zip);
        Says(2, $"The data are named twice: {zip} by --data and fashion-mnist by --set data. Keep one.", "train", "--data", zip, "--set", "data=fashion-mnist");
        Says(2, "The setting image-size has no effect here: it needs data=PATH of image files. Set that too, or leave image-size out.", "train", "--image-size", "20");
        Says(2, "The setting image-size is keep, a number of pixels such as 32, or HEIGHTxWIDTH such as 32x48, each at most 8,192: received '0'.", "data", "info", zip, "--image-size", "0");
        Says(2, "Which data set? Give a name, such as mnist, or the path of a folder or archive: featuremap data info photos.zip", "data", "info");
        Says(1, "The recipe mnist-20k cannot be built for images of 3x6x6 (channels x height x width) in 2 classes.", "train", "mnist-20k", "--data", zip, "--image-size", "6", "--out", folder["runs"]);
        Says(1, "The recipe mnist-session1 gives 66 scores for images of 3x8x40 (channels x height x width), and there are 2 classes. It was made for 1x28x28 (mnist). "
            + "Have image files scaled, such as --image-size 28, or choose another recipe.", "train", "mnist-session1", "--data", zip, "--image-size", "8x40", "--out", folder["runs"]);
    }

    private static void Says(int code, string message, params string[] args)
    {
        var result = Tool.Run(args);
        Assert.Equal(code, result.Code);
        Assert.Contains($"error: {message}", result.Error, StringComparison.Ordinal);
    }

    // Cats are dark, dogs are light.
    private static IEnumerable<(string, byte[])> Part(string part, int count) => Enumerable.Range(0, count)
        .SelectMany(k => new[] { ($"{part}/cat/{k}.png", ClassFolder.Picture((byte)k, 28, 28)), ($"{part}/dog/{k}.png", ClassFolder.Picture((byte)(200 + k), 28, 28)) });
}
