using System.Text;
using System.Text.RegularExpressions;
using FeatureMap.Studio;
using FeatureMap.Tests.House;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>Scripts and style: small, ours, and from nowhere else.</summary>
public sealed partial class AssetTests
{
    private static IEnumerable<string> Scripts => Assets.Names.Where(name => name.EndsWith(".js", StringComparison.Ordinal));

    [Fact]
    public void Scripts_and_style_stay_small()
    {
        Assert.All(Scripts, name => Assert.True(Assets.Text(name).Split('\n').Length < 400, $"{name} has 400 lines or more: split it."));
        Assert.InRange(Scripts.Sum(name => Encoding.UTF8.GetByteCount(Assets.Text(name))), 1_000, 160_000);
        Assert.InRange(Encoding.UTF8.GetByteCount(Assets.Text("studio.css")), 1_000, 40_000);
    }

    [Fact]
    public void Nothing_names_another_host() => Assert.All(Assets.Names, name => Assert.DoesNotMatch(
        "//(?!www\\.w3\\.org/2000/svg)[a-z0-9-]+\\.[a-z]", Comment().Replace(Assets.Text(name), "")));

    [Fact]
    public void A_script_imports_what_is_there()
    {
        foreach (var name in Scripts)
            foreach (Match import in Import().Matches(Assets.Text(name)))
            {
                Assert.Contains(import.Groups["file"].Value, Scripts);
                foreach (var imported in import.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries))
                    Assert.Matches($"^export (?:async )?(?:function|class|const|let) {Regex.Escape(imported)}\\b",
                        Assets.Text(import.Groups["file"].Value).Split('\n').First(line => line.StartsWith("export ",
                        StringComparison.Ordinal) && Regex.IsMatch(line, $"\\b{Regex.Escape(imported)}\\b")));
            }
    }

    [Theory]
    [InlineData("file.js")]
    [InlineData("studio.js")]
    public void A_bundle_has_every_module_once_and_behind_those_that_it_imports(string entry)
    {
        var bundle = ScriptBundle.Of(entry);
        Assert.DoesNotMatch("(?m)^(?:import|export) ", bundle);
        var scopes = Scope().Matches(bundle).ToDictionary(match => match.Groups["module"].Value, match => match.Index); // throws for two
        Assert.Contains("links", scopes.Keys);
        var imports = Scoped().Matches(bundle);
        Assert.NotEmpty(imports);
        foreach (Match import in imports)
        {
            var module = import.Groups["module"].Value;
            Assert.True(scopes[module] < import.Index, $"{module} stands behind what imports it: two modules import each other.");
            var returned = Regex.Match(bundle[scopes[module]..], "(?m)^return \\{ (?<names>[^}]*) \\};$").Groups["names"].Value.Split(", ");
            Assert.All(import.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries), name => Assert.Contains(name, returned));
        }
        Assert.DoesNotContain("</script", bundle, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void What_the_studio_needs_is_one_script()
    {
        var bundle = ScriptBundle.Of("studio.js");
        Assert.All(Scripts.Except(["boot.js", "file.js"]), name => Assert.Contains($"const ${name[..^3]} = ", bundle,
            StringComparison.Ordinal));
    }

    [Fact]
    public void Colours_are_those_of_the_reports()
    {
        var style = Assets.Text("studio.css");
        foreach (var colours in (string[])[FeatureMap.Reports.ReportStyle.Light, FeatureMap.Reports.ReportStyle.Dark])
            Assert.Contains(Regex.Replace(colours, "([:;])\\s+", "$1"), style, StringComparison.Ordinal);
        var own = File.ReadAllText(Path.Combine(Repository.Root, "src/FeatureMap.Studio/Style/studio.css"));
        Assert.DoesNotMatch("#[0-9a-fA-F]{3,8}\\b(?=[; ])(?<!#controls)", Regex.Replace(own, "#[a-z-]+[^{};]*\\{", "{"));
        foreach (var name in Variable().Matches(own).Select(match => match.Groups[1].Value).Distinct())
            Assert.Contains($"{name}:", style, StringComparison.Ordinal);
    }

    [GeneratedRegex("/\\*.*?\\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex("^import \\{ (?<names>[^}]*) \\} from \"\\./(?<file>[a-z-]+\\.js)\";$", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex("^const \\$(?<module>[a-z_]+) = \\(\\(\\) => \\{$", RegexOptions.Multiline)]
    private static partial Regex Scope();

    [GeneratedRegex("^const \\{ (?<names>[^}]*) \\} = \\$(?<module>[a-z_]+);$", RegexOptions.Multiline)]
    private static partial Regex Scoped();

    [GeneratedRegex("var\\((--[a-z0-9]+)")]
    private static partial Regex Variable();
}
