using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.House;

/// <summary>The public surface of the library is a reviewed text: what is added, changed or removed shows in the difference of a commit.</summary>
public sealed class PublicApiTests
{
    private const string Variable = "FEATUREMAP_UPDATE_PUBLIC_API";

    private static string SnapshotPath => Path.Combine(Repository.Root, "tests/FeatureMap.Tests/House/public-api.txt");

    [Fact]
    public void The_public_surface_is_the_reviewed_one()
    {
        var actual = PublicApi.Of(typeof(Op).Assembly);
        if (Environment.GetEnvironmentVariable(Variable) == "1")
            File.WriteAllText(SnapshotPath, string.Join('\n', actual) + "\n");
        var reviewed = File.Exists(SnapshotPath) ? File.ReadAllLines(SnapshotPath) : [];
        var (added, removed) = (Missing(actual, reviewed), Missing(reviewed, actual));
        Assert.True(
            added.Count + removed.Count == 0,
            $"The public surface of FeatureMap is not the reviewed one in {Repository.Short(SnapshotPath)}. Where the change is meant, run the tests once with {Variable}=1, "
            + $"look at the difference, and commit it.\n{string.Join('\n', removed.Select(line => $"- {line}").Concat(added.Select(line => $"+ {line}")).Take(60))}");
    }

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
