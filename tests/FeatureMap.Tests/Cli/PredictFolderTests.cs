using FeatureMap.Data;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>Photographs in a folder: trained without options, checked, and asked about as a whole.</summary>
public sealed class PredictFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string photos;

    public PredictFolderTests() => photos = ClassFolder.Write(folder, "my pets",
        [.. Photos("cat", 8, 40), .. Photos("dog", 8, 200)]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Photos_train_without_options_and_a_folder_is_predicted_with_a_table()
    {
        var trained = Tool.Run("train", "--data", photos, "--epochs", "2", "--threads", "1", "--out", folder["runs"], "--set", "batch-size=8");
        Assert.Equal(0, trained.Code);
        Assert.Contains("16 images have 2 sizes, from 40 x 30 to 30 x 40 pixels", trained.Error.Replace("from 30 x 40 to 40 x 30", "from 40 x 30 to 30 x 40", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Recipe    photos:", trained.Output, StringComparison.Ordinal);
        var run = Directory.GetDirectories(folder["runs"]).Single();
        Assert.StartsWith("my-pets-", Path.GetFileName(run), StringComparison.Ordinal);
        var config = File.ReadAllText(Path.Combine(run, "config.json"));
        Assert.Contains("\"image-size\": \"24x24\"", config, StringComparison.Ordinal);
        Assert.Contains("\"fit\": \"crop\"", config, StringComparison.Ordinal);

        // A folder with a damaged file: the rest is answered.
        var asked = ClassFolder.Write(folder, "new", [.. Photos("in", 3, 90), ("a, \"b\".png", ClassFolder.Picture(9, 64, 48)), ("broken.jpg", [1, 2, 3]), ("notes.txt", [1])]);
        var result = Tool.Run("predict", run, asked, "--csv", folder["answers.csv"]);
        Assert.Equal(1, result.Code);
        Assert.Equal(4, result.Output.Split('\n').Count(line => line.StartsWith(asked, StringComparison.Ordinal)));
        Assert.Contains("broken.jpg: this is not an image that can be read", result.Error, StringComparison.Ordinal);
        Assert.Contains("error: 1 of 5 files could not be read; the others are answered.", result.Error, StringComparison.Ordinal);
        var lines = File.ReadAllText(folder["answers.csv"]).Split("\r\n");
        Assert.Equal("file,class,probability,error", lines[0]);
        Assert.Equal(7, lines.Length);
        Assert.Matches("^\".*/new/a, \"\"b\"\"\\.png\",(cat|dog),0\\.[0-9]+,$", lines[1]);
        Assert.Matches("^.*/new/broken\\.jpg,,,\".*\"$", lines[5]);

        // An archive gives the same answers, and JSON has the errors.
        var zip = folder.Write("new.zip", Trees.Zip([.. Photos("in", 3, 90)]));
        var json = Tool.Run("predict", run, zip, folder["none.png"], "--json", "--top", "2");
        Assert.Equal((1, 3, 1), (json.Code, json.Json.GetProperty("predictions").GetArrayLength(), json.Json.GetProperty("errors").GetArrayLength()));
        Assert.Equal($"{zip}/in/0.png", json.Json.GetProperty("predictions")[0].GetProperty("image").GetString());
        var single = Tool.Run("predict", run, Path.Combine(asked, "in", "0.png"), "--json").Json.GetProperty("predictions")[0].GetProperty("probability").GetDouble();
        Assert.Equal(single, json.Json.GetProperty("predictions")[0].GetProperty("probability").GetDouble());
        Assert.NotEqual(single, Tool.Run("predict", run, Path.Combine(asked, "in", "0.png"), "--json", "--fit", "pad").Json.GetProperty("predictions")[0].GetProperty("probability").GetDouble());
    }

    [Fact]
    public void Check_says_what_is_wrong_and_ends_in_what_to_do()
    {
        var sound = Tool.Run("data", "check", photos);
        Assert.Equal((0, ""), (sound.Code, sound.Error));
        Assert.Contains("Nothing is wrong.", sound.Output, StringComparison.Ordinal);
        File.Copy(Path.Combine(photos, "cat", "1.png"), Path.Combine(photos, "cat", "copy.png"));
        folder.Write(Path.Combine(photos, "dog", "broken.png"), [1, 2]);
        var wrong = Tool.Run("data", "check", photos);
        Assert.Equal(1, wrong.Code);
        Assert.Contains("        cat/1.png = cat/copy.png", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("WRONG " + Path.Combine(photos, "dog", "broken.png"), wrong.Output, StringComparison.Ordinal);
        Assert.Contains("\nWhat to do:\n  unreadable: mend or remove them as each line says, or train on the rest with --unreadable skip.\n  double: Keep one of each.\n", wrong.Output, StringComparison.Ordinal);
        var json = Tool.Run("data", "check", photos, "--json");
        Assert.Equal((1, false, 18, 17), (json.Code, json.Json.GetProperty("sound").GetBoolean(), json.Json.GetProperty("images").GetInt32(), json.Json.GetProperty("readable").GetInt32()));
        Assert.Equal(["unreadable", "double"], json.Json.GetProperty("findings").EnumerateArray().Where(finding => finding.GetProperty("wrong").GetBoolean()).Select(finding => finding.GetProperty("kind").GetString()));
    }

    [Fact]
    public void What_is_not_for_classes_is_refused_by_train_and_says_which_option_overrules()
    {
        var outlines = ClassFolder.Write(folder, "cells", [.. ClassFolder.OnePart(3, "a", "b"),
            ("a/000.json", [.. "{\"shapes\": [], \"imagePath\": \"000.png\"}"u8])]);
        var refused = Tool.Run("train", "--data", outlines, "--out", folder["runs"]);
        Assert.Equal(1, refused.Code);
        Assert.Contains("so these are outlines of things and no classes.", refused.Error, StringComparison.Ordinal);
        Assert.Contains("use --task classes.", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["runs"]));
    }

    // Coarse noise about a gray value, upright and lying in turn.
    private static IEnumerable<(string Path, byte[] Content)> Photos(string place, int count, int gray) => Enumerable.Range(0, count).Select(i =>
    {
        var random = new Random((1000 * gray) + i);
        var (height, width) = i % 2 == 0 ? (30, 40) : (40, 30);
        var cells = Enumerable.Range(0, 100).Select(_ => (byte)(gray + random.Next(50))).ToArray();
        return ($"{place}/{i}.png", PngWriter.Write([.. Enumerable.Range(0, 3 * height * width).Select(at => cells[(at % (height * width) / width / 4 * 10) + (at % width / 4)])], new(3, height, width)));
    });
}
