namespace FeatureMap.Studio;

/// <summary>A problem as a page, for a browser that asked for one.</summary>
internal static class ProblemPage
{
    public static string Of(Problem problem) => PageFrame.Of(problem.Title, "", html =>
    {
        html.Join($"""<main id="content" class="problem-page head"><h1>{problem.Title}</h1><p class="lead">{problem.Detail}</p><dl """);
        html.Add($"""class="problem">""");
        foreach (var (name, value) in problem.Facts)
            html.Add($"""<div><dt>{name}</dt><dd>{value}</dd></div>""");
        html.Add($"""</dl><p><a href="/learn">All lessons</a></p></main>""");
    });
}
