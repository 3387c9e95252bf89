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
        var html = Everything("<b>&\"'").ToHtml();
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;&amp;&quot;&#39;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Equal(html, Everything("<b>&\"'").ToHtml());
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
        Assert.Equal((2, 0), (Count(from, "<rect class=\"bar\""), Count(from, "<circle")));
        Assert.Equal((0, 2), (Count(dots, "<rect class=\"bar\""), Count(dots, "<circle")));
        Assert.Contains("The axis does not begin at zero.", dots, StringComparison.Ordinal);
        Assert.DoesNotContain("does not begin", from, StringComparison.Ordinal);
        Assert.Contains(">0</text>", from, StringComparison.Ordinal);
        Assert.Contains("a: from 97 to 99", dots, StringComparison.Ordinal);
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
