using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>The one frame of all lessons: claim, prediction, controls and presets, the sections, practice, and the way on.</summary>
internal static class LessonHtml
{
    private static readonly (Section Section, string Id, string Title)[] Parts =
    [
        (Section.Forward, "forward", "Forward"),
        (Section.Matrix, "matrix", "Matrix"),
        (Section.Gradient, "gradient", "Gradient"),
        (Section.Cost, "cost", "Cost"),
        (Section.Code, "code", "Code"),
        (Section.Reference, "reference", "Reference"),
    ];

    /// <summary>The whole page.</summary>
    public static string Page(LessonPair pair) =>
        PageFrame.Of(pair.A.State.Lesson.Title, "lesson", html => Main(html, pair, isFile: false));

    /// <summary>What depends on the state: the part that is asked for again when a number changes.</summary>
    public static HtmlBuilder Stage(LessonPair pair)
    {
        var html = new HtmlBuilder();
        Stage(html, pair, isFile: false);
        return html;
    }

    public static void Main(HtmlBuilder html, LessonPair pair, bool isFile)
    {
        var lesson = pair.A.State.Lesson;
        var (before, after) = Neighbours(lesson);
        var chapter = Course.Chapters.FirstOrDefault(one => one.Lessons.Contains(lesson));
        html.Add($"""<main id="content" class="lesson" data-lesson="{lesson.Id}"><header class="head">""");
        html.Join($"""<p class="crumbs"><a href="/learn">Learn</a> › <a """);
        html.Join($"""href="/learn#chapter-{chapter?.Letter.ToString()}">{chapter?.Letter.ToString()} {chapter?.Title}</a></p>""");
        html.Join($"""<h1>{lesson.Title}</h1><p class="lead">{lesson.Claim}</p>""");
        if (!isFile && WalkLink.ToLesson(lesson.Id) is (var address, var layer))
            html.Join($"""<p class="note">In a trained network: <a href="{address}">layer {layer} of the digits, on one image</a></p>""");
        html.Add($"</header>");
        Stage(html, pair, isFile);
        html.Add($"""<nav class="on" aria-label="Lessons">""");
        if (before is not null) html.Add($"""<a rel="prev" href="{LessonLink.To(before)}"><span>before</span> {before.Title}</a>""");
        if (after is not null) html.Add($"""<a rel="next" href="{LessonLink.To(after)}"><span>next</span> {after.Title}</a>""");
        html.Add($"</nav></main>");
    }

    private static void Stage(HtmlBuilder html, LessonPair pair, bool isFile)
    {
        var page = pair.A;
        var (state, lesson) = (page.State, page.State.Lesson);
        var writer = new BlockWriter(html, page);
        html.Add($"""<div id="stage" data-page="{LessonLink.To(lesson)}" data-query="{pair.Address.Query}">""");
        html.Piece(() => Prediction(html, page));
        html.Piece(() =>
        {
            if (isFile) ControlWriter.Values(html, state);
            else ControlWriter.Form(html, pair);
        });
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        if (!isFile) html.Piece(() => CompareWriter.Write(html, pair.Address, pair.Compared));
        Tabs(html);
        foreach (var (section, id, title) in Parts)
        {
            html.Join($"""<section class="part" id="{id}" aria-labelledby="{id}-title"><h2 id="{id}-title">{title}</h2><div """);
            html.Add($"""class="blocks">""");
            foreach (var block in GridsFirst(page.Blocks.Where(block => block.Section == section)))
                writer.Write(block);
            html.Add($"</div>");
            if (section == Section.Reference) RoomText.Write(html, lesson);
            html.Add($"</section>");
        }
        Practice(html, page, writer);
        html.Add($"</div>");
    }

    /// <summary>Between two sentences the grids come first, so that what is read and what is made of it stand side by side.</summary>
    private static IEnumerable<Block> GridsFirst(IEnumerable<Block> blocks)
    {
        var run = new List<Block>();
        foreach (var block in blocks)
        {
            if (block is not Sentence)
            {
                run.Add(block);
                continue;
            }
            foreach (var one in run.OrderBy(one => one is Grid ? 0 : 1)) yield return one;
            run.Clear();
            yield return block;
        }
        foreach (var one in run.OrderBy(one => one is Grid ? 0 : 1)) yield return one;
    }

    private static void Prediction(HtmlBuilder html, LessonPage page)
    {
        var prediction = page.State.Lesson.Prediction;
        var numbers = page.Numbers(prediction.Block);
        var isNumber = prediction.Number >= 0 && prediction.Number < numbers.Count;
        var answer = isNumber ? NumberText.Of(numbers[prediction.Number])
            : string.Join(' ', numbers.Index().Where(number => number.Item != 0).Select(number => $"{number.Index}"));
        // The number of a formula stands in a grid too.
        var cell = page[prediction.Block] is Formula { Left.Cell: { } place } ? $"{place.Grid}:{place.Cell}" : isNumber
            ? $"{prediction.Block}:{prediction.Number}" : "";
        html.Join($"""<section class="predict" id="predict" aria-labelledby="predict-title" data-block="{prediction.Block}" """);
        html.Join($"""data-place="{cell}" """);
        html.Add($"""data-kind="{(isNumber ? "number" : "cells")}" """);
        html.Join($"""data-number="{prediction.Number}" data-answer="{answer}"><h2 id="predict-title">Predict first</h2>""");
        html.Add($"""<p>{prediction.Text}</p>""");
        html.Add($"""<div class="scripted answer-row">""");
        if (isNumber) html.Add($"""<input type="text" inputmode="decimal" id="prediction" aria-label="Your prediction" autocomplete="off" size="10">""");
        else html.Add($"""<p class="note">Choose the cells in the empty grid: click, or Enter on a cell.</p>""");
        html.Join($"""<button type="button" class="primary" id="predict-check">Check</button><button type="button" """);
        html.Add($"""id="predict-skip">Skip</button></div><output data-keep aria-live="polite"></output></section>""");
    }

    private static void Tabs(HtmlBuilder html)
    {
        html.Add($"""<nav class="tabs" aria-label="Parts of the lesson"><ul>""");
        foreach (var (_, id, title) in Parts)
            html.Add($"""<li><a href="#{id}">{title}</a></li>""");
        html.Add($"""<li><a href="#practice">Practice</a></li></ul></nav>""");
    }

    private static void Practice(HtmlBuilder html, LessonPage page, BlockWriter writer)
    {
        html.Add($"""<section class="part" id="practice" aria-labelledby="practice-title"><h2 id="practice-title">Practice</h2>""");
        Blocks<Pitfall>(html, page, writer, "Pitfalls", "pitfalls");
        Blocks<Experiment>(html, page, writer, "Experiments", "experiments");
        Blocks<Question>(html, page, writer, "Questions", "questions");
        Blocks<ChallengeBlock>(html, page, writer, "Challenge", "challenges");
        foreach (var block in page.Blocks.Where(block => block.Section == Section.Practice
            && block is not (Pitfall or Experiment or Question or ChallengeBlock)))
            writer.Write(block);
        html.Add($"</section>");
    }

    private static void Blocks<T>(HtmlBuilder html, LessonPage page, BlockWriter writer, string title, string style) where T : Block
    {
        var blocks = page.Blocks.OfType<T>().ToList();
        if (blocks.Count == 0) return;
        html.Add($"""<h3>{title}</h3><div class="{style}">""");
        foreach (var block in blocks)
            writer.Write(block);
        html.Add($"</div>");
    }

    private static (Lesson? Before, Lesson? After) Neighbours(Lesson lesson)
    {
        var at = Lesson.All.ToList().IndexOf(lesson);
        return (at > 0 ? Lesson.All[at - 1] : null, at + 1 < Lesson.All.Count ? Lesson.All[at + 1] : null);
    }
}
