using FeatureMap.Analysis;
using FeatureMap.Lessons;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>How one cell came about: its numbers, its products, their sum, and what the engine gave.</summary>
internal static class WalkCellWriter
{
    // Channels whose sums are shown one by one; the others stand together.
    private const int MostShares = 64;

    public static void Write(HtmlBuilder html, WalkScreen screen, WalkLayer layer, WalkCell cell)
    {
        var derivation = cell.Derivation;
        html.Join($"""<section class="level" id="cell" aria-labelledby="cell-title"><h2 id="cell-title" tabindex="-1">""");
        html.Join($"{(layer.Node.Output.IsVector ? $"Number {cell.Channel}" : $"Cell in row {cell.Row}, column {cell.Column}")}");
        html.Add($""" <small>of channel {cell.Channel} of {layer.Node.Name}</small></h2>""");
        html.Add($"""<p class="rule"><code>{derivation.Formula}</code></p>""");
        if (derivation.Remark.Length > 0) html.Add($"""<p>{derivation.Remark}</p>""");
        switch (derivation.Rule)
        {
            case CellRule.Products or CellRule.WeightedSum:
                Sum(html, screen, cell);
                break;
            case CellRule.Whole:
                Result(html, cell, "");
                WholeMaps(html, screen, layer);
                break;
            default:
                Numbers(html, derivation);
                Terms(html, screen, cell, isProduct: false, ShownSum.Of([], 0));
                Result(html, cell, WalkFormula.Filled(derivation));
                break;
        }
        html.Add($"</section>");
    }

    private static void Sum(HtmlBuilder html, WalkScreen screen, WalkCell cell)
    {
        var (derivation, shares) = (cell.Derivation, cell.Shares);
        var rest = cell.TermCount - cell.Terms.Count;
        var shown = cell.Terms.Select(term => term.Term.Product).ToList();
        var own = shares.Count > 0 ? shares[cell.Of].Sum : derivation.Terms.Sum(term => term.Product);
        if (rest > 0) shown.Add(own - shown.Sum());
        var isScaled = derivation.Numbers.Any(number => number.Symbol == "|w|");
        // Without shares the products and the bias make the cell; with them they make the share.
        var isWhole = shares.Count == 0;
        if (isWhole && !isScaled) shown.AddRange(derivation.Numbers.Select(number => number.Value));
        var sum = ShownSum.Of(shown, isWhole && !isScaled ? derivation.Value : own);
        if (shares.Count > 0)
            html.Add($"""<h3>The products of channel {shares[cell.Of].Channel} of {shares[cell.Of].Layer}</h3>""");
        if (cell.WindowRows > 0) Windows(html, screen, cell, sum);
        Terms(html, screen, cell, isProduct: true, sum);
        if (rest > 0)
        {
            html.Join($"""<p>The {ReportText.Count(cell.Terms.Count)} largest; the other {ReportText.Count(rest)} products """);
            html.Add($"""are together <b class="part-of-sum">{sum.Part(own - cell.Terms.Sum(term => term.Term.Product))}</b>.</p>""");
        }
        if (isWhole)
        {
            Numbers(html, derivation, isScaled ? null : sum);
            if (isScaled) Result(html, cell, WalkFormula.Filled(derivation));
            else Equal(html, sum, derivation.Numbers.Count > 0 ? "the products and the bias" : "the products");
            return;
        }
        html.Add($"""<p>Together, channel {shares[cell.Of].Channel} adds <b>{sum.SumText}</b>.</p>""");
        Shares(html, screen, cell);
    }

    // What each channel adds: those are the parts of the cell.
    private static void Shares(HtmlBuilder html, WalkScreen screen, WalkCell cell)
    {
        var (derivation, shares) = (cell.Derivation, cell.Shares);
        var listed = shares.Count <= MostShares ? [.. Enumerable.Range(0, shares.Count)]
            : Enumerable.Range(0, shares.Count).OrderByDescending(share => Math.Abs(shares[share].Sum)).Take(MostShares).Order().ToList();
        var others = shares.Sum(share => share.Sum) - listed.Sum(share => shares[share].Sum);
        List<double> parts = [.. listed.Select(share => shares[share].Sum), .. listed.Count < shares.Count ? [others] : (double[])[],
            .. derivation.Numbers.Select(number => number.Value)];
        var sum = ShownSum.Of(parts, derivation.Value);
        html.Join($"""<h3>All {ReportText.Count(shares.Count, "channel")} together</h3><div class="scroll" tabindex="0" role="region" """);
        html.Join($"""aria-label="What each channel adds"><table class="plain sums"><thead><tr><th """);
        html.Join($"""scope="col">channel</th><th scope="col">""");
        html.Join($"""products</th><th scope="col">adds</th></tr></thead><tbody>""");
        foreach (var share in listed)
        {
            var one = shares[share];
            html.Join($"""<tr{(share == cell.Of ? " class=marked" : "")}><th scope="row"><a data-state data-to="cell" """);
            html.Join($"""href="{screen.To(screen.State with { Of = share })}">{one.Layer} """);
            html.Join($"""{one.Channel}</a></th><td>{one.Products}</td>""");
            html.Join($"""<td class="part-of-cell {Shade.Signed(one.Sum, parts.Max(Math.Abs))}">{sum.Part(one.Sum)}</td></tr>""");
        }
        if (listed.Count < shares.Count)
        {
            html.Join($"""<tr><th scope="row">the other {shares.Count - listed.Count}</th><td></td><td """);
            html.Join($"""class="part-of-cell">{sum.Part(others)}</td></tr>""");
        }
        foreach (var number in derivation.Numbers)
        {
            html.Join($"""<tr><th scope="row">{number.Name} {number.Symbol}</th><td></td><td """);
            html.Join($"""class="part-of-cell">{sum.Part(number.Value)}</td></tr>""");
        }
        html.Add($"</tbody></table></div>");
        Equal(html, sum, derivation.Numbers.Count > 0 ? "all channels and the bias" : "all channels");
    }

    private static void Equal(HtmlBuilder html, ShownSum sum, string what) => html.Add($"""
        <p class="result">The sum of {what} is <b id="cell-sum">{sum.SumText}</b>, and the engine gave
        <b id="cell-value">{sum.EngineText}</b>.</p>
        """);

    private static void Result(HtmlBuilder html, WalkCell cell, string filled)
    {
        var derivation = cell.Derivation;
        if (derivation.Computed is not { } computed)
        {
            html.Add($"""<p class="result">The engine gave <b id="cell-value">{ShownSum.Exact(derivation.Value)}</b>.</p>""");
            return;
        }
        var sum = ShownSum.Of([computed], derivation.Value);
        var isTiny = Math.Abs(derivation.Value) is > 0 and < 1e-7f;
        var (told, gave) = isTiny ? (ShownSum.Exact(computed), ShownSum.Exact(derivation.Value)) : (sum.SumText, sum.EngineText);
        html.Join($"""<p class="result">""");
        if (filled.Length > 0) html.Join($"""<code>{filled}</code> = """);
        html.Add($"""<b id="cell-sum">{told}</b>, and the engine gave <b id="cell-value">{gave}</b>.</p>""");
    }

    private static void Numbers(HtmlBuilder html, CellDerivation derivation, ShownSum? sum = null)
    {
        if (derivation.Numbers.Count == 0) return;
        html.Join($"""<dl class="figures">""");
        foreach (var number in derivation.Numbers)
        {
            html.Join($"""<div><dt>{number.Name} <i>{number.Symbol}</i></dt><dd>""");
            if (sum is null) html.Join($"{ShownSum.Exact(number.Value)}");
            else html.Join($"""<b class="part-of-sum">{sum.Part(number.Value)}</b>""");
            html.Join($"</dd></div>");
        }
        html.Add($"</dl>");
    }

    // What the window covers, the weights, and the products, cell beside cell.
    private static void Windows(HtmlBuilder html, WalkScreen screen, WalkCell cell, ShownSum sum)
    {
        var (terms, isWeighted) = (cell.Terms, cell.Derivation.Rule == CellRule.Products);
        html.Add($"""<div class="blocks windows">""");
        Window(html, cell, "window", "what the window covers", terms.Select(term => term.Term.Number), ShownSum.Exact, screen);
        html.Add($"""<span class="between" aria-hidden="true">×</span>""");
        Window(html, cell, "weight", isWeighted ? "its weights" : "its shares", terms.Select(term => term.Term.Factor), ShownSum.Exact);
        html.Add($"""<span class="between" aria-hidden="true">=</span>""");
        Window(html, cell, "product", "the products", terms.Select(term => term.Term.Product), sum.Part);
        LinkWriter.Links(html, new Links(Section.Forward, "product", "window", "weight",
            [.. terms.Select((_, i) => new CellLink(i, i, i))]), "links-1");
        html.Add($"</div>");
    }

    private static void Window(HtmlBuilder html, WalkCell cell, string key, string caption, IEnumerable<double> numbers,
        Func<double, string> text, WalkScreen? screen = null)
    {
        var values = numbers.ToArray();
        var largest = values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        html.Join($"""<figure class="numbers{(cell.WindowColumns > 5 ? " fine" : "")}{(screen is null ? "" : " linked")}" """);
        html.Join($"""data-grid="{key}"><figcaption>""");
        html.Join($"""{caption}</figcaption><div class="planes"><table role="grid" aria-label="{caption}" aria-readonly="true"><tbody>""");
        for (var row = 0; row < cell.WindowRows; row++)
        {
            html.Join($"<tr>");
            for (var column = 0; column < cell.WindowColumns; column++)
            {
                var i = (row * cell.WindowColumns) + column;
                var term = cell.Terms[i];
                html.Join($"""<td data-cell="{key}:{i}" """);
                html.Join($"""class="{Shade.Signed(values[i], largest)}{(term.Channel < 0 ? " padding" : "")}">""");
                if (screen is not null && term.Channel >= 0)
                {
                    html.Join($"""<a data-state data-to="cell" tabindex="-1" title="{Where(screen, term)}" """);
                    html.Join($"""href="{screen.To(screen.State.At(term.Layer, term.Channel, term.Row, term.Column))}">""");
                    html.Join($"{text(values[i])}</a></td>");
                }
                else html.Join($"{text(values[i])}</td>");
            }
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div></figure>");
    }

    private static void Terms(HtmlBuilder html, WalkScreen screen, WalkCell cell, bool isProduct, ShownSum sum)
    {
        if (cell.Terms.Count == 0) return;
        var weighted = cell.Derivation.Rule == CellRule.Products;
        html.Join($"""<details class="as-table"{(cell.WindowRows > 0 ? "" : " open")}><summary>""");
        html.Join($"{(isProduct ? "Product by product" : "What it is made of")}");
        html.Join($"""</summary><div class="scroll" tabindex="0" role="region" aria-label="What the cell is made of"><table """);
        html.Join($"""class="plain terms">""");
        html.Join($"""<thead><tr><th scope="col">where it stands</th><th scope="col">number</th>""");
        if (isProduct) html.Join($"""<th scope="col">{(weighted ? "weight" : "share")}</th><th scope="col">product</th>""");
        html.Join($"</tr></thead><tbody>");
        var largest = cell.Derivation.Rule == CellRule.Largest
            ? cell.Terms.Where(term => term.Channel >= 0).MaxBy(term => term.Term.Number) : null;
        foreach (var term in cell.Terms)
        {
            html.Join($"""<tr{(term == largest ? " class=marked" : "")}><th scope="row">""");
            if (term.Channel < 0) html.Join($"padding");
            else
            {
                html.Join($"""<a data-state data-to="cell" """);
                html.Join($"""href="{screen.To(screen.State.At(term.Layer, term.Channel, term.Row, term.Column))}">""");
                html.Join($"{Where(screen, term)}</a>");
            }
            html.Join($"""</th><td>{ShownSum.Exact(term.Term.Number)}{(term == largest ? " largest" : "")}</td>""");
            if (isProduct) html.Join($"""<td>{ShownSum.Exact(term.Term.Factor)}</td>""");
            if (isProduct) html.Join($"""<td class="part-of-sum">{sum.Part(term.Term.Product)}</td>""");
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div></details>");
        if (!isProduct && cell.TermCount > cell.Terms.Count)
            html.Add($"""<p class="note">{ReportText.Count(cell.Terms.Count)} of {ReportText.Count(cell.TermCount)} numbers.</p>""");
    }

    // Where no rule takes the op apart, its inputs stand beside its output.
    private static void WholeMaps(HtmlBuilder html, WalkScreen screen, WalkLayer layer)
    {
        html.Add($"""<ul class="channel-maps">""");
        foreach (var input in layer.Node.Inputs)
        {
            var node = screen.View.Nodes[input];
            html.Join($"""<li><a data-state data-to="layer" href="{screen.To(screen.State.At(node.Name))}">""");
            if (node.Maps is [var map, ..]) WalkPicture.Write(html, map, map.Least, map.Most, 96, $"what {node.Name} gives");
            html.Join($"<span>{node.Name}</span></a></li>");
        }
        html.Add($"</ul>");
    }

    private static string Where(WalkScreen screen, WalkTerm term) => $"{term.Layer}, channel {term.Channel}"
        + (screen.View.Nodes.First(node => node.Name == term.Layer).Output.IsVector ? "" : $", row {term.Row}, column {term.Column}");
}
