using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary><c>evaluate</c> class by class, its table and its page, temperatures; and <c>data hints</c>.</summary>
public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string pets;

    // Bright and dark pictures; a few of the bright ones are called dogs.
    public EvaluateCommandTests() => pets = ClassFolder.Write(folder, "pets", [.. Part("train", 40), .. Part("test", 12)]);

    public void Dispose() => folder.Dispose();

    private string Trained()
    {
        Assert.Equal(0, Tool.Run("train", "mnist-20k", "--data", pets, "--epochs", "2", "--set", "batch-size=16",
            "--threads", "1", "--out", folder["runs"], "--no-lint").Code);
        return Directory.GetDirectories(folder["runs"]).Single();
    }

    [Fact]
    public void A_run_is_judged_class_by_class_with_a_table_and_a_page()
    {
        var run = Trained();
        var (csv, html) = (folder["answers.csv"], folder["page.html"]);
        var judged = Tool.Run("evaluate", run, "--csv", csv, "--html", html);
        Assert.Equal(0, judged.Code);
        Assert.StartsWith("note: 24 of 24 validation images are also among th", judged.Error, StringComparison.Ordinal);
        var output = string.Join(' ', judged.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        foreach (var text in (string[])["Balanced ", "Areas ROC ", "Calibration error ", "precision recall F1 ROC area most often taken "
            + "for", "mean of the classes",
            "weighted by images", $"{csv}: 24 images", $"{html}: the page"])
            Assert.Contains(text, output, StringComparison.Ordinal);
        var lines = File.ReadAllText(csv).Split("\r\n");
        Assert.Equal(("image,file,truth,answer,right,probability,truthProbability,truthRank", 26), (lines[0], lines.Length));
        var json = Tool.Run("evaluate", run, "--json").Json;
        Assert.Equal(json.GetProperty("correct").GetInt32(), lines[1..^1].Count(line => line.Split(',')[4] == "1"));
        Assert.All(lines[1..^1], line => Assert.StartsWith("test/", line.Split(',')[1], StringComparison.Ordinal));
        Assert.Equal(json.GetProperty("macro").GetProperty("recall").GetDouble(), json.GetProperty("balancedAccuracy").GetDouble());
        Assert.Equal(["cat", "dog"], json.GetProperty("perClass").EnumerateArray().Select(one => one.GetProperty("class").GetString()));
        Assert.Equal(15, json.GetProperty("calibration").GetProperty("bins").GetArrayLength());
        Assert.False(json.TryGetProperty("top5", out _)); // of two classes, five are always enough
        var page = File.ReadAllText(html);
        foreach (var text in (string[])["Class by class", "Precision over recall", "Hits over false alarms (ROC)", "Reliability",
            "Confusion matrix", "A point on the diagonal"])
            Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.Contains("id=\"classes\"", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
        Assert.Contains("cannot be written", Tool.Run("evaluate", run, "--csv", folder["no/such/folder.csv"]).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_temperature_is_measured_kept_and_used_when_asked()
    {
        var run = Trained();
        var picture = Directory.GetFiles(folder["pets/test/cat"]).Order(StringComparer.Ordinal).First();
        double Probability(params string[] more) => Tool.Run(["predict", run, picture, "--json",
            .. more]).Json.GetProperty("predictions")[0].GetProperty("probability").GetDouble();
        var before = Probability();
        var refused = Tool.Run("predict", run, picture, "--calibrated");
        Assert.NotEqual(0, refused.Code);
        Assert.Contains("featuremap evaluate RUN --calibrate", refused.Error, StringComparison.Ordinal);
        var weights = Tool.Run("evaluate", run, "--json").Text("weightsSha256");
        var measured = Tool.Run("evaluate", run, "--calibrate", "--json").Json;
        var temperature = measured.GetProperty("temperature").GetDouble();
        Assert.True(temperature > 0 && temperature != 1);
        Assert.True(measured.TryGetProperty("calibrated", out _));
        var after = Tool.Run("evaluate", run, "--calibrated", "--json").Json;
        Assert.Equal((weights, temperature), (Tool.Run("evaluate", run, "--json").Text("weightsSha256"), Tool.Run("evaluate", run,
            "--json").Json.GetProperty("temperature").GetDouble()));
        Assert.Equal(measured.GetProperty("calibrated").GetProperty("expectedError").GetDouble(),
            after.GetProperty("calibration").GetProperty("expectedError").GetDouble(), 3);
        Assert.Equal(before, Probability());
        Assert.Equal(temperature > 1, Probability("--calibrated") < before);
        foreach (var wrong in (string[][])[["--calibrate", "--calibrated"], ["--calibrate", "--views", "mirror"]])
            Assert.Equal(2, Tool.Run(["evaluate", run, .. wrong]).Code);

        // A file for elsewhere has it too when asked, and says so where it does not.
        var onnx = folder["pets.onnx"];
        Assert.Contains("--calibrated puts it into the file", Tool.Run("export", run, "--onnx", onnx).Error, StringComparison.Ordinal);
        double Exported() => Tool.Run("predict", onnx, picture, "--fit", "crop", "--json").Json
            .GetProperty("predictions")[0].GetProperty("probability").GetDouble();
        Assert.Equal(before, Exported(), 4);
        Assert.Equal("", Tool.Run("export", run, "--onnx", onnx, "--calibrated").Error);
        Assert.Equal(Probability("--calibrated"), Exported(), 4);
    }

    [Fact]
    public void Hints_name_the_files_whose_labels_are_improbable()
    {
        // A dark picture among the cats and a bright one among the dogs.
        folder.Write("pets/train/cat/wrong.png", ClassFolder.Picture(10, 28, 28, 1));
        folder.Write("pets/train/dog/wrong.png", ClassFolder.Picture(230, 28, 28, 1));
        var html = folder["hints.html"];
        string[] line = ["data", "hints", pets, "--epochs", "6", "--set", "batch-size=8", "--folds", "2", "--seed", "3", "--threads", "1"];
        var found = Tool.Run([.. line, "--html", html, "--top", "4"]);
        Assert.Equal(0, found.Code);
        Assert.Contains("part 2 of 2: ", found.Output, StringComparison.Ordinal);
        Assert.Contains("4 of 106 pictures; --top shows more", found.Output, StringComparison.Ordinal);
        Assert.Contains("wrong.png", File.ReadAllText(html), StringComparison.Ordinal);
        var json = Tool.Run([.. line, "--json"]).Json;
        Assert.Equal(["train/cat/wrong.png", "train/dog/wrong.png"],
            json.GetProperty("hints").EnumerateArray().Take(4).Select(hint => hint.GetProperty("file").GetString()).Where(file =>
                file!.Contains("wrong", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(106, json.GetProperty("hints").GetArrayLength());
        foreach (var wrong in (string[][])[["--folds", "1"], ["--folds", "x"], ["--top", "0"]])
            Assert.Equal(2, Tool.Run([.. line[..3], .. wrong]).Code);
        Assert.Contains("too few images to learn from", Tool.Run([.. line[..7], "--folds", "60"]).Error, StringComparison.Ordinal);
        Assert.Contains("There is no recipe 'none'", Tool.Run("data", "hints", "none").Error, StringComparison.Ordinal);
    }

    private static IEnumerable<(string, byte[])> Part(string part, int count) => Enumerable.Range(0, count).SelectMany(k => new[]
    {
        ($"{part}/cat/{k:00}.png", ClassFolder.Picture((byte)(170 + (2 * k)), 28, 28, 1)),
        ($"{part}/dog/{k:00}.png", ClassFolder.Picture((byte)(20 + (2 * k)), 28, 28, 1)),
    });
}
