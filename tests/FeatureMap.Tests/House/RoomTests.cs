using System.Text.RegularExpressions;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>Every op has a room, and every room is complete.</summary>
public sealed partial class RoomTests
{
    public static TheoryData<string> Ops => [.. OpCatalogue.Entries.Select(entry => entry.Type.Name)];

    [Theory]
    [MemberData(nameof(Ops))]
    public void It_has_a_lesson(string op)
    {
        var lesson = Path.Combine(Path.GetDirectoryName(FileOf(op))!, "README.md");
        Assert.True(File.Exists(lesson), $"{Repository.Short(lesson)} is missing: every room has its lesson beside the code.");
        var text = File.ReadAllText(lesson);
        if (Path.GetFileName(Path.GetDirectoryName(lesson)) != op)
            Assert.Contains(op, text, StringComparison.Ordinal); // a room that several ops share
        Assert.True(text.Length > 400, $"{Repository.Short(lesson)} is a stub.");
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public void Its_cases_reach_every_path(string op)
    {
        var entry = Entry(op);
        var declared = entry.Cases.SelectMany(PathsOf).ToHashSet();
        Guard.None(PathsNamedIn(op).Where(path => !declared.Contains(path)).Select(path => $"{op} can take the path '{path}', and none of "
            + "its cases does"));
        var random = new RandomSequence(40, RandomPurpose.Testing);
        for (var i = 0; i < 500; i++)
            Assert.All(PathsOf(entry.RandomCase(ref random)), path => Assert.Contains(path, declared));
        Assert.All(entry.Cases, given => Assert.False(string.IsNullOrWhiteSpace(given.Op.Path(given.Inputs).Reason)));
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public void Its_cases_have_names_of_their_own(string op) => Assert.Distinct(Entry(op).Cases.Select(given => given.Name));

    [Theory]
    [MemberData(nameof(Ops))]
    public void Its_name_is_its_type(string op) => Assert.All(Entry(op).Cases, given => Assert.Equal(op, given.Op.Name));

    [Fact]
    public void The_names_of_paths_are_found_in_the_sources()
    {
        Assert.Contains("direct", PathsNamedIn("Conv2d"));
        Assert.Contains("2x2", PathsNamedIn("MaxPool2d"));
        Assert.All(OpCatalogue.Entries, entry => Assert.NotEmpty(PathsNamedIn(entry.Type.Name)));
    }

    private static CatalogueEntry Entry(string op) => OpCatalogue.Entries.Single(entry => entry.Type.Name == op);

    private static IEnumerable<string> PathsOf(OpCase given) =>
        given.Op.Path(given.Inputs) is var path
            ? new[] { path, path.InputGradient, path.WeightGradient }.OfType<KernelPath>().Select(one => one.Name) : [];

    private static string FileOf(string op) =>
        Repository.Sources("src/FeatureMap/Ops").Single(file => Path.GetFileName(file) == $"{op}.cs");

    /// <summary>A path is written as new("name", "reason") in the files of the op or of its base class: two texts, which nothing else in a
    /// room is.</summary>
    private static HashSet<string> PathsNamedIn(string op)
    {
        var names = new HashSet<string>();
        for (var type = Entry(op).Type; type is not null && type != typeof(Op); type = type.BaseType)
            foreach (var file in Repository.Sources("src/FeatureMap/Ops").Where(file => Path.GetFileName(file) == $"{type.Name}.cs"
                || Path.GetFileName(file).StartsWith($"{type.Name}.", StringComparison.Ordinal)))
                foreach (Match match in PathLiteral().Matches(File.ReadAllText(file)))
                    names.Add(match.Groups[1].Value);
        return names;
    }

    [GeneratedRegex("""new(?: KernelPath)?\(\s*"([^"]+)",\s*\$?"[^"]{12,}"\s*\)""")]
    private static partial Regex PathLiteral();
}
