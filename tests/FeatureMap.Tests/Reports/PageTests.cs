using FeatureMap.Analysis;
using FeatureMap.Reports;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Reports;

public sealed class PageTests
{
    [Fact]
    public void A_page_stands_alone_and_escapes_every_text()
    {
        var html = Everything("<x>&\"'").ToHtml();
        Assert.DoesNotContain("<x>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;x&gt;&amp;&quot;&#39;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Equal(html, Everything("<x>&\"'").ToHtml());
    }

    [Fact]
    public void Sections_are_listed_and_cards_stand_in_rows()
    {
        var html = Everything("x").ToHtml();
        Assert.Contains("""<li><a href="#section-1">Section x</a></li>""", html, StringComparison.Ordinal);
        Assert.Contains("""<p class="headline"><strong>1 x</strong>""", html, StringComparison.Ordinal);
        // A row opens before the first card and closes behind the last one.
        Assert.Equal(2, Count(html, """<div class="charts">"""));
        Assert.Equal(Count(html, "<div"), Count(html, "</div>"));
        foreach (var element in (string[])["figure", "svg", "table", "ul", "section", "g"])
            Assert.Equal(Count(html, $"<{element} ") + Count(html, $"<{element}>"), Count(html, $"</{element}>"));
    }

    [Fact]
    public void What_is_not_finite_is_not_drawn()
    {
        var html = Drawn(new LinePlot
        {
            Title = "t",
            Lines = [new("a", [(1, 2), (2, double.NaN), (3, double.PositiveInfinity), (4, 5)]), new("lost", [(1, double.NaN)])]
        });
        Assert.Contains("points=\"58,270 456,", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("lost", html, StringComparison.Ordinal);
        Assert.Contains("There is nothing to draw.", Drawn(new LinePlot { Title = "t", Lines = [new("a", [(1, double.NaN)])] }),
            StringComparison.Ordinal);
        Assert.Contains("There is nothing to draw.", Drawn(new BarPlot { Title = "t", Bars = [new("a", double.NaN)] }),
            StringComparison.Ordinal);
        Assert.Contains("There is nothing to draw.", Drawn(new ScatterPlot { Title = "t", Groups = [new("a", [(1, double.NaN)])] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_logarithmic_axis_leaves_zeros_out()
    {
        var html = Drawn(new LinePlot
        {
            Title = "t",
            Logarithmic = true,
            LogarithmicAcross = true,
            Lines = [new("a", [(0, 1), (1, 0), (1, 10), (10, 100)])]
        });
        // From 10 to 100 upwards and from 1 to 10 to the right: the two points that are left stand in opposite corners.
        Assert.Contains("points=\"58,270 456,16\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Bars_begin_at_zero_and_dots_need_not()
    {
        PlotBar[] bars = [new("a", 98) { Spread = (97, 99) }, new("b", 99)];
        var from = Drawn(new BarPlot { Title = "t", Bars = bars });
        var dots = Drawn(new BarPlot { Title = "t", Bars = bars, FromZero = false });
        // Each once for broad and once for narrow screens.
        Assert.Equal((4, 0), (Count(from, "<rect class=\"bar\""), Count(from, "<circle")));
        Assert.Equal((0, 4), (Count(dots, "<rect class=\"bar\""), Count(dots, "<circle")));
        Assert.Contains("The axis begins at 97, not at zero.", dots, StringComparison.Ordinal);
        Assert.DoesNotContain("The axis begins", from, StringComparison.Ordinal);
        Assert.Contains(">0</text>", from, StringComparison.Ordinal);
        Assert.Contains("a: from 97 to 99", dots, StringComparison.Ordinal);
    }

    /// <summary>"momentum" was cut to "nomentum": a name has its whole width left of the bars, or it ends in an ellipsis.</summary>
    [Theory]
    [InlineData("momentum")]
    [InlineData("WWWWWWWWWWWWWWWW MMMMMMMMMMMMMMMM")]
    [InlineData("a name that is so long that nobody would want to read it to its end beside a bar of a few pixels")]
    public void No_name_is_cut(string name)
    {
        var bars = Drawn(new BarPlot { Title = "t", Bars = [new(name, 2), new("b", 1)] });
        var text = System.Text.RegularExpressions.Regex.Match(bars,
            "<text class=\"name\" x=\"([\\d.]+)\" y=\"[\\d.]+\" text-anchor=\"end\">([^<]+)<");
        var shown = text.Groups[2].Value;
        Assert.True(TextWidth.Of(shown) <= double.Parse(text.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(shown == name || (shown.EndsWith('\u2026') && name.StartsWith(shown[..^1], StringComparison.Ordinal)));
        PlotLine[] named = [new(name, [(1, 1), (2, 2)]), new("b", [(1, 1), (2, 2)])];
        var lines = Drawn(new LinePlot { Title = "t", ShowsLastValues = false, Lines = named });
        var label = System.Text.RegularExpressions.Regex.Match(lines, "<text class=\"name\" x=\"([\\d.]+)\" y=\"[\\d.]+\">([^<]+)<");
        Assert.True(double.Parse(label.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)
            + TextWidth.Of(label.Groups[2].Value) <= 880.01);
    }

    [Fact]
    public void Each_chart_is_drawn_for_narrow_screens_too_where_names_and_values_stand_below()
    {
        var html = Drawn(new LinePlot { Title = "t", Lines = [new("a", [(1, 1), (2, 0.25)]), new("b", [(1, 1), (2, 0.5)])] });
        Assert.Equal((1, 1), (Count(html, "<svg class=\"broad\""), Count(html, "<svg class=\"narrow\"")));
        var below = html[html.IndexOf("<ul class=\"legend narrow\">", StringComparison.Ordinal)..];
        Assert.Contains("a <b>0.25</b>", below, StringComparison.Ordinal);
        Assert.Contains("b <b>0.5</b>", below, StringComparison.Ordinal);
    }

    /// <summary>"100.00 %" was cut to "00.00 %" at the left edge of the picture.</summary>
    [Fact]
    public void No_number_of_an_axis_is_cut()
    {
        PlotLine[] line = [new("a", [(1, 0.1), (2, 0.9)])];
        var html = Drawn(new LinePlot { Title = "t", Format = value => $"{value:0.000000} units", Lines = line });
        var numbers = System.Text.RegularExpressions.Regex.Matches(html,
            "<text x=\"([\\d.]+)\" y=\"[\\d.]+\" text-anchor=\"end\">([^<]+ units)<");
        Assert.True(numbers.Count >= 10);
        Assert.All(numbers, number => Assert.True(TextWidth.Of(number.Groups[2].Value)
            <= double.Parse(number.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>What is said of the axis is computed from the axis: it ends at a round number, not at the range that was asked
    /// for.</summary>
    [Theory]
    [InlineData(0.47, "The axis begins at 0.4: 1 point of 3 lies below it and is cut off.")]
    [InlineData(0.05, null)]
    public void What_an_axis_cuts_off_is_counted(double least, string? said)
    {
        var html = Drawn(new LinePlot { Title = "t", Range = (least, 0.9), Lines = [new("a", [(1, 0.1), (2, 0.45), (3, 0.9)])] });
        if (said is null) Assert.DoesNotContain("cut off", html, StringComparison.Ordinal);
        else Assert.Contains(said, html, StringComparison.Ordinal);
    }

    [Fact]
    public void What_must_not_be_missed_stands_above_the_lead()
    {
        var html = new Page("t", "k", "lead") { Notice = "Beware <of> it." }.Section("s").ToHtml();
        Assert.True(html.IndexOf("<p class=\"notice\" role=\"note\">Beware &lt;of&gt; it.</p>", StringComparison.Ordinal)
            is > 0 and var at && at < html.IndexOf("<p class=\"lead\">", StringComparison.Ordinal));
    }

    [Fact]
    public void Each_point_of_a_cloud_is_a_dot_and_each_class_has_its_name_in_the_middle()
    {
        var html = Drawn(new ScatterPlot
        {
            Title = "t",
            Groups = [new("one", [(0, 0), (2, 2)]), new("two", [(10, 0), (10, 5), (10, 10)])],
            HasEqualAxes = false
        });
        Assert.Equal(5, Count(html, "h0"));
        Assert.Contains("""<text class="tag" x="92.2" """, html, StringComparison.Ordinal); // 46 + 462 x 1 / 10
        Assert.Contains(">two</text>", html, StringComparison.Ordinal);
    }

    /// <summary>With equal axes a circle stays a circle: 10 units are as long to the right as upwards.</summary>
    [Fact]
    public void Equal_axes_have_one_unit()
    {
        var html = Drawn(new ScatterPlot { Title = "t", Groups = [new("one", [(0, 0), (10, 0), (0, 3)])] });
        var path = System.Text.RegularExpressions.Regex.Match(html, @"M([\d.]+) ([\d.]+)h0M([\d.]+) ([\d.]+)h0M([\d.]+) ([\d.]+)h0");
        double Number(int group) => double.Parse(path.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(0.3, (Number(2) - Number(6)) / (Number(3) - Number(1)), 0.002);
    }

    [Fact]
    public void Lines_of_many_contenders_differ_in_colour_marker_and_from_the_eleventh_on_in_dashes()
    {
        var html = Drawn(new LinePlot
        {
            Title = "t",
            Lines = [.. Enumerable.Range(0, 12).Select(i => new PlotLine($"line {i}", [(1, i), (2, i + 1)]))]
        });
        Assert.Contains("class=\"c9\"", html, StringComparison.Ordinal);
        Assert.Contains("class=\"c1 dashed\"", html, StringComparison.Ordinal);
        Assert.Contains("<figure class=\"card whole\">", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_has_as_many_bytes_as_its_shape()
    {
        var page = new Page("t").Section("s").Add(new PictureGrid
        {
            Pictures = [new(new ReportImage([1, 2, 3], Shape.Image(1, 2, 2)),
            "c")]
        });
        Assert.Equal("A picture of the shape 1x2x2 takes 4 bytes; received 3.", Assert.Throws<ShapeException>(page.ToHtml).Message);
    }

    [Fact]
    public void Boxes_are_drawn_over_their_picture_in_its_pixels()
    {
        var html = Drawn(new PictureGrid
        {
            Pictures = [new(new ReportImage(new byte[3 * 64], Shape.Image(3, 8, 8)),
            "scene") { Boxes = [new(1, 2, 3, 4, "seven", 1)] }],
            Side = 80
        });
        Assert.Contains("""viewBox="0 0 8 8" width="80" height="80" role="img" aria-label="scene">""", html, StringComparison.Ordinal);
        Assert.Contains("""<g class="c1"><rect class="box" x="1" y="2" width="3" height="4"/>""", html, StringComparison.Ordinal);
        Assert.Contains(">seven</text>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_needs_a_section() => Assert.Equal(
        "A part of a page stands in a section: begin one with page.Section(title).",
            Assert.Throws<UsageException>(() => new Page("t").Text("x")).Message);

    private static string Drawn(PagePart part) => new Page("t").Section("s").Add(part).ToHtml();

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static Page Everything(string word)
    {
        var page = new Page($"Title {word}", $"Kind {word}", $"Lead {word}") { Headline = ($"1 {word}", $"meaning {word}") };
        return page.Section($"Section {word}", $"Reading {word}")
            .Text(word).Heading(word).Code(word).Facts(new ReportFact(word, word))
            .Table(new ReportTable([word, "n"], [[word, "1"], [word, "2"]]), word, marked: [1], links: ["a/", null])
            .Add(new LinePlot
            {
                Title = word,
                Caption = word,
                Reading = word,
                Across = word,
                Lines = [new(word, [(1, 1), (2, 2)]) { Band = [(1, 0, 1), (2, 1, 3)] }]
            })
            .Add(new ScatterPlot { Title = word, Caption = word, Reading = word, Groups = [new(word, [(0, 0), (1, 1)])] })
            .Text("between")
            .Add(new BarPlot { Title = word, Caption = word, Reading = word, Bars = [new(word, 1)] })
            .Add(new PictureGrid
            {
                Title = word,
                Caption = word,
                Columns = 2,
                Pictures = [new(new ReportImage(new byte[4], Shape.Image(1, 2, 2)), word) { Boxes = [new(0, 0, 1, 1, word)] }]
            })
            .Section("Last");
    }
}
