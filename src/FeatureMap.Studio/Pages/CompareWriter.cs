using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>A and B: a second state beside the one that is shown, and what differs.</summary>
internal static class CompareWriter
{
    public static void Write(HtmlBuilder html, LessonAddress address, LessonComparison? compared)
    {
        var lesson = address.A.Lesson;
        if (compared is null || address.B is not { } b)
        {
            html.Add($"""
                <p class="ab-offer" id="ab-offer"><a class="button" data-state
                href="{To(new(address.A, address.A))}">Keep this state as B</a>
                <small>then change it: sizes, numbers and cost stand beside each other</small></p>
                """);
            return;
        }
        html.Add($"""<section class="ab card" id="ab" aria-labelledby="ab-title"><h2 id="ab-title">A and B</h2>""");
        var isOne = b.Lesson.Id == lesson.Id;
        html.Add($"""
            <p class="actions"><a class="button" data-state href="{To(address.Swapped)}"{(isOne ? "" : " data-leave")}>Swap A and B</a>
            <a class="button" data-state href="{To(new(address.A, address.A))}">Keep this state as B</a>
            <a class="button" data-state href="{To(new(address.A, null))}">Drop B</a></p>
            """);
        if (compared.IsSame) html.Add($"<p>A is what you see below. It is the same as B so far: change a number.</p>");
        else
            html.Add($"""
                <p>A is what you see below; B is
                <a href="{LessonLink.To(b.Lesson, b.Query)}">{(isOne ? "the state that you kept" : b.Lesson.Title)}</a>.</p>
                """);
        html.Add($"""<div class="blocks">""");
        if (!compared.IsSame)
        {
            foreach (var table in compared.Tables) TableWriter.Table(html, table);
            foreach (var grid in compared.Differences.Where(grid => grid.Values.Count <= 400)) GridWriter.Write(html, grid, compared.A);
        }
        html.Add($"</div></section>");
    }

    private static string To(LessonAddress address) => LessonLink.To(address.A.Lesson, address.Query);
}
