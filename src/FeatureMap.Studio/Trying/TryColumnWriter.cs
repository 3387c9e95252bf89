using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Lessons;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>The answer of one model on the page Try.</summary>
internal static class TryColumnWriter
{
    private const int SeenSide = 196, MapSide = 112, ChannelSide = 44, MostBars = 12, TopBars = 10;
    private const int MostChannels = 32, FewChannels = 8, LargePlane = 4096, MostCells = 600_000;
    private const double BarWidth = 110, BarHeight = 12;

    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["Grad-CAM"] = "places of the last map that speak for it",
        ["Gradient"] = "pixels to which its score is sensitive",
        ["Occlusion"] = "what its score loses where a patch is hidden; blue: it gains",
    };

    public static void Write(HtmlBuilder html, TryView view, TryColumn column)
    {
        var model = column.Model;
        html.Add($"""<article class="answer" id="a-{model.Id}" aria-labelledby="t-{model.Id}"><h3 id="t-{model.Id}">{model.Name}</h3>""");
        if (column.Trial is not { } trial)
        {
            html.Add($"""<div class="problem"><p><b>No answer.</b> {column.Fault}</p></div>""");
            Exports(html, model.Id);
            html.Add($"</article>");
            return;
        }
        html.Add($"""<div class="seen-and-said">""");
        Seen(html, view, trial);
        Answer(html, trial);
        html.Add($"</div>");
        foreach (var notice in trial.Notices)
            html.Add($"""<p class="note notice">{notice}</p>""");
        Off(html, view, trial);
        Why(html, trial);
        Layers(html, view, trial, model.Id);
        var parameters = ReportText.Count(trial.Parameters, "parameter");
        var products = ReportText.Count(trial.MultiplyAdds, "multiply-add");
        html.Add($"""<p class="note">{parameters}, {products} for an image.</p>""");
        Exports(html, model.Id);
        html.Add($"</article>");
    }

    /// <summary>A model as a file.</summary>
    /// <param name="html">Receives the buttons, and the place where what is known about the file is told.</param>
    /// <param name="model">Its id on the shelf.</param>
    public static void Exports(HtmlBuilder html, string model)
    {
        html.Join($"""<p class="actions scripted exports">Take it along: """);
        foreach (var (kind, words) in ((string, string)[])[("onnx", "ONNX"), ("safetensors", "safetensors"), ("code", "C#")])
            html.Join($"""<button type="button" data-export="{kind}" data-model="{model}">{words}</button>""");
        html.Add($"""<span class="note" role="status"></span></p>""");
    }

    private static void Seen(HtmlBuilder html, TryView view, Trial trial)
    {
        var shape = trial.Seen.Shape;
        var zoom = Zoom(shape, SeenSide);
        var picture = HeatmapCanvas.Of(trial.Seen.Pixels, shape, zoom);
        var (row, column) = view.State.Place;
        if (view.State.Value is not null && row < shape.Height && column < shape.Width) picture.Box(row, column, row, column, 230, 97, 0);
        html.Join($"""<figure class="seen"><figcaption>The network sees <small>{Size(shape)}</small></figcaption><img """);
        html.Join($"""class="pixelated" """);
        html.Join($"""data-rows="{shape.Height}" data-columns="{shape.Width}" src="{Source(picture.Encode())}" """);
        html.Join($"""width="{shape.Width * zoom}" height="{shape.Height * zoom}" alt="The image as the network reads it, """);
        html.Join($"""{Size(shape)}">""");
        html.Add($"""<p class="note">{trial.Placed}</p></figure>""");
    }

    private static void Answer(HtmlBuilder html, Trial trial)
    {
        var best = trial.Classes[trial.Answer];
        var before = best.Before is null ? null : trial.Classes.MaxBy(one => one.Before);
        html.Join($"""<div class="said"><p class="verdict-line">It says <b class="big">{best.Name}</b> """);
        html.Join($"""<span>{Percent(best.Probability)}""");
        html.Join($"""</span></p>""");
        if (before is not null)
            html.Join($"""<p class="note">As it was: {before.Name}, {Percent(before.Before!.Value)}.</p>""");
        if (trial.IsIndependent) html.Join($"""<p class="note">Each label has a probability of its own.</p>""");
        html.Join($"""<table class="plain bars"><caption class="unseen">Probabilities</caption><thead class="unseen"><tr><th """);
        html.Join($"""scope="col">""");
        html.Join($"""class</th><th scope="col">as a bar</th><th scope="col">probability</th>{""}""");
        if (before is not null) html.Join($"""<th scope="col">change</th>""");
        html.Join($"""</tr></thead><tbody>""");
        var shown = trial.Classes.Count <= MostBars ? trial.Classes
            : [.. trial.Classes.OrderByDescending(one => one.Probability).ThenBy(one => one.Label).Take(TopBars)];
        foreach (var one in shown)
        {
            html.Join($"""<tr{(one.Label == trial.Answer ? " class=best" : "")}><th scope="row">{one.Name}</th><td><svg """);
            html.Join($"""width="{BarWidth}" """);
            html.Join($"""height="{BarHeight}" aria-hidden="true"><rect class="track" width="{BarWidth}" height="{BarHeight}"/>""");
            html.Join($"""<rect class="bar" width="{Clamped(one.Probability) * BarWidth}" height="{BarHeight}"/>""");
            if (one.Before is { } was)
                html.Join($"""<rect class="was" x="{Math.Min(Clamped(was) * BarWidth, BarWidth - 2)}" width="2" height="{BarHeight}"/>""");
            html.Join($"""</svg></td><td class="number">{Percent(one.Probability)}</td>""");
            if (one.Before is { } then) html.Join($"""<td class="number">{Change(one.Probability - then)}</td>""");
            html.Join($"</tr>");
        }
        html.Join($"</tbody></table>");
        if (shown.Count < trial.Classes.Count)
            html.Join($"""<p class="note">The {shown.Count} most probable of {ReportText.Count(trial.Classes.Count)} classes.</p>""");
        html.Add($"</div>");
    }

    private static void Off(HtmlBuilder html, TryView view, Trial trial)
    {
        if (trial.Off is null) return;
        html.Add($"""
            <p class="notice">Channel {trial.Off.Channel} of <b>{trial.Off.Layer}</b> is off: behind it stand zeros.
            <a class="button" data-state href="{TryPage.To(view.State with { Off = null })}">Switch it on</a></p>
            """);
    }

    private static void Why(HtmlBuilder html, Trial trial)
    {
        if (trial.Maps.Count == 0) return;
        var shape = trial.Seen.Shape;
        var zoom = Zoom(shape, MapSide);
        html.Add($"""<h4>Why {trial.Classes[trial.Asked].Name}?</h4><div class="why">""");
        foreach (var one in trial.Maps)
        {
            var (row, column) = one.Map.Peak;
            var told = one.Map.Largest > 0 ? $"largest {NumberText.Of(one.Map.Largest)}, at row {row}, column {column}" : "0 everywhere";
            if (one.Map.IsSigned && one.Map.Largest > 0)
                told = $"up to {NumberText.Of(one.Map.Largest)} either way, most for it at row {row}, column {column}";
            html.Join($"""<figure><img class="pixelated" src="{Source(one.Map.Over(trial.Seen.Pixels, shape, zoom))}" """);
            html.Join($"""width="{shape.Width * zoom}" height="{shape.Height * zoom}" alt="{one.Kind}: {told}"><figcaption>{one.Kind} """);
            html.Add($"""<small>{Meanings[one.Kind]}; {told}</small></figcaption></figure>""");
        }
        html.Add($"</div>");
    }

    private static void Layers(HtmlBuilder html, TryView view, Trial trial, string model)
    {
        html.Join($"""<details class="layers" id="l-{model}"><summary>Layer by layer: what each channel gives</summary>""");
        html.Join($"""<p><a href="{WalkLink.To(model, view.State.Image)}">Walk through it, down to a single product</a></p>""");
        html.Join($"""<p class="note">A channel that is chosen is switched off: zeros stand behind it, and the answer is """);
        html.Join($"""computed again.</p>""");
        var left = MostCells;
        foreach (var (place, layer) in trial.Layers.Index())
            Layer(html, view, trial, layer, place == trial.Layers.Count - 1, model, ref left);
        html.Add($"</details>");
    }

    private static void Layer(HtmlBuilder html, TryView view, Trial trial, TrialLayer layer, bool isLast, string model, ref int left)
    {
        var shape = layer.Output;
        var values = layer.Values.Span;
        var (least, most) = Span(values);
        html.Join($"""<section class="layer"><h5>{layer.Name} <small>{layer.Op}, {Size(shape)}, from {NumberText.Of(least)} to """);
        html.Join($"""{NumberText.Of(most)}</small> <a href="{WalkLink.To(model, view.State.Image, layer.Name)}">walk</a>""");
        html.Join($"""</h5><div class="channels">""");
        var count = Math.Min(shape.Channels, shape.Area > LargePlane ? FewChannels : MostChannels);
        var drawn = 0;
        for (; drawn < count && (left -= shape.Area) >= 0; drawn++)
        {
            var own = values.Slice(drawn * shape.Area, shape.Area);
            var isOff = trial.Off is { } off && off.Layer == layer.Name && off.Channel == drawn;
            var name = $"channel {drawn} of {layer.Name}";
            if (isLast) html.Join($"""<span class="channel" title="{name}">""");
            else
            {
                var to = TryPage.To(view.State with { Off = isOff ? null : new TrialOff(layer.Name, drawn) });
                html.Join($"""<a class="channel{(isOff ? " off" : "")}" data-state href="{to}" """);
                // What is read out begins with what is seen.
                var seen = shape.Area == 1 ? $"{NumberText.Of(own[0])}: " : "";
                html.Join($"""title="switch {(isOff ? "on" : "off")} {name}" """);
                html.Join($"""aria-label="{seen}switch {(isOff ? "on" : "off")} {name}">""");
            }
            Channel(html, own, shape, least, most);
            if (isLast) html.Join($"</span>");
            else html.Join($"</a>");
        }
        html.Join($"</div>");
        var all = ReportText.Count(shape.Channels, "channel");
        if (drawn == 0) html.Join($"""<p class="note">{all}: they are too many pixels to be drawn here.</p>""");
        else if (drawn < shape.Channels) html.Join($"""<p class="note">The first {drawn} of {all}.</p>""");
        html.Add($"</section>");
    }

    private static void Channel(HtmlBuilder html, ReadOnlySpan<float> values, Shape shape, double least, double most)
    {
        if (shape.Area == 1)
        {
            html.Join($"""<span class="unit {Class(values[0], least, most)}">{NumberText.Of(values[0])}</span>""");
            return;
        }
        var pixels = new byte[shape.Area * 3];
        for (var i = 0; i < shape.Area; i++)
        {
            var colour = Shade.Colour(Class(values[i], least, most));
            (pixels[i * 3], pixels[(i * 3) + 1], pixels[(i * 3) + 2]) = ((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
        }
        var scale = (double)ChannelSide / Math.Max(shape.Height, shape.Width);
        html.Join($"""<img class="pixelated" src="{Source(PngWriter.Encode(pixels, shape.Width, shape.Height, 3))}" alt="" """);
        html.Join($"""width="{Math.Max(1, (int)(shape.Width * scale))}" height="{Math.Max(1, (int)(shape.Height * scale))}">""");
    }

    // Numbers of both signs around 0, others from the smallest to the largest.
    private static string Class(float value, double least, double most) => least < 0
        ? Shade.Signed(value, Math.Max(-least, most)) : Shade.Between(value, least, most);

    private static (double Least, double Most) Span(ReadOnlySpan<float> values)
    {
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
            if (float.IsFinite(value)) (least, most) = (Math.Min(least, value), Math.Max(most, value));
        return least <= most ? (least, most) : (0, 0);
    }

    private static int Zoom(Shape shape, int side) => Math.Clamp(side / Math.Max(shape.Height, shape.Width), 1, 32);

    private static string Source(byte[] png) => $"data:image/png;base64,{Convert.ToBase64String(png)}";

    private static string Size(Shape shape) => shape.IsVector ? $"{shape.Channels}" : $"{shape.Channels} × {shape.Height} × {shape.Width}";

    private static double Clamped(double share) => double.IsFinite(share) ? Math.Clamp(share, 0, 1) : 0;

    private static string Percent(double share) => double.IsFinite(share) ? $"{100 * share:0.00} %" : "no number";

    private static string Change(double share) => double.IsFinite(share) ? $"{(share < 0 ? "−" : "+")}{Math.Abs(100 * share):0.00}" : "";
}
