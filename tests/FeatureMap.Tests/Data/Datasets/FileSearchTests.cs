using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class FileSearchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Folders_given_come_before_those_of_the_environment()
    {
        var (given, environment) = (Place("given"), Place("environment"));
        var places = new DatasetPlaces([environment], folder["cache"], []);
        File.WriteAllText(Path.Combine(environment, "inner", "T91.zip"), "");
        var elsewhere = FileSearch.Of("T91.zip", [given], places);
        Assert.Equal((Path.Combine(environment, "inner", "T91.zip"), true), (elsewhere.Path, elsewhere.IsElsewhere));
        Assert.Equal([given, environment], elsewhere.Looked);
        Assert.False(FileSearch.Of("T91.zip", [], places).IsElsewhere);

        File.WriteAllText(Path.Combine(given, "T91.zip"), "");
        var found = FileSearch.Of("T91.zip", [given], places);
        Assert.Equal((Path.Combine(given, "T91.zip"), false), (found.Path, found.IsElsewhere));
    }

    [Fact]
    public void The_cache_and_packages_of_the_system_are_for_data_sets()
    {
        var (cache, system) = (Place("cache"), Place("system"));
        File.WriteAllText(Path.Combine(cache, "T91.zip"), "");
        File.WriteAllText(Path.Combine(system, "T91.zip"), "");
        var search = FileSearch.Of("T91.zip", [], new DatasetPlaces([], cache, [system]));
        Assert.Null(search.Path);
        Assert.Empty(search.Looked);
    }

    [Fact]
    public void A_place_may_be_the_file_itself()
    {
        var path = Path.Combine(Place("given"), "t91.ZIP");
        File.WriteAllText(path, "");
        Assert.Equal(path, FileSearch.Of("T91.zip", [path], new DatasetPlaces([], "", [])).Path);
    }

    private string Place(string name)
    {
        Directory.CreateDirectory(Path.Combine(folder[name], "inner"));
        return folder[name];
    }
}
