using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Tests.Data;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>Every lab of the list that trains on classes, run for real on a few embedded digits; and what is special about each.</summary>
public sealed class LabTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> OfDigits => [.. Labs.All.Where(lab => lab.Dataset == "mnist").Select(lab => lab.Name)];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_lab_says_what_it_is()
    {
        Assert.Equal(Labs.All.Count, Labs.All.Select(lab => lab.Name).Distinct().Count());
        foreach (var lab in Labs.All)
        {
            Assert.Matches("^[a-z][a-z0-9-]+$", lab.Name);
            Assert.EndsWith("?", lab.Question, StringComparison.Ordinal);
            Assert.NotEmpty(lab.Title);
            var settings = LabSettings.Of(lab);
            Assert.All(settings.All, setting => Assert.NotEmpty(setting.Description));
            // Quick values are values.
            foreach (var (key, value) in lab.Quick)
                settings = settings.With(key, value);
            Assert.Same(lab, Labs.Get(lab.Name.ToUpperInvariant()));
        }
    }

    [Fact]
    public void An_unknown_lab_gets_the_nearest_name() => Assert.Equal(
        "There is no lab 'compare-optimisers'. Did you mean 'compare-optimizers'?", Assert.Throws<UsageException>(() => Labs.Get("compare-optimisers")).Message);

    [Theory]
    [MemberData(nameof(OfDigits))]
    public void A_lab_runs_and_a_resumed_one_makes_the_same_figures(string name)
    {
        var lab = Labs.Get(name);
        var run = Begin(lab);
        run.Execute();
        var results = File.ReadAllText(run.ResultsPath);
        var html = File.ReadAllText(run.PagePath);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.Contains($"featuremap lab {name}", html, StringComparison.Ordinal);
        Assert.Contains(lab.Title, html, StringComparison.Ordinal);
        // Nobody takes the figures of one epoch for an answer.
        Assert.Contains("""<p class="notice" role="note">A first look. Its figures decide nothing: """, html, StringComparison.Ordinal);
        Assert.Contains($"The whole lab: featuremap lab {name}</p>", html, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(results);
        Assert.Equal("digits", document.RootElement.GetProperty("data").GetProperty("name").GetString());
        Assert.True(document.RootElement.GetProperty("trainings").GetArrayLength() >= 3);

        // As if it had been killed before the last trainings and the page.
        File.Delete(run.PagePath);
        File.Delete(run.ResultsPath);
        Directory.Delete(run.Trainings[^1].Folder.Location, recursive: true);
        LabRun.Resume(run.Folder).Execute();
        Assert.Equal(Lasting(results), Lasting(File.ReadAllText(run.ResultsPath)));
    }

    [Fact]
    public void The_search_for_a_rate_goes_on_where_the_best_is_the_last()
    {
        var run = Begin(Labs.Get("compare-schedules"), ("rates", "3"), ("seeds", "2"), ("epochs", "3"));
        run.Execute();
        var searched = run.Trainings.Where(training => training.Name.StartsWith("search, constant, ", StringComparison.Ordinal)).ToList();
        var best = searched.MaxBy(training => training.Accuracy)!;
        var html = File.ReadAllText(run.PagePath);
        Assert.Contains("A fair learning rate for each", html, StringComparison.Ordinal);
        Assert.InRange(searched.Count, 3, 6);
        // Rates are tried in both directions; the best is at the edge only when all further tries are used up.
        if (searched.Count < 6) Assert.True(searched.Exists(training => Rate(training) < Rate(best)) && searched.Exists(training => Rate(training) > Rate(best)));

        static double Rate(LabTraining training) => double.Parse(training.Name.Split("rate ")[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_rate_that_loses_a_longer_training_is_lowered_for_all_seeds()
    {
        // All rates are equal in the search of one epoch, so the lowest is taken; in two epochs it diverges, and the next lower does not.
        var steep = new Contender(
            "steep", "", 0.1, ComparedNetworks.Small(), new Sgd(), time => new ConstantRate(time.Epochs == 1 ? 1e-9 : time.Rate > 0.0005 ? 1e30 : 0.01));
        var run = Begin(new Comparison("steep", "Steep", "How steep?", [steep]) { Setup = "" }, ("rates", "3"), ("epochs", "2"), ("seeds", "2"));
        run.Execute();
        Assert.Equal(["steep, rate 0.00032, seed 0", "steep, rate 0.00032, seed 1"], run.Trainings.Where(training => !training.Name.StartsWith("search", StringComparison.Ordinal)).Select(training => training.Name));
        Assert.Contains("0.00032 (0.001 failed)", File.ReadAllText(run.PagePath), StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_dies_where_the_search_learned_counts_as_lost()
    {
        // In the search of one epoch rates above 0.02 learn; in two epochs only those below do.
        var lazy = new Contender("lazy", "", 0.1, ComparedNetworks.Small(normalize: x => x.BatchNorm()), new Sgd(0.9), time => new ConstantRate((time.Epochs == 1) == (time.Rate > 0.02) ? 0.1 : 1e-12));
        var run = Begin(
            new Comparison("lazy", "Lazy", "How lazy?", [lazy]) { Setup = "" }, ("rates", "2"), ("epochs", "2"), ("search-epochs", "1"), ("seeds", "1"), ("training-images", "1600"), ("batch-size", "16"));
        run.Execute();
        var accuracies = run.Trainings.ToDictionary(training => training.Name, training => training.Accuracy);
        var kept = run.Trainings[^1];
        Assert.EndsWith("rate 0.01, seed 0", kept.Name, StringComparison.Ordinal);
        Assert.True(accuracies["lazy, seed 0"] < 0.3 && kept.Accuracy > 0.6, string.Join(", ", accuracies));
        Assert.Contains("failed)", File.ReadAllText(run.PagePath), StringComparison.Ordinal);
    }

    /// <summary>A zip of class folders with images of several sizes takes the place of the lab's own data.</summary>
    [Fact]
    public void Image_files_are_scaled_to_one_size()
    {
        var digits = Datasets.Digits().Training;
        for (var image = 0; image < 60; image++)
        {
            var side = 20 + (image % 3);
            folder.Write(Path.Combine("photos", image % 2 == 0 ? "even" : "odd", $"{image}.png"), PngWriter.Write(ImageResize.Resize(digits.Pixels(image), digits.ImageShape, side, side), Shape.Image(1, side, side)));
        }
        var run = Begin(Labs.Get("compare-normalizations"), ("data", folder["photos"]), ("image-size", "24"), ("batch-size", "8"));
        run.Execute();
        Assert.Equal(Shape.Image(1, 24, 24), run.Trainings[0].Model.Network.Input);
        Assert.Equal(["even", "odd"], run.Trainings[0].Model.ClassNames);
        var configuration = RunConfiguration.Read(run.Trainings[0].Folder);
        Assert.Equal((folder["photos"], new ImageSize(24, 24), "compare-normalizations"),
            (configuration.Settings.Data.Name, configuration.Settings.Data.Images.Size, configuration.Lab));
        LabRun.Resume(run.Folder).Execute();
    }

    [Fact]
    public void The_ablation_goes_from_the_given_network_to_the_best_one_change_at_a_time()
    {
        var run = Begin(Labs.Get("passthrough-ablation"), ("data", "digits"));
        run.Execute();
        Assert.Equal(["as given", "normalised input", "one cycle", "augmentation", "slim head, three maps", "whitening", "GELU", "label smoothing"], run.Trainings.Select(training => training.Name));
        Assert.All(run.Trainings, training => Assert.Equal(Shape.Image(1, 32, 32), training.Model.Network.Input));
        Assert.Equal(8, run.Trainings.Select(training => training.Model.Weights.Sha256()).Distinct().Count());
        Assert.Contains("slim head, three maps", File.ReadAllText(run.PagePath), StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_are_held_out_of_the_training()
    {
        var data = Datasets.Digits();
        var (known, unseen) = ClassSplit.Of(data, 2);
        Assert.Equal((8, 3200, 800, 200), (known.ClassCount, known.Training.Count, known.Validation.Count, unseen.Count));
        Assert.All(Enumerable.Range(0, unseen.Count), image => Assert.InRange(unseen.Label(image), 8, 9));
        // Image 10 of the digits is the second zero; without eights and nines it is the ninth image.
        Assert.Equal(data.Training.Pixels(10), known.Training.Pixels(8));
        Assert.Equal(
            "digits has 10 classes; without the last 9 there are 1 left, and a training needs 2. Hold out fewer: --set held-out=8.", Assert.Throws<UsageException>(() => ClassSplit.Of(data, 9)).Message);
    }

    [Fact]
    public void Small_images_are_smaller_than_large_ones() => Assert.Equal(
        "The small images are 40x40, the large ones 28x28: the small ones must be smaller, and at least 4x4 for two poolings. Choose another side: --set small-size=14.",
        Assert.Throws<UsageException>(Begin(Labs.Get("progressive-resizing"), ("small-size", "40")).Execute).Message);

    [Fact]
    public void Small_and_large_networks_have_the_same_parameters()
    {
        var (small, large) = (ProgressiveResizing.Build(Shape.Image(1, 14, 14), 10), ProgressiveResizing.Build(Shape.Image(1, 28, 28), 10));
        Assert.Equal(small.TrainableCount, large.TrainableCount);
        // A quarter of the pixels, and exactly a quarter of the work of each convolution; pooling rounds 7 down to 3.
        Assert.InRange((double)small.MultiplyAdds / large.MultiplyAdds, 0.2, 0.26);
        Assert.Empty(FeatureMap.Networks.Weights.Initialize(large, 1).TakeFrom(FeatureMap.Networks.Weights.Initialize(small, 0)));
    }

    [Fact]
    public void The_configuration_of_a_lab_is_a_closed_list()
    {
        var text = new LabConfiguration { Lab = Labs.Get("metric-learning"), Settings = LabSettings.Of(Labs.Get("metric-learning")), Folders = ["data"] }.ToJson();
        Assert.Equal(text, LabConfiguration.Parse(text, "lab.json").ToJson());
        Assert.Equal("lab.json: settings.epochs is 0; expected a whole number from 1 to 1,000.", Fails(text.Replace("\"epochs\": 8", "\"epochs\": 0", StringComparison.Ordinal)));
        Assert.Equal("lab.json: there is no entry 'settings.epoch'. Did you mean 'epochs'?", Fails(text.Replace("\"epochs\"", "\"epoch\"", StringComparison.Ordinal)));
        Assert.Equal("lab.json: lab is 'metric-lerning', which this program does not know. Did you mean 'metric-learning'?", Fails(text.Replace("metric-learning", "metric-lerning", StringComparison.Ordinal)));
        Assert.Equal("lab.json is of version 7; this program reads version 1.", Fails(text.Replace("\"version\": 1", "\"version\": 7", StringComparison.Ordinal)));
        Assert.Equal("lab.json: folders is a list; expected a list of texts.", Fails(text.Replace("\"data\"\n", "3\n", StringComparison.Ordinal)));
        Assert.Equal($"The folder {folder["nothing"]} does not exist.", Assert.Throws<DataException>(() => LabRun.Resume(folder["nothing"])).Message);

        static string Fails(string json) => Assert.Throws<DataException>(() => LabConfiguration.Parse(json, "lab.json")).Message;
    }

    private LabRun Begin(Lab lab, params (string Key, string Value)[] more)
    {
        var settings = LabSettings.Of(lab);
        (string Key, string Value)[] small = [("data", "digits"), ("threads", "2"), ("training-images", "160"), ("epochs", "1"), ("seeds", "1")];
        foreach (var (key, value) in lab.Quick.Concat(small.Where(assignment => settings.All.Any(setting => setting.Name == assignment.Key))).Concat(more))
            settings = settings.With(key, value);
        return LabRun.Begin(lab, settings, new LabOptions { Root = folder["runs"] });
    }

    // Everything but the clock.
    private static string Lasting(string results) => string.Join('\n', results.Split('\n').Where(line => !line.Contains("\"seconds\"", StringComparison.Ordinal)));
}
