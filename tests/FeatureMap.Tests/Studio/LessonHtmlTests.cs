using System.Net;
using System.Text.RegularExpressions;
using FeatureMap.Lessons;
using FeatureMap.Studio;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>The numbers of the HTML are those of the blocks, for all states in which lessons are judged: defaults, presets, witnesses,
/// random ones.</summary>
public sealed partial class LessonHtmlTests
{
    public static TheoryData<string> Lessons => [.. Lesson.All.Select(lesson => lesson.Id)];

    [Theory]
    [MemberData(nameof(Lessons))]
    public void Every_number_of_the_page_is_that_of_its_block(string id)
    {
        foreach (var page in FeatureMap.Tests.Lessons.LessonTests.Pages(id))
        {
            var html = LessonHtml.Stage(page).ToString();
            var (blocks, said) = (page.Blocks, WebUtility.HtmlDecode(Words().Replace(html, "")));
            foreach (var grid in blocks.OfType<Grid>())
                Assert.Equal(grid.Values.Select(NumberText.Of), Cells(html, grid.Key));
            foreach (var strip in blocks.OfType<Strip>())
                Assert.Equal(strip.Values.Select(NumberText.Of), Cells(html, strip.Key));
            foreach (var matrix in blocks.OfType<SparseMatrix>())
                Assert.Equal(
                    matrix.Entries.GroupBy(entry => entry.Row).SelectMany(row => row).Select(entry =>
                        $"row {entry.Row}, column {entry.Column}: {NumberText.Of(entry.Value)}"),
                    MatrixTitle().Matches(Figure(html, matrix.Key)).Select(match => match.Groups[1].Value));
            foreach (var cost in blocks.OfType<Cost>())
                Assert.Equal(cost.Figures.Select(figure => NumberText.Of(figure.Value)), Bold().Matches(Figure(html, cost.Key))
                    .Select(match => Text(match.Groups[1].Value)));
            foreach (var table in blocks.OfType<Table>())
                Assert.Equal(table.Rows.SelectMany(row => row).Select(cell => cell.Text), TableCell().Matches(Figure(html, table.Key))
                    .Select(match => Text(match.Groups[1].Value)));
            foreach (var formula in blocks.OfType<Formula>())
                Assert.Equal(NumberText.Of(formula.Value).Replace('-', '−'), MathNumber().Matches(Figure(html,
                    formula.Key))[^1].Groups[1].Value);
            foreach (var sentence in blocks.OfType<Sentence>())
                Assert.Contains(sentence.Text, said, StringComparison.Ordinal);
            foreach (var chart in blocks.Where(block => block is Lines or Bars or Scatter))
                Assert.All(chart.Numbers.Take(50), number => Assert.Contains($"<td>{WebUtility.HtmlEncode(NumberText.Of(number))}</td>",
                    html, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Lessons))]
    public void A_page_has_no_style_or_script_in_it_and_no_id_twice(string id)
    {
        var page = LessonHtml.Page(Lesson.Get(id).Open());
        Assert.DoesNotMatch("<style| style=| on[a-z]+=\"|javascript:", page);
        Assert.DoesNotMatch("<script(?! (?:type=\"module\" )?src=\"/assets/)", page);
        var ids = Id().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(ids.Distinct(), ids);
        foreach (var name in Label().Matches(page).Select(match => match.Groups[1].Value))
            Assert.Contains(name, ids);
    }

    /// <summary>What changes with a key is in pieces, each a whole element with an id: the rest of the stage is that of every state with
    /// the same blocks, so that the page is right when only the pieces that changed are taken over.</summary>
    [Theory]
    [MemberData(nameof(Lessons))]
    public void The_pieces_of_a_stage_are_elements_with_ids_and_the_rest_is_the_same(string id)
    {
        var rests = new Dictionary<string, string>();
        foreach (var page in FeatureMap.Tests.Lessons.LessonTests.Pages(id))
        {
            var part = PageAnswer.Part(LessonHtml.Stage(page));
            var (rest, end, ids) = ("", part.Body.IndexOf('>', StringComparison.Ordinal) + 1, new List<string>());
            foreach (var cut in part.Cuts.Chunk(2))
            {
                Assert.True(cut[0] >= end && cut[1] > cut[0]);
                var piece = part.Body[cut[0]..cut[1]];
                var name = OwnId().Match(piece);
                Assert.True(name.Success, piece[..Math.Min(200, piece.Length)]);
                Assert.Equal(0, Depths(piece)[^1]);
                Assert.DoesNotContain(0, Depths(piece)[..^1]);
                ids.Add(name.Groups[1].Value);
                rest += part.Body[end..cut[0]];
                end = cut[1];
            }
            Assert.Equal(ids.Distinct(), ids);
            Assert.Contains("controls", ids);
            rest += part.Body[end..];
            var blocks = string.Join(' ', ids);
            if (!rests.TryAdd(blocks, rest)) Assert.Equal(rests[blocks], rest);
        }
    }

    // How many elements are open behind each tag.
    private static int[] Depths(string html)
    {
        var depth = 0;
        return [.. Tag().Matches(html).Select(tag => depth += tag.Groups["end"].Success ? -1
            : tag.Groups["alone"].Success || Void.Contains(tag.Groups["name"].Value) ? 0 : 1)];
    }

    private static readonly string[] Void = ["input", "img", "br", "col", "hr"];

    [GeneratedRegex("^<[a-z]+[^>]*? id=\"([^\"]+)\"")]
    private static partial Regex OwnId();

    [GeneratedRegex("<(?<end>/)?(?<name>[a-zA-Z0-9]+)[^>]*?(?<alone>/)?>")]
    private static partial Regex Tag();

    /// <summary>The numbers that a form without a script would send back are those of the state.</summary>
    [Theory]
    [MemberData(nameof(Lessons))]
    public void The_form_has_the_state(string id)
    {
        var lesson = Lesson.Get(id);
        foreach (var query in lesson.Experiments.Select(experiment => experiment.Query).Prepend(""))
        {
            var state = LessonState.Parse(lesson, query);
            var html = LessonHtml.Stage(lesson.Open(state)).ToString();
            var pairs = Field().Matches(html).Select(match => (match.Groups["name"].Value, Value: match.Groups["value"].Value))
                .Concat(Radio().Matches(html).Select(match => (match.Groups["name"].Value, Value: match.Groups["value"].Value)))
                .Concat(Area().Matches(html).Select(match => (match.Groups["name"].Value, Value: match.Groups["value"].Value)))
                .Concat(Option().Matches(html).Select(match => (match.Groups["name"].Value, Value: match.Groups["value"].Value)));
            var sent = LessonState.From(lesson, pairs.Where(pair => lesson.Controls.Any(control => control.Name == pair.Item1))
                .Select(pair => (pair.Item1, Text(pair.Value))));
            Assert.Equal(state.Query, sent.Query);
        }
    }

    /// <summary>What a learner types is text on the page, wherever it comes back.</summary>
    [Fact]
    public void Nothing_that_is_typed_becomes_markup()
    {
        var problem = Problem.NotFound("/<img src=x onerror=alert(1)>\u202e");
        var page = ProblemPage.Of(problem);
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', page);
        Assert.Contains("&lt;img", LearnPage.Html("find=%3Cimg%20src=x%3E"), StringComparison.Ordinal);
    }

    [Fact]
    public void Shades_have_contrast_and_grow_with_the_number()
    {
        Assert.Equal(["z", "p1", "p4", "p8", "n8", "n1"], new[] { 0, 0.01, 4, 8, -8, -0.5 }.Select(value => Shade.Signed(value, 8)));
        Assert.Equal(["q0", "q8", "q16", "q0"], new[] { 1, 2, 3, double.NaN }.Select(value => Shade.Between(value, 1, 3)));
        foreach (var rules in (string[])[Shade.Rules(isDark: false), Shade.Rules(isDark: true)])
        {
            var found = Rule().Matches(rules);
            Assert.Equal(34, found.Count);
            foreach (Match rule in found)
                Assert.True(Contrast(rule.Groups[2].Value, rule.Groups[3].Value == "#fff" ? "ffffff" : "000000") >= 4.5, rule.Value);
        }
    }

    private static double Contrast(string one, string other)
    {
        static double Luminance(string colour) => new[] { (0, 0.2126), (2, 0.7152), (4, 0.0722) }.Sum(part =>
        {
            var share = Convert.ToInt32(colour.Substring(part.Item1, 2), 16) / 255.0;
            return part.Item2 * (share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4));
        });
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static IEnumerable<string> Cells(string html, string key) =>
        Regex.Matches(html, $"<td data-cell=\"{Regex.Escape(key)}:(\\d+)\"[^>]*>([^<]*)</td>").OrderBy(match =>
            int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)).Select(match =>
            Text(match.Groups[2].Value));

    private static string Figure(string html, string key)
    {
        var start = html.IndexOf($"id=\"b-{key}\"", StringComparison.Ordinal);
        Assert.True(start >= 0, $"the page has no block {key}");
        return html[start..html.IndexOf("</figure>", start, StringComparison.Ordinal)];
    }

    private static string Text(string html) => WebUtility.HtmlDecode(html);

    [GeneratedRegex("<title>(row \\d+, column \\d+: [^<,]*(?:,\\d{3}[^<,]*)*)(?:, weight \\d+)?</title>")]
    private static partial Regex MatrixTitle();

    [GeneratedRegex("<b>([^<]*)</b>")]
    private static partial Regex Bold();

    [GeneratedRegex("<td class=\"(?:words|number)\">([^<]*)</td>")]
    private static partial Regex TableCell();

    [GeneratedRegex("<mn[^>]*>([^<]*)</mn>")]
    private static partial Regex MathNumber();

    [GeneratedRegex("</?b[^>]*>")]
    private static partial Regex Words();

    [GeneratedRegex(" id=\"([^\"]*)\"")]
    private static partial Regex Id();

    [GeneratedRegex(" (?:for|aria-labelledby)=\"([^\"]*)\"")]
    private static partial Regex Label();

    [GeneratedRegex("<input type=\"(?:number|text)\" id=\"c-[^\"]*\" name=\"(?<name>[^\"]*)\"[^>]* value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Field();

    [GeneratedRegex("<input type=\"radio\" id=\"c-[^\"]*\" name=\"(?<name>[^\"]*)\" value=\"(?<value>[^\"]*)\" checked>")]
    private static partial Regex Radio();

    [GeneratedRegex("<textarea [^>]*name=\"(?<name>[^\"]*)\"[^>]*>(?<value>[^<]*)</textarea>")]
    private static partial Regex Area();

    [GeneratedRegex("<select id=\"c-[^\"]*\" name=\"(?<name>[^\"]*)\">(?:(?!</select>).)*?<option value=\"(?<value>[^\"]*)\" selected>")]
    private static partial Regex Option();

    [GeneratedRegex("\\.(\\w+)\\{--s:#([0-9a-f]{6});--i:(#\\w+)\\}")]
    private static partial Regex Rule();
}
