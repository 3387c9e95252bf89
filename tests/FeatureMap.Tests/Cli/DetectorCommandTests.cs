using System.Text.Json;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Tests.Annotations;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Training;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>Boxes of one's own from the command line.</summary>
public sealed class DetectorCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Boxes_are_recognised_a_detector_is_trained_judged_asked_and_exported()
    {
        var place = Shapes();
        var trained = Tool.Run("train", place, "--out", folder["runs"], "--epochs", "2", "--image-size", "64", "--threads", "2");
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("note: Boxes of Pascal VOC: 14 pictures, ", trained.Error, StringComparison.Ordinal);
        Assert.Contains("Parts as the set has them: 8 to learn from, 3 to judge by, 3 (test) kept for the end.", trained.Error,
            StringComparison.Ordinal);
        Assert.Contains("detector: finds things in pictures", trained.Output, StringComparison.Ordinal);
        Assert.Contains("mAP50", trained.Output, StringComparison.Ordinal);
        var run = Assert.Single(Directory.GetDirectories(folder["runs"]));
        Assert.True(File.Exists(Path.Combine(run, "report.html")));

        var judged = Tool.Run("evaluate", run, "--json", "--csv", folder["found.csv"], "--html", folder["judged.html"]);
        Assert.True(judged.Code == 0, judged.Error);
        Assert.Equal((3, 12), (judged.Json.GetProperty("images").GetInt32(), judged.Json.GetProperty("coco").EnumerateObject().Count()));
        Assert.StartsWith("file,class,score,x,y,width,height", File.ReadAllText(folder["found.csv"]), StringComparison.Ordinal);
        Assert.Contains("mAP50 is ", File.ReadAllText(folder["judged.html"]), StringComparison.Ordinal);
        var test = Tool.Run("evaluate", run, "--part", "test");
        Assert.Contains("3 test pictures with", test.Output, StringComparison.Ordinal);
        Assert.Contains("AP@0.5", test.Output, StringComparison.Ordinal);

        var picture = Path.Combine(place, "JPEGImages", "s0.png");
        var found = Tool.Run("predict", run, picture, picture, "--draw", folder["drawn"], "--csv", folder["boxes.csv"], "--least-score",
            "0.01");
        Assert.True(found.Code == 0, found.Error);
        Assert.Equal(["boxes.html", "s0-2.png", "s0.png"], Directory.GetFiles(folder["drawn"]).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
        var over = Tool.Run("predict", run, picture, "--draw", Path.Combine(place, "JPEGImages"));
        Assert.Equal(2, over.Code);
        Assert.Contains("would be written over them. Choose another folder by --draw", over.Error, StringComparison.Ordinal);
        Assert.Contains("--masks is the folder for masks", Tool.Run("predict", run, picture, "--masks", "m").Error,
            StringComparison.Ordinal);
        Assert.Contains("--dataset has no effect on a detector", Tool.Run("evaluate", run, "--dataset", "mnist").Error,
            StringComparison.Ordinal);
        Assert.StartsWith("file,class,score,x,y,width,height,error", File.ReadAllText(folder["boxes.csv"]), StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("export", run, "--onnx", folder["shapes.onnx"]).Code);
        Assert.Contains("--top is for models that tell what a whole image shows", Tool.Run("predict", run, picture, "--top", "2").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_training_goes_on_to_the_same_weights()
    {
        var place = Shapes();
        string[] more = ["--epochs", "3", "--image-size", "64", "--no-report", "--threads", "2"];
        var whole = Tool.Run(["train", place, "--out", folder["whole"], "--json", .. more]);
        using var stop = new CancellationTokenSource();
        var stopped = Tool.Run(stop, "1/3", ["train", place, "--out", folder["part"], .. more]);
        Assert.Equal(1, stopped.Code);
        var resumed = Tool.Run("train", "--resume", Assert.Single(Directory.GetDirectories(folder["part"])), "--json", "--no-report");
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Equal(whole.Text("weightsSha256"), resumed.Text("weightsSha256"));
    }

    [Theory]
    [InlineData("--set", "mix=mixup 0.2", "The setting mix lays images over each other")]
    [InlineData("--image-size", "100", "The nearest is 96x96")]
    [InlineData("--set", "augmentation=elastic", "boxes cannot follow")]
    [InlineData("--set", "network=resnet-18x", "There is no architecture")]
    [InlineData("--set", "patch=32", "The setting patch belongs to masks")]
    [InlineData("--mask-classes", "a,b", "The setting mask-classes belongs to masks")]
    [InlineData("--set", "network=other/network.json", "The backbone of a detector is the name of an architecture")]
    public void What_does_not_go_with_boxes_is_said(string option, string value, string said)
    {
        var refused = Tool.Run("train", Shapes(), "--out", folder["runs"], option, value);
        Assert.NotEqual(0, refused.Code);
        Assert.Contains(said, refused.Error, StringComparison.Ordinal);
    }

    // Squares and discs of the tests of detectors as a folder of Pascal VOC.
    private string Shapes()
    {
        var scenes = DetectorTests.Scenes(14, part: 2);
        var files = new List<(string, byte[])>();
        for (var scene = 0; scene < scenes.Count; scene++)
        {
            files.Add(($"JPEGImages/s{scene}.png", PngWriter.Write(scenes.Pixels(scene), scenes.ImageShape)));
            files.Add(($"Annotations/s{scene}.xml", SmallSets.Text(SmallSets.VocFile($"s{scene}.png", 64, 64,
                [.. Detector.TruthOf(scenes, scene)
                .Select(thing => (scenes.ClassNames[thing.Class], $"{thing.Box.X + 1:0} {thing.Box.Y + 1:0} "
                    + $"{thing.Box.X + thing.Box.Width:0} "
                    + $"{thing.Box.Y + thing.Box.Height:0}"))]))));
        }
        foreach (var (part, from, to) in ((string, int, int)[])[("train", 0, 8), ("val", 8, 11), ("test", 11, 14)])
            files.Add(($"ImageSets/Main/{part}.txt", SmallSets.Text(string.Concat(Enumerable.Range(from, to - from).Select(scene
                => $"s{scene}\n")))));
        return ClassFolder.Write(folder, $"shapes-{Guid.NewGuid():N}", [.. files]);
    }
}
