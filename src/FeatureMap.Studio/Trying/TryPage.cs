using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// The page Try: an image is drawn, sent or chosen, and models answer side by side, with what the network sees and why. Complete without a
/// script for samples; drawing and sending need one, and the page says so.
/// </summary>
internal static class TryPage
{
    /// <summary>Where it stands.</summary>
    public const string Path = "/try";

    /// <summary>The whole page.</summary>
    public static string Page(TryView view) => PageFrame.Of("Try", "try", html =>
    {
        html.Add($"""
            <main id="content" class="try"><header class="head"><h1>Try a network on your own image</h1>
            <p class="lead">Draw a digit, drop a photo or take a sample: see what the network sees, what it answers, and what the answer
            depends on. The image stays on this machine.</p></header>
            """);
        html.AddStyle(Stage(view));
        html.Add($"</main>");
    });

    /// <summary>What depends on the state.</summary>
    public static string Stage(TryView view)
    {
        var html = new HtmlBuilder();
        html.Add($"""<div id="stage" data-page="{Path}" data-query="{view.State.Query}">""");
        Form(html, view);
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        html.Add($"""<section class="part" aria-labelledby="answers-title"><h2 id="answers-title" class="unseen">Answers</h2>""");
        html.Add($"""<div class="columns">""");
        foreach (var column in view.Columns)
            TryColumnWriter.Write(html, view, column);
        if (view.Image is null)
        {
            html.Join($"""<p class="empty">Nothing is drawn yet. Draw a digit in the square, drop an image on this page, or """);
            html.Add($"""take a sample.</p>""");
        }
        html.Add($"</div></section></div>");
        return html.ToString();
    }

    /// <summary>The address of a state.</summary>
    public static string To(TryState state) => state.Query is { Length: > 0 } query ? $"{Path}?{query}" : Path;

    private static void Form(HtmlBuilder html, TryView view)
    {
        var state = view.State;
        html.Add($"""<form id="controls" class="controls" action="{Path}" method="get" aria-label="What to try">""");
        PictureTools.Pad(html, "image", hasCamera: true);
        html.Add($"""
            <p class="note unscripted">Without scripts nothing can be drawn or sent here: take a sample, choose models, and press
            Compute.</p>
            """);
        Samples(html, view);
        html.Join($"""<input type="hidden" name="image" value="{state.Image}">""");
        html.Join($"""<input type="hidden" name="samples" value="{state.Samples}"><input type="hidden" name="off" """);
        html.Add($"""value="{(state.Off is null ? "" : TryState.TextOf(state.Off))}"><div class="fields">""");
        Models(html, view);
        Class(html, view);
        Radios(html, "place", "how the image is set into the network's size", [("auto", "as it needs"), ("digit", "as a digit"),
            ("fit", "fitted")], TryState.WordOf(state.Placing));
        Radios(html, "invert", "dark and light exchanged, where it is fitted", [("on", "on"), ("off", "off")],
            state.IsInverted ? "on" : "off");
        Pixel(html, state);
        html.Add($"""</div><p class="actions"><button class="primary unscripted">Compute</button>""");
        html.Add($"""<a class="button" data-state href="{Path}">Reset</a>""");
        html.Add($"""<button type="button" class="scripted" id="copy-address">Copy the address</button></p></form>""");
    }

    private static void Samples(HtmlBuilder html, TryView view)
    {
        PictureTools.Samples(html, view.Samples, view.State.Image, id => To(view.State with { Image = id }));
        var runs = view.Models.Where(model => model.Kind == ShelfKind.Run && view.State.Models.Contains(model.Id)).ToList();
        if (runs.Count == 0 && view.State.Samples.Length == 0) return;
        html.Join($"""<p class="note">Samples: <a data-state href="{To(view.State with { Samples = "" })}">of the library</a>""");
        foreach (var run in runs)
            html.Join($""" · <a data-state href="{To(view.State with { Samples = run.Id })}">data of {run.Name}</a>""");
        html.Add($"</p>");
        if (view.Samples.Count == 0) html.Add($"""<p class="note">The data of this run are not found, or are no images.</p>""");
    }

    private static void Models(HtmlBuilder html, TryView view)
    {
        html.Join($"""<fieldset class="field models"><legend>models <small>up to {TryState.MostModels} side by side</small></legend>""");
        html.Join($"""<div class="choices">""");
        foreach (var model in view.Models)
        {
            html.Join($"""<label><input type="checkbox" id="m-{model.Id}" name="models" value="{model.Id}"{""}""");
            html.Join($"""{(view.State.Models.Contains(model.Id) ? " checked" : "")}> <span>{model.Name}</span></label>""");
        }
        html.Join($"""</div>""");
        if (view.Models.Count == 1)
        {
            html.Join($"""<p class="note">Runs and model files of the project are listed here: <code>featuremap studio """);
            html.Join($"""--project FOLDER</code></p>""");
        }
        html.Add($"</fieldset>");
    }

    private static void Class(HtmlBuilder html, TryView view)
    {
        var names = view.Columns.Select(column => column.Trial).OfType<Trial>().Take(1).SelectMany(trial => trial.Classes)
            .Select(one => one.Name).ToList();
        if (view.State.Class.Length > 0 && !names.Contains(view.State.Class)) names.Insert(0, view.State.Class);
        html.Join($"""<div class="field"><label for="c-class">class <small>what the pictures of “why” ask about</small></label><select """);
        html.Join($"""id="c-class" name="class"><option value=""{(view.State.Class.Length == 0 ? " selected" : "")}>the answer</option>""");
        foreach (var name in names)
            html.Join($"""<option value="{name}"{(name == view.State.Class ? " selected" : "")}>{name}</option>""");
        html.Add($"</select></div>");
    }

    private static void Radios(HtmlBuilder html, string name, string meaning, IReadOnlyList<(string Value, string Text)> choices,
        string value)
    {
        html.Join($"""<fieldset class="field radios"><legend>{name} <small>{meaning}</small></legend><div>""");
        foreach (var (own, text) in choices)
        {
            html.Join($"""<label><input type="radio" id="c-{name}-{own}" name="{name}" """);
            html.Join($"""value="{own}"{(own == value ? " checked" : "")}><span>{text}</span></label>""");
        }
        html.Add($"</div></fieldset>");
    }

    private static void Pixel(HtmlBuilder html, TryState state)
    {
        html.Join($"""<fieldset class="field pixel"><legend>one pixel <small>of what the network sees; 0 is black, 255 """);
        html.Join($"""white, empty leaves it""");
        html.Join($"""<span class="scripted">; or click on it</span></small></legend><div>""");
        Number(html, "row", $"{state.Place.Row}", 4095);
        Number(html, "column", $"{state.Place.Column}", 4095);
        Number(html, "value", state.Value is { } value ? $"{(int)value}" : "", 255);
        html.Add($"</div></fieldset>");
    }

    private static void Number(HtmlBuilder html, string name, string value, int most)
    {
        html.Join($"""<label for="c-{name}">{name}</label><input type="number" id="c-{name}" name="{name}" min="0" max="{most}" """);
        html.Join($"""step="1" value="{value}">""");
    }
}
