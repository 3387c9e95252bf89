namespace FeatureMap.Reports;

/// <summary>A line of a <see cref="LinePlot"/>.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Points">Its points, from left to right. Points that are not finite are left out.</param>
public sealed record PlotLine(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>The least and the greatest value at each X, drawn as a band behind the line, such as over several seeds; empty for
    /// none.</summary>
    public IReadOnlyList<(double X, double Low, double High)> Band { get; init; } = [];
}

/// <summary>Lines over one axis, with the last value and the name written beside each line, and a tooltip at each point.</summary>
public sealed record LinePlot : PagePart
{
    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>The lines; those without a point are left out.</summary>
    public required IReadOnlyList<PlotLine> Lines { get; init; }

    /// <summary>What the numbers are, and which way is better.</summary>
    public string Caption { get; init; } = "";

    /// <summary>What is to be seen in it; below the picture.</summary>
    public string Reading { get; init; } = "";

    /// <summary>What the horizontal axis is.</summary>
    public string Across { get; init; } = "epoch";

    /// <summary>The vertical range; from the least to the greatest value where null. What lies outside is cut off; say so in the
    /// caption.</summary>
    public (double Minimum, double Maximum)? Range { get; init; }

    /// <summary>Whether equal distances upwards are equal factors.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Whether equal distances to the right are equal factors.</summary>
    public bool LogarithmicAcross { get; init; }

    /// <summary>Whether the last value of each line is written beside its name; false where the lines end at different places, or all at
    /// one.</summary>
    public bool ShowsLastValues { get; init; } = true;

    /// <summary>How values are written; four digits that matter where null.</summary>
    public Func<double, string>? Format { get; init; }

    /// <summary>How the numbers of the axis are written; as values where null.</summary>
    public Func<double, string>? TickFormat { get; init; }

    internal override bool IsCard => true;

    internal override bool IsWide => Lines.Count > 3 || !ShowsLastValues || Lines.Any(line => line.Name.Length > 12);

    internal override void Render(HtmlBuilder html, string id)
    {
        var shown = Lines.Select((line, index) => new ChartSeries(line.Name, ChartMarks.Style(index), [.. line.Points.Where(IsFinite)])
        {
            Mark = index,
            Band = [.. line.Band.Where(at => double.IsFinite(at.Low) && double.IsFinite(at.High))],
        }).Where(line => line.Points.Count > 0).ToList();
        html.Add($"""<figure class="card{(IsWide ? " whole" : "")}"><figcaption><h3>{Title}</h3><p>{Caption}</p></figcaption><div>""");
        if (shown.Count == 0)
        {
            html.Add($"""<p class="note">There is nothing to draw.</p></div></figure>""");
            return;
        }
        var values = shown.SelectMany(line =>
            line.Points.Select(point => point.Y).Concat(line.Band.SelectMany(at => (double[])[at.Low, at.High]))).ToList();
        var format = Format ?? ReportText.Number;
        var chart = new LineChart
        {
            Id = id,
            Title = Title,
            Series = shown,
            Frame = IsWide ? ChartFrame.Wide : ChartFrame.Usual,
            Range = Range ?? (values.Min(), values.Max()),
            Logarithmic = Logarithmic,
            LogarithmicAcross = LogarithmicAcross,
            Across = Across,
            ShowsLastValues = ShowsLastValues,
            Format = format,
            TickFormat = TickFormat ?? format,
        };
        chart.Render(html);
        html.Add($"</div>");
        if (Reading.Length > 0)
            html.Add($"""<p class="reading">{Reading}</p>""");
        html.Add($"</figure>");
    }

    private bool IsFinite((double X, double Y) point) =>
        double.IsFinite(point.X) && double.IsFinite(point.Y) && (!Logarithmic || point.Y > 0) && (!LogarithmicAcross || point.X > 0);
}
