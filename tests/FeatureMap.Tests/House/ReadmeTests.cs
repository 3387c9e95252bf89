using System.Text.RegularExpressions;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>What the entrance texts promise must be there.</summary>
public sealed partial class ReadmeTests
{
    [Theory]
    [InlineData(0, "01-first-network.cs")]
    [InlineData(1, "02-custom-loss.cs")]
    public void The_program_in_the_readme_is_the_sample_that_runs_in_ci(int block, string file)
    {
        var sample = File.ReadAllText(Path.Combine(Repository.Root, "samples", file));
        var quoted = CodeBlock().Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md")))[block].Groups["code"].Value;
        Assert.True(quoted.Length > 150);
        Assert.Contains(quoted.Trim(), sample, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("ARCHITECTURE.md")]
    [InlineData("CONTRIBUTING.md")]
    public void Links_into_the_repository_lead_somewhere(string page)
    {
        var links = Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(match => match.Groups["target"].Value)
            .Where(target => !target.StartsWith("http", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(links);
        Assert.All(links, target => Assert.True(Path.Exists(Path.Combine(Repository.Root, target)), $"{page} links to {target}, which is not there."));
    }

    [GeneratedRegex(@"```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\]\((?<target>[^)#]+)\)")]
    private static partial Regex Link();
}
