using System.Collections.Concurrent;
using FeatureMap.Lessons;
using FeatureMap.Reports;
using Markdig;
using Markdig.Renderers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace FeatureMap.Studio;

/// <summary>
/// The README of a lesson's room. HTML in it is switched off, headings stand below those of the page, and links into the repository, which
/// an installed tool does not have, are text.
/// </summary>
internal static class RoomText
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().DisableHtml().Build();

    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    public static void Write(HtmlBuilder html, Lesson lesson)
    {
        html.Add($"""<details class="room"><summary>The room: {lesson.Room}</summary><div class="prose">""");
        html.AddStyle(Known.GetOrAdd(lesson.Room, _ => Read(lesson)));
        html.Add($"</div></details>");
    }

    private static string Read(Lesson lesson)
    {
        var document = Markdown.Parse(lesson.RoomText(), Pipeline);
        foreach (var heading in document.Descendants<HeadingBlock>())
            heading.Level = Math.Min(6, heading.Level + 2);
        foreach (var link in document.Descendants<LinkInline>().ToList())
            if (link.Url is not { } url || !url.StartsWith("https://", StringComparison.Ordinal) || link.IsImage) AsText(link);
        using var text = new StringWriter();
        var renderer = new HtmlRenderer(text);
        Pipeline.Setup(renderer);
        renderer.Render(document);
        // A heading without words is none.
        return text.ToString().Replace("<th></th>", "<td></td>", StringComparison.Ordinal)
            .Replace("<table>", "<div class=\"scroll\"><table class=\"plain\">", StringComparison.Ordinal)
            .Replace("</table>", "</table></div>", StringComparison.Ordinal)
            .Replace("<pre>", "<pre tabindex=\"0\">", StringComparison.Ordinal).Replace("<a ", "<a rel=\"noreferrer\" ",
                StringComparison.Ordinal);
    }

    private static void AsText(LinkInline link)
    {
        while (link.FirstChild is { } child)
        {
            child.Remove();
            link.InsertBefore(child);
        }
        link.Remove();
    }
}
