using System.Reflection;
using FeatureMap.Annotations;
using FeatureMap.Extensions;
using FeatureMap.Lessons;
using FeatureMap.Mpi;
using FeatureMap.OnnxRuntime;
using FeatureMap.Ops;
using FeatureMap.Reports;
using FeatureMap.Studio;
using FeatureMap.Vips;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>
/// The public surface of every assembly that users refer to is a reviewed text: what is added, changed or removed shows in the difference
/// of a commit.
/// </summary>
public sealed class PublicApiTests
{
    internal const string Variable = "FEATUREMAP_UPDATE_PUBLIC_API";

    private static readonly Assembly[] Surfaces =
    [
        typeof(Op).Assembly, typeof(Lesson).Assembly, typeof(ReportBuilder).Assembly, typeof(Recipes).Assembly, typeof(OnnxRuntimeModel).Assembly,
        typeof(WorkContext).Assembly, typeof(StudioHost).Assembly, typeof(AnnotatedSet).Assembly, typeof(IImageClassifier).Assembly,
        typeof(MpiCollective).Assembly, typeof(VipsDecoder).Assembly,
    ];

    public static TheoryData<string> Assemblies => [.. Surfaces.Select(assembly => assembly.GetName().Name!)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void The_public_surface_is_the_reviewed_one(string assembly)
    {
        var snapshot = SnapshotPath(assembly);
        var actual = PublicApi.Of(Surfaces.Single(one => one.GetName().Name == assembly));
        if (Environment.GetEnvironmentVariable(Variable) == "1")
            File.WriteAllText(snapshot, string.Join('\n', actual) + "\n");
        var reviewed = File.Exists(snapshot) ? File.ReadAllLines(snapshot) : [];
        var (added, removed) = (Missing(actual, reviewed), Missing(reviewed, actual));
        Assert.True(
            added.Count + removed.Count == 0,
            $"The public surface of {assembly} is not the reviewed one in {Repository.Short(snapshot)}. Where the change is meant, run "
                + $"the tests once with {Variable}=1, "
            + $"look at the difference, and commit it.\n{string.Join('\n', removed.Select(line => $"- {line}").Concat(added.Select(line => $"+ {line}")).Take(60))}");
    }

    /// <summary>
    /// A new assembly of <c>src</c> that others refer to must come under review as well; the tool is used by its commands.
    /// </summary>
    [Fact]
    public void Every_assembly_but_the_tool_is_reviewed() => Assert.Equal(
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).Where(name => name != "FeatureMap.Cli").Except(DependencyTests.Apart)
            .Order(StringComparer.Ordinal),
        Surfaces.Select(assembly => assembly.GetName().Name).Order(StringComparer.Ordinal));

    /// <summary><c>public-api.txt</c> of the library, <c>public-api.Zoo.txt</c> and their like of the others.</summary>
    private static string SnapshotPath(string assembly) =>
        Path.Combine(Repository.Root, $"tests/FeatureMap.Tests/House/public-api{assembly["FeatureMap".Length..]}.txt");

    // Members are indented below their type, so a line counts together with the type it stands under.
    private static List<string> Missing(IReadOnlyList<string> from, IReadOnlyList<string> other)
    {
        var known = Qualified(other).ToHashSet();
        return [.. Qualified(from).Where(line => !known.Contains(line))];
    }

    private static IEnumerable<string> Qualified(IReadOnlyList<string> lines)
    {
        var type = "";
        foreach (var line in lines.Where(line => line.Length > 0))
        {
            if (!line.StartsWith(' ')) type = line;
            yield return line.StartsWith(' ') ? $"{type} |{line.TrimStart()}" : line;
        }
    }
}
