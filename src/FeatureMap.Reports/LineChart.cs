using System.Globalization;

namespace FeatureMap.Reports;

/// <summary>One line of a chart. The style is a class of the style sheet: train, validation, rate, or one of
/// <see cref="ChartMarks"/>.</summary>
internal sealed record ChartSeries(string Name, string Style, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>The shape of the markers.</summary>
    public int Mark { get; init; }

    /// <summary>The least and the greatest value at each X, drawn behind the line.</summary>
    public IReadOnlyList<(double X, double Low, double High)> Band { get; init; } = [];
}

/// <summary>The size of a chart and the edges of its axes.</summary>
internal sealed record ChartFrame(double Width, double Height, double Left, double Right, double Top, double Bottom)
{
    public static ChartFrame Usual { get; } = new(540, 320, 58, 456, 16, 270);

    /// <summary>For many lines: room for their names at the right.</summary>
    public static ChartFrame Wide { get; } = new(880, 420, 58, 610, 16, 370);

    /// <summary>For narrow screens: as wide as they are, names stand below.</summary>
    public static ChartFrame Narrow { get; } = new(340, 280, 52, 324, 14, 232);

    /// <summary>The same with more room at the right, where names or values need it.</summary>
    /// <param name="label">Units that the longest takes.</param>
    public ChartFrame WithLabels(double label) => this with { Right = Math.Clamp(Width - label, Width * 0.5, Right) };
}

/// <summary>A line chart as inline SVG: axes, grid, legend, the last value written beside its line, and a tooltip per point.</summary>
internal sealed record LineChart
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>The vertical range; points outside it are clipped.</summary>
    public required (double Minimum, double Maximum) Range { get; init; }

    public bool Logarithmic { get; init; }

    public ChartFrame Frame { get; init; } = ChartFrame.Usual;

    /// <summary>Whether the last values are written beside the names, which then stand near the ends of their lines; otherwise the names
    /// stand in the order of the lines.</summary>
    public bool ShowsLastValues { get; init; } = true;

    /// <summary>What stands below the horizontal axis.</summary>
    public string Across { get; init; } = "epoch";

    public bool LogarithmicAcross { get; init; }

    /// <summary>A place on the horizontal axis to mark by a line.</summary>
    public double? Mark { get; init; }

    public required Func<double, string> Format { get; init; }

    public required Func<double, string> TickFormat { get; init; }

    private double Width => Frame.Width;

    private double Height => Frame.Height;

    private double Left => Frame.Left;

    private double Right => Frame.Right;

    private double Top => Frame.Top;

    private double Bottom => Frame.Bottom;

    /// <summary>The chart as a picture of its own, with the report's style inside and its title above it.</summary>
    public void RenderAlone(HtmlBuilder html)
    {
        const double head = 34;
        html.Join($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {-head} {Width} {Height + head}" role="img" """);
        html.Add($"""aria-labelledby="{Id}-title"><style>""");
        html.AddStyle(ReportStyle.Sheet.Replace(":root", "svg", StringComparison.Ordinal));
        html.Add($"""</style><rect y="{-head}" width="100%" height="100%" fill="var(--card)"/>""");
        html.Add($"""<text class="name" x="{Left}" y="-10" style="font-weight: 600">{TextWidth.Fit(Title, Width - Left - 8)}</text>""");
        Content(html);
    }

    /// <summary>The chart; where the page is also for narrow screens, once more for them, with the names of the lines below.</summary>
    public void Render(HtmlBuilder html)
    {
        if (!html.HasNarrowCharts)
        {
            html.Add($"""<svg viewBox="0 0 {Width} {Height}" role="img" aria-labelledby="{Id}-title">""");
            Content(html);
            return;
        }
        html.Add($"""<svg class="broad" viewBox="0 0 {Width} {Height}" role="img" aria-labelledby="{Id}-title">""");
        Content(html);
        (this with { Id = $"{Id}-narrow", Frame = ChartFrame.Narrow }).RenderNarrow(html);
    }

    private void RenderNarrow(HtmlBuilder html)
    {
        html.Add($"""<svg class="narrow" viewBox="0 0 {Width} {Height}" role="img" aria-labelledby="{Id}-title">""");
        Content(html);
        if (Series.Count < 2 && !ShowsLastValues) return;
        html.Add($"""<ul class="legend narrow">""");
        foreach (var series in Series)
        {
            // The mark has the colour of the line; words have that of text, which is read on any ground.
            html.Join($"""<li><svg class="{series.Style}" viewBox="0 0 28 10" aria-hidden="true"><line x1="0" y1="5" x2="28" y2="5" """);
            html.Join($"""class="line"/>""");
            html.Join($"""<path class="dot" d="{ChartMarks.Path(series.Mark)}" transform="translate(14 5)"/></svg>{series.Name}""");
            if (ShowsLastValues) html.Join($" <b>{Format(series.Points[^1].Y)}</b>");
            html.Add($"</li>");
        }
        html.Add($"</ul>");
    }

    private bool IsNarrow => Frame.Width == ChartFrame.Narrow.Width;

    // The numbers of the axis have their whole width.
    private void Content(HtmlBuilder html)
    {
        var ticks = (Logarithmic ? AxisScale.Logarithmic(Range.Minimum, Range.Maximum, Bottom, Top)
            : AxisScale.Linear(Range.Minimum, Range.Maximum, Bottom, Top)).Ticks;
        var width = ticks.Max(tick => TextWidth.Of(TickFormat(tick))) + 12;
        (width <= Left ? this : this with { Frame = Frame with { Left = width } }).Draw(html);
    }

    private void Draw(HtmlBuilder html)
    {
        var all = Series.SelectMany(series => series.Points).ToList();
        var (least, most) = (all.Min(point => point.X), all.Max(point => point.X));
        var x = LogarithmicAcross ? AxisScale.Logarithmic(least, most, Left, Right)
            : all.All(point => point.X == Math.Floor(point.X))
                || most - least > 4 ? AxisScale.Whole(least, most, Left, Right) : AxisScale.Linear(least, most, Left, Right);
        var y = Logarithmic ? AxisScale.Logarithmic(Range.Minimum, Range.Maximum, Bottom, Top)
            : AxisScale.Linear(Range.Minimum, Range.Maximum, Bottom, Top);

        html.Add($"""<title id="{Id}-title">{Title}. {Description()}</title>""");
        // Room for the markers on the frame, except below a cut axis.
        var floor = all.Any(point => point.Y < y.Minimum) ? 1 : 6;
        html.Add($"""<clipPath id="{Id}-clip"><rect x="{Left - 6}" y="{Top - 6}" width="{Right - Left + 12}" height="{Bottom - Top + 6 + floor}"/></clipPath>""");
        Axes(html, x, y);
        if (Mark is { } mark)
            html.Add($"""<g class="mark"><line x1="{x.Position(mark)}" x2="{x.Position(mark)}" y1="{Top}" y2="{Bottom}"/><text x="{x.Position(mark) - 6}" y="{Top + 12}" text-anchor="end">{Format(mark)}</text></g>""");
        html.Add($"""<g clip-path="url(#{Id}-clip)">""");
        foreach (var series in Series)
            Band(html, series, x, y);
        foreach (var series in Series)
            Line(html, series, x, y);
        html.Add($"</g>");
        if (!IsNarrow) LastValues(html, y);
        html.Add($"</svg>");
    }

    /// <summary>The key to the lines, as a list outside the picture.</summary>
    public void Legend(HtmlBuilder html)
    {
        html.Add($"""<ul class="legend{(html.HasNarrowCharts ? " broad" : "")}">""");
        foreach (var series in Series)
        {
            html.Join($"""<li><svg class="{series.Style}" viewBox="0 0 28 10" aria-hidden="true"><line x1="0" y1="5" x2="28" y2="5" """);
            html.Add($"""class="line"/><circle cx="14" cy="5" r="3" class="dot"/></svg>{series.Name}</li>""");
        }
        html.Add($"</ul>");
    }

    private string Description() =>
        string.Join("; ", Series.Select(series =>
            $"{series.Name}: first {Format(series.Points[0].Y)}, last {Format(series.Points[^1].Y)}")) + ".";

    private void Axes(HtmlBuilder html, AxisScale x, AxisScale y)
    {
        html.Add($"""<g class="axis">""");
        foreach (var tick in y.Ticks)
        {
            html.Add($"""<line x1="{Left}" x2="{Right}" y1="{y.Position(tick)}" y2="{y.Position(tick)}"/>""");
            html.Add($"""<text x="{Left - 8}" y="{y.Position(tick) + 4}" text-anchor="end">{TickFormat(tick)}</text>""");
        }
        foreach (var tick in x.Ticks)
            html.Add($"""<text x="{x.Position(tick)}" y="{Bottom + 20}" text-anchor="middle">{ReportText.Number(tick)}</text>""");
        html.Add($"""<text x="{(Left + Right) / 2}" y="{Height - 8}" text-anchor="middle">{Across}</text>""");
        html.Add($"</g>");
    }

    private static void Band(HtmlBuilder html, ChartSeries series, AxisScale x, AxisScale y)
    {
        if (series.Band.Count < 2) return;
        var edge = series.Band.Select(at => (at.X, at.High)).Concat(series.Band.Reverse().Select(at => (at.X, at.Low)));
        html.Add($"""<polygon class="band {series.Style}" points="{string.Join(' ', edge.Select(point => Invariant(x.Position(point.Item1)) + "," + Invariant(y.Position(point.Item2))))}"/>""");
    }

    private void Line(HtmlBuilder html, ChartSeries series, AxisScale x, AxisScale y)
    {
        var path = string.Join(' ', series.Points.Select(point => Invariant(x.Position(point.X)) + "," + Invariant(y.Position(point.Y))));
        html.Add($"""<g class="{series.Style}"><polyline class="line" points="{path}"/>""");
        // Many points are too close for markers; the line and the table below tell them.
        if (series.Points.Count <= (IsNarrow ? 30 : 120))
            foreach (var (px, py) in series.Points)
                html.Add($"""<path class="dot" d="{ChartMarks.Path(series.Mark)}" transform="translate({x.Position(px)} {y.Position(py)}){(series.Points.Count > 40 ? " scale(.67)" : "")}"><title>{Across} {ReportText.Number(px)}: {series.Name} {Format(py)}</title></path>""");
        html.Add($"</g>");
    }

    // Beside the right end of each line: its value and its name, moved apart where lines end close together. Many lines have them in one
    // row each, behind their marker.
    private void LastValues(HtmlBuilder html, AxisScale y)
    {
        var isOneRow = Frame.Width == ChartFrame.Wide.Width;
        var lineHeight = Math.Min(isOneRow ? 20 : 34, (Bottom - Top) / Series.Count);
        var labels = Series.Select(series => (series,
            At: ShowsLastValues ? Math.Clamp(y.Position(series.Points[^1].Y), Top, Bottom) : Top + 4)).OrderBy(label => label.At).ToList();
        var previous = double.NegativeInfinity;
        for (var i = 0; i < labels.Count; i++)
        {
            var series = labels[i].series;
            var value = Format(series.Points[^1].Y);
            var room = Bottom - (isOneRow ? 0 : 8) - ((labels.Count - 1 - i) * lineHeight);
            previous = Math.Max(Math.Min(labels[i].At, room), previous + lineHeight);
            if (!ShowsLastValues)
            {
                MarkOf(html, series, previous);
                var name = TextWidth.Fit(series.Name, Width - Right - 26);
                html.Add($"""<text class="name" x="{Right + 26}" y="{previous + 4}">{name}</text>""");
            }
            else if (isOneRow)
            {
                MarkOf(html, series, previous);
                var name = TextWidth.Fit(series.Name, Width - Right - 34 - TextWidth.Of(value));
                html.Add($"""<text class="last" x="{Right + 26}" y="{previous + 4}">{value}<tspan dx="8">{name}</tspan></text>""");
            }
            else
                html.Add($"""<text class="last {series.Style}" x="{Right + 10}" y="{previous + 2}">{value}<tspan x="{Right + 10}" dy="14">{series.Name}</tspan></text>""");
        }
    }

    // What a line is drawn with, beside its name.
    private void MarkOf(HtmlBuilder html, ChartSeries series, double y)
    {
        html.Join($"""<path class="dot {series.Style}" d="{ChartMarks.Path(series.Mark)}" """);
        html.Join($"""transform="translate({Right + 16} {y})"/>""");
    }

    private static string Invariant(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
