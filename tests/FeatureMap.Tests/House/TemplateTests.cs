using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>The templates of <c>dotnet new</c>; that what they make builds and runs, tests/packages.sh finds out.</summary>
public sealed class TemplateTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "templates/FeatureMap.Templates");

    public static TheoryData<string> Templates => [.. Directory.EnumerateDirectories(Path.Combine(Folder, "content")).Select(folder =>
        Path.GetFileName(folder)!)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void It_refers_to_the_packages_of_the_version_that_is_packed_with_it(string template)
    {
        var version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
        var references = XDocument.Load(Project(template)).Descendants("PackageReference").ToList();
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.Equal(version, reference.Attribute("Version")?.Value));
        var packable = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("<IsPackable>true", StringComparison.Ordinal));
        Assert.Subset(
            packable.Select(Path.GetFileNameWithoutExtension).ToHashSet(),
            references.Select(reference => reference.Attribute("Include")?.Value).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void It_has_its_name_a_readme_and_its_rows(string template)
    {
        var folder = Path.Combine(Folder, "content", template);
        using var description = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, ".template.config/template.json")));
        Assert.Equal(template, description.RootElement.GetProperty("shortName").GetString());
        var name = description.RootElement.GetProperty("sourceName").GetString();
        Assert.Equal(Path.GetFileNameWithoutExtension(Project(template)), name);
        Assert.StartsWith($"# {name}\n", File.ReadAllText(Path.Combine(folder, "README.md")), StringComparison.Ordinal);
        foreach (var page in (string[])["README.md", "PACKAGE.md"])
            Assert.Contains(template, File.ReadAllText(Path.Combine(Folder, page)), StringComparison.Ordinal);
        Assert.Matches(
            $@"templates=""[^""]*\b{Regex.Escape(template["featuremap-".Length..])}\b",
            File.ReadAllText(Path.Combine(Repository.Root, "tests/packages.sh")));
    }

    private static string Project(string template) =>
        Assert.Single(Directory.EnumerateFiles(Path.Combine(Folder, "content", template), "*.csproj"));
}
