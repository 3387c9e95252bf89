namespace FeatureMap.Training;

/// <summary>
/// The report of a run as one HTML file that needs nothing else: no script, no font, no picture from elsewhere. It opens from disk, on a phone,
/// in light and dark, and can be mailed. It shows the key number, the curves, the confusion matrix, the worst mistakes, kernels, feature maps,
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
        DurableFile.WriteText(path, ToHtml(data));
    }

    /// <summary>The report as text.</summary>
    /// <exception cref="ShapeException">An array of the data does not fit its shape.</exception>
    public static string ToHtml(ReportData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Check(data);
        var sections = Sections(data);
        var html = new HtmlBuilder();
        html.Add($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>{data.Title} – training report</title>
            <style>
            """);
        html.AddStyle(ReportStyle.Sheet);
        html.Add($"</style>\n</head>\n<body>");
        Header(html, data, sections);
        html.Add($"<main>");
        foreach (var section in sections)
        {
            html.Add($"""<section id="{section.Id}"><h2>{section.Title}</h2><p>{section.Reading}</p>""");
            section.Render(html);
            html.Add($"</section>");
        }
        html.Add($"</main>\n<footer>Made by FeatureMap. This file stands alone: it loads nothing and runs nothing.</footer>\n</body>\n</html>");
        return html.ToString();
    }

    private static List<Section> Sections(ReportData data)
    {
        var sections = new List<Section>();
        if (data.Facts.Count > 0)
            sections.Add(new("run", "The run", "What was trained, on what, and how long it took.", html => Facts(html, data)));
        if (data.Epochs.Count > 0)
            sections.Add(new("curves", "Learning curves", "Each point is an epoch, one pass over the training samples. Point at one to see its value. Validation samples are never trained on, so their line shows what the network can do with images it has not seen.", html => CurveSection.Render(html, data)));
        if (data.Confusion is { Length: > 0 } confusion)
            sections.Add(new("confusion", "Confusion matrix", ConfusionSection.Reading(confusion), html => ConfusionSection.Render(html, data, confusion)));
        if (data.Mistakes.Count > 0)
            sections.Add(new("mistakes", "Worst mistakes", "The wrong answers that the network was most sure of. Ask of each whether you would have known better: some labels are doubtful themselves.", html => PictureSection.Mistakes(html, data)));
        if (data.Kernels is { } kernels)
            sections.Add(new("kernels", "Kernels of the first layer", $"The weights of {kernels.Layer}, {kernels.Height} x {kernels.Width} each, on one common scale. Red adds and blue subtracts: a red side beside a blue side answers to an edge, one colour all over answers to brightness.", html => PictureSection.Kernels(html, kernels)));
        if (data.FeatureMaps.Count > 0)
            sections.Add(new("features", "Feature maps", "What each layer makes of one sample, a tile per channel. Early layers keep the picture and mark edges; later ones are smaller and answer to shapes. Each layer has a scale of its own.", html => PictureSection.FeatureMaps(html, data)));
        if (data.Summary is { } summary)
            sections.Add(new("network", "The network", "Layer by layer from the image to the answer.", html => Table(html, summary)));
        if (data.LogText.Length > 0)
            sections.Add(new("log", "Log", "What was printed while the network trained.", html => html.Add($"""<details><summary>Show the log, {ReportText.Count(data.LogText.AsSpan().Count('\n') + (data.LogText.EndsWith('\n') ? 0 : 1), "line")}</summary><pre tabindex="0" aria-label="Log">{data.LogText}</pre></details>""")));
        return sections;
    }

    private static void Header(HtmlBuilder html, ReportData data, List<Section> sections)
    {
        html.Add($"""<header><p class="kicker">Training report</p><h1>{data.Title}</h1>""");
        if (data.Epochs.Count > 0)
        {
            var (number, meaning) = KeyNumber(data.Epochs[^1]);
            html.Add($"""<p class="headline"><strong>{number}</strong><span>{meaning} after {ReportText.Count(data.Epochs[^1].Epoch, "epoch")}</span></p>""");
        }
        html.Add($"""<p class="lead">{Lead(data)}</p>""");
        if (sections.Count > 1)
        {
            html.Add($"""<nav aria-label="Sections"><ul>""");
            foreach (var section in sections)
                html.Add($"""<li><a href="#{section.Id}">{section.Title}</a></li>""");
            html.Add($"</ul></nav>");
        }
        html.Add($"</header>");
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

    private static void Facts(HtmlBuilder html, ReportData data)
    {
        html.Add($"""<dl class="facts">""");
        foreach (var (name, value) in data.Facts)
            html.Add($"""<div><dt>{name}</dt><dd>{value}</dd></div>""");
        html.Add($"</dl>");
    }

    private static void Table(HtmlBuilder html, ReportTable table)
    {
        bool Numeric(int column) => table.Rows.Count > 0 && table.Rows.All(row => column < row.Count && row[column].All(c => char.IsAsciiDigit(c) || c is ',' or '.' or '-' or ' ' or '%'));
        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-label="Layers of the network"><table class="numbers"><thead><tr>""");
        for (var column = 0; column < table.Columns.Count; column++)
            html.Add($"""<th scope="col" class="{(Numeric(column) ? "number" : "")}">{table.Columns[column]}</th>""");
        html.Add($"</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            html.Add($"<tr>");
            for (var column = 0; column < row.Count; column++)
            {
                if (column == 0)
                    html.Add($"""<th scope="row" class="{(Numeric(column) ? "number" : "")}">{row[column]}</th>""");
                else
                    html.Add($"""<td class="{(Numeric(column) ? "number" : "")}">{row[column]}</td>""");
            }
            html.Add($"</tr>");
        }
        html.Add($"</tbody></table></div>");
    }

    private static void Check(ReportData data)
    {
        if (data.Confusion is { } confusion && confusion.GetLength(0) != confusion.GetLength(1))
            throw new ShapeException($"The confusion matrix has {confusion.GetLength(0)} rows and {confusion.GetLength(1)} columns; it needs one of each per class.");
        foreach (var image in data.Mistakes.Select(mistake => mistake.Image).Append(data.Sample).OfType<ReportImage>())
            if (image.Pixels.Count != image.Shape.Count)
                throw new ShapeException($"An image of the shape {image.Shape} takes {image.Shape.Count} bytes; received {image.Pixels.Count}.");
        foreach (var map in data.FeatureMaps)
            if (map.Values.Count != map.Shape.Count)
                throw new ShapeException($"The feature map of {map.Layer} has the shape {map.Shape}, which takes {map.Shape.Count} numbers; received {map.Values.Count}.");
        if (data.Kernels is { } kernels)
        {
            var size = new Shape(kernels.Channels, kernels.Height, kernels.Width).Count;
            foreach (var weights in kernels.Weights)
                if (weights.Length != size)
                    throw new ShapeException($"A kernel of {kernels.Layer} takes {kernels.Channels} x {kernels.Height} x {kernels.Width} = {size} weights; received {weights.Length}.");
        }
    }

    private sealed record Section(string Id, string Title, string Reading, Action<HtmlBuilder> Render);
}
