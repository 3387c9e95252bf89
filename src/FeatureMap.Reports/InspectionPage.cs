using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>
/// An <see cref="Inspection"/> as one HTML file that needs nothing else: layers, images with their maps, receptive fields, kernels,
/// favourite images of channels, feature maps, confusions.
/// Each section says how to read it, and what it does not say.
/// </summary>
public static class InspectionPage
{
    private const int Side = 136, MostChannels = 12, FavouritesOfChannel = 6, MostFields = 4;

    /// <summary>Writes the page durably.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">The headline, such as the name of the run.</param>
    /// <param name="inspection">What was found.</param>
    /// <param name="command">The command that makes it again, to be copied; empty for none.</param>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the old page is intact.</exception>
    public static void Write(string path, string title, Inspection inspection, string command = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RunFolder.WriteText(path, ToHtml(title, inspection, command));
    }

    /// <summary>The page as text.</summary>
    /// <param name="title">The headline.</param>
    /// <param name="inspection">What was found.</param>
    /// <param name="command">The command that makes it again, to be copied; empty for none.</param>
    public static string ToHtml(string title, Inspection inspection, string command = "")
    {
        ArgumentNullException.ThrowIfNull(inspection);
        ArgumentNullException.ThrowIfNull(command);
        return new HtmlDocument
        {
            TabTitle = $"{title} – inspection",
            Kicker = "Inspection of a trained network",
            Title = title,
            Lead = $"{inspection.Model.Network.Input} in, {inspection.Model.Network.Output} out, {ReportText.Count(inspection.Model.Network.Layers.Count - 1, "layer")}, {ReportText.Count(inspection.Model.Network.TrainableCount)} parameters. A map shows what the network's answer depends on. It does not show that the network is right, nor that a person would look there.",
            Sections = [.. Sections(inspection), .. command.Length == 0 ? (ReadOnlySpan<HtmlSection>)[] :
            [
                new("command", "The command that makes it again", "A click marks the whole line.",
                    html => html.Add($"""<pre class="command" tabindex="0" aria-label="Command">{command}</pre>""")),
            ]],
        }.ToHtml();
    }

    private static List<HtmlSection> Sections(Inspection inspection)
    {
        var model = inspection.Model;
        var data = Names(inspection);
        List<HtmlSection> sections =
        [
            new("images", "The images", inspection.Images.Any(image => image.Maps.Count > 0)
                ? "What the score of a class depends on, before the softmax. Grad-CAM: which places of "
                    + $"layer {inspection.Layer?.Name} speak for the class; as coarse as that layer. Gradient: to which pixels the score "
                        + "is sensitive; noisy. SmoothGrad: the same averaged over noisy copies. Gradient x input and occlusion have a "
                            + "sign: red speaks for the class, blue against it. Every map has a scale of its own."
                : "The images that were given.", html => Images(html, inspection)),
            new("layers", "Layers and dead units", Dead(inspection.Activations),
                html => TableSection.Table(html, inspection.Activations.ToReportTable(), "Activations of the layers")),
        ];
        var fields = FieldLayers(inspection);
        if (fields.Count > 0)
            sections.Add(new("fields", "Effective receptive fields", "How much each pixel moves the middle unit of a layer: the mean size "
                + "of its gradient over images. The orange box is the theoretical receptive field, and outside of it the gradient is 0. "
                    + "The middle of the box counts most, as more paths lead through it.", html => Fields(html, inspection, fields)));
        if (KernelPictures.First(model) is { } kernels)
            sections.Add(new("kernels", "Kernels of the first convolution", "The weights "
                + $"of {kernels.Layer}, {kernels.Height} x {kernels.Width} each, on one common scale. Red adds and blue subtracts: a red "
                    + "side beside a blue side answers to an edge, one colour all over answers to brightness.", html =>
                        PictureSection.Kernels(html, kernels)));
        if (inspection is { Data: not null, Layer: { } layer })
            sections.Add(new("favourites", "Favourite images", $"The images that the channels of {layer.Name} answer to most, with the "
                + "receptive field of the unit that answered. What they have in common is what the channel looks for, though such "
                    + "extremes say little about its usual work.", html => Favourites(html, inspection, layer)));
        if (inspection.Images.Count > 0)
            sections.Add(new("features", "Feature maps", "What each layer makes of the first image, a tile per channel. Early layers keep "
                + "the picture and mark edges; later ones are smaller and answer to shapes. Each layer has a scale of its own.", html =>
                    PictureSection.FeatureMaps(html, FirstImage(inspection, data))));
        if (inspection is { Data: { } set, Answers.Count: > 0 })
        {
            var confusion = ReportBuilder.Confusion(set, inspection.Answers);
            sections.Add(new("confusion", "Confusion matrix", ConfusionSection.Reading(confusion),
                html => ConfusionSection.Render(html, data, confusion)));
        }
        sections.Add(new("network", "The network", "Layer by layer from the image to the answer.",
            html => HtmlReport.Network(html, NetworkDiagram.Of(model.Network), model.Network.Summary().ToReportTable())));
        if (inspection.LeftOut.Count > 0)
            sections.Add(new("left-out", "Left out", "What does not apply here.", html =>
            {
                html.Add($"<ul>");
                foreach (var sentence in inspection.LeftOut)
                    html.Add($"<li>{sentence}</li>");
                html.Add($"</ul>");
            }));
        return sections;
    }

    /// <summary>What the numbers say about units that never answer.</summary>
    internal static string Dead(ActivationStatistics statistics)
    {
        var dying = statistics.Layers.Where(row => row.Layer.Op is Activation && row.DeadChannels > 0).ToList();
        var said = dying.Count == 0
            ? "No activation layer has a channel that is 0 for all of them."
            : $"Dead channels, 0 everywhere for all of them: {string.Join(", "
                + $"", dying.Select(row => $"{row.DeadChannels} of {row.Layer.Output.Channels} in {row.Layer.Name}"))}. No gradient comes through them, so they will not recover, and the network computes them for nothing.";
        return $"Measured on {ReportText.Count(statistics.Images, "image")}. {said} Single units that are always 0 are often no fault: "
            + "they stand where the images are always empty.";
    }

    private static ReportData Names(Inspection inspection) => new() { Title = "", ClassNames = inspection.Model.ClassNames };

    private static ReportData FirstImage(Inspection inspection, ReportData data)
    {
        var first = inspection.Images[0].Image;
        return data with
        {
            Sample = new ReportImage(first.Pixels, inspection.Model.Network.Input),
            FeatureMaps = ReportBuilder.Maps(inspection.Model, [.. first.Pixels])
        };
    }

    private static void Images(HtmlBuilder html, Inspection inspection)
    {
        var (model, shape) = (inspection.Model, inspection.Model.Network.Input);
        foreach (var (image, answer, maps) in inspection.Images)
        {
            var pixels = image.Pixels.ToArray();
            html.Add($"""<article class="inspected"><h3>{image.Name}</h3>""");
            if (answer is not null)
            {
                var truth = image.Label is { } label ? $"It is {answer.NameOf(label)}. " : "";
                html.Add($"""<p class="note">{truth}The network says {string.Join(", ", answer.Top(3).Select(one => $"{one.Name} ({ReportText.Percent(one.Probability, "0.0")})"))}.</p>""");
            }
            html.Add($"""<ul class="maps">""");
            Tile(html, HeatmapCanvas.Of(pixels, shape, 1).Encode(), shape, "The image", "", image.Name);
            foreach (var map in maps)
            {
                var name = answer!.NameOf(map.ClassIndex);
                Tile(html, map.Map.Over(pixels, shape), shape, map.Kind, map.Map.Largest > 0 ? $"for {name}" : $"for {name}: nothing",
                    $"{map.Kind} for {name}; the largest value is {ReportText.Number(map.Map.Largest)}");
            }
            html.Add($"</ul></article>");
        }
        if (inspection.Images.Any(image => image.Maps.Count > 0)) Scales(html);
    }

    private static void Tile(HtmlBuilder html, byte[] png, Shape shape, string name, string remark, string description)
    {
        html.Add($"<li>");
        var scale = (double)Side / Math.Max(shape.Height, shape.Width);
        html.AddPicture(png, (int)Math.Max(1, shape.Width * scale), (int)Math.Max(1, shape.Height * scale), description,
            scale >= 1 ? "pixels" : "");
        html.Add($"<p><b>{name}</b><br>{remark}</p></li>");
    }

    private static void Scales(HtmlBuilder html)
    {
        foreach (var (isSigned, from, to) in new[] { (false, "0", "the largest value of the map"),
            (true, "against the class", "for the class") })
        {
            const int steps = 128;
            var values = Enumerable.Range(0, steps).Select(i => isSigned ? (2f * i / (steps - 1)) - 1 : i / (steps - 1f)).ToArray();
            html.Add($"""<p class="scale"><span>{from}</span>""");
            html.AddPicture(new Heatmap(1, steps, values, isSigned).ToPng(), 160, 10,
                isSigned ? "colours from blue over nothing to red" : "colours from nothing over violet to yellow");
            html.Add($"<span>{to}</span></p>");
        }
    }

    /// <summary>Layers whose units see different amounts of the image, some from the first to the last.</summary>
    private static List<(Layer Layer, ReceptiveField Field)> FieldLayers(Inspection inspection)
    {
        var network = inspection.Model.Network;
        var fields = ReceptiveField.Of(network);
        var layers = network.Layers.Where(layer => layer.Op is not null and not DropoutMask && !layer.Output.IsVector
            && !fields[layer.Index].IsGlobal && fields[layer.Index].Vertical.Size > 1)
            .Select(layer => (Layer: layer, Field: fields[layer.Index])).GroupBy(one => one.Field.Vertical.Size).Select(group =>
                group.Last()).OrderBy(one => one.Layer.Index).ToList();
        return layers.Count <= MostFields ? layers
            : [.. Enumerable.Range(0, MostFields).Select(i => layers[i * (layers.Count - 1) / (MostFields - 1)])];
    }

    private static void Fields(HtmlBuilder html, Inspection inspection, List<(Layer Layer, ReceptiveField Field)> layers)
    {
        var shape = inspection.Model.Network.Input;
        var zoom = Math.Clamp(2 * Side / Math.Max(shape.Height, shape.Width), 1, 12);
        html.Add($"""<ul class="maps">""");
        foreach (var (layer, field) in layers)
        {
            var measured = MeasuredField.OnImages(inspection.Model, inspection.Seen, layer.Name, most: shape.Area <= 64 * 64 ? 64 : 16);
            var largest = Enumerable.Range(0, shape.Area).Max(i => measured[i / shape.Width, i % shape.Width]);
            var picture = new HeatmapCanvas(shape.Height, shape.Width, zoom);
            for (var i = 0; i < shape.Area; i++)
            {
                var color = ColorScale.Sequential(largest > 0 ? Math.Sqrt(measured[i / shape.Width, i % shape.Width] / largest) : 0);
                picture.Fill(i / shape.Width, i % shape.Width, color[0], color[1], color[2]);
            }
            Box(picture, field, measured.Row, measured.Column);
            var size = $"{field.Vertical.Size:0.##} x {field.Horizontal.Size:0.##}";
            html.Add($"<li>");
            html.AddPicture(picture.Encode(), Side * shape.Width / Math.Max(shape.Height, shape.Width),
                Side * shape.Height / Math.Max(shape.Height, shape.Width),
                    $"Effective receptive field of {layer.Name}; the theoretical one is {size} pixels");
            html.Add($"""<p><b>{layer.Name}</b><br>sees {size} pixels; {ReportText.Count(measured.CountAbove(0.0455))} of them count with more than 4.55 % of the strongest</p></li>""");
        }
        html.Add($"</ul>");
    }

    private static void Favourites(HtmlBuilder html, Inspection inspection, Layer layer)
    {
        var (set, shape) = (inspection.Data!, inspection.Model.Network.Input);
        var best = TopActivations.OfAll(inspection.Model, set, layer.Name, FavouritesOfChannel);
        var field = ReceptiveField.Of(inspection.Model.Network)[layer.Index];
        var zoom = Math.Clamp(112 / Math.Max(shape.Height, shape.Width), 1, 8);
        foreach (var (channel, images) in best.Index().Take(MostChannels))
        {
            var isDead = images.All(image => image.Value == 0);
            html.Add($"""<div class="channel"><p><b>{channel}</b>{(isDead ? " is 0 for every image" : $" up to {ReportText.Number(images[0].Value)}")}</p><ul>""");
            foreach (var one in isDead ? [] : images)
            {
                var picture = HeatmapCanvas.Of(set.Pixels(one.Image), shape, zoom);
                if (!field.IsGlobal) Box(picture, field, one.Row, one.Column);
                html.Add($"<li>");
                html.AddPicture(picture.Encode(), picture.Width * 84 / Math.Max(picture.Width, picture.Height),
                    picture.Height * 84 / Math.Max(picture.Width, picture.Height), $"{set.NameOf(one.Image)} of "
                        + $"class {set.ClassNames[set.Label(one.Image)]} activates channel {channel} with {ReportText.Number(one.Value)}");
                html.Add($"</li>");
            }
            html.Add($"</ul></div>");
        }
        if (best.Count > MostChannels) html.Add($"""<p class="note">The first {MostChannels} of {best.Count} channels.</p>""");
    }

    private static void Box(HeatmapCanvas picture, ReceptiveField field, int row, int column) =>
        picture.Box(field.Vertical.First(row), field.Horizontal.First(column), field.Vertical.Last(row), field.Horizontal.Last(column), 255,
            140, 40);
}
