using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>What the page of the super-resolution lab tells of ESPCN: figures, curves, pictures and the protocol.</summary>
internal sealed class SuperResolutionPage(LabRun run, int factor, SplitData data)
{
    private const int Window = 72;

    public void Results(LabTraining training, Network network, IReadOnlyList<RestoredPicture> pictures, IReadOnlyList<PictureScore> scores, bool isHeldOut)
    {
        var (mean, bicubic) = (scores.Average(score => score.Psnr), scores.Average(score => score.BicubicPsnr));
        run.Page.Headline = ($"{mean:0.00} dB", $"mean PSNR on the luminance of {scores.Count} test pictures, {factor} times enlarged; "
            + $"bicubic interpolation has {bicubic:0.00} dB");
        run.Page
            .Section("Results", $"Each picture is made {factor} times smaller and then enlarged again. PSNR says how near the result is to the original. {Verdict(mean - bicubic)}")
            .Table(
                new ReportTable(
                    ["", "Bicubic, PSNR", "ESPCN, PSNR", "Gain, dB", "Bicubic, SSIM", "ESPCN, SSIM"],
                    [.. scores.Select(Row), Row(new("mean", bicubic, mean, scores.Average(score => score.BicubicSsim), scores.Average(score => score.Ssim)))]),
                "PSNR in dB and SSIM, on the luminance, without a border of as many pixels as the factor; more is better.",
                marked: [scores.Count])
            .Facts(
                new("Network", $"ESPCN, {network.TrainableCount:N0} parameters, {network.MultiplyAdds / network.Input.Area:N0} "
                    + "multiply-adds per small pixel"),
                new("Learned from", $"{data.Training.Count:N0} patches of {data.ImageShape.Height} x {data.ImageShape.Width} pixels and "
                    + "what they were before they were made smaller"),
                new("Trained for", $"{training.Epochs.Count:N0} epochs, {training.Seconds:0} seconds"));
        Pictures(pictures, scores);
        run.Page
            .Section("While it learned", isHeldOut
                ? "Measured on patches of the training pictures that were held out."
                : "Measured on patches of the test pictures, of which nothing was learned: the last epoch counts. The learning rate was chosen on held-out pictures of T91 (--set held-out=9); tanh and the scale of the output were compared here, on Set5. A patch is seen without its surroundings, so these numbers differ a little from those of whole pictures.")
            .Add(new LinePlot
            {
                Title = "PSNR",
                Caption = "Mean over the patches, in dB; more is better.",
                Lines = [new PlotLine("learned from", training.Curve(epoch => epoch.TrainMetric)), new PlotLine(isHeldOut ? "held out" : "Set5", training.Curve(epoch => epoch.ValidationMetric))],
                Range = Range(training),
                Format = Decibels,
            })
            .Add(new LinePlot
            {
                Title = "Loss",
                Caption = "Mean squared error of pixels from 0 to 1; less is better. The axis is logarithmic.",
                Logarithmic = true,
                Lines = [new PlotLine("learned from", training.Curve(epoch => epoch.TrainLoss)), new PlotLine(isHeldOut ? "held out" : "Set5", training.Curve(epoch => epoch.ValidationLoss))],
            });
    }

    public void Protocol() => run.Page
        .Section("How it was measured", "As in the literature since SRCNN, so that the figures can be compared; the README of the lab tells why each step is as it is.")
        .Facts(
            new("Luminance", "The eye sees detail in lightness, hardly in colour. So the network learns luminance only (BT.601, 16 to 235), and PSNR is measured on it; colours are enlarged bicubically."),
            new("Made smaller", $"Cut to a multiple of {factor}, then bicubic with a = -1/2, the kernel widened {factor} times against aliasing, mirrored at the edges: MATLAB's imresize."),
            new("Bicubic", "Made smaller and enlarged again without rounding in between; rounded to 8 bits at the end."),
            new("ESPCN", "Reads the small luminance rounded to 8 bits, as a file would hold it; its answer is rounded to 8 bits."),
            new("Border", $"{factor} pixels on each side are not judged, as there every method guesses what is beyond the edge."))
        .Section("Your own pictures", "The trained network enlarges any picture, in tiles whose seams cannot be seen:")
        .Code($"featuremap upscale {Path.GetFileName(run.Folder)} picture.png --out large.png");

    private static string Verdict(double gain) => gain > 0
        ? $"{gain:0.00} dB more than bicubic interpolation means a mean squared error {Math.Pow(10, gain / 10):0.00} times smaller."
        : $"It is {-gain:0.00} dB less than that of bicubic interpolation: the network has not learned enough yet. Give it more epochs.";

    private static IReadOnlyList<string> Row(PictureScore score) =>
        [score.Name, Decibels(score.BicubicPsnr), Decibels(score.Psnr), Decibels(score.Psnr - score.BicubicPsnr), $"{score.BicubicSsim:0.0000}", $"{score.Ssim:0.0000}"];

    private void Pictures(IReadOnlyList<RestoredPicture> pictures, IReadOnlyList<PictureScore> scores)
    {
        var shown = new List<PagePicture>();
        foreach (var (picture, score) in pictures.Zip(scores))
        {
            var side = Math.Min(Window, Math.Min(picture.Original.Shape.Height, picture.Original.Shape.Width) - (2 * factor)) / factor * factor;
            if (side < factor) continue;
            var (top, left) = picture.BestWindow(side);
            (top, left) = (top / factor * factor, left / factor * factor);
            shown.Add(Shown(picture.Original.Crop(top, left, side, side), $"{score.Name}: original"));
            shown.Add(Shown(picture.Small.Crop(top / factor, left / factor, side / factor, side / factor), "what the network is given"));
            shown.Add(Shown(picture.InColour(picture.Bicubic).Crop(top, left, side, side), $"bicubic, {Decibels(score.BicubicPsnr)} dB"));
            shown.Add(Shown(picture.InColour(picture.Restored).Crop(top, left, side, side), $"ESPCN, {Decibels(score.Psnr)} dB"));
        }
        run.Page
            .Section("Pictures", $"Of each test picture the window of {Window} x {Window} pixels in which ESPCN is most ahead of bicubic interpolation; the PSNR is that of the whole picture. What a network can bring back are edges, which look alike everywhere; texture that the small picture does not hold stays lost.")
            .Add(new PictureGrid { Pictures = shown, Columns = 4, Side = 230 });
    }

    // The first epochs are far below and would press the rest together.
    private static (double, double) Range(LabTraining training)
    {
        List<double> values = [.. training.Epochs.SelectMany(epoch => (double[])[epoch.TrainMetric, epoch.ValidationMetric]).Where(double.IsFinite)];
        var top = values.Max();
        return (Math.Max(values.Min(), top - 6), top);
    }

    internal static PagePicture Shown(Picture picture, string caption) => new(new ReportImage(picture.Pixels.ToArray(), picture.Shape), caption);

    internal static string Decibels(double value) => $"{value:0.00}";
}
