using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// Five ways to enlarge a map, behind the same body: what they make of a flat gray picture before and after training (a checkerboard, if anything but gray), how many products reach
/// each pixel, and how well they enlarge after equal short trainings.
/// </summary>
internal sealed class UpsamplerComparison(LabRun run, int factor, SplitData data, Normalization normalization, IReadOnlyList<Picture> tests)
{
    private const int FlatSide = 24, Margin = 8, Window = 60;
    private const byte Gray = 128;
    private const double ShownDeviation = 40;

    /// <summary>The figures of a way.</summary>
    /// <param name="Overlap">Most by fewest products of a pixel.</param>
    /// <param name="Untrained">Deviation of a flat picture's pixels before training, in steps of 255.</param>
    /// <param name="Trained">The same after training.</param>
    /// <param name="Psnr">Mean PSNR on the test pictures after training, in dB.</param>
    internal sealed record Figures(double Overlap, double Untrained, double Trained, double Psnr);

    /// <summary>All that is shown of a way: what it makes of a flat picture, untrained and trained, and of the test pictures.</summary>
    private sealed record Outcome(Upsampler Way, Network Network, double[] Untrained, double[] Trained, IReadOnlyList<RestoredPicture> Pictures, Figures Figures);

    /// <summary>Trains the five and writes their section.</summary>
    /// <param name="options">How each is trained.</param>
    public void Write(TrainingOptions options)
    {
        var outcomes = Upsampler.All.Select(way => Try(way, options)).ToList();
        run.Page
            .Section("Five ways to a larger map", "Each stands behind the same two convolutions in place of ESPCN's last layer, and was "
                + $"trained for {options.Epochs} epochs with the same data, order and rate. Costs are alike. The overlap is the largest "
                + "number of products of a pixel divided by the smallest, with all weights 1: a pattern that is there whatever the "
                + "weights are. The deviation tells how far the pixels of a flat gray picture come out different, in steps of 255: it "
                + "should be 0.")
            .Table(new ReportTable(["", "Overlap", "Deviation, untrained", "Deviation, trained", "PSNR, dB", "Multiply-adds per small pixel"], [.. outcomes.Select(Row)]))
            .Facts([.. outcomes.Select(outcome => new ReportFact(outcome.Way.Name, outcome.Way.What))])
            .Add(Patterns(
                "A flat gray picture, before training",
                $"Copied kernels (ICNR) and repeated pixels give the same number everywhere; where sub-pixels have kernels of their own, each has its own gray, and the tile of {factor} x {factor} pixels repeats.",
                outcomes,
                outcome => outcome.Untrained))
            .Add(Patterns(
                "The same, after training",
                "Training has to unlearn the pattern, and what is left of it lies over every smooth area of every picture. The way that cannot draw one, since all pixels of the large map share their weights, has nothing to unlearn; ICNR starts without one and learns a little of it.",
                outcomes,
                outcome => outcome.Trained))
            .Add(RealPicture(outcomes));
    }

    private Outcome Try(Upsampler way, TrainingOptions options)
    {
        var network = way.Build(data.ImageShape, factor, normalization.Mean[0], normalization.Deviation[0]);
        var untrained = Flat(new Model(Weights.Initialize(network, run.Seed), normalization, data.Training.ClassNames));
        var training = run.Train($"upsampler, {way.Name}", network, data, options);
        var trained = Flat(training.Model);
        using var upscaler = new Upscaler(training.Model, run.Threads);
        List<RestoredPicture> pictures = [.. tests.Select(picture => RestoredPicture.Of(picture, upscaler))];
        var figures = run.Measure(
            $"upsampler, {way.Name}: figures", () => new Figures(way.Overlap(factor).Ratio, Deviation(untrained), Deviation(trained), pictures.Average(picture => picture.Psnr)));
        return new(way, network, untrained, trained, pictures, figures);
    }

    private static IReadOnlyList<string> Row(Outcome outcome) =>
    [
        outcome.Way.Name, $"{outcome.Figures.Overlap:0.##} : 1", $"{outcome.Figures.Untrained:0.00}", $"{outcome.Figures.Trained:0.00}",
        SuperResolutionPage.Decibels(outcome.Figures.Psnr), $"{outcome.Network.MultiplyAdds / outcome.Network.Input.Area:N0}",
    ];

    // One contrast for all of a row, such that the strongest pattern is plain to see.
    private static PictureGrid Patterns(string title, string caption, IReadOnlyList<Outcome> outcomes, Func<Outcome, double[]> pattern)
    {
        var contrast = Math.Clamp(Math.Round(ShownDeviation / Math.Max(1e-6, outcomes.Max(outcome => Deviation(pattern(outcome))))), 1, 1000);
        return new PictureGrid
        {
            Title = title,
            Caption = $"The middle of what the network makes of it, contrast {contrast:0} times. {caption}",
            Pictures = [.. outcomes.Select(outcome => Stretched(pattern(outcome), $"{outcome.Way.Name}: deviation "
                + $"{Deviation(pattern(outcome)):0.00}", contrast))],
            Columns = outcomes.Count,
            Side = 170,
        };
    }

    // The picture that gains most has the finest detail, so it shows the most.
    private PictureGrid RealPicture(IReadOnlyList<Outcome> outcomes)
    {
        var (number, best) = outcomes[0].Pictures.Index().MaxBy(one => one.Item.Psnr - one.Item.BicubicPsnr);
        var side = Math.Max(1, Math.Min(Window, Math.Min(best.Original.Shape.Height, best.Original.Shape.Width) - (2 * factor)));
        var (top, left) = best.BestWindow(side);
        return new PictureGrid
        {
            Title = "A real picture, after training",
            Caption = $"A window of {best.Original.Name}; the PSNR is that of the whole picture.",
            Pictures =
            [
                SuperResolutionPage.Shown(best.Original.Crop(top, left, side, side), "original"),
                .. from outcome in outcomes
                   let picture = outcome.Pictures[number]
                   select SuperResolutionPage.Shown(picture.InColour(picture.Restored).Crop(top, left, side, side), $"{outcome.Way.Name}, {SuperResolutionPage.Decibels(picture.Psnr)} dB"),
            ],
            Columns = 3,
            Side = 230,
        };
    }

    // The middle of the network's answer to a flat picture, where padding is out of sight.
    private double[] Flat(Model model)
    {
        var pixels = new byte[FlatSide * FlatSide];
        Array.Fill(pixels, Gray);
        var answer = model.WithInput(new Shape(1, FlatSide, FlatSide)).Compute(pixels);
        int side = FlatSide * factor, first = Margin * factor, inner = side - (2 * first);
        return [.. Enumerable.Range(0, inner * inner).Select(i => answer[((first + (i / inner)) * side) + first + (i % inner)] * 255.0)];
    }

    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static PagePicture Stretched(double[] values, string caption, double contrast)
    {
        var (mean, side) = (values.Average(), (int)Math.Sqrt(values.Length));
        return SuperResolutionPage.Shown(new Picture("flat", new Shape(1, side, side), [.. values.Select(value => (byte)Math.Clamp(127.5 + ((value - mean) * contrast), 0, 255))]), caption);
    }
}
