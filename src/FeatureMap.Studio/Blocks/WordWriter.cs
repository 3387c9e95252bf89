using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Sentences with live numbers, and formulas.</summary>
internal static class WordWriter
{
    private const int MostBeside = 64, MostNarrow = 24;

    public static void Sentence(HtmlBuilder html, Sentence sentence, string id)
    {
        html.Join($"""<p class="sentence" id="{id}">""");
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
        // What is wider than a narrow screen is scrolled, and by keys only where it has the focus.
        var length = Math.Max(formula.Filled.Length, formula.Symbols.Length);
        html.Join($"""<figure class="formula{(length > MostBeside ? " wide" : "")}" id="b-{formula.Key}">""");
        html.Join($"""<figcaption>{formula.Caption}</figcaption>""");
        if (length > MostNarrow) html.Join($"""<div class="scroll" tabindex="0" role="region" aria-label="{formula.Caption}">""");
        else html.Join($"<div>");
        MathMarkup.Formula(html, formula);
        html.Add($"</div></figure>");
    }
}
