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

    /// <summary>The vertical range; from the least to the greatest value where null. What lies outside is cut off, and the plot says
    /// so.</summary>
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

    // Beside a chart of half the width there is room for a short name.
    internal override bool IsWide => Lines.Count > 3 || !ShowsLastValues || Lines.Any(line => TextWidth.Of(line.Name) > 74);

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
        // A marker, a space, the value and the name.
        var labels = shown.Max(line => TextWidth.Of(line.Name) + (ShowsLastValues ? TextWidth.Of(format(line.Points[^1].Y)) + 8 : 0)) + 34;
        var chart = new LineChart
        {
            Id = id,
            Title = Title,
            Series = shown,
            Frame = IsWide ? ChartFrame.Wide.WithLabels(labels) : ChartFrame.Usual,
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
        if (Reading + Cut(shown, format) is { Length: > 0 } reading)
            html.Add($"""<p class="reading">{reading.TrimStart()}</p>""");
        html.Add($"</figure>");
    }

    // What an axis that was given leaves out.
    private string Cut(List<ChartSeries> shown, Func<double, string> format)
    {
        if (Range is not { } given || Logarithmic) return "";
        var axis = AxisScale.Linear(given.Minimum, given.Maximum, 0, 1);
        var points = shown.SelectMany(line => line.Points).ToList();
        var below = points.Count(point => point.Y < axis.Minimum);
        return below == 0 ? "" : $" The axis begins at {(TickFormat ?? format)(axis.Minimum)}: {ReportText.Count(below, "point")} of "
            + $"{ReportText.Count(points.Count)} {(below == 1 ? "lies" : "lie")} below it and {(below == 1 ? "is" : "are")} cut off.";
    }

    private bool IsFinite((double X, double Y) point) =>
        double.IsFinite(point.X) && double.IsFinite(point.Y) && (!Logarithmic || point.Y > 0) && (!LogarithmicAcross || point.X > 0);
}
