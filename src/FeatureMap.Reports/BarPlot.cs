namespace FeatureMap.Reports;

/// <summary>One row of a <see cref="BarPlot"/>.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Value">The value; one that is not finite is written as such.</param>
public sealed record PlotBar(string Name, double Value)
{
    /// <summary>The least and the greatest of several values, such as over seeds; null for none.</summary>
    public (double Low, double High)? Spread { get; init; }
}

/// <summary>
/// One number for each of several things, as horizontal bars from zero; or, where the differences are small beside the numbers, as dots on
/// an axis that does not begin at zero: a bar that is cut at its foot would lie about proportions, a dot does not.
/// </summary>
public sealed record BarPlot : PagePart
{
    private const double Width = 760, NarrowWidth = 340, Gap = 14, RowHeight = 30, NarrowRowHeight = 48, Top = 8, LongestName = 380;

    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>The rows, from the top.</summary>
    public required IReadOnlyList<PlotBar> Bars { get; init; }

    /// <summary>What the numbers are, and which way is better.</summary>
    public string Caption { get; init; } = "";

    /// <summary>What is to be seen in it; below the picture.</summary>
    public string Reading { get; init; } = "";

    /// <summary>Whether the axis begins at zero; otherwise dots are drawn.</summary>
    public bool FromZero { get; init; } = true;

    /// <summary>How values are written; four digits that matter where null.</summary>
    public Func<double, string>? Format { get; init; }

    /// <summary>How the numbers of the axis are written; as values where null.</summary>
    public Func<double, string>? TickFormat { get; init; }

    internal override bool IsCard => true;

    internal override bool IsWide => true;

    internal override void Render(HtmlBuilder html, string id)
    {
        var format = Format ?? ReportText.Number;
        var values = Bars.SelectMany(bar => bar.Spread is var (low, high) ? (double[])[bar.Value, low, high]
            : [bar.Value]).Where(double.IsFinite).ToList();
        html.Join($"""<figure class="card whole"><figcaption><h3>{Title}</h3><p>{Caption}{Beginning(values, format)}</p></figcaption>""");
        html.Add($"<div>");
        if (values.Count == 0)
            html.Add($"""<p class="note">There is nothing to draw.</p>""");
        else
        {
            var range = FromZero ? (Math.Min(0, values.Min()), Math.Max(0, values.Max())) : (values.Min(), values.Max());
            Draw(html, id, format, range, isNarrow: false);
            if (html.HasNarrowCharts) Draw(html, $"{id}-narrow", format, range, isNarrow: true);
        }
        html.Add($"</div>");
        if (Reading.Length > 0)
            html.Add($"""<p class="reading">{Reading}</p>""");
        html.Add($"</figure>");
    }

    private string Beginning(List<double> values, Func<double, string> format) => FromZero || values.Count == 0 ? ""
        : AxisScale.Beginning(values.Min(), values.Max(), TickFormat ?? format);

    // On a narrow screen names stand above their bars.
    private void Draw(HtmlBuilder html, string id, Func<double, string> format, (double Minimum, double Maximum) range, bool isNarrow)
    {
        var (width, rowHeight) = isNarrow ? (NarrowWidth, NarrowRowHeight) : (Width, RowHeight);
        var left = isNarrow ? 8 : Math.Clamp(Bars.Max(bar => TextWidth.Of(bar.Name)), 60, LongestName) + Gap;
        var right = width - 24 - Bars.Max(bar => TextWidth.Of(format(bar.Value)));
        var bottom = Top + (Bars.Count * rowHeight);
        var x = AxisScale.Linear(range.Minimum, range.Maximum, left, right, isNarrow ? 3 : 5);
        var style = isNarrow ? "narrow" : html.HasNarrowCharts ? "broad" : "";
        html.Join($"""<svg class="{style}" viewBox="0 0 {width} {bottom + 28}" role="img" """);
        html.Add($"""aria-labelledby="{id}-title"><title id="{id}-title">{Title}. {string.Join("; ", Bars.Select(bar => $"{bar.Name}: {format(bar.Value)}"))}.</title><g class="axis">""");
        foreach (var tick in x.Ticks)
        {
            html.Add($"""<line x1="{x.Position(tick)}" x2="{x.Position(tick)}" y1="{Top}" y2="{bottom}"/>""");
            html.Add($"""<text x="{x.Position(tick)}" y="{bottom + 20}" text-anchor="middle">{(TickFormat ?? format)(tick)}</text>""");
        }
        html.Add($"</g>");
        foreach (var (index, bar) in Bars.Index())
            Row(html, bar, Top + ((index + (isNarrow ? 0.72 : 0.5)) * rowHeight), left, x, format, isNarrow);
        html.Add($"</svg>");
    }

    private void Row(HtmlBuilder html, PlotBar bar, double y, double left, AxisScale x, Func<double, string> format, bool isNarrow)
    {
        if (isNarrow)
            html.Add($"""<g class="c0"><text class="name" x="0" y="{y - 14}">{TextWidth.Fit(bar.Name, NarrowWidth)}</text>""");
        else
        {
            var name = TextWidth.Fit(bar.Name, LongestName);
            html.Add($"""<g class="c0"><text class="name" x="{left - Gap}" y="{y + 4}" text-anchor="end">{name}</text>""");
        }
        var end = left;
        if (double.IsFinite(bar.Value))
        {
            var (zero, at) = (x.Position(Math.Clamp(0, x.Minimum, x.Maximum)), x.Position(bar.Value));
            end = at;
            if (FromZero)
                html.Add($"""<rect class="bar" x="{Math.Min(zero, at)}" y="{y - 8}" width="{Math.Max(1, Math.Abs(at - zero))}" height="16"/>""");
            if (bar.Spread is var (low, high) && double.IsFinite(low) && double.IsFinite(high))
            {
                html.Add($"""<line class="spread{(FromZero ? " over" : "")}" x1="{x.Position(low)}" x2="{x.Position(high)}" y1="{y}" y2="{y}"><title>{bar.Name}: from {format(low)} to {format(high)}</title></line>""");
                end = Math.Max(at, x.Position(high));
            }
            if (!FromZero)
                html.Add($"""<circle class="dot" cx="{at}" cy="{y}" r="5"><title>{bar.Name}: {format(bar.Value)}</title></circle>""");
        }
        html.Add($"""<text class="last" x="{end + 10}" y="{y + 4}">{format(bar.Value)}</text></g>""");
    }
}
