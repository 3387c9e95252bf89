using FeatureMap.Analysis;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>
/// The report of a run as one HTML file that needs nothing else: no script, no font, no picture from elsewhere. It opens from disk, on a
/// phone,
/// in light and dark, and can be mailed. It shows the key number, the curves, the confusion matrix, the worst mistakes, kernels, feature
/// maps,
/// the network and the log, each with a sentence on how to read it.
/// </summary>
public static class HtmlReport
{
    /// <summary>Writes the report durably, usually to <see cref="RunFolder.ReportPath"/>.</summary>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the old report is intact.</exception>
    /// <exception cref="ShapeException">An array of the data does not fit its shape.</exception>
    public static void Write(string path, ReportData data)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RunFolder.WriteText(path, ToHtml(data));
    }

    /// <summary>The report as text.</summary>
    /// <exception cref="ShapeException">An array of the data does not fit its shape.</exception>
    public static string ToHtml(ReportData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Check(data);
        return new HtmlDocument
        {
            TabTitle = $"{data.Title} – training report",
            Kicker = "Training report",
            Title = data.Title,
            Headline = data.Epochs.Count == 0 ? null : Headline(data.Epochs[^1]),
            Lead = Lead(data),
            Sections = Sections(data),
        }.ToHtml();
    }

    private static List<HtmlSection> Sections(ReportData data)
    {
        var sections = new List<HtmlSection>();
        if (data.Facts.Count > 0)
            sections.Add(new("run", "The run", "What was trained, on what, and how long it took.",
                html => TableSection.Facts(html, data.Facts)));
        if (data.Epochs.Count > 0)
            sections.Add(new("curves", "Learning curves", "Each point is an epoch, one pass over the training samples. Point at one to "
                + "see its value. Validation samples are never trained on, so their line shows what the network can do with images it has "
                    + "not seen.", html => CurveSection.Render(html, data)));
        if (data.Layers.Count > 0)
            sections.Add(new("layers", "Inside the layers", "What the last step of each epoch did to each layer, and which units no longer "
                + "answer to anything.", html => Page.Render(html, "layers", LayerCharts.Of(data.Layers, data.Epochs))));
        if (data.Confusion is { Length: > 0 } confusion)
            sections.Add(new("confusion", "Confusion matrix", ConfusionSection.Reading(confusion),
                html => ConfusionSection.Render(html, data, confusion)));
        if (data.Judgement is { } judgement)
            sections.Add(new("classes", "Class by class", JudgementSections.Reading(judgement),
                html => Page.Render(html, "classes", JudgementSections.Parts(judgement))));
        if (data.Segmentation is { } maps)
            sections.Add(new("classes", "Class by class", JudgementSections.Reading(maps),
                html => Page.Render(html, "classes", [JudgementSections.Classes(maps)])));
        if (data.Detection is { } boxes)
            sections.Add(new("classes", "Class by class", DetectionSections.Reading(boxes),
                html => Page.Render(html, "classes", DetectionSections.Parts(boxes, data.DetectionPictures))));
        if (data.Mistakes.Count > 0)
            sections.Add(new("mistakes", "Worst mistakes", "The wrong answers that the network was most sure of. Ask of each whether you "
                + "would have known better: some labels are doubtful "
                    + "themselves." + (data.Mistakes.Any(mistake => mistake.Attention is not null) ? " The coloured picture is Grad-CAM "
                        + "at the last layer that still is a plane: bright places speak for the wrong answer, as finely as that layer can "
                            + "tell." : ""), html => PictureSection.Mistakes(html, data)));
        if (data.Kernels is { } kernels)
            sections.Add(new("kernels", "Kernels of the first layer", "The weights "
                + $"of {kernels.Layer}, {kernels.Height} x {kernels.Width} each, on one common scale. Red adds and blue subtracts: a red "
                    + "side beside a blue side answers to an edge, one colour all over answers to brightness.", html =>
                        PictureSection.Kernels(html, kernels)));
        if (data.FeatureMaps.Count > 0)
            sections.Add(new("features", "Feature maps", "What each layer makes of one sample, a tile per channel. Early layers keep the "
                + "picture and mark edges; later ones are smaller and answer to shapes. Each layer has a scale of its own.", html =>
                    PictureSection.FeatureMaps(html, data)));
        if (data.Activations is { } activations)
            sections.Add(new("activations", "Layers and dead units", InspectionPage.Dead(activations),
                html => TableSection.Table(html, activations.ToReportTable(), "Activations of the layers")));
        if (data.Diagram is not null || data.Summary is not null)
            sections.Add(new("network", "The network", "Layer by layer from the image to the answer.",
                html => Network(html, data.Diagram, data.Summary)));
        if (data.LogText.Length > 0)
            sections.Add(new("log", "Log", "What was printed while the network trained.", html => html.Add($"""<details><summary>Show the log, {ReportText.Count(data.LogText.AsSpan().Count('\n') + (data.LogText.EndsWith('\n') ? 0 : 1), "line")}</summary><pre tabindex="0" aria-label="Log">{data.LogText}</pre></details>""")));
        return sections;
    }

    internal static void Network(HtmlBuilder html, NetworkDiagram? diagram, ReportTable? summary)
    {
        diagram?.Render(html, "diagram");
        if (summary is not null) TableSection.Table(html, summary, "Layers of the network");
    }

    private static (string Number, string Meaning) Headline(EpochRecord last)
    {
        var (number, meaning) = KeyNumber(last);
        return (number, $"{meaning} after {ReportText.Count(last.Epoch, "epoch")}");
    }

    private static (string Number, string Meaning) KeyNumber(EpochRecord last) =>
        double.IsFinite(last.ValidationMetric) ? (ReportText.Metric(last.Metric, last.ValidationMetric), $"validation {last.Metric.Name}")
        : double.IsFinite(last.ValidationLoss) ? (ReportText.Number(last.ValidationLoss), "validation loss")
        : double.IsFinite(last.TrainMetric) ? (ReportText.Metric(last.Metric, last.TrainMetric), $"training {last.Metric.Name}")
        : (ReportText.Number(last.TrainLoss), "training loss");

    private static string Lead(ReportData data)
    {
        var text = "";
        if (data.Confusion is { Length: > 0 } confusion)
        {
            var (right, total) = ConfusionSection.Totals(confusion);
            text = $"{ReportText.Count(total - right)} of {ReportText.Count(total)} validation samples got a wrong answer. ";
        }
        if (data.Epochs.Count > 0 && double.IsFinite(data.Epochs[^1].TotalSeconds))
            text += $"Training took {ReportText.Duration(data.Epochs[^1].TotalSeconds)}. ";
        return data.Epochs.Count == 0 ? text : text + "The number is that of the last epoch, not of the best one.";
    }

    private static void Check(ReportData data)
    {
        if (data.Confusion is { } confusion && confusion.GetLength(0) != confusion.GetLength(1))
            throw new ShapeException($"The confusion matrix has {confusion.GetLength(0)} rows and {confusion.GetLength(1)} columns; it "
                + "needs one of each per class.");
        foreach (var image in data.Mistakes.Select(mistake => mistake.Image).Append(data.Sample).OfType<ReportImage>())
            if (image.Pixels.Count != image.Shape.Count)
                throw new ShapeException($"An image of the shape {image.Shape} takes {image.Shape.Count} bytes; "
                    + $"received {image.Pixels.Count}.");
        foreach (var map in data.FeatureMaps)
            if (map.Values.Count != map.Shape.Count)
                throw new ShapeException($"The feature map of {map.Layer} has the shape {map.Shape}, which "
                    + $"takes {map.Shape.Count} numbers; received {map.Values.Count}.");
        if (data.Kernels is { } kernels)
        {
            var size = new Shape(kernels.Channels, kernels.Height, kernels.Width).Count;
            foreach (var weights in kernels.Weights)
                if (weights.Length != size)
                    throw new ShapeException($"A kernel of {kernels.Layer} takes {kernels.Channels} x {kernels.Height} x {kernels.Width} = {size} weights; received {weights.Length}.");
        }
    }
}
