using System.Text.Json.Nodes;
using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>
/// The course as a map: its chapters in their order, each with its lessons. What is done is kept by the browser and marked by the script.
/// </summary>
internal static class LearnPage
{
    private const int LongestSearch = 80;

    public static string Html(string query)
    {
        var sought = Sought(query);
        return PageFrame.Of("Learn", "learn", html =>
        {
            html.Add($"""<main id="content" class="learn"><header class="hero"><h1>Every concept, with your own numbers</h1>""");
            html.Add($"""
                <p class="lead">Change a number and see what it does: forward, as a matrix, in the gradient, in cost and in code.
                What computes here is the engine that trains.</p>
                """);
            var first = Lesson.All[0];
            html.Add($"""
                <p class="begin"><a class="button" id="continue" href="{LessonLink.To(first)}">Begin: {first.Title}</a>
                <span id="done" class="note" data-total="{Lesson.All.Count}">{ReportText.Count(Lesson.All.Count, "lesson")}, in the order of
                the course</span></p></header>
                """);
            if (sought.Length > 0) Results(html, sought);
            foreach (var chapter in Course.Chapters)
                Chapter(html, chapter);
            html.Add($"""
                <section class="kept"><h2>Walk a network on one image</h2>
                <p>All of it together: <a href="{WalkLink.Choice}">from the whole network to the products of one cell</a>, with the numbers
                of a trained model.</p></section>
                """);
            html.Add($"""
                <section class="kept scripted"><h2>What you have done</h2>
                <p>It is kept in this browser, nowhere else. <button type="button" id="progress-save">Save as a file</button>
                <label class="button">Open a file<input type="file" id="progress-open" accept="application/json" class="unseen"></label>
                <button type="button" id="progress-clear">Forget it</button></p></section></main>
                """);
        });
    }

    public static JsonObject Json() => new()
    {
        ["schema"] = 1,
        ["chapters"] = new JsonArray([.. Course.Chapters.Select(chapter => new JsonObject
        {
            ["letter"] = $"{chapter.Letter}",
            ["title"] = chapter.Title,
            ["headings"] = new JsonArray([.. chapter.Headings.Select(heading => new JsonObject { ["heading"] = heading,
                ["lesson"] = Lesson.Find(heading)?.Id })]),
        })]),
        ["lessons"] = new JsonArray([.. Lesson.All.Select(lesson => new JsonObject
        {
            ["id"] = lesson.Id,
            ["title"] = lesson.Title,
            ["claim"] = lesson.Claim,
            ["address"] = LessonLink.To(lesson),
            ["aliases"] = new JsonArray([.. lesson.Aliases.Select(alias => JsonValue.Create(alias))]),
        })]),
    };

    /// <summary>What a query looks for; empty where it looks for nothing.</summary>
    public static string Sought(string query)
    {
        var pair = query.Split('&').FirstOrDefault(pair => pair.StartsWith("find=", StringComparison.Ordinal));
        var text = pair is null ? "" : Uri.UnescapeDataString(pair["find=".Length..].Replace('+', ' ')).Trim();
        return text.Length > LongestSearch ? text[..LongestSearch] : text;
    }

    /// <summary>The lessons whose names, headings or claim have all words.</summary>
    public static IReadOnlyList<Lesson> Found(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [.. Lesson.All.Where(lesson => words.All(word => Texts(lesson).Any(own => own.Contains(word,
            StringComparison.OrdinalIgnoreCase))))];
    }

    private static IEnumerable<string> Texts(Lesson lesson) => [lesson.Id, lesson.Title, lesson.Claim, .. lesson.Aliases,
        .. lesson.Headings];

    private static void Results(HtmlBuilder html, string text)
    {
        var found = Found(text);
        html.Add($"""<section class="results"><h2>{ReportText.Count(found.Count, "lesson")} for “{text}”</h2>""");
        if (found.Count == 0) html.Add($"<p>Nothing has these words.{NearestName.Suggest(text, Lesson.All.SelectMany(lesson => lesson.Aliases.Prepend(lesson.Id)))} Look at the chapters below.</p>");
        Cards(html, found);
        html.Add($"</section>");
    }

    private static void Chapter(HtmlBuilder html, Chapter chapter)
    {
        html.Join($"""<section class="chapter" id="chapter-{$"{chapter.Letter}"}"><h2><span """);
        html.Add($"""class="letter">{$"{chapter.Letter}"}</span> {chapter.Title}</h2>""");
        Cards(html, chapter.Lessons);
        var missing = chapter.Headings.Where(heading => Lesson.Find(heading) is null).ToList();
        if (missing.Count > 0) html.Add($"""<p class="note">Not here yet: {string.Join(" · ", missing)}</p>""");
        html.Add($"</section>");
    }

    private static void Cards(HtmlBuilder html, IReadOnlyList<Lesson> lessons)
    {
        if (lessons.Count == 0) return;
        html.Add($"""<ol class="cards">""");
        foreach (var lesson in lessons)
        {
            html.Join($"""<li class="card" data-lesson="{lesson.Id}"><span class="progress" aria-hidden="true"></span><h3><a """);
            html.Join($"""href="{LessonLink.To(lesson)}">{lesson.Title}</a></h3><p>{lesson.Claim}</p>""");
            var others = lesson.Headings.Where(heading => heading != lesson.Title).ToList();
            if (others.Count > 0) html.Join($"""<p class="note">Course page: {string.Join(" · ", others)}</p>""");
            html.Add($"</li>");
        }
        html.Add($"</ol>");
    }
}
