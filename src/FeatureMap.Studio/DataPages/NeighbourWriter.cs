using FeatureMap.Analysis;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// The images that are nearest to one in what a model makes of them, with their distances; labels that disagree are marked.
/// </summary>
internal static class NeighbourWriter
{
    public static void Write(HtmlBuilder html, DataView view)
    {
        if (view.Part.Targets is not null || view.Part.ImageShape.Channels is not (1 or 3) || view.Part.Count < 2) return;
        html.Add($"""<section class="part" id="near" aria-labelledby="near-title"><h2 id="near-title">Neighbours in an embedding</h2>""");
        Form(html, view);
        if (view.NeighbourFault.Length > 0) html.Add($"""<p class="notice" role="alert" id="near-fault">{view.NeighbourFault}</p>""");
        if (view.Neighbours is { } found && view.State.Near is { } image) Found(html, view, found, image);
        html.Add($"</section>");
    }

    private static void Form(HtmlBuilder html, DataView view)
    {
        var state = view.State;
        html.Join($"""<p class="note">What a model makes of an image before its last layer is a place; images that it takes for alike """);
        html.Join($"""are """);
        html.Join($"""near each other. Neighbours of another class are wrong labels, doubles with two labels, or what the model cannot """);
        html.Join($"""tell apart.</p><form class="controls data-choice" method="get" action="{DataPage.To(view.Opened.Set.Id)}#near" """);
        html.Join($"""aria-label="Neighbours">""");
        foreach (var (name, value) in ((string, string)[])
            [("class", state.Class), ("part", state.IsValidation ? "validation" : ""), ("augmentation", state.Augmentation ?? "")])
            if (value.Length > 0) html.Join($"""<input type="hidden" name="{name}" value="{value}">""");
        html.Join($"""<div class="fields two"><div class="field"><label for="c-near">image <small>its number in this part, 0 to """);
        html.Join($"""{ReportText.Count(view.Part.Count - 1)}; or “near” below an image</small></label><input type="text" """);
        html.Join($"""inputmode="numeric" id="c-near" name="near" value="{(state.Near is { } image ? $"{image}" : "0")}" maxlength="9" """);
        html.Join($"""autocomplete="off"></div><div class="field"><label for="c-model">model <small>that reads such images</small>""");
        html.Join($"""</label><select id="c-model" name="model">""");
        foreach (var model in view.Models)
            html.Join($"""<option value="{model.Id}"{(model.Id == state.Model ? " selected" : "")}>{model.Name}</option>""");
        html.Join($"""</select></div><div class="field"><label for="c-embedding">embedding <small>the layer; empty for what the last """);
        html.Join($"""layer with weights reads</small></label><input type="text" id="c-embedding" name="embedding" maxlength="200" """);
        html.Join($"""value="{state.Embedding}" placeholder="{view.Neighbours?.Layer ?? ""}" autocomplete="off" spellcheck="false">""");
        html.Join($"""</div><div class="field"><label for="c-distance">distance</label><select id="c-distance" name="distance">""");
        html.Join($"""<option value="cosine">cosine: 1 − cosine of the angle, 0 to 2</option><option value="euclidean"{""}""");
        html.Join($"""{(state.Distance == EmbeddingDistance.Euclidean ? " selected" : "")}>euclidean: length of the difference</option>""");
        html.Add($"""</select></div></div><p class="actions"><button class="primary">Find its neighbours</button></p></form>""");
    }

    private static void Found(HtmlBuilder html, DataView view, ImageNeighbours found, int image)
    {
        var (part, own) = (view.Part, view.Part.ClassNames[view.Part.Label(image)]);
        var others = found.Nearest.Count(one => one.IsOther);
        var models = view.Models.First(model => model.Id == view.State.Model);
        var all = $"{ReportText.Count(part.Count)} images";
        html.Join($"""<p id="near-words">Image {image}, {own}, at {found.Layer} of {models.Name} """);
        html.Join($"""({ReportText.Count(found.Dimensions, "number")}), among """);
        html.Join($"""{(found.Compared < part.Count ? $"the first {ReportText.Count(found.Compared)} of {all}" : $"all {all}")}: """);
        html.Join($"""{(others == 0 ? $"all of its {found.Nearest.Count} nearest are of its class."
            : $"{others} of its {found.Nearest.Count} nearest are of another class, marked ✗.")}""");
        html.Add($"""{(found.IsDoubtful ? " Look at its label." : "")}</p><ol class="thumbs neighbours">""");
        Image(html, view, image, "the image", isOther: false);
        foreach (var one in found.Nearest)
            Image(html, view, one.Image, ReportText.Number(one.Distance, "0.####"), one.IsOther);
        html.Add($"</ol>");
    }

    private static void Image(HtmlBuilder html, DataView view, int image, string words, bool isOther)
    {
        var (width, height) = DataPage.Fitted(view.Part.ImageShape);
        var id = SetImages.IdOf(view.Opened.Set.Id, view.State.IsValidation, image);
        var label = view.Part.ClassNames[view.Part.Label(image)];
        var to = DataPage.To(view.Opened.Set.Id, view.State with { Near = image });
        html.Join($"""<li{(isOther ? " class=other" : "")}><a href="{to}#near" """);
        html.Join($"""title="{view.Shown(view.Part.NameOf(image))}"><img class="pixelated" src="/images/{Uri.EscapeDataString(id)}" """);
        html.Join($"""width="{width}" height="{height}" loading="lazy" alt="image {image}"><span>{(isOther ? "✗ " : "")}""");
        html.Join($"""{label}</span>""");
        html.Add($"""<small>{words}</small></a></li>""");
    }
}
