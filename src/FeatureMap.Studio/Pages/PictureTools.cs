using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>What chooses, draws and sends an image: on the page Try, and in lessons that look at one.</summary>
internal static class PictureTools
{
    /// <summary>Samples as links, each with the image.</summary>
    public static void Samples(HtmlBuilder html, IEnumerable<PictureChoice> choices, string chosen, Func<string, string> address)
    {
        html.Join($"""<div class="samples" role="group" aria-label="Samples">""");
        foreach (var choice in choices)
        {
            html.Join($"""<a data-state href="{address(choice.Id)}"{(choice.Id == chosen ? " aria-current=true" : "")} """);
            html.Join($"""title="{choice.Name}">""");
            html.Join($"""<img src="/images/{Uri.EscapeDataString(choice.Id)}" alt="{choice.Name}" width="36" height="36"></a>""");
        }
        html.Add($"</div>");
    }

    /// <summary>The square to draw in and the ways to send a file. What is drawn stays with the browser until its id comes back in the
    /// address: merges leave this part as it is.</summary>
    /// <param name="html">Where it is written.</param>
    /// <param name="control">The control that receives the id.</param>
    /// <param name="hasCamera">Whether the page may ask for a camera.</param>
    public static void Pad(HtmlBuilder html, string control, bool hasCamera)
    {
        html.Add($"""
            <div id="pad" class="pad scripted" data-keep data-picks="{control}" role="group" aria-label="Draw, or send an image">
            <canvas id="pad-canvas" width="{InkDrawing.Side}" height="{InkDrawing.Side}" tabindex="0" role="application"
            aria-label="Drawing. Arrows move the pen, Space puts ink and takes it away, Shift with an arrow draws, Delete clears."></canvas>
            <p class="pad-tools"><button type="button" id="pad-clear">Clear</button>
            <label>pen <input type="range" id="pad-size" min="4" max="24" value="10"
            aria-label="Width of the pen, in hundredths of the picture"></label>
            <button type="button" id="pad-eraser" aria-pressed="false">Eraser</button></p>
            <p class="pad-tools"><label class="button">Choose a file
            <input type="file" id="pick-file" accept="image/*" class="unseen"></label>
            """);
        if (hasCamera)
            html.Add($"""
                <button type="button" id="pick-camera">Camera</button>
                <button type="button" id="pick-frame" hidden>Take it</button>
                """);
        html.Add($"</p>");
        if (hasCamera) html.Add($"""<video id="pick-video" hidden muted playsinline aria-label="What the camera sees"></video>""");
        html.Add($"""<p class="note" id="pick-note" role="status">Or drop an image on this page, or paste one.</p></div>""");
    }

    /// <summary>A control of a lesson: samples, no picture, and a place to draw or send one.</summary>
    public static void Field(HtmlBuilder html, PictureControl control, LessonPair pair, Func<string, string> address)
    {
        var value = pair.A.State.Of(control);
        html.Join($"""<div class="field picture"><span class="label">{control.Name} <small>{control.Meaning}</small></span>""");
        html.Join($"""<input type="hidden" name="{control.Name}" value="{value}">""");
        var choices = pair.A.Pictures.Choices;
        Samples(html, choices.OrderBy(choice => SamplePictures.IsDigit(choice.Id) ? 1 : 0), value, address);
        var isNone = value == control.Other;
        if (control.Other.Length > 0)
            html.Join($"""
                <p class="note"><a data-state href="{address(control.Other)}"{(isNone ? " aria-current=true" : "")}>{control.Other}</a></p>
                """);
        html.Add($"""<details class="own scripted" id="own-picture"><summary>Draw or send your own</summary>""");
        Pad(html, control.Name, hasCamera: false);
        html.Add($"</details></div>");
    }
}
