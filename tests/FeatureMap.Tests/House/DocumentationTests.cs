using System.Text.RegularExpressions;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>The pages of <c>docs</c>: every program in them is part of a sample, which is compiled and run.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public void Every_program_of_a_page_stands_in_a_sample()
    {
        var samples = Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.cs")
            .Select(file => Level(File.ReadAllText(file))).ToList();
        var pages = Repository.Texts().Where(file => Repository.Short(file).StartsWith("docs/", StringComparison.Ordinal)
            && Path.GetExtension(file) == ".md").ToList();
        var programs = pages.SelectMany(page => Program().Matches(File.ReadAllText(page))
            .Select(match => (Page: page, Code: Level(match.Groups["code"].Value)))).ToList();
        Assert.True(programs.Count >= 8);
        Guard.None(programs.Where(program => !samples.Any(sample => sample.Contains(program.Code, StringComparison.Ordinal)))
            .Select(program => $"{Repository.Short(program.Page)} shows a program that stands in no sample, so that nothing compiles it: "
                + $"{program.Code.Split('\n')[0]} ..."));
    }

    [Fact]
    public void Every_page_is_in_the_table_of_contents()
    {
        var docs = Path.Combine(Repository.Root, "docs");
        // build-site.sh writes the page of the tool.
        var listed = Listed().Matches(File.ReadAllText(Path.Combine(docs, "toc.yml")))
            .Select(match => match.Groups["page"].Value).Except(["obj/tool.md"]).ToList();
        Guard.None(listed.Where(page => !File.Exists(Path.Combine(docs, page)))
            .Select(page => $"docs/toc.yml lists {page}, which is not there."));
        Guard.None(Repository.Texts().Where(file => Path.GetExtension(file) == ".md").Select(Repository.Short)
            .Where(page => page.StartsWith("docs/", StringComparison.Ordinal) && !listed.Contains(page["docs/".Length..]))
            .Select(page => $"docs/toc.yml does not list {page}."));
    }

    // A part of a program may be shown further to the left than it stands.
    private static string Level(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim())).Trim();

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Program();

    [GeneratedRegex(@"href: (?<page>\S+\.md)")]
    private static partial Regex Listed();
}
