using System.Text;
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
    public static string ToHtml(ReportData data) => ToHtml(data, PictureDetail.Full);

    /// <summary>The report as text of at most so many bytes, to be mailed: pictures become smaller and fewer until it fits, and the page
    /// says so. Curves, tables and texts stay whole; where these alone are longer, the text is.</summary>
    /// <param name="data">What it shows.</param>
    /// <param name="mostBytes">Bytes of the page in UTF-8, such as 1,000,000.</param>
    /// <exception cref="ShapeException">An array of the data does not fit its shape.</exception>
    public static string ToHtml(ReportData data, int mostBytes)
    {
        var html = ToHtml(data);
        // Feature maps first: they are most of the bytes and the least looked at.
        foreach (var (detail, mistakes, maps) in (ReadOnlySpan<(PictureDetail, int, int)>)
            [(new(32, 32, 2), 24, 40), (new(24, 16, 1.5), 24, 24), (new(16, 12, 1), 16, 12), (new(12, 8, 1), 8, 6), (new(12, 8, 1), 4, 0)])
        {
            if (Encoding.UTF8.GetByteCount(html) <= mostBytes) break;
            html = ToHtml(data with
            {
                Mistakes = [.. data.Mistakes.Take(mistakes)],
                FeatureMaps = Spread(data.FeatureMaps, maps),
                Variants = maps == 0 ? null : data.Variants,
                Notice = $"{data.Notice} Pictures are smaller and fewer than in report.html of the run, so that this file can be mailed."
                    .TrimStart(),
            }, detail);
        }
        return html;
    }

    private static IReadOnlyList<ReportFeatureMap> Spread(IReadOnlyList<ReportFeatureMap> all, int most) => all.Count <= most ? all
        : [.. Enumerable.Range(0, most).Select(i => all[(int)((long)i * (all.Count - 1) / Math.Max(1, most - 1))])];

    private static string ToHtml(ReportData data, PictureDetail detail)
    {
        ArgumentNullException.ThrowIfNull(data);
        Check(data);
        return new HtmlDocument
        {
            Detail = detail,
            TabTitle = data.Run.Length > 0 ? $"{data.Title} – {data.Run}" : $"{data.Title} – training report",
            Kicker = data.Run.Length > 0 ? $"Training report of the run {data.Run}" : "Training report",
            Title = data.Title,
            Headline = data.Epochs.Count == 0 ? null : Headline(data.Epochs[^1]),
            Lead = Lead(data),
            Notice = data.Notice,
            Sections = Sections(data),
        }.ToHtml();
    }

    private static List<HtmlSection> Sections(ReportData data)
    {
        var sections = new List<HtmlSection>();
        if (data.Facts.Count > 0)
            sections.Add(new("run", "The run", "What was trained, on what, and how long it took.",
                html => Run(html, data)));
        if (ReportHints.Of(data) is { Count: > 0 } hints)
            sections.Add(new("next", "What to do next", "What the numbers of this run suggest, the most urgent first. What begins with "
                + "-- is added to the command of the training.", html => Next(html, hints)));
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
        if (data.Labels is { } labels)
            sections.Add(new("classes", "Label by label", AnswerSections.Reading(labels),
                html => Page.Render(html, "classes", AnswerSections.Parts(labels))));
        if (data.Quantities is { } numbers)
            sections.Add(new("classes", "Number by number", AnswerSections.Reading(numbers),
                html => Page.Render(html, "classes", AnswerSections.Parts(numbers))));
        if (data.Detection is { } boxes)
            sections.Add(new("classes", "Class by class", DetectionSections.Reading(boxes),
                html => Page.Render(html, "classes", DetectionSections.Parts(boxes, data.DetectionPictures))));
        if (data.Mistakes.Count > 0)
            sections.Add(new("mistakes", "Worst mistakes", "The wrong answers that the network was most sure of. Ask of each whether you "
                + "would have known better: some labels are doubtful "
                    + "themselves." + (data.Mistakes.Any(mistake => mistake.Attention is not null) ? " The coloured picture is Grad-CAM "
                        + "at the last layer that still is a plane: bright places speak for the wrong answer, as finely as that layer can "
                            + "tell." : ""), html => PictureSection.Mistakes(html, data)));
        if (data.Variants is { } variants)
            sections.Add(new("variants", "The training samples", "What the network was shown: each row begins with a training sample as it "
                + "is, and goes on with what the augmentation made of it in the first epochs. Labels must stay true, and whoever cannot "
                + "tell a variant any more asks too much of the network too.", html => PictureSection.Variants(html, variants)));
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

    private static void Run(HtmlBuilder html, ReportData data)
    {
        TableSection.Facts(html, data.Facts);
        if (data.Command.Length == 0) return;
        html.Add($"<h3>The command that makes it again</h3>");
        html.Add($"""<p class="note">A click marks the whole line. The same command gives the same bits.</p>""");
        html.Add($"""<pre class="command" tabindex="0" aria-label="Command">{data.Command}</pre>""");
    }

    private static void Next(HtmlBuilder html, IReadOnlyList<ReportHints.Hint> hints)
    {
        html.Add($"""<ol class="hints">""");
        foreach (var hint in hints)
        {
            html.Join($"<li>{hint.Text}");
            if (hint.Typed.Length > 0) html.Join($""" <code class="command">{hint.Typed}</code>""");
            html.Add($"</li>");
        }
        html.Add($"</ol>");
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
        if (data.Epochs.Count == 0) return text;
        var last = data.Epochs[^1];
        return CurveSection.BestEpoch(data.Epochs) is { } best && best.Epoch != last.Epoch && KeyNumber(best) != KeyNumber(last)
            ? $"{text}The number is that of the last epoch; the best was epoch {best.Epoch} with {KeyNumber(best).Number}."
            : $"{text}No epoch was better than the last one.";
    }

    private static void Check(ReportData data)
    {
        if (data.Confusion is { } confusion && confusion.GetLength(0) != confusion.GetLength(1))
            throw new ShapeException($"The confusion matrix has {confusion.GetLength(0)} rows and {confusion.GetLength(1)} columns; it "
                + "needs one of each per class.");
        foreach (var image in data.Mistakes.Select(mistake => mistake.Image).Append(data.Sample).Append(data.Variants?.Sheet)
            .OfType<ReportImage>())
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
