using System.CommandLine;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Cli;

/// <summary><c>--views</c>: how many views of an image a classifier is asked about.</summary>
internal static class ViewsOption
{
    // In the order of TestTimeViews.
    private static readonly string[] Words = ["one", "mirror", "mirror-shift"];

    public static Option<string?> Create() => new("--views")
    {
        Description = "Average the scores of several views of an image: one (the default), mirror (twice the work), or mirror-shift (both also shifted by a pixel, six times the work)",
        HelpName = "VIEWS",
    };

    /// <exception cref="UsageException">It is none of the words.</exception>
    public static TestTimeViews Parse(string? text) => Array.IndexOf(Words, text ?? Words[0]) is var views and >= 0
        ? (TestTimeViews)views
        : throw new UsageException($"--views is one, mirror or mirror-shift: received '{text}'.{NearestName.Suggest(text!, Words)}");

    public static string Shown(TestTimeViews views) => Words[(int)views];
}
