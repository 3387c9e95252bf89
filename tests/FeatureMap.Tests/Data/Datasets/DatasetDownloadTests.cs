using System.Diagnostics;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class DatasetDownloadTests : IDisposable
{
    private static readonly byte[][] Files = Idx.Set(training: 2000);
    private static readonly byte[][] Zipped = [.. Files.Select(Idx.Zip)];
    private readonly TemporaryFolder cache = new();

    private string Folder => cache["mnist"];

    public void Dispose() => cache.Dispose();

    [Fact]
    public void A_good_mirror_gives_all_files_with_progress_and_the_next_search_needs_no_network()
    {
        using var server = MirrorServer.Of(Zipped);
        var progress = new Recorder();
        var data = Find(new() { Progress = progress, Mirrors = [server.Address] });
        Assert.Equal((2000, 10, Folder, null), (data.Training.Count, data.Validation.Count, data.Source, data.Notice));
        Assert.Equal(Idx.Names, server.Requests);
        Assert.Equal(Idx.Names.Order(), TemporaryFolder.FilesIn(Folder).Order());
        var last = progress.Reports.Last(report => report.File == Idx.Names[0]);
        Assert.Equal((Zipped[0].Length, Zipped[0].Length, server.Address), (last.Bytes, last.Total, last.Mirror));

        Assert.Equal(Folder, Find(new()).Source);
        Assert.Equal(4, server.Requests.Length);
    }

    [Fact]
    public void A_cut_transfer_is_taken_up_where_it_broke_off()
    {
        using var server = new MirrorServer((name, start, number) =>
            MirrorServer.Honest(Zipped[Array.IndexOf(Idx.Names, name)], start) with { CutAfter = number < 2 ? 1000 : int.MaxValue });
        Assert.Null(Fetch(new() { Mirrors = [server.Address] }));
        Assert.Equal([Idx.Names[0], $"{Idx.Names[0]}@1000", $"{Idx.Names[0]}@2000", Idx.Names[1], Idx.Names[2], Idx.Names[3]], server.Requests);
        AssertComplete();
    }

    [Fact]
    public void A_transfer_that_stands_still_is_taken_up_again()
    {
        using var server = new MirrorServer((name, start, number) => number == 0
            ? MirrorServer.Honest(Zipped[0], start) with { CutAfter = 700, Stall = true }
            : MirrorServer.Honest(Zipped[Array.IndexOf(Idx.Names, name)], start));
        Assert.Null(Fetch(new() { Mirrors = [server.Address], StallTimeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Equal($"{Idx.Names[0]}@700", server.Requests[1]);
        AssertComplete();
    }

    [Fact]
    public void What_an_earlier_run_left_is_taken_up_also_when_it_was_complete()
    {
        using var server = MirrorServer.Of(Zipped);
        cache.Write(Path.Combine("mnist", Idx.Names[0] + ".part"), Zipped[0][..1500]);
        cache.Write(Path.Combine("mnist", Idx.Names[1] + ".part"), Zipped[1]);
        Assert.Null(Fetch(new() { Mirrors = [server.Address] }));
        Assert.Equal([$"{Idx.Names[0]}@1500", $"{Idx.Names[1]}@{Zipped[1].Length}", Idx.Names[2], Idx.Names[3]], server.Requests);
        AssertComplete();
    }

    [Fact]
    public void A_part_of_another_gzip_file_is_given_up_and_fetched_anew()
    {
        using var server = MirrorServer.Of(Zipped);
        cache.Write(Path.Combine("mnist", Idx.Names[0] + ".part"), Idx.Noise(1500, 5));
        Assert.Null(Fetch(new() { Mirrors = [server.Address] }));
        Assert.Equal([$"{Idx.Names[0]}@1500", Idx.Names[0]], server.Requests[..2]);
        AssertComplete();
    }

    [Fact]
    public void A_server_without_ranges_sends_the_whole_again()
    {
        using var server = new MirrorServer((name, _, number) =>
            MirrorServer.Honest(Zipped[Array.IndexOf(Idx.Names, name)], null) with { CutAfter = number == 0 ? 1000 : int.MaxValue });
        Assert.Null(Fetch(new() { Mirrors = [server.Address] }));
        AssertComplete();
    }

    [Fact]
    public void Wrong_content_and_missing_files_lead_to_the_next_mirror()
    {
        using var wrong = MirrorServer.Of([.. Idx.Set(training: 2000, seed: 9).Select(Idx.Zip)]);
        using var web = new MirrorServer((_, _, _) => new(200, [.. "<html>please log in</html>"u8]));
        using var missing = new MirrorServer((_, _, _) => new(404, []));
        using var good = MirrorServer.Of(Zipped);
        Assert.Null(Fetch(new() { Mirrors = [wrong.Address, web.Address, missing.Address, good.Address] }));
        AssertComplete();

        Directory.Delete(Folder, recursive: true);
        Assert.Equal($"{wrong.Address} sent a {Idx.Names[0]} with other content than expected; {web.Address} sent a {Idx.Names[0]} with other content than expected; "
            + $"{missing.Address} answered 404 for {Idx.Names[0]}", Fetch(new() { Mirrors = [wrong.Address, web.Address, missing.Address] }));
        Assert.Empty(TemporaryFolder.FilesIn(Folder));
    }

    [Fact]
    public void A_server_that_never_stops_sending_is_refused()
    {
        using var server = new MirrorServer((_, _, _) => new(200, new byte[2_000_000]));
        Assert.Contains("sends more than", Fetch(new() { Mirrors = [server.Address] }), StringComparison.Ordinal);
        Assert.Empty(TemporaryFolder.FilesIn(Folder));
    }

    [Fact]
    public void Offline_the_digits_stand_in_soon()
    {
        using var mute = new MirrorServer((_, _, _) => new(0, []));
        var clock = Stopwatch.StartNew();
        var options = new DataOptions
        {
            AllowEmbeddedDigits = true,
            Mirrors = [mute.Address, new("http://127.0.0.1:1/"), mute.Address],
            ConnectTimeout = TimeSpan.FromMilliseconds(400),
        };
        var data = Find(options);
        Assert.Equal("digits", data.Name);
        Assert.Equal("MNIST was not found; the library's 5,000 digits stand in (results do not compare with published ones).", data.Notice);
        Assert.InRange(clock.ElapsedMilliseconds, 300, 4000);
        Assert.Single(mute.Requests);
        // Why it was not found is told where nothing stands in.
        var error = Assert.Throws<DataException>(() => Find(options with { AllowEmbeddedDigits = false }));
        Assert.Contains($"{mute.Address} did not answer (no answer within 0.4 s); http://127.0.0.1:1/ did "
            + "not answer (", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_time_for_the_whole_is_limited_and_the_user_may_cancel()
    {
        using var server = new MirrorServer((_, start, _) => MirrorServer.Honest(Zipped[0], start) with { CutAfter = 500, Stall = true });
        Assert.Equal("not done within 0 seconds", Fetch(new() { Mirrors = [server.Address], DownloadTimeout = TimeSpan.FromMilliseconds(450) }));
        Assert.Equal(500, new FileInfo(Path.Combine(Folder, Idx.Names[0] + ".part")).Length);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.ThrowsAny<OperationCanceledException>(() => Fetch(new() { Mirrors = [server.Address], Cancellation = cancel.Token }));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_told()
    {
        cache.Write("mnist", [1]); // a file where the folder should be
        Assert.StartsWith($"cannot write to {Folder}: ", Fetch(new() { Mirrors = [new("http://127.0.0.1:1/")] }), StringComparison.Ordinal);
    }

    private string? Fetch(DataOptions options) => DatasetDownload.Fetch(Idx.Info("mnist", Files), Folder, options);

    private SplitData Find(DataOptions options)
    {
        var info = Idx.Info("mnist", Files);
        return new DatasetSearch(info, options, new([], cache.Location, []), [info]).Find();
    }

    private void AssertComplete()
    {
        Assert.Equal(Idx.Names.Order(), TemporaryFolder.FilesIn(Folder).Order());
        for (var i = 0; i < 4; i++)
            Assert.Equal(Zipped[i], File.ReadAllBytes(Path.Combine(Folder, Idx.Names[i])));
    }

    private sealed class Recorder : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> Reports { get; } = [];

        public void Report(DownloadProgress value)
        {
            lock (Reports) Reports.Add(value);
        }
    }
}
