using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FeatureMap.Analysis;
using FeatureMap.Reports;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Reports;

public sealed partial class HtmlReportTests
{
    private static readonly string Full = HtmlReport.ToHtml(ReportSample.Make());

    [Fact]
    public void It_has_all_sections_and_each_says_how_to_read_it()
    {
        foreach (var id in new[] { "run", "curves", "confusion", "mistakes", "kernels", "features", "network", "log" })
        {
            Assert.Contains($"<a href=\"#{id}\">", Full, StringComparison.Ordinal);
            Assert.Matches($"<section id=\"{id}\"><h2>[^<]{{3,}}</h2><p>[^<]{{20,}}</p>", Full);
        }
        Assert.Contains("<strong>99.43\u00A0%</strong><span>validation accuracy after 15 epochs", Full, StringComparison.Ordinal);
        foreach (var chart in new[] { "Loss", "Accuracy", "Learning rate" })
            Assert.Contains($"<h3>{chart}</h3>", Full, StringComparison.Ordinal);
    }

    [Fact]
    public void It_needs_nothing_else()
    {
        Assert.DoesNotContain("<script", Full, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", Full, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", Full, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(@"\son\w+=", Full);
        foreach (Match reference in References().Matches(Full))
            Assert.Matches("^(data:image/png;base64,|#)", reference.Groups[1].Value + reference.Groups[2].Value);
        // The one address in it is the text of the log.
        Assert.Single(Regex.Matches(Full, "https?:"));
        Assert.Contains("default-src 'none'", Full, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_text_is_escaped_everywhere()
    {
        const string evil = "<b>&\"'";
        var sample = ReportSample.Make();
        var html = HtmlReport.ToHtml(sample with
        {
            Title = evil,
            Facts = [new(evil, evil)],
            ClassNames = [.. Enumerable.Repeat(evil, 10)],
            Kernels = sample.Kernels! with { Layer = evil },
            FeatureMaps = [.. sample.FeatureMaps.Select(map => map with { Layer = evil })],
            Summary = new ReportTable([evil, evil], [[evil, evil]]),
            LogText = evil + "\0\u001b[31m\n",
        });
        Assert.DoesNotContain("<b>&\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b><", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', html);
        Assert.DoesNotContain('\u001b', html);
        Assert.True(Regex.Count(html, "&lt;b&gt;&amp;&quot;&#39;") > 50);
        // The markup around is as it was: the same tags but for the texts that changed.
        Assert.Equal(Regex.Count(Full, "<li"), Regex.Count(html, "<li"));
    }

    [Fact]
    public void Tags_are_balanced_and_pictures_and_tables_are_described()
    {
        var open = new Stack<string>();
        foreach (Match tag in Tags().Matches(Full[Full.IndexOf("<body>", StringComparison.Ordinal)..Full.IndexOf("</html>",
            StringComparison.Ordinal)]))
        {
            var name = tag.Groups[2].Value;
            if (name is "img" or "br" || tag.Value.EndsWith("/>", StringComparison.Ordinal))
                continue;
            if (tag.Groups[1].Value.Length == 0)
                open.Push(name);
            else
                Assert.Equal(open.Pop(), name);
        }
        Assert.Empty(open);
        foreach (Match image in Regex.Matches(Full, "<img[^>]*>"))
            Assert.Matches("alt=\"[^\"]{10,}\"", image.Value);
        foreach (Match header in Regex.Matches(Full, "<th[ >][^>]*>"))
            Assert.Contains("scope=", header.Value, StringComparison.Ordinal);
        var ids = Regex.Matches(Full, " id=\"([^\"]+)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(ids.Distinct().Count(), ids.Count);
    }

    [Fact]
    public void Its_pictures_are_valid_PNG_files()
    {
        var pictures = Regex.Matches(Full, "base64,([^\"]+)\"").Select(match => Convert.FromBase64String(match.Groups[1].Value)).ToList();
        Assert.True(pictures.Count > 20);
        foreach (var picture in pictures)
            Assert.NotNull(StbImageSharp.ImageResult.FromMemory(picture));
    }

    [Fact]
    public void Little_data_gives_a_short_report()
    {
        var bare = HtmlReport.ToHtml(new ReportData { Title = "bare" });
        Assert.DoesNotContain("<section", bare, StringComparison.Ordinal);
        var first = ReportSample.Make().Epochs[0];
        var one = HtmlReport.ToHtml(new ReportData { Title = "one", Epochs = [first] });
        Assert.Contains("after 1 epoch<", one, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", one, StringComparison.Ordinal);
        var lost = HtmlReport.ToHtml(new ReportData
        {
            Title = "lost",
            Epochs = [first with { TrainLoss = double.NaN, TrainAccuracy = double.NaN, ValidationLoss = double.PositiveInfinity,
                ValidationAccuracy = double.NaN, LearningRate = double.NaN, ImagesPerSecond = double.NaN }]
        });
        Assert.DoesNotContain("<figure", lost, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", lost, StringComparison.Ordinal);
    }

    [Fact]
    public void Unusual_data_is_drawn_as_well()
    {
        var sample = ReportSample.Make();
        var counts = new int[40, 40];
        counts[3, 4] = 7;
        var html = HtmlReport.ToHtml(sample with
        {
            Confusion = counts,
            ClassNames = [],
            Kernels = new ReportKernels("stem", [.. Enumerable.Range(0, 130).Select(_ => new float[6 * 1 * 1])], 6, 1, 1),
            FeatureMaps = [new("nan", Shape.Image(2, 70, 1), [.. Enumerable.Repeat(float.NaN, 140)]),
                new("wide", Shape.Image(1, 3, 500), new float[1500])],
            Epochs = [.. sample.Epochs.Select(row =>
                row with { TrainLoss = -1, ValidationLoss = -1, TrainAccuracy = 1, ValidationAccuracy = 1, LearningRate = 0 })],
            Steps = [],
        });
        Assert.Contains("<b>3</b> taken for <b>4</b>: 7 of 7", html, StringComparison.Ordinal);
        Assert.Contains("The first 128 of 130 kernels.", html, StringComparison.Ordinal);
        Assert.DoesNotMatch("(points|cx|cy|y1)=\"[^\"]*(NaN|∞|Infinity)", html);
    }

    /// <summary>300 epochs, and pictures of a large network on photographs: the file that is mailed stays below its bar and says what was
    /// done for it.</summary>
    [Fact]
    public void A_page_that_is_too_large_gets_smaller_and_fewer_pictures_and_says_so()
    {
        var sample = ReportSample.Make(300);
        Assert.True(Encoding.UTF8.GetByteCount(HtmlReport.ToHtml(sample)) < 1_000_000);
        Assert.Equal(HtmlReport.ToHtml(sample), HtmlReport.ToHtml(sample, 1_000_000));

        var noise = new Random(1);
        var photo = new byte[3 * 224 * 224];
        noise.NextBytes(photo);
        var maps = new float[96 * 56 * 56];
        for (var i = 0; i < maps.Length; i++) maps[i] = noise.NextSingle();
        var image = new ReportImage(photo, Shape.Image(3, 224, 224));
        var large = sample with
        {
            Sample = image,
            Mistakes = [.. Enumerable.Range(0, 24).Select(i => new ReportMistake(image, 1, 2, 0.9) { Name = $"{i}.jpg" })],
            FeatureMaps = [.. Enumerable.Range(0, 40).Select(i => new ReportFeatureMap($"conv{i}", Shape.Image(96, 56, 56), maps))],
        };
        var small = HtmlReport.ToHtml(large, 1_000_000);
        Assert.InRange(Encoding.UTF8.GetByteCount(small), 100_000, 1_000_000);
        Assert.Contains("Pictures are smaller and fewer than in report.html of the run", small, StringComparison.Ordinal);
        // What is no picture is whole.
        foreach (var id in new[] { "curves", "confusion", "mistakes", "kernels", "network", "log" })
            Assert.Contains($"<section id=\"{id}\">", small, StringComparison.Ordinal);
    }

    [Fact]
    public void The_best_epoch_is_named_and_marked_and_the_command_can_be_copied()
    {
        var sample = ReportSample.Make();
        var epochs = sample.Epochs.ToList();
        epochs[7] = epochs[7] with { ValidationAccuracy = 0.9987 };
        const string command = "featuremap train mnist-8k --set \"x=<y>\"";
        var html = HtmlReport.ToHtml(sample with { Epochs = epochs, Run = "runs/mine", Command = command });
        Assert.Contains("the best was epoch 8 with 99.87\u00A0%.", html, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"marked\"><th scope=\"row\">8 (best)</th>", html, StringComparison.Ordinal);
        Assert.Contains("""aria-label="Command">featuremap train mnist-8k --set &quot;x=&lt;y&gt;&quot;</pre>""", html,
            StringComparison.Ordinal);
        Assert.Contains("user-select: all", html, StringComparison.Ordinal);
        Assert.Contains("Training report of the run runs/mine", html, StringComparison.Ordinal);
        Assert.DoesNotContain("the best was epoch", Full, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_on_colours_are_shown_in_colour()
    {
        var sample = ReportSample.Make();
        // Red alone: 1 for red, 0 for green and blue, so the picture is red and gray elsewhere.
        float[] red = [1, 0, 0];
        var html = HtmlReport.ToHtml(new ReportData { Title = "t", Kernels = new("conv1", [red], 3, 1, 1) });
        var picture = StbImageSharp.ImageResult.FromMemory(Convert.FromBase64String(
            Regex.Match(html, "base64,([^\"]+)\"[^>]*alt=\"Kernel 0").Groups[1].Value));
        Assert.Equal((7, 1), (picture.Width, picture.Height)); // four tiles and the gaps between them
        Assert.Equal(new byte[] { 255, 128, 128 }, picture.Data[..3]);
        Assert.Contains("first in the colours that it looks for", html, StringComparison.Ordinal);
        Assert.DoesNotContain("in the colours that it looks for", HtmlReport.ToHtml(sample), StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_that_do_not_fit_are_told()
    {
        var sample = ReportSample.Make();
        string Message(ReportData data) => Assert.Throws<ShapeException>(() => HtmlReport.ToHtml(data)).Message;
        Assert.Contains("2 rows and 3 columns", Message(sample with { Confusion = new int[2, 3] }), StringComparison.Ordinal);
        Assert.Contains("takes 784 bytes; received 3",
            Message(sample with { Sample = new ReportImage(new byte[3], Shape.Image(1, 28, 28)) }), StringComparison.Ordinal);
        Assert.Contains("head", Message(sample with { FeatureMaps = [new("head", Shape.Vector(10), new float[9])] }),
            StringComparison.Ordinal);
        Assert.Contains("1 x 3 x 3 = 9 weights; received 8", Message(sample with { Kernels = new("conv1", [new float[8]], 1, 3, 3) }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_culture()
    {
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("")
        {
            NumberFormat = { NumberDecimalSeparator = ",", NumberGroupSeparator = ".",
            NegativeSign = "~" }
        };
        try
        {
            Assert.Equal(Full, HtmlReport.ToHtml(ReportSample.Make()), ignoreLineEndingDifferences: false);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void It_is_written_into_the_run_folder()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.Location, "r");
        HtmlReport.Write(run.ReportPath, ReportSample.Make(3));
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(run.ReportPath), StringComparison.Ordinal);
    }

    [GeneratedRegex("(?:src|href)=\"([^\"]*)\"|url\\(([^)]*)\\)")]
    private static partial Regex References();

    [GeneratedRegex("<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>")]
    private static partial Regex Tags();
}
