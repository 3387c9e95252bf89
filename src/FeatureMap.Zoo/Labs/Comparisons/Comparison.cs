using System.Globalization;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// Several things compared on one small network: for each, a learning rate is chosen on a split of the training set, then it is trained with several seeds and judged on the validation
/// images. What is compared is a list of <see cref="Contender"/>s; everything else is the same for all.
/// </summary>
internal sealed class Comparison(string name, string title, string question, IReadOnlyList<Contender> contenders) : Lab
{
    // Neighbouring rates of the search are this far apart, as a factor: two to a power of ten.
    private const double Step = 3.1622776601683795;
    private const int MostExtensions = 3;
    private const int MostLowerings = 2;

    private static readonly LabSetting<int> Epochs = LabSetting.Whole("epochs", "Passes over the training images", 6, 1, 1000);
    private static readonly LabSetting<int> Seeds = LabSetting.Whole("seeds", "Trainings of each contender, with seeds that follow each other", 3, 1, 100);
    private static readonly LabSetting<int> TrainingImages = LabSetting.Whole("training-images", "How many training images are used; 0 for all", 8_000, 0);
    private static readonly LabSetting<int> BatchSize = LabSetting.Whole("batch-size", "Images per step", 64, 2, 10_000);
    private static readonly LabSetting<int> Rates = LabSetting.Whole("rates", "Learning rates tried for each contender, around its usual one, on a split of the training set; 1 to take the usual one", 3, 1, 15);
    private static readonly LabSetting<int> SearchEpochs = LabSetting.Whole("search-epochs", "Passes in the search for the rate", 2, 1, 1000);

    public override string Name => name;

    public override string Title => title;

    public override string Question => question;

    public override string Dataset => "mnist";

    public override string Needs => "mnist (or any set of classes by --data)";

    public override IReadOnlyList<LabSetting> Settings => [Epochs, Seeds, TrainingImages, BatchSize, Rates, SearchEpochs];

    public override IReadOnlyList<(string Key, string Value)> Quick => [("epochs", "2"), ("seeds", "2"), ("training-images", "1000"), ("rates", "1"), ("search-epochs", "1")];

    public override LabPlan Plan(LabSettings settings, int? images = null)
    {
        var (seeds, rates, all) = (settings.Get(Seeds), settings.Get(Rates), LabPlan.Of(settings.Get(TrainingImages), images));
        var searches = rates > 1 ? contenders.Count * rates : 0;
        // The search learns from four fifths of the images.
        return new(searches + (contenders.Count * seeds),
            (searches * (long)settings.Get(SearchEpochs) * all * 4 / 5) + (contenders.Count * (long)seeds * settings.Get(Epochs) * all));
    }

    /// <summary>What is told before the results: which network, and what is held equal.</summary>
    public required string Setup { get; init; }

    /// <summary>Sections of its own, after the curves.</summary>
    public Action<LabRun, SplitData, IReadOnlyList<Standing>>? More { get; init; }

    public override void Run(LabRun run)
    {
        var data = run.Data().TakeTraining(run.Get(TrainingImages));
        var rates = run.Get(Rates);
        var searches = contenders.Select(contender => Search(run, data, contender)).ToList();
        var standings = contenders.Zip(searches, (contender, search) => Stand(run, data, contender, search.Rate, search.Tried)).ToList();
        var network = contenders[0].Build(data.ImageShape, data.ClassCount);
        run.Page.Section("What was done", Setup).Facts(
            new("Data", $"{data.Name}: {ReportText.Count(data.Training.Count)} images to train on, {ReportText.Count(data.Validation.Count)} to judge by"),
            new("Network", $"{network.Input} -> {network.Output}, {network.Layers.Count - 1} layers, {ReportText.Count(network.TrainableCount)} parameters"),
            new("Each training", $"{run.Get(Epochs)} epochs, batch {run.Get(BatchSize)}, no augmentation"),
            new("Seeds", $"{run.Get(Seeds)}"));
        if (rates > 1) ShowSearch(run, searches);
        new ComparisonPage(run, data, standings).Write();
        More?.Invoke(run, data, standings);
    }

    /// <summary>The options of a training; a schedule may want to know how long it is.</summary>
    internal static TrainingOptions Options(Contender contender, SplitData data, double rate, int epochs, int batch, ulong seed) => new()
    {
        Epochs = epochs,
        BatchSize = batch,
        Seed = seed,
        Optimizer = contender.Optimizer,
        Schedule = contender.Schedule(new ContenderTime(rate, epochs, (data.Training.Count + batch - 1) / batch)),
        TensorBoard = false,
    };

    /// <summary>
    /// Trains all seeds. The search is short and has one seed, and the rate that is best in it may lose a training: the loss leaves all numbers, or the network dies and ends with less than
    /// half of the accuracy of the search. Then all seeds are trained anew with the next lower rate, as anybody would.
    /// </summary>
    private static Standing Stand(LabRun run, SplitData data, Contender contender, double rate, SortedDictionary<double, double> tried)
    {
        var lost = new List<double>();
        var least = tried.Count == 0 ? 0 : tried[rate] / 2;
        while (true)
        {
            var name = lost.Count == 0 ? contender.Name : $"{contender.Name}, rate {ReportText.Number(rate, "G3")}";
            var trainings = Enumerable.Range(0, run.Get(Seeds)).Select(seed => run.TryTrain(
                $"{name}, seed {run.Seed + (ulong)seed}", contender.Build(data.ImageShape, data.ClassCount), data,
                Options(contender, data, rate, run.Get(Epochs), run.Get(BatchSize), run.Seed + (ulong)seed))).ToList();
            if (run.Get(Rates) == 1 || lost.Count == MostLowerings || !trainings.Exists(training => training is null || !(training.Accuracy >= least))) return new Standing(contender, rate, trainings) { LostRates = lost };
            run.Expect(run.Expected + run.Get(Seeds));
            lost.Add(rate);
            rate = Rounded(rate / Step);
        }
    }

    /// <summary>Tries rates around the usual one on a split of the training set; where the best is the last on one side, further ones on that side too.</summary>
    private static (Contender Contender, double Rate, SortedDictionary<double, double> Tried) Search(LabRun run, SplitData data, Contender contender)
    {
        var tried = new SortedDictionary<double, double>();
        var count = run.Get(Rates);
        if (count == 1) return (contender, contender.Rate, tried);
        var split = data.SplitTraining(0.2, run.Seed);
        int first = -(count / 2), last = first + count - 1;
        for (var i = first; i <= last; i++)
            Try(i);
        for (var extension = 0; extension < MostExtensions && (Best(tried) == tried.Keys.First() || Best(tried) == tried.Keys.Last()); extension++)
        {
            run.Expect(run.Expected + 1);
            Try(Best(tried) == tried.Keys.First() ? --first : ++last);
        }
        return (contender, Best(tried), tried);

        void Try(int place)
        {
            var rate = Rounded(contender.Rate * Math.Pow(Step, place));
            tried[rate] = Standing.AccuracyOf(run.TryTrain(
                $"search, {contender.Name}, rate {ReportText.Number(rate, "G3")}", contender.Build(data.ImageShape, data.ClassCount), split,
                Options(contender, split, rate, run.Get(SearchEpochs), run.Get(BatchSize), run.Seed)), data.ClassCount);
        }
    }

    // Rates that are far too small or too large would press the others together.
    private static double? CutAt(List<(Contender Contender, double Rate, SortedDictionary<double, double> Tried)> searches)
    {
        var cut = searches.Max(search => search.Tried.Values.Max()) - 0.1;
        return searches.Min(search => search.Tried.Values.Min()) < cut ? cut : null;
    }

    // Of equals the lower: it is the safer one.
    private static double Best(SortedDictionary<double, double> tried) => tried.MaxBy(pair => pair.Value).Key;

    private static double Rounded(double rate) => double.Parse(rate.ToString("G2", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static void ShowSearch(LabRun run, List<(Contender Contender, double Rate, SortedDictionary<double, double> Tried)> searches) => run.Page
        .Section("A fair learning rate for each", "A contender with a rate that does not suit it would lose for that alone. So each tried several rates, on four fifths of the training images, judged by the last fifth, and further ones where the best was the last on one side. The validation images of the results below had no part in it.")
        .Add(new LinePlot
        {
            Title = "Accuracy by learning rate",
            Caption = "On the fifth of the training images that was kept apart; more is better. A lost training counts as a "
                + "guess." + (CutAt(searches) is null ? "" : " The table has all values, those below the axis too."),
            Across = "learning rate",
            LogarithmicAcross = true,
            ShowsLastValues = false,
            Range = CutAt(searches) is { } least ? (least, searches.Max(search => search.Tried.Values.Max())) : null,
            Lines = [.. searches.Select(search => new PlotLine(search.Contender.Name, [.. search.Tried.Select(pair => (pair.Key, pair.Value))]))],
            Format = share => ReportText.Percent(share),
            TickFormat = share => ReportText.Percent(share, "0.##"),
        })
        .Table(
            new ReportTable(
                ["", "Rates tried (accuracy, %)", "Chosen"],
                [.. searches.Select(search => (IReadOnlyList<string>)
                [
                    search.Contender.Name, string.Join(" · ", search.Tried.Select(pair => $"{ReportText.Number(pair.Key, "G3")} ({ReportText.Number(pair.Value * 100, "0.0")})")),
                    ReportText.Number(search.Rate, "G3") + (search.Rate == search.Tried.Keys.First() || search.Rate == search.Tried.Keys.Last() ? " (the last that was tried)" : ""),
                ])]));

}
