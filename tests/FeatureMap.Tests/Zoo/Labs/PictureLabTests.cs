using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>The labs on segmentation and detection, small.</summary>
[Collection(nameof(Alone))]
public sealed class PictureLabTests
{
    [Fact]
    public void Segmentation_trains_judges_and_shows()
    {
        using var folder = new TemporaryFolder();
        folder.Write("membranes.zip", Trees.Zip(Squares(3)));
        var run = Run("segmentation", folder, ("patches", "32"), ("epochs", "4"));
        var html = File.ReadAllText(run.PagePath);
        Assert.Contains("IoU membrane", html, StringComparison.Ordinal);
        Assert.Contains("Green found, red missed, blue invented", html, StringComparison.Ordinal);
        Assert.InRange(run.Trainings[0].Epochs[^1].ValidationMetric, 0, 0.2);
        // A finished lab makes its page again without training.
        var again = LabRun.Resume(run.Folder);
        again.Execute();
        Assert.Equal(run.Trainings[0].Model.Weights.Sha256(), again.Trainings[0].Model.Weights.Sha256());
    }

    [Fact]
    public void Segmentation_leaves_out_what_is_to_be_ignored_and_names_files()
    {
        using var folder = new TemporaryFolder();
        // The stripes would be read as a third value, and refused.
        folder.Write("membranes.zip", Trees.Zip(Squares(3, stripe: 200)));
        Assert.Contains("label/0.png: the mask has "
            + "the values 0 (", Assert.Throws<DataException>(() => Run("segmentation", folder)).Message, StringComparison.Ordinal);
        var notices = new List<string>();
        var run = Run("segmentation", folder, notices, ("patches", "4"), ("epochs", "1"), ("ignore-value", "200"));
        Assert.Matches("<td>image/[012].png</td>|>image/[012].png<", File.ReadAllText(run.PagePath));
        Assert.InRange(run.Trainings[0].Epochs[^1].ValidationMetric, 0, 1);
        Assert.Empty(notices);
        // Cells are most of it: the reader says so.
        folder.Write("membranes.zip", Trees.Zip(Squares(3, isExchanged: true)));
        Run("segmentation", folder, notices, ("patches", "4"), ("epochs", "1"));
        Assert.Matches("^.*membranes.zip: cell covers 9[0-9] % of the pixels", Assert.Single(notices));
    }

    [Fact]
    public void Segmentation_says_what_is_wrong_with_its_data()
    {
        using var folder = new TemporaryFolder();
        Assert.StartsWith("The lab segmentation needs membranes.zip. It holds image/N.png with label/N.png", Assert.Throws<DataException>(() => Run("segmentation", folder)).Message, StringComparison.Ordinal);
        folder.Write("membranes.zip", Trees.Zip(Squares(1)));
        Assert.Equal("membranes has 1 images: 1 cannot be held out and any left to learn from. Set held-out to at most 0.", Assert.Throws<UsageException>(() => Run("segmentation", folder)).Message);
    }

    [Fact]
    public void Detection_compares_two_detectors()
    {
        using var folder = new TemporaryFolder();
        var run = Run("detection", folder, ("data", "digits"));
        var html = File.ReadAllText(run.PagePath);
        Assert.Contains("mAP@0.5 with and without a classifier before", html, StringComparison.Ordinal);
        Assert.Equal(["classifier, seed 0", "from scratch, seed 0", "from the classifier, seed 0"], run.Trainings.Select(training => training.Name));
        Assert.Equal(run.Trainings[1].Model.Network.TrainableCount, run.Trainings[2].Model.Network.TrainableCount);
        Assert.Equal("The side of a scene must be a multiple of 8, so that the detector's cells cover it: received 60. Set side to 56.",
            Assert.Throws<UsageException>(() => Run("detection", folder, ("data", "digits"), ("side", "60"))).Message);
    }

    [Fact]
    public void Scenes_are_a_function_of_seed_part_and_number()
    {
        var digits = Datasets.Digits().Training;
        var grid = new BoxGrid(Shape.Image(1, 64, 64), 8, 8, 10);
        var (scenes, more, other, another) = (new DigitScenes(digits, grid, 5, 0, 60), new DigitScenes(digits, grid, 5, 0, 100), new DigitScenes(digits, grid, 6, 0, 60), new DigitScenes(digits, grid, 5, 1, 60));
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(scenes.Images.Pixels(i).ToArray(), more.Images.Pixels(i).ToArray());
            Assert.Equal(scenes.Boxes[i], more.Boxes[i]);
            Assert.NotEqual(scenes.Images.Pixels(i).ToArray(), other.Images.Pixels(i).ToArray());
            Assert.NotEqual(scenes.Images.Pixels(i).ToArray(), another.Images.Pixels(i).ToArray());
        }
        Assert.Contains(more.Boxes, boxes => boxes.Count == 0);
        Assert.Contains(more.Boxes, boxes => boxes.Count == 4);
        for (var i = 0; i < 100; i++)
        {
            Assert.All(more.Boxes[i], thing => Assert.True(thing.Box is { X: >= 0, Y: >= 0 } && thing.Box.X + thing.Box.Width <= 64 && thing.Box.Y + thing.Box.Height <= 64));
            // Every thing has a cell of its own: nothing is lost in the target.
            Assert.Equal(more.Boxes[i].Count, more.Images.Targets!.Values(i)[..64].ToArray().Sum());
        }
    }

    private static LabRun Run(string name, TemporaryFolder folder, params (string Key, string Value)[] settings) => Run(name, folder, [], settings);

    private static LabRun Run(string name, TemporaryFolder folder, List<string> notices, params (string Key, string Value)[] settings)
    {
        var lab = Labs.Get(name);
        var all = LabSettings.Of(lab);
        foreach (var (key, value) in lab.Quick.Concat(settings))
            all = all.With(key, value);
        var run = LabRun.Begin(lab, all, new LabOptions { Root = folder["labs"], Data = new DataOptions { Folders = [folder.Location] }, Notice = notices.Add });
        run.Execute();
        return run;
    }

    private static (string Path, byte[] Content)[] Squares(int count, int stripe = 0, bool isExchanged = false)
    {
        byte Number(byte label, int pixel) => (byte)(stripe > 0 && pixel % 64 is 30 or 31 ? stripe : 255 * (isExchanged ? 1 - label : label));
        var set = MapsTask.Squares(count, 64, 3);
        return [.. Enumerable.Range(0, count).SelectMany(i => (IEnumerable<(string, byte[])>)
        [
            ($"image/{i}.png", PngWriter.Write(set.Pixels(i), set.ImageShape)),
            ($"label/{i}.png", PngWriter.Write(set.Targets!.Bytes(i).ToArray().Select(Number).ToArray(), set.ImageShape)),
        ])];
    }
}
