using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>What makes a page a lesson: pitfalls, experiments, questions, challenges, sources.</summary>
internal static class TeachingWriter
{
    public static void Pitfall(HtmlBuilder html, Pitfall pitfall)
    {
        html.Join($"""<div class="pitfall"><p>{pitfall.Text}</p>""");
        if (pitfall.Rule is { } rule)
            html.Join($"""<p class="note">Found by the lint rule <code>{rule}</code>: <code>featuremap lint NETWORK</code></p>""");
        html.Add($"</div>");
    }

    public static void Experiment(HtmlBuilder html, Experiment experiment, Lesson lesson) =>
        html.Add($"""
            <div class="experiment"><p><a class="try" data-state href="{LessonLink.To(lesson, experiment.Query)}">{experiment.Title}</a></p>
            <p>{experiment.Look}</p></div>
            """);

    public static void Question(HtmlBuilder html, Question question, Lesson lesson)
    {
        var number = lesson.Questions.ToList().IndexOf(question);
        html.Join($"""<fieldset class="question" data-question="{number}" data-right="{question.Right}">""");
        html.Join($"""<legend>{question.Text}</legend>""");
        foreach (var (index, answer) in question.Answers.Index())
            html.Join($"""<label><input type="radio" name="question-{number}" value="{index}"> <span>{answer}</span></label>""");
        html.Join($"""<output data-keep aria-live="polite"></output>""");
        html.Join($"""<details><summary>The answer</summary><p><b>{question.Answers[question.Right]}</b></p><p>{question.Why}</p>""");
        html.Add($"""</details></fieldset>""");
    }

    public static void Challenge(HtmlBuilder html, ChallengeBlock challenge, Lesson lesson)
    {
        var solution = lesson.Challenges.First(one => one.Id == challenge.Id).Solution;
        html.Join($"""<div class="challenge{(challenge.IsSolved ? " solved" : "")}" id="challenge-{challenge.Id}" """);
        html.Join($"""data-challenge="{challenge.Id}" """);
        html.Join($"""data-solved="{(challenge.IsSolved ? "true" : "false")}">""");
        html.Join($"""<p><b class="state">{(challenge.IsSolved ? "✓ solved" : "○ open")}</b> {challenge.Task}</p><p """);
        html.Join($"""class="verdict">{challenge.Verdict}</p>""");
        html.Join($"""<details><summary>Show a solution</summary><p><a data-state """);
        html.Add($"""href="{LessonLink.To(lesson, solution)}">Open a state that solves it</a></p></details></div>""");
    }

    public static void Sources(HtmlBuilder html, Sources sources)
    {
        html.Join($"""<div class="sources"><h3>Sources</h3><ul>""");
        foreach (var source in sources.Items)
            html.Join($"<li>{source.Title}. <cite>{source.Place}</cite></li>");
        html.Add($"</ul></div>");
    }
}
