using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Cli;
using FeatureMap.Tests.Data;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>The lab on small pictures made here; its figures on T91 and Set5 stand in RESULTS.md.</summary>
public sealed class SuperResolutionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Discs with sharp edges on a ramp: something to sharpen.
    private static Picture Discs(int height, int width, int seed, int channels = 3)
    {
        var pixels = new byte[channels * height * width];
        for (var channel = 0; channel < channels; channel++)
            for (var y = 0; y < height; y++)
                for (var x = 0; x < width; x++)
                {
                    int dy = (y + (5 * seed)) % 17, dx = (x + (3 * seed)) % 19;
                    var isInside = ((dy - 8) * (dy - 8)) + ((dx - 9) * (dx - 9)) < 30 + (7 * channel);
                    pixels[(((channel * height) + y) * width) + x] = (byte)(isInside ? 220 - (20 * channel) : 40 + (100 * x / width));
                }
        return new Picture($"discs{seed}", new Shape(channels, height, width), pixels);
    }

    private string DataFolder()
    {
        byte[] Png(Picture picture) => PngWriter.Write(picture.Pixels, picture.Shape);
        folder.Write("data/sets/T91.zip", Trees.Zip(Enumerable.Range(1, 6).Select(i => ($"T91/t{i}.png", Png(Discs(41 + i, 50 - i, i))))));
        folder.Write("data/sets/Set5/small_GT.png", Png(Discs(38, 47, 9)));
        folder.Write("data/sets/Set5/gray.png", Png(Discs(45, 31, 4, channels: 1)));
        return folder["data"];
    }

    private LabRun Begin(params (string Key, string Value)[] settings)
    {
        var lab = Labs.Get("super-resolution");
        (string, string)[] small = [("epochs", "2"), ("patch", "8"), ("stride", "4"), ("upsampler-epochs", "0")];
        var values = small.Concat(settings).Aggregate(LabSettings.Of(lab), (all, one) => all.With(one.Item1, one.Item2));
        return LabRun.Begin(lab, values, new LabOptions { Root = folder["runs"], Data = new DataOptions { Folders = [DataFolder()] } });
    }

    [Fact]
    public void A_patch_is_the_small_picture_and_its_target_stands_in_the_same_place_of_the_large_one()
    {
        var picture = Discs(41, 35, 1);
        var set = Patches.Cut("set", [picture, Discs(10, 90, 2)], factor: 3, side: 8, stride: 5);
        var large = LumaChroma.Luminance(picture).CropToMultiple(3);
        var small = BicubicResize.Apply(large, 13, 11);
        (int Top, int Left)[] places = [(0, 0), (0, 3), (5, 0), (5, 3)]; // 13 - 8 = 5 rows and 11 - 8 = 3 columns are left over
        Assert.Equal(places.Length, set.Count);
        Assert.Equal((new Shape(1, 8, 8), new Shape(1, 24, 24)), (set.ImageShape, set.Targets!.Shape));
        for (var i = 0; i < places.Length; i++)
        {
            Assert.Equal(small.Crop(places[i].Top, places[i].Left, 8, 8).Pixels, set.Pixels(i));
            Assert.Equal(large.Crop(3 * places[i].Top, 3 * places[i].Left, 24, 24).Pixels, set.Targets.Bytes(set.TargetOf(i)));
        }
        Assert.Equal(
            "None of the 1 pictures of set is large enough: a patch of 12 x 12 pixels, 3 times larger, is 12 x 3 = 36 pixels wide and high. Take smaller patches (--set patch=N) or larger pictures.",
            Assert.Throws<DataException>(() => Patches.Cut("set", [picture], 3, 12, 5)).Message);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_five_ways_enlarge_exactly_and_only_uneven_kernels_overlap_unevenly(int factor)
    {
        foreach (var way in Upsampler.All)
        {
            Assert.Equal(new Shape(1, 9 * factor, 7 * factor), way.Build(new Shape(1, 9, 7), factor, 0.5, 0.25).Output);
            Assert.Equal(way.Name == "transposed, uneven" ? 4 : 1, way.Overlap(factor).Ratio, 9);
        }
    }

    [Fact]
    public void The_network_is_espcn_and_two_numbers_behind_it()
    {
        var network = SuperResolutionLab.Network(new Shape(1, 17, 17), 3, "tanh", new Normalization([0.4], [0.2]));
        Assert.Equal(new Shape(1, 51, 51), network.Output);
        Assert.Equal(Espcn.Build(new Shape(1, 17, 17), 3).TrainableCount, network.TrainableCount);
        Assert.Equal(22_729, network.TrainableCount); // (25 + 1) 64 + (9 64 + 1) 32 + (9 32 + 1) 9
        Assert.Contains(SuperResolutionLab.Network(new Shape(1, 17, 17), 2, "relu", new Normalization([0.4], [0.2])).Layers, layer => layer.Op is FeatureMap.Ops.Relu);
    }

    [Fact]
    public void The_lab_compares_with_bicubic_interpolation_and_a_resumed_one_makes_the_same_figures()
    {
        var run = Begin(("upsampler-epochs", "1"));
        run.Execute();
        var html = File.ReadAllText(run.PagePath);
        foreach (var expected in (string[])["small: original", "gray: original", "bicubic, ", "sub-pixel, ICNR", "4 : 1", "featuremap upscale super-resolution-", "MATLAB"])
            Assert.Contains(expected, html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.Equal(["espcn", .. Upsampler.All.Select(way => $"upsampler, {way.Name}")], run.Trainings.Select(training => training.Name));
        var results = File.ReadAllText(run.ResultsPath);
        File.Delete(run.ResultsPath);
        Directory.Delete(run.Trainings[^1].Folder.Location, recursive: true);
        LabRun.Resume(run.Folder).Execute();
        Assert.Equal(WithoutSeconds(results), WithoutSeconds(File.ReadAllText(run.ResultsPath)));
    }

    [Fact]
    public void Pictures_that_are_held_out_are_not_learned_from()
    {
        var run = Begin(("held-out", "2"));
        run.Execute();
        Assert.Contains("held out", File.ReadAllText(run.PagePath), StringComparison.Ordinal);
        var pictures = Enumerable.Range(1, 6).Select(i => Discs(41 + i, 50 - i, i)).ToList();
        var data = SuperResolutionLab.Data(run, pictures, [Discs(45, 31, 4)]);
        Assert.Equal(Patches.Cut("learned", [pictures[1], pictures[2], pictures[4], pictures[5]], 3, 8, 4).Count, data.Training.Count);
        Assert.Equal(Patches.Cut("held", [pictures[0], pictures[3]], 3, 8, 8).Count, data.Validation.Count);
        Assert.Equal(
            "held-out is 2, and there are 2 training pictures: at least one must be left to learn from.",
            Assert.Throws<UsageException>(() => SuperResolutionLab.Data(run, pictures[..2], pictures)).Message);
    }

    [Fact]
    public void Upscale_enlarges_a_file_with_the_network_of_the_lab()
    {
        var run = Begin();
        run.Execute();
        var small = Discs(20, 33, 5);
        small.Save(folder["small.png"]);
        var result = Tool.Run("upscale", run.Folder, folder["small.png"], "--bicubic", "--threads", "1");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal($"{folder["small-x3.png"]}: 99 x 60 pixels, from 33 x 20\n{folder["small-x3-bicubic.png"]}: the same by bicubic interpolation\n", result.Output.ReplaceLineEndings("\n"));
        Assert.Equal(BicubicResize.Apply(small, 60, 99).Pixels, Picture.Load(folder["small-x3-bicubic.png"]).Pixels);
        using var upscaler = new Upscaler(run.Trainings[0].Model);
        Assert.Equal(upscaler.Apply(small).Pixels, Picture.Load(folder["small-x3.png"]).Pixels);

        var json = Tool.Run("upscale", run.Trainings[0].Folder.Location, folder["small.png"], "--out", folder["large.png"], "--json").Json;
        Assert.Equal((3, 99, folder["large.png"]), (json.GetProperty("factor").GetInt32(), json.GetProperty("width").GetInt32(), json.GetProperty("file").GetString()));

        Assert.Contains("there is no such file", Tool.Run("upscale", run.Folder, folder["none.png"]).Error, StringComparison.Ordinal);
        Assert.Equal(2, Tool.Run("upscale", run.Folder, folder["small.png"], "--threads", "many").Code);
        Directory.Delete(run.Trainings[0].Folder.Location, recursive: true);
        Assert.Contains("has no trained network 'espcn'", Tool.Run("upscale", run.Folder, folder["small.png"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_are_missing_are_named()
    {
        var lab = Labs.Get("super-resolution");
        Directory.CreateDirectory(folder["empty"]);
        var run = LabRun.Begin(lab, null, new LabOptions { Root = folder["runs"], Data = new DataOptions { Folders = [folder["empty"]] } });
        Assert.StartsWith("The lab super-resolution needs T91.zip. It holds the 91 training pictures", Assert.Throws<DataException>(run.Execute).Message, StringComparison.Ordinal);
    }

    private static string WithoutSeconds(string json) => System.Text.RegularExpressions.Regex.Replace(json, "\"[a-zA-Z]*[sS]econds\": [0-9.eE+-]+", "");
}
