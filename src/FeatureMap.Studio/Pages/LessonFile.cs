using System.Text.RegularExpressions;
using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>
/// A lesson as one HTML file that needs nothing else: style and script are inside, hover and stepping work, nothing can be computed again.
/// It names no path and no address.
/// </summary>
internal static partial class LessonFile
{
    public static string Of(LessonPage page)
    {
        var html = HtmlDocument.Begin($"{page.State.Lesson.Title} – FeatureMap", Assets.Text("studio.css"), runsScripts: true);
        html.Add($"<body class=\"file\">");
        var main = new HtmlBuilder();
        LessonHtml.Main(main, page, isFile: true);
        // Addresses of the studio lead nowhere in a file.
        html.AddStyle(StudioAddress().Replace(main.ToString(), ""));
        html.Add($"""
            <footer>Made by FeatureMap. This file stands alone: it loads nothing. <code>featuremap studio</code> computes with other numbers.</footer>
            <div id="spoken" class="unseen" role="status"></div>
            """);
        html.Add($"<script>");
        html.AddStyle(ScriptBundle.Of("file.js"));
        html.Add($"</script>\n</body>\n</html>");
        return html.ToString();
    }

    [GeneratedRegex(" (?:href|action)=\"/[^\"]*\"")]
    private static partial Regex StudioAddress();
}
