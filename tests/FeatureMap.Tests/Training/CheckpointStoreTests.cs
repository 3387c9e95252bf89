using FeatureMap.Interchange;
using FeatureMap.Randomness;
using FeatureMap.Tests.Interchange;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class CheckpointStoreTests
{
    private static Checkpoint At(long step) => new()
    {
        Step = step,
        Tensors = [new("conv1.weight", [step, 0.5f, -1], 3), new("optimizer.velocity.conv1.weight", [0.1f, 0.2f, 0.3f], 3)],
        State = new Dictionary<string, string> { ["seed"] = "7", ["config"] = "{\"a\": 1}" },
    };

    [Fact]
    public void A_checkpoint_reads_back_as_it_was()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder["run"]);
        Assert.Null(store.LoadNewest().Checkpoint);
        Assert.Equal("", store.LoadNewest().Notice);
        Assert.Equal(store.PathOf(200), store.Save(At(200)));
        var search = store.LoadNewest();
        Assert.Equal("", search.Notice);
        Assert.Equal(200, search.Checkpoint!.Step);
        Assert.Equal(At(200).State, search.Checkpoint.State);
        Assert.Equal([200f, 0.5f, -1], search.Checkpoint.Tensor("conv1.weight").ToSingles());
        Assert.Equal([0.1f, 0.2f, 0.3f], search.Checkpoint.Tensor("optimizer.velocity.conv1.weight").ToSingles());
        Assert.Contains("has no tensor 'conv2.weight'", Assert.Throws<DataException>(() => search.Checkpoint.Tensor("conv2.weight")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_two_are_kept_in_the_order_of_numbers()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.Location);
        foreach (var step in new long[] { 0, 99, 100, 1000 })
            store.Save(At(step));
        Assert.Equal([1000, 100], store.Steps());
        Assert.Equal(["checkpoint-100.safetensors", "checkpoint-1000.safetensors"], folder.Files);
        Assert.Throws<UsageException>(() => new CheckpointStore(folder.Location, keep: 1));
    }

    [Fact]
    public void One_that_is_cut_short_is_passed_over_and_said()
    {
        using var folder = new TemporaryFolder();
        var store = Saved(folder, 200, 400);
        var size = new FileInfo(store.PathOf(400)).Length;
        using (var file = File.OpenWrite(store.PathOf(400)))
            file.SetLength(size - 10);
        var search = store.LoadNewest();
        Assert.Equal(200, search.Checkpoint!.Step);
        Assert.Equal($"checkpoint-400 is cut short: {size - 10:N0} of {size:N0} bytes. checkpoint-200 is used.", search.Notice);
    }

    [Fact]
    public void Any_flipped_bit_is_found_or_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        var store = Saved(folder, 200, 400);
        var path = store.PathOf(400);
        var original = File.ReadAllBytes(path);
        var unharmed = 0;
        for (var at = 0; at < original.Length; at++)
        {
            var bytes = (byte[])original.Clone();
            bytes[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, bytes);
            var search = store.LoadNewest();
            if (search.Skipped.Count > 0)
            {
                Assert.Equal(200, search.Checkpoint!.Step);
                Assert.StartsWith("checkpoint-400 ", search.Notice, StringComparison.Ordinal);
                continue;
            }
            unharmed++;
            Assert.Equal(At(400).State, search.Checkpoint!.State);
            Assert.Equal(At(400).Tensors.Select(t => t.Data), search.Checkpoint.Tensors.Select(t => t.Data));
        }
        Assert.InRange(unharmed, 0, 2); // a space of the padding may become another space character
    }

    [Fact]
    public void Flipped_data_is_told_by_its_checksum()
    {
        using var folder = new TemporaryFolder();
        var store = Saved(folder, 400);
        var bytes = File.ReadAllBytes(store.PathOf(400));
        bytes[^1] ^= 1;
        File.WriteAllBytes(store.PathOf(400), bytes);
        var search = store.LoadNewest();
        Assert.Null(search.Checkpoint);
        Assert.Matches(@"^checkpoint-400 is damaged: its content has the SHA-256 [0-9a-f]{12}\.\.\., and [0-9a-f]{12}\.\.\. was noted when it was written\. No checkpoint can be used\.$", search.Notice);
    }

    [Fact]
    public void One_without_checksum_or_renamed_is_passed_over_and_said()
    {
        using var folder = new TemporaryFolder();
        var store = Saved(folder, 200);
        SafetensorsFile.Write(store.PathOf(500), At(500).Tensors);
        File.Copy(store.PathOf(200), store.PathOf(600));
        File.WriteAllText(store.PathOf(700), "");
        File.WriteAllText(folder["checkpoint-0900.safetensors"], "not a canonical name");
        File.WriteAllText(folder["checkpoint-800.safetensors.2000000001.0123abcd.tmp"], "left behind by a kill");
        Assert.Equal([700, 600, 500, 200], store.Steps());
        var search = store.LoadNewest();
        Assert.Equal(200, search.Checkpoint!.Step);
        Assert.Equal(3, search.Skipped.Count);
        Assert.StartsWith("checkpoint-700 is cut short: 0 bytes", search.Skipped[0], StringComparison.Ordinal);
        Assert.StartsWith("checkpoint-600 holds the state after step 200", search.Skipped[1], StringComparison.Ordinal);
        Assert.StartsWith("checkpoint-500 has no checksum", search.Skipped[2], StringComparison.Ordinal);
        Assert.EndsWith("checkpoint-200 is used.", search.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_found_broken_does_not_displace_what_is_whole()
    {
        using var folder = new TemporaryFolder();
        var store = Saved(folder, 200, 400);
        File.WriteAllText(store.PathOf(400), "broken");
        store.LoadNewest();
        store.Save(At(350));
        store.Save(At(500));
        Assert.Equal([500, 350], store.Steps());
        Assert.Equal("", store.LoadNewest().Notice);
    }

    [Fact]
    public void Mutated_checkpoints_never_throw()
    {
        using var folder = new TemporaryFolder();
        var store = Saved(folder, 200, 400);
        var original = File.ReadAllBytes(store.PathOf(400));
        var random = new RandomSequence(5, RandomPurpose.Testing);
        for (var i = 0; i < 500; i++)
        {
            File.WriteAllBytes(store.PathOf(400), SafetensorsTests.Mutate(original, ref random));
            Assert.NotNull(store.LoadNewest().Checkpoint);
        }
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_told()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        var error = Assert.Throws<DataException>(() => new CheckpointStore(folder["file"]).Save(At(1)));
        Assert.Contains("checkpoint-1.safetensors cannot be written", error.Message, StringComparison.Ordinal);
    }

    private static CheckpointStore Saved(TemporaryFolder folder, params long[] steps)
    {
        var store = new CheckpointStore(folder.Location);
        foreach (var step in steps)
            store.Save(At(step));
        return store;
    }
}
