using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Reports;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Reports;

public sealed class ReportBuilderTests
{
    [Fact]
    public void A_listener_writes_the_report_of_a_run_and_one_that_cannot_be_written_fails_nothing()
    {
        using var folder = new TemporaryFolder();
        var told = new List<string>();
        foreach (var isBlocked in (bool[])[false, true])
        {
            var run = RunFolder.At(folder[isBlocked ? "blocked" : "free"]);
            if (isBlocked) Directory.CreateDirectory(run.ReportPath);
            var options = new TrainingOptions { Epochs = 1, BatchSize = 32, Threads = 1, Folder = run, Notice = told.Add };
            using var job = new TrainingJob(
                TinyTask.Network(), TinyTask.Data(), options,
                [.. TrainingListener.Usual(options), new ReportListener(run, [new("Recipe", "bars")])]);
            var trained = job.Run();
            Assert.True(trained.IsComplete);
            if (isBlocked) continue;
            Assert.Equal(
                HtmlReport.ToHtml(ReportBuilder.Build(run, trained.Model, trained.Data, [new("Recipe", "bars")])),
                File.ReadAllText(run.ReportPath));
        }
        Assert.Equal(
            $"The training is done; only its report is missing: {Path.Combine(folder["blocked"], "report.html")} cannot be written: a "
            + "folder has that name. Choose another name or remove the folder. ReportBuilder.Write makes it later.",
            Assert.Single(told, text => text.Contains("report", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_run_becomes_a_report_and_the_files_alone_make_the_same_one()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.Location, "bars", new DateTime(2026, 3, 14, 15, 9, 26));
        var trained = Trainer.Fit(TinyTask.Network(), TinyTask.Data(),
            new TrainingOptions { Epochs = 2, BatchSize = 32, Threads = 1, Folder = run, LogEverySteps = 2 });
        ModelFile.Save(trained.Model, run.Location);
        ReportFact[] facts = [new("Recipe", "bars"), new("Parameters", "few")];

        var path = ReportBuilder.Write(run, trained.Model, trained.Data, facts);
        Assert.Equal(run.ReportPath, path);
        var html = File.ReadAllText(path);
        foreach (var section in new[] { "run", "curves", "confusion", "kernels", "features", "activations", "network", "log" })
            Assert.Contains($"<section id=\"{section}\">", html, StringComparison.Ordinal);

        var reopened = RunFolder.Open(run.Location);
        Assert.Equal(html, HtmlReport.ToHtml(ReportBuilder.Build(reopened, ModelFile.Load(run.Location), TinyTask.Data(), facts,
            threads: 1)));

        var data = ReportBuilder.Build(run, trained.Model, trained.Data, facts);
        Assert.Equal(["Recipe", "Parameters", "Data set", "Data source", "Multiply-adds per image", "Epochs", "Best epoch", "Steps", "Time",
            "Training accuracy"], data.Facts.Take(10).Select(fact => fact.Name));
        Assert.Equal($"{trained.Data.Name}: {trained.Data.ClassCount} classes", data.Title);
        Assert.Equal(run.Name, data.Run);
        Assert.Equal("few", data.Facts[1].Value);
        Assert.Equal(trained.Validation!.Confusion(trained.Data.Validation), data.Confusion);
        Assert.Equal(trained.Data.Validation.Count - (int)Math.Round(trained.Validation.Accuracy * 60), Math.Min(24, data.Mistakes.Count));
        Assert.Equal(data.Mistakes.OrderByDescending(mistake => mistake.Probability), data.Mistakes);
        Assert.All(data.Mistakes, mistake => Assert.NotEqual(mistake.TrueClass, mistake.PredictedClass));
        Assert.All(data.Mistakes, mistake =>
            Assert.Equal(GradCam.Of(trained.Model, [.. mistake.Image.Pixels], mistake.PredictedClass).Values, mistake.Attention!.Values));
        Assert.All(data.Mistakes,
            mistake => Assert.StartsWith($"{trained.Data.Validation.Name}, image ", mistake.Name, StringComparison.Ordinal));
        Assert.All(data.Mistakes, mistake => Assert.Contains($"""<span class="file">{mistake.Name}</span>""", html, StringComparison.Ordinal));
        Assert.Equal(60, data.Activations!.Images);
        Assert.Equal(("conv1", 6, 1, 3, 3),
            (data.Kernels!.Layer, data.Kernels.Weights.Count, data.Kernels.Channels, data.Kernels.Height, data.Kernels.Width));
        Assert.Equal(["conv1", "relu1", "maxPool1", "conv2", "relu2", "linear1"], data.FeatureMaps.Select(map => map.Layer));
        Assert.Equal(10, data.Summary!.Rows.Count);
        Assert.Equal(2, data.LogText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("epoch   1  step      10  loss ", data.LogText, StringComparison.Ordinal);
        Assert.NotEmpty(data.Steps);

        // Without its data: curves and log, and the network.
        var part = ReportBuilder.OfLog(run, "bars");
        Assert.Equal((data.Epochs.Count, data.LogText), (part.Epochs.Count, part.LogText));
        Assert.Null(part.Confusion);
        Assert.NotNull(part.Summary);
    }

    [Fact]
    public void Variants_are_those_of_the_training_and_large_images_are_made_small()
    {
        var data = TinyTask.Data();
        Assert.Null(ReportBuilder.Variants(data.Training, Augmentation.None, 1));
        var augmentation = new RandomAffine { ShiftPixels = 2, RotationDegrees = 10 };
        var variants = ReportBuilder.Variants(data.Training, augmentation, 3)!;
        var (pixels, shape) = AugmentationPreview.Draw(data.Training, augmentation, variants.Images, variants.Epochs, 3);
        Assert.Equal(pixels, variants.Sheet.Pixels);
        Assert.Equal(shape, variants.Sheet.Shape);
        var large = new ImageSet("large", Shape.Image(3, 256, 256), new byte[2 * 3 * 256 * 256], [0, 1], ["a", "b"]);
        var small = ReportBuilder.Variants(large, augmentation, 3)!;
        Assert.Equal(2, small.Images);
        Assert.InRange(small.Sheet.Shape.Width, 400, 520);
    }
}
