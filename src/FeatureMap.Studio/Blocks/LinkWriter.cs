using System.Globalization;
using System.Text;
using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>
/// Which cells made which: data for the script, which lights them up; and the steps of a timeline, which are read without one.
/// </summary>
internal static class LinkWriter
{
    /// <summary>Longer lists are folded.</summary>
    private const int MostOpen = 12;

    public static void Links(HtmlBuilder html, Links links, string id) =>
        html.Add($"""
            <div hidden id="{id}" class="links" data-target="{links.Target}" data-source="{links.Source}" data-weights="{links.Weights}"
            data-items="{Items(links)}"></div>
            """);

    public static void Timeline(HtmlBuilder html, Timeline timeline, string id)
    {
        html.Join($"""<div class="timeline" id="{id}" data-target="{timeline.Target}"><details{""}""");
        html.Join($"""{(timeline.Steps.Count <= MostOpen ? " open" : "")}>""");
        html.Join($"""<summary>Step by step: {ReportText.Count(timeline.Steps.Count, "step")}</summary><ol class="steps">""");
        foreach (var step in timeline.Steps)
            html.Join($"""<li data-cell="{timeline.Target}:{step.Cell}">{step.Text}</li>""");
        html.Add($"</ol></details></div>");
    }

    // target=source.weight,source.weight;... : shorter than JSON, and nothing in it needs escaping.
    private static string Items(Links links)
    {
        var text = new StringBuilder();
        var current = -1;
        foreach (var link in links.Items)
        {
            if (link.Output != current)
            {
                text.Append(CultureInfo.InvariantCulture, $"{(current < 0 ? "" : ";")}{link.Output}=");
                current = link.Output;
            }
            else text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{link.Input}.{link.Weight}");
        }
        return text.ToString();
    }
}
