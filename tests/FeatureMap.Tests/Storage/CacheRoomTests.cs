using FeatureMap.Workbench;
using Xunit;

namespace FeatureMap.Tests.Storage;

/// <summary>Files that can be made again have a bound, and those that were not used for the longest time go first.</summary>
public sealed class CacheRoomTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_not_used_for_the_longest_time_goes_first()
    {
        var day = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach (var (name, age) in new[] { ("a.features", 1), ("b.features", 2), ("c.features", 3), ("new.features", 0), ("d.images", 9) })
        {
            var file = folder.Write($"cache/{name}", new byte[100]);
            File.SetLastWriteTimeUtc(file, day.AddDays(-age));
            File.SetLastAccessTimeUtc(file, day.AddDays(-age));
        }
        CacheRoom.Touch(folder["cache/c.features"]);
        Assert.Equal((2, 200), CacheRoom.Trim(folder["cache"], "*.features", 250, folder["cache/new.features"]));
        Assert.Equal(["c.features", "d.images", "new.features"], Directory.GetFiles(folder["cache"]).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
        // What was just written stays even where it alone is too large, and a folder that is not there is no error.
        Assert.Equal((1, 100), CacheRoom.Trim(folder["cache"], "*.features", 10, folder["cache/new.features"]));
        Assert.Equal((0, 0), CacheRoom.Trim(folder["none"], "*.features", 10, folder["none/x.features"]));
    }

    [Fact]
    public void The_cache_is_shown_by_kind_and_only_what_can_be_made_again_is_cleared()
    {
        folder.Write("all/decoded/a.images", new byte[10]);
        folder.Write("all/features/b.features", new byte[20]);
        folder.Write("all/features/c.features", new byte[5]);
        folder.Write("all/mnist/t10k-images-idx3-ubyte.gz", new byte[40]);
        Assert.Equal([("decoded", 1, 10L), ("features", 2, 25L), ("downloads", 1, 40L)], CacheContent.Find(folder["all"])
            .Select(kind => (kind.Name, kind.Files, kind.Bytes)));
        Assert.Throws<UsageException>(() => CacheContent.Clear(["downloads"], folder["all"]));
        Assert.Equal(25, CacheContent.Clear(["features"], folder["all"]).Single().Bytes);
        Assert.Equal([1, 0, 1], CacheContent.Find(folder["all"]).Select(kind => kind.Files));
        Assert.Equal([0, 0, 0], CacheContent.Find(folder["nothing"]).Select(kind => kind.Files));
    }
}
