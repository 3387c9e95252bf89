using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>Verification: are two images of one class? Asked about classes that the training never saw.</summary>
internal sealed class UnseenClasses(LabRun run, ImageSet unseen, IReadOnlyList<(MetricMethod Method, List<LabTraining> Trainings)> judged, int pairCount)
{
    private const int CurvePoints = 60, Shown = 6;

    /// <summary>What one embedding gave.</summary>
    private sealed record Judgement(double Accuracy, double Area, double Recall);

    public void Write(SplitData known, SplitData all)
    {
        var pixels = Pixels();
        var pairs = pixels.DrawPairs(pairCount, run.Seed);
        var baseline = Judge("pixels", pixels, pairs, EmbeddingDistance.Euclidean);
        var results = judged.Select(entry => (entry.Method, Values: entry.Trainings
            .Select((training, seed) => Judge($"{entry.Method.Name}, seed {run.Seed + (ulong)seed}", Embed(training), pairs, entry.Method.Distance)).ToList())).ToList();
        var best = results.MaxBy(entry => entry.Values.Average(value => value.Accuracy));
        var held = string.Join(" and ", all.Validation.ClassNames.Skip(known.ClassCount));
        run.Page.Headline = (ReportText.Percent(best.Values.Average(value => value.Accuracy)), $"of pairs of the unseen classes {held} judged rightly, by {best.Method.Name}");
        run.Page.Section(
            "Classes that the training never saw",
            $"Trained on the classes {known.Training.ClassNames[0]} to {known.Training.ClassNames[^1]} only. Then {ReportText.Count(pairs.Count)} pairs of validation images of {held}: half of them of one class, half of two. A pair is called one class where its embeddings are nearer than a threshold, which for each tenth of the pairs is chosen on the other nine. Chance is 50 %.");
        run.Page.Table(
            new ReportTable(
                ["Method", "Pairs right, %", "Lowest", "Highest", "Area under the curve", "Neighbour right, %"],
                [
                    .. results.Select(entry => Row(entry.Method.Name, entry.Values)),
                    Row("pixels themselves", [baseline]),
                ]),
            $"Mean, lowest and highest of {ReportText.Count(judged[0].Trainings.Count, "seed")}. The area under the curve is the probability that a pair of one class is nearer than a pair of two. Neighbour right: the nearest other image is of the same class.",
            marked: [results.FindIndex(entry => entry.Method == best.Method)]);
        run.Page.Add(new BarPlot
        {
            Title = "Pairs judged rightly",
            Caption = "The dot is the mean over the seeds, the line reaches from the lowest to the highest.",
            FromZero = false,
            Bars =
            [
                .. results.Select(entry => new PlotBar(entry.Method.Name, entry.Values.Average(value => value.Accuracy)) { Spread = (entry.Values.Min(value => value.Accuracy), entry.Values.Max(value => value.Accuracy)) }),
                new PlotBar("pixels themselves", baseline.Accuracy),
            ],
            Format = share => ReportText.Percent(share),
            TickFormat = share => ReportText.Percent(share, "0.#"),
        });
        Curves(pixels, pairs);
        Mistakes(judged.First(entry => entry.Method == best.Method), pairs);
    }

    private Judgement Judge(string name, Embeddings embeddings, IReadOnlyList<ImagePair> pairs, EmbeddingDistance distance) => run.Measure($"unseen classes, {name}", () =>
    {
        var verification = embeddings.Verify(pairs, distance);
        return new Judgement(verification.Accuracy, verification.AreaUnderCurve, embeddings.RecallAt(1, distance));
    });

    // The curve of the first seed: for each threshold, how many pairs of two classes are accepted and how many of one.
    private void Curves(Embeddings pixels, IReadOnlyList<ImagePair> pairs)
    {
        List<PlotLine> lines = [.. judged.Select(entry => Curve(entry.Method.Name, Embed(entry.Trainings[0]), entry.Method.Distance)), Curve("pixels themselves", pixels, EmbeddingDistance.Euclidean)];
        run.Page.Add(new LinePlot
        {
            Title = "Every threshold",
            Caption = "To the right: the share of pairs of two classes that are wrongly called one; upwards: the share of pairs of one class that are found. A better embedding reaches farther into the upper left corner. First seed.",
            Across = "pairs of two classes accepted, share",
            Lines = lines,
            Range = (0, 1),
            ShowsLastValues = false,
            Format = share => ReportText.Number(share, "0.##"),
        });

        PlotLine Curve(string name, Embeddings embeddings, EmbeddingDistance distance)
        {
            var verification = embeddings.Verify(pairs, distance);
            double[] distances = [.. pairs.Select(pair => embeddings.Distance(pair.First, pair.Second, distance)).Order()];
            var points = Enumerable.Range(0, CurvePoints + 1).Select(i => verification.RatesAt(distances[(int)((long)i * (distances.Length - 1) / CurvePoints)]))
                .Select(rates => (rates.FalseAccepts, rates.TrueAccepts));
            return new PlotLine(name, [(0, 0), .. points, (1, 1)]);
        }
    }

    private void Mistakes((MetricMethod Method, List<LabTraining> Trainings) best, IReadOnlyList<ImagePair> pairs)
    {
        var embeddings = Embed(best.Trainings[0]);
        var ordered = pairs.OrderBy(pair => embeddings.Distance(pair.First, pair.Second, best.Method.Distance)).ToList();
        bool IsSame(ImagePair pair) => unseen.Label(pair.First) == unseen.Label(pair.Second);
        run.Page.Section("Hard pairs", $"What {best.Method.Name} got most wrong, first seed. Would you have known better?")
            .Add(new PictureGrid
            {
                Title = "Of one class, and farthest apart",
                Pictures = [.. ordered.Where(IsSame).Reverse().Take(Shown).Select(Picture)],
                Side = 150,
            })
            .Add(new PictureGrid
            {
                Title = "Of two classes, and nearest",
                Pictures = [.. ordered.Where(pair => !IsSame(pair)).Take(Shown).Select(Picture)],
                Side = 150,
            });
    }

    private PagePicture Picture(ImagePair pair)
    {
        var shape = unseen.ImageShape;
        var both = new Shape(shape.Channels, shape.Height, (2 * shape.Width) + 1);
        var pixels = new byte[both.Count];
        Array.Fill(pixels, (byte)128);
        for (var row = 0; row < shape.Channels * shape.Height; row++)
        {
            unseen.Pixels(pair.First).Slice(row * shape.Width, shape.Width).CopyTo(pixels.AsSpan(row * both.Width));
            unseen.Pixels(pair.Second).Slice(row * shape.Width, shape.Width).CopyTo(pixels.AsSpan((row * both.Width) + shape.Width + 1));
        }
        return new PagePicture(new ReportImage(pixels, both), $"{unseen.ClassNames[unseen.Label(pair.First)]} and {unseen.ClassNames[unseen.Label(pair.Second)]}");
    }

    private Embeddings Embed(LabTraining training) => training.Model.Embed(unseen, MetricMethod.Embedding, run.Threads);

    private Embeddings Pixels()
    {
        var size = unseen.ImageShape.Count;
        var values = new float[unseen.Count * size];
        for (var image = 0; image < unseen.Count; image++)
            for (var i = 0; i < size; i++)
                values[(image * size) + i] = unseen.Pixels(image)[i];
        return new Embeddings(values, size, [.. Enumerable.Range(0, unseen.Count).Select(unseen.Label)]);
    }

    private static IReadOnlyList<string> Row(string name, List<Judgement> values) =>
    [
        name, ReportText.Number(values.Average(value => value.Accuracy) * 100, "0.00"),
        ReportText.Number(values.Min(value => value.Accuracy) * 100, "0.00"), ReportText.Number(values.Max(value => value.Accuracy) * 100, "0.00"),
        ReportText.Number(values.Average(value => value.Area), "0.0000"), ReportText.Number(values.Average(value => value.Recall) * 100, "0.00"),
    ];
}
