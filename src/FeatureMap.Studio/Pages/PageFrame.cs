using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>
/// What stands around every page: head, the bar at the top, help, and the foot. It loads the style and one script, both from the studio.
/// </summary>
internal static class PageFrame
{
    private static readonly (string Keys, string What)[] Help =
    [
        ("/", "search"),
        ("?", "this list"),
        ("[ and ]", "the lesson before and after"),
        ("f g m c", "forward, gradient, matrix, cost"),
        ("Space", "play the steps, and stop"),
        ("← →", "one step back, one step on"),
        ("arrows, Home, End", "in a grid: from cell to cell"),
        ("Enter or F2", "in a grid: change the number; Escape leaves it as it was"),
        ("Ctrl+V", "in a grid: paste a block of numbers from a spreadsheet"),
        ("arrows, Space", "in the square to draw in: move the pen, ink on and off; Shift with an arrow draws, Delete clears"),
        ("Alt+↑ ↓ or Shift+↓", "in the text of Design: move the line, or copy it; Alt+Delete deletes it, Ctrl+Space adds a layer"),
        ("↑ ↓, Enter, b", "in the blocks of Design: from block to block, open one, skip from an earlier one; Alt with a key as in the "
            + "text, Escape back"),
        ("p", "keep the links of the cell that has the focus; again to let go"),
    ];

    public static string Of(string title, string place, Action<HtmlBuilder> content)
    {
        var html = new HtmlBuilder();
        html.Add($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title} – FeatureMap Studio</title>
            <link rel="icon" href="{Assets.Address("icon.svg")}">
            <link rel="stylesheet" href="{Assets.Address("studio.css")}">
            <script src="{Assets.Address("boot.js")}"></script>
            <script type="module" src="{Assets.Address("studio.js")}"></script>
            </head>
            <body>
            <a class="skip" href="#content">To the content</a>
            <header class="top">
            """);
        Bar(html, place);
        html.Add($"</header>");
        content(html);
        Foot(html);
        html.Add($"</body>\n</html>");
        return html.ToString();
    }

    private static void Bar(HtmlBuilder html, string place)
    {
        html.Join($"""<a class="brand" href="/learn"><svg viewBox="0 0 32 32" aria-hidden="true"><path """);
        html.Join($"""d="M3 3h12v12H3zM17 3h12v12H17zM3 17h12v12H3z" class="on"/><path d="M17 17h12v12H17z" class="off"/>""");
        html.Add($"""</svg>FeatureMap <span>Studio</span></a>""");
        html.Add($"""<nav aria-label="Studio"><a href="/learn"{""}""");
        html.Join($"""{(place == "learn" ? " aria-current=page" : "")}>Learn</a>""");
        html.Join($"""<a href="{WalkLink.Choice}"{(place == "walk" ? " aria-current=page" : "")}>Walk</a>""");
        html.Join($"""<a href="{DesignPage.Path}"{(place == "design" ? " aria-current=page" : "")}>Design</a>""");
        html.Join($"""<a href="{DataPage.Path}"{(place == "data" ? " aria-current=page" : "")}>Data</a>""");
        html.Join($"""<a href="{RunLink.Train}"{(place == "train" ? " aria-current=page" : "")}>Train</a>""");
        html.Join($"""<a href="{RunLink.List}"{(place == "runs" ? " aria-current=page" : "")}>Runs</a>""");
        html.Join($"""<a href="{LabLink.List}"{(place == "labs" ? " aria-current=page" : "")}>Labs</a>""");
        html.Add($"""<a href="{TryPage.Path}"{(place == "try" ? " aria-current=page" : "")}>Try</a></nav>""");
        html.Join($"""<form class="search" action="/learn" role="search"><input type="search" name="find" list="lessons" """);
        html.Join($"""placeholder="Find a lesson" aria-label="Find a lesson" autocomplete="off" maxlength="80"><datalist """);
        html.Add($"""id="lessons">""");
        foreach (var lesson in Lesson.All)
            html.Join($"""<option value="{lesson.Title}">{string.Join(", ", lesson.Aliases.Prepend(lesson.Id))}</option>""");
        html.Add($"""
            </datalist></form>
            <button type="button" class="scripted" id="theme" title="Theme: as the system">◐ <span>system</span></button>
            <button type="button" class="scripted" id="help-button" title="Keys (?)" aria-label="Keys">?</button>
            """);
    }

    private static void Foot(HtmlBuilder html)
    {
        html.Join($"""<footer>Every number is computed by the engine on this machine. Nothing is loaded from elsewhere. <span """);
        html.Add($"""id="connection" role="status"></span></footer>""");
        html.Add($"""<dialog id="help" aria-labelledby="help-title"><h2 id="help-title">Keys</h2><dl>""");
        foreach (var (keys, what) in Help)
            html.Add($"""<div><dt><kbd>{keys}</kbd></dt><dd>{what}</dd></div>""");
        html.Join($"""</dl><form method="dialog"><button>Close</button></form></dialog><div id="spoken" class="unseen" """);
        html.Add($"""role="status" aria-live="polite"></div>""");
    }
}
