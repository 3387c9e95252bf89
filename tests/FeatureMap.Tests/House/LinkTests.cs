using System.Text.RegularExpressions;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>Links of every page of the repository lead to files and headings that are there.</summary>
public sealed partial class LinkTests
{
    [Fact]
    public void Links_lead_to_files_and_headings_that_are_there()
    {
        var pages = Repository.Texts().Where(file => Path.GetExtension(file) == ".md").ToList();
        Assert.True(pages.Count > 60);
        Guard.None(pages.SelectMany(page => Targets(File.ReadAllText(page)).Select(target => Fault(page, target))).OfType<string>());
    }

    /// <summary>A registry shows it alone: what lies beside it here is not there.</summary>
    [Fact]
    public void The_page_of_a_package_links_to_nothing_beside_it() =>
        Guard.None(Repository.Texts().Where(file => Path.GetFileName(file) == "PACKAGE.md")
            .SelectMany(page => Targets(File.ReadAllText(page)).Where(target => !IsForeign(target))
                .Select(target => $"{Repository.Short(page)} links to {target}, which is not in the package.")));

    [Fact]
    public void The_guard_sees_what_it_guards_against()
    {
        const string page = "# A `b`, c: d!\n[x](y.md#z) `[no](n)` ![p](q.png)\n```\n[no](n)\n# no\n```\n"
            + "## A b c d\n[w](https://w)\n<a id=\"here\"></a>\n";
        var readme = Path.Combine(Repository.Root, "README.md");
        Assert.Equal(["y.md#z", "q.png", "https://w"], Targets(page));
        Assert.Equal(["a-b-c-d", "a-b-c-d-1", "here"], Anchors(page));
        Assert.Contains("has no heading 'nothing'", Fault(readme, "ARCHITECTURE.md#nothing"), StringComparison.Ordinal);
        Assert.Contains("is not there", Fault(readme, "nothing.md"), StringComparison.Ordinal);
        Assert.Null(Fault(readme, "ARCHITECTURE.md#one-training-step"));
    }

    private static string? Fault(string page, string target)
    {
        if (IsForeign(target)) return null;
        var (path, anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, "");
        var file = path.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, path));
        if (!Path.Exists(file)) return $"{Repository.Short(page)} links to {target}, which is not there.";
        return anchor.Length == 0 || Path.GetExtension(file) != ".md" || Anchors(File.ReadAllText(file)).Contains(anchor) ? null
            : $"{Repository.Short(page)} links to {target}, and {Repository.Short(file)} has no heading '{anchor}'.";
    }

    private static bool IsForeign(string target) => Scheme().IsMatch(target);

    private static List<string> Targets(string text) =>
        [.. Link().Matches(InlineCode().Replace(Fence().Replace(text, ""), "")).Select(match => match.Groups["target"].Value)];

    // As GitHub and docfx make them: letters in lower case, digits, hyphens for spaces; a second one of the same words is counted.
    private static List<string> Anchors(string text)
    {
        var seen = new Dictionary<string, int>();
        var bare = Fence().Replace(text, "");
        return
        [
            .. Heading().Matches(bare).Select(match =>
            {
                var words = Link().Replace(match.Groups["words"].Value, found => found.Groups["text"].Value);
                var anchor = NotInAnchor().Replace(words.Trim().ToLowerInvariant(), "").Replace(' ', '-');
                seen[anchor] = seen.TryGetValue(anchor, out var times) ? times + 1 : 0;
                return seen[anchor] == 0 ? anchor : $"{anchor}-{seen[anchor]}";
            }),
            .. Named().Matches(bare).Select(match => match.Groups["name"].Value),
        ];
    }

    [GeneratedRegex(@"^ *```.*?^ *``` *$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"`[^`\n]+`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\[(?<text>[^\[\]]*)\]\((?<target>[^()\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (?<words>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"<a (?:id|name)=""(?<name>[^""]+)""")]
    private static partial Regex Named();

    [GeneratedRegex(@"[^\p{L}\p{N}\-_ ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex("^[a-z]+:")]
    private static partial Regex Scheme();
}
