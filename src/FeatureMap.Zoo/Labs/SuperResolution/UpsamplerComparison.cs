using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using static System.FormattableString;

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

    /// <summary>What a way gave.</summary>
    /// <param name="Overlap">Most by fewest products of a pixel.</param>
    /// <param name="Before">Deviation of a flat picture's pixels before training, in steps of 255.</param>
    /// <param name="After">The same after training.</param>
    /// <param name="Psnr">Mean PSNR on the test pictures after training, in dB.</param>
    internal sealed record Figures(double Overlap, double Before, double After, double Psnr);

    public void Write(TrainingOptions options)
    {
        var (rows, enlarged) = (new List<IReadOnlyList<string>>(), new List<PagePicture>());
        var (untrained, trained) = (new List<(string Name, double[] Values)>(), new List<(string Name, double[] Values)>());
        // The picture in which detail is finest gains most, so it shows the most.
        RestoredPicture? shown = null;
        var (top, left) = (0, 0);
        foreach (var way in Upsampler.All)
        {
            var network = way.Build(data.ImageShape, factor, normalization.Mean[0], normalization.Deviation[0]);
            var before = Flat(new Model(Weights.Initialize(network, run.Seed), normalization, data.Training.ClassNames));
            var training = run.Train($"upsampler, {way.Name}", network, data, options);
            var after = Flat(training.Model);
            using var upscaler = new Upscaler(training.Model, run.Threads);
            List<RestoredPicture> restored = [.. tests.Select(picture => RestoredPicture.Of(picture, upscaler))];
            var figures = run.Measure($"upsampler, {way.Name}: figures", () => new Figures(
                way.Overlap(factor).Ratio, Deviation(before), Deviation(after), restored.Average(picture => picture.Psnr)));
            rows.Add([way.Name, Ratio(figures.Overlap), Invariant($"{figures.Before:0.00}"), Invariant($"{figures.After:0.00}"), SuperResolutionPage.Decibels(figures.Psnr), Invariant($"{network.MultiplyAdds / network.Input.Area:N0}")]);
            untrained.Add((way.Name, before));
            trained.Add((way.Name, after));
            if (shown is null)
            {
                shown = restored.MaxBy(picture => picture.Psnr - picture.BicubicPsnr)!;
                (top, left) = shown.BestWindow(Side(shown));
                enlarged.Add(SuperResolutionPage.Shown(shown.Original.Crop(top, left, Side(shown), Side(shown)), "original"));
            }
            var same = restored.First(picture => picture.Original.Name == shown.Original.Name);
            enlarged.Add(SuperResolutionPage.Shown(same.InColour(same.Restored).Crop(top, left, Side(same), Side(same)), $"{way.Name}, {SuperResolutionPage.Decibels(same.Psnr)} dB"));
        }
        run.Page
            .Section("Five ways to a larger map", Invariant($"Each stands behind the same two convolutions in place of ESPCN's last layer, and was trained for {options.Epochs} epochs with the same data, order and rate. Costs are alike. The overlap is the largest number of products of a pixel divided by the smallest, with all weights 1: a pattern that is there whatever the weights are. The deviation tells how far the pixels of a flat gray picture come out different, in steps of 255: it should be 0."))
            .Table(new ReportTable(["", "Overlap", "Deviation, untrained", "Deviation, trained", "PSNR, dB", "Multiply-adds per small pixel"], rows))
            .Facts([.. Upsampler.All.Select(way => new ReportFact(way.Name, way.What))])
            .Add(Patterns(
                "A flat gray picture, before training",
                $"Copied kernels (ICNR) and repeated pixels give the same number everywhere; where sub-pixels have kernels of their own, each has its own gray, and the tile of {factor} x {factor} pixels repeats.",
                untrained))
            .Add(Patterns(
                "The same, after training",
                "Training has to unlearn the pattern, and what is left of it lies over every smooth area of every picture. The way that cannot draw one, since all pixels of the large map share their weights, has nothing to unlearn; ICNR starts without one and learns a little of it.",
                trained))
            .Add(new PictureGrid
            {
                Title = "A real picture, after training",
                Caption = shown is null ? "" : $"A window of {shown.Original.Name}; the PSNR is that of the whole picture.",
                Pictures = enlarged,
                Columns = 3,
                Side = 230,
            });
    }

    // One contrast for all of a row, such that the strongest pattern is plain to see.
    private static PictureGrid Patterns(string title, string caption, IReadOnlyList<(string Name, double[] Values)> patterns)
    {
        var contrast = Math.Clamp(Math.Round(ShownDeviation / Math.Max(1e-6, patterns.Max(pattern => Deviation(pattern.Values)))), 1, 1000);
        return new PictureGrid
        {
            Title = title,
            Caption = Invariant($"The middle of what the network makes of it, contrast {contrast:0} times. {caption}"),
            Pictures = [.. patterns.Select(pattern => Stretched(pattern.Values, Invariant($"{pattern.Name}: deviation {Deviation(pattern.Values):0.00}"), contrast))],
            Columns = patterns.Count,
            Side = 170,
        };
    }

    private int Side(RestoredPicture picture) => Math.Max(1, Math.Min(Window, Math.Min(picture.Original.Shape.Height, picture.Original.Shape.Width) - (2 * factor)));

    private static string Ratio(double ratio) => double.IsFinite(ratio) ? Invariant($"{ratio:0.##} : 1") : "gaps";

    // The middle of the network's answer to a flat picture, where padding is out of sight.
    private double[] Flat(Model model)
    {
        var network = model.Network.WithInput(new Shape(1, FlatSide, FlatSide));
        var weights = Weights.Initialize(network, 0);
        weights.TakeFrom(model.Weights);
        var pixels = new byte[FlatSide * FlatSide];
        Array.Fill(pixels, Gray);
        var answer = new Model(weights, model.Normalization, model.ClassNames).Compute(pixels);
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
