using System.Text.RegularExpressions;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>What the entrance texts promise must be there.</summary>
public sealed partial class ReadmeTests
{
    [Theory]
    [InlineData("README.md", 0, "07-pretrained.cs")]
    [InlineData("README.md", 1, "01-first-network.cs")]
    [InlineData("README.md", 2, "02-custom-loss.cs")]
    [InlineData("src/FeatureMap/Training/Jobs/README.md", 0, "03-training-job.cs")]
    public void The_program_in_the_readme_is_the_sample_that_runs_in_ci(string page, int block, string file)
    {
        var sample = File.ReadAllText(Path.Combine(Repository.Root, "samples", file));
        var quoted = CodeBlock().Matches(File.ReadAllText(Path.Combine(Repository.Root, page)))[block].Groups["code"].Value;
        Assert.True(quoted.Length > 150);
        Assert.Contains(quoted.Trim(), sample, StringComparison.Ordinal);
    }

    [Fact]
    public void The_catalogue_names_what_the_public_surface_has()
    {
        var surface = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests/FeatureMap.Tests/House"), "public-api*.txt")
            .SelectMany(snapshot => Word().Matches(File.ReadAllText(snapshot))).Select(match => match.Value).ToHashSet();
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs/CATALOGUE.md")).Where(line =>
            line.StartsWith("| ", StringComparison.Ordinal) && line.Contains('`', StringComparison.Ordinal)).ToList();
        Assert.True(rows.Count > 25);
        foreach (var row in rows.Where(row => !row.StartsWith("| concept", StringComparison.Ordinal)))
            Assert.All(Quoted().Matches(row.Split('|')[2]).Select(match => match.Groups[1].Value),
                name => Assert.True(surface.Contains(name), $"The catalogue names {name}, which the public surface does not have: {row}"));
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
