using FeatureMap.Analysis;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>
/// A page that tells of an experiment, as one HTML file that needs nothing else: sections of paragraphs, facts, tables, charts and
/// pictures, in the order in which they are added. It is built by calls that return the page, looks like the report of a run, opens from
/// disk in light and dark, and escapes every text.
/// </summary>
/// <example><code>
/// new Page("Optimisers compared", "Lab", "Which optimiser learns fastest?")
///     .Section("Curves", "Each line is the mean of three seeds.")
///     .Add(new LinePlot { Title = "Accuracy", Lines = [new PlotLine("adam", points)] })
///     .Write("lab.html");
/// </code></example>
public sealed class Page
{
    private readonly List<(string Title, string Reading, List<PagePart> Parts)> sections = [];

    /// <summary>Begins a page.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="kicker">The kind of page; above the heading.</param>
    /// <param name="lead">A sentence or two below the heading.</param>
    public Page(string title, string kicker = "", string lead = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(title);
        (Title, Kicker, Lead) = (title, kicker, lead);
    }

    /// <summary>The heading.</summary>
    public string Title { get; }

    /// <summary>The kind of page; above the heading.</summary>
    public string Kicker { get; }

    /// <summary>What stands below the heading.</summary>
    public string Lead { get; set; }

    /// <summary>The one number of the page and what it means; null for none.</summary>
    public (string Number, string Meaning)? Headline { get; set; }

    /// <summary>What a reader has to know before anything else, such as that the figures decide nothing; framed, above the sections.
    /// Empty for none.</summary>
    public string Notice { get; set; } = "";

    /// <summary>Begins a section.</summary>
    /// <param name="title">Its heading, which the table of contents shows too.</param>
    /// <param name="reading">How to read it; may be empty.</param>
    public Page Section(string title, string reading = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(title);
        sections.Add((title, reading, []));
        return this;
    }

    /// <summary>Adds a section with all that stands in it.</summary>
    internal Page Section(string title, string reading, IReadOnlyList<PagePart> parts)
    {
        Section(title, reading);
        sections[^1].Parts.AddRange(parts);
        return this;
    }

    /// <summary>Adds something to the section.</summary>
    /// <exception cref="UsageException">No section was begun.</exception>
    public Page Add(PagePart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (sections.Count == 0)
            throw new UsageException("A part of a page stands in a section: begin one with page.Section(title).");
        sections[^1].Parts.Add(part);
        return this;
    }

    /// <summary>Adds a heading inside the section.</summary>
    public Page Heading(string text) => Add(new TextPart(text, TextKind.Heading));

    /// <summary>Adds a paragraph.</summary>
    public Page Text(string text) => Add(new TextPart(text, TextKind.Paragraph));

    /// <summary>Adds lines as they would be typed or printed; one click marks all of them, to be copied.</summary>
    public Page Code(string text) => Add(new TextPart(text, TextKind.Code));

    /// <summary>Adds facts, each a name and a value.</summary>
    public Page Facts(params IReadOnlyList<ReportFact> facts) => Add(new FactsPart(facts));

    /// <summary>Adds a table.</summary>
    /// <param name="table">Headings and rows; columns of numbers stand at the right.</param>
    /// <param name="caption">What it shows.</param>
    /// <param name="marked">Rows that stand out, from 0, such as the best.</param>
    /// <param name="links">Where the first cell of each row leads: a path relative to the page, or null.</param>
    public Page Table(ReportTable table, string caption = "", IReadOnlyList<int>? marked = null, IReadOnlyList<string?>? links = null) =>
        Add(new TablePart(table, caption, marked, links));

    /// <summary>The page as text.</summary>
    /// <exception cref="ShapeException">A picture does not have as many bytes as its shape needs.</exception>
    public string ToHtml() => new HtmlDocument
    {
        TabTitle = Kicker.Length > 0 ? $"{Title} – {Kicker}" : Title,
        Kicker = Kicker,
        Title = Title,
        Headline = Headline,
        Lead = Lead,
        Notice = Notice,
        Sections = [.. sections.Select((section, index) => new HtmlSection($"section-{index + 1}", section.Title, section.Reading,
            html => Render(html, $"part-{index + 1}", section.Parts)))],
    }.ToHtml();

    /// <summary>Writes the page durably.</summary>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the old page is intact.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RunFolder.WriteText(path, ToHtml());
    }

    // Cards that follow each other stand side by side where there is room.
    internal static void Render(HtmlBuilder html, string id, IReadOnlyList<PagePart> parts)
    {
        var isInRow = false;
        foreach (var (index, part) in parts.Index())
        {
            if (part.IsCard && !isInRow) html.Add($"""<div class="charts">""");
            if (!part.IsCard && isInRow) html.Add($"</div>");
            isInRow = part.IsCard;
            part.Render(html, $"{id}-{index + 1}");
        }
        if (isInRow) html.Add($"</div>");
    }
}

/// <summary>Something that a <see cref="Page"/> shows: <see cref="LinePlot"/>, <see cref="BarPlot"/>, <see cref="ScatterPlot"/>,
/// <see cref="PictureGrid"/>, or what the methods of the page add.</summary>
public abstract record PagePart
{
    private protected PagePart()
    {
    }

    /// <summary>Whether it is a card that may stand beside others.</summary>
    internal virtual bool IsCard => false;

    /// <summary>Whether the card takes the whole width.</summary>
    internal virtual bool IsWide => false;

    internal abstract void Render(HtmlBuilder html, string id);
}

internal enum TextKind
{
    Paragraph,
    Heading,
    Code,
}

internal sealed record TextPart(string Text, TextKind Kind) : PagePart
{
    internal override void Render(HtmlBuilder html, string id)
    {
        switch (Kind)
        {
            case TextKind.Heading:
                html.Add($"<h3>{Text}</h3>");
                break;
            case TextKind.Code:
                html.Add($"""<pre class="command" tabindex="0">{Text}</pre>""");
                break;
            default:
                html.Add($"""<p class="text">{Text}</p>""");
                break;
        }
    }
}

internal sealed record FactsPart(IReadOnlyList<ReportFact> Facts) : PagePart
{
    internal override void Render(HtmlBuilder html, string id) => TableSection.Facts(html, Facts);
}

internal sealed record TablePart(ReportTable Table, string Caption, IReadOnlyList<int>? Marked, IReadOnlyList<string?>? Links) : PagePart
{
    internal override void Render(HtmlBuilder html, string id)
    {
        if (Caption.Length > 0) html.Add($"""<p class="note">{Caption}</p>""");
        TableSection.Table(html, Table, Caption.Length > 0 ? Caption : "Table", Marked, Links);
    }
}
