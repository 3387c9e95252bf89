namespace FeatureMap.Reports;

/// <summary>A section of a page: a heading, a sentence on how to read it, and its content.</summary>
internal sealed record HtmlSection(string Id, string Title, string Reading, Action<HtmlBuilder> Render);

/// <summary>The frame of every page that this library writes: head, style, title, key number, table of contents, sections, foot. It loads
/// nothing and runs nothing.</summary>
internal sealed record HtmlDocument
{
    /// <summary>What the browser shows in its tab.</summary>
    public required string TabTitle { get; init; }

    /// <summary>The kind of page, above the title.</summary>
    public required string Kicker { get; init; }

    public required string Title { get; init; }

    /// <summary>The one number of the page and what it means.</summary>
    public (string Number, string Meaning)? Headline { get; init; }

    public string Lead { get; init; } = "";

    /// <summary>How large and how many the pictures are.</summary>
    public PictureDetail Detail { get; init; } = PictureDetail.Full;

    /// <summary>What a reader must not miss, above everything else; empty for nothing.</summary>
    public string Notice { get; init; } = "";

    public required IReadOnlyList<HtmlSection> Sections { get; init; }

    /// <summary>A page that stands alone, up to its body: nothing is loaded, and nothing runs unless it is said.</summary>
    /// <param name="tabTitle">What the browser shows in its tab.</param>
    /// <param name="style">The style sheet.</param>
    /// <param name="runsScripts">Whether scripts that stand in the page may run.</param>
    public static HtmlBuilder Begin(string tabTitle, string style, bool runsScripts = false) =>
        Begin(tabTitle, style, new HtmlBuilder(), runsScripts);

    private static HtmlBuilder Begin(string tabTitle, string style, HtmlBuilder html, bool runsScripts = false)
    {
        html.Add($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            """);
        html.Join($"""<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'""");
        if (runsScripts) html.Join($"; script-src 'unsafe-inline'");
        html.Add($"""
            ">
            <title>{tabTitle}</title>
            <style>
            """);
        html.AddStyle(style);
        html.Add($"</style>\n</head>");
        return html;
    }

    public string ToHtml()
    {
        var html = Begin(TabTitle, ReportStyle.Sheet, new HtmlBuilder { HasNarrowCharts = true, Detail = Detail });
        html.Add($"<body>");
        Header(html);
        Contents(html);
        html.Add($"<main>");
        foreach (var section in Sections)
        {
            if (section.Reading.Length > 0)
                html.Add($"""<section id="{section.Id}"><h2>{section.Title}</h2><p>{section.Reading}</p>""");
            else
                html.Add($"""<section id="{section.Id}"><h2>{section.Title}</h2>""");
            section.Render(html);
            html.Add($"</section>");
        }
        html.Add($"</main>\n<footer>Made by FeatureMap. This file stands alone: it loads nothing and runs "
            + $"nothing.</footer>\n</body>\n</html>");
        return html.ToString();
    }

    private void Header(HtmlBuilder html)
    {
        html.Add($"""<header><p class="kicker">{Kicker}</p><h1>{Title}</h1>""");
        if (Notice.Length > 0)
            html.Add($"""<p class="notice" role="note">{Notice}</p>""");
        if (Headline is (var number, var meaning))
            html.Add($"""<p class="headline"><strong>{number}</strong><span>{meaning}</span></p>""");
        if (Lead.Length > 0)
            html.Add($"""<p class="lead">{Lead}</p>""");
        html.Add($"</header>");
    }

    // It stays at the top of the window: a page is long.
    private void Contents(HtmlBuilder html)
    {
        if (Sections.Count < 2) return;
        html.Add($"""<nav aria-label="Sections"><ul>""");
        foreach (var section in Sections)
            html.Add($"""<li><a href="#{section.Id}">{section.Title}</a></li>""");
        html.Add($"</ul></nav>");
    }
}
