using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Sentences with live numbers, and formulas.</summary>
internal static class WordWriter
{
    public static void Sentence(HtmlBuilder html, Sentence sentence)
    {
        html.Join($"""<p class="sentence">""");
        foreach (var part in sentence.Parts)
        {
            if (part.Number is null) html.Join($"{part.Text}");
            else if (part.Cell is null) html.Join($"<b>{part.Text}</b>");
            else html.Join($"""<b data-cell="{part.Cell.Grid}:{part.Cell.Cell}" tabindex="0">{part.Text}</b>""");
        }
        html.Add($"</p>");
    }

    public static void Formula(HtmlBuilder html, Formula formula)
    {
        html.Join($"""<figure class="formula" id="b-{formula.Key}"><figcaption>{formula.Caption}</figcaption><div class="scroll">""");
        MathMarkup.Formula(html, formula);
        html.Add($"</div></figure>");
    }
}
