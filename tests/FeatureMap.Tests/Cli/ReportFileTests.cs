using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using FeatureMap.Data;
using FeatureMap.Interchange;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>A run as one file: what stands in it, what does not, and what becomes of the command that it shows.</summary>
public sealed class ReportFileTests
{
    private static readonly string[] Quick = ["--set", "data=digits", "--set", "training-images=320", "--threads", "1", "--epochs", "2"];

    [Fact]
    public void The_command_of_the_page_makes_the_same_weights_again()
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder, "--set", "augmentation=crop 2, flip", "--seed", "7");
        var file = folder["mail.html"];
        var written = Tool.Run("report", run, "--html", file);
        Assert.Equal(0, written.Code);
        var html = File.ReadAllText(file);
        Assert.True(html.Length < 1_000_000);
        Assert.DoesNotContain(folder.Location, html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        foreach (var id in (string[])["next", "variants", "curves", "confusion", "classes"])
            Assert.Contains($"<section id=\"{id}\">", html, StringComparison.Ordinal);
        Assert.Contains("<h1>digits: 10 classes</h1>", html, StringComparison.Ordinal);

        var command = WebUtility.HtmlDecode(Regex.Match(html, "<pre class=\"command\"[^>]*>([^<]+)</pre>").Groups[1].Value);
        Assert.StartsWith("featuremap train mnist-1k ", command, StringComparison.Ordinal);
        var words = Regex.Matches(command, "'[^']*'|[^ ]+").Select(word => word.Value.Trim('\'')).Skip(1).ToList();
        Assert.Equal(0, Tool.Run([.. words, "--no-report", "--out", folder["again"], "--threads", "1"]).Code);
        var again = Assert.Single(Directory.GetDirectories(folder["again"]));
        Assert.Equal(ModelFile.Load(run).Weights.Sha256(), ModelFile.Load(again).Weights.Sha256());
    }

    [Fact]
    public void A_run_that_is_not_at_its_end_or_lost_its_data_says_so_in_its_file()
    {
        using var folder = new TemporaryFolder();
        var run = Trained(folder);
        File.Delete(Path.Combine(run, ModelFile.WeightsName));
        var file = folder["mail.html"];
        Assert.Equal(0, Tool.Run("report", run, "--html", file).Code);
        var html = File.ReadAllText(file);
        Assert.Contains("""<p class="notice" role="note">The training is not at its end""", html, StringComparison.Ordinal);
        Assert.Contains("<section id=\"curves\">", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<section id=\"confusion\">", html, StringComparison.Ordinal);
        Assert.Equal(1, Tool.Run("report", run).Code);

        var pets = folder["pets"];
        foreach (var name in (string[])["cat", "dog"])
        {
            Directory.CreateDirectory(Path.Combine(pets, name));
            for (var i = 0; i < 6; i++)
                File.WriteAllBytes(Path.Combine(pets, name, $"{i}.png"), PngWriter.Write(
                    [.. Enumerable.Range(0, 3 * 40 * 40).Select(at => (byte)(at * (name == "cat" ? 1 : 7)))], new Shape(3, 40, 40)));
        }
        var trained = Tool.Run("train", pets, "--epochs", "1", "--threads", "1", "--no-report", "--out", folder["photos"]);
        Assert.True(trained.Code == 0, trained.Error);
        var lost = Assert.Single(Directory.GetDirectories(folder["photos"]));
        Directory.Delete(pets, recursive: true);
        var written = Tool.Run("report", lost, "--html", file);
        Assert.True(written.Code == 0, written.Error);
        html = File.ReadAllText(file);
        Assert.Contains("The data of the run were not there when this page was made", html, StringComparison.Ordinal);
        Assert.Contains("<section id=\"kernels\">", html, StringComparison.Ordinal);
        Assert.Contains("featuremap train photos --data pets ", html, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.Location, html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_test_marks_the_row_of_its_suggestion_whichever_rows_are_shown()
    {
        using var folder = new TemporaryFolder();
        var curve = folder["curve.svg"];
        var result = Tool.Run("lr-find", "mnist-1k", "--set", "data=digits", "--set", "training-images=320", "--steps", "60",
            "--out", curve);
        Assert.Equal(0, result.Code);
        var row = Assert.Single(result.Output.Split('\n'), line => line.EndsWith("<- suggested", StringComparison.Ordinal));
        var rate = double.Parse(row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
        var suggested = double.Parse(Regex.Match(result.Output, @"learning-rate=(\S+)").Groups[1].Value, CultureInfo.InvariantCulture);
        // Nearer than the next step: a step is a factor of 1e6^(1/59).
        Assert.InRange(Math.Abs(Math.Log(rate / suggested)), 0, Math.Log(1e6) / 59);
        Assert.Contains("Learning-rate range test: mnist-1k", File.ReadAllText(curve), StringComparison.Ordinal);
    }

    [Fact]
    public void A_preview_can_be_a_page_that_says_what_each_row_is()
    {
        using var folder = new TemporaryFolder();
        var page = folder["preview.html"];
        var drawn = Tool.Run("data", "preview", "digits", "--augmentation", "crop 2", "--images", "3", "--epochs", "2", "--out", page);
        Assert.True(drawn.Code == 0, drawn.Error);
        var html = File.ReadAllText(page);
        Assert.Contains("<h1>digits: what crop 2 does</h1>", html, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(html, "<th scope=\"row\""));
        Assert.Contains("augmentation=crop 2", html, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.Location, html, StringComparison.Ordinal);
    }

    private static string Trained(TemporaryFolder folder, params string[] more)
    {
        var result = Tool.Run(["train", "mnist-1k", .. Quick, "--no-report", "--out", folder["runs"], "--json", .. more]);
        Assert.True(result.Code == 0, result.Error);
        return Directory.GetDirectories(folder["runs"]).MaxBy(Directory.GetCreationTimeUtc)!;
    }
}
