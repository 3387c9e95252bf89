using System.Net.WebSockets;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Studio;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>What a tab is told of what happens: in order, without a gap, and never at the cost of the studio.</summary>
public sealed class TopicTests(RunningStudio studio) : IClassFixture<RunningStudio>
{
    [Fact]
    public async Task A_tab_that_watches_is_told_and_goes_on_where_it_was()
    {
        using var first = await studio.Open();
        await RunningStudio.Say(first, """{"watch": ["server"]}""");
        var start = await Hear(first);
        Assert.Equal(("server", "watching"), ((string?)start["topic"], (string?)start["event"]));
        var before = (long)start["seq"]!;
        await Upload(11);
        await Upload(12);
        var (one, two) = (await Hear(first), await Hear(first));
        Assert.Equal((before + 1, before + 2, "uploaded", "b12.png"), ((long)one["seq"]!, (long)two["seq"]!, (string?)one["event"],
            (string?)two["data"]!["name"]));

        using var second = await studio.Open();
        await RunningStudio.Say(second, $$$"""{"watch": ["server"], "after": {"server": {{{before + 1}}}}}""");
        Assert.Equal(two.ToJsonString(), (await Hear(second)).ToJsonString());
        await RunningStudio.Say(second, """{"drop": ["server"]}""");
        await Upload(13);
        // The next message is the answer: what was dropped is not told.
        await RunningStudio.Say(second, """{"ask": 5, "path": "/no-such-page"}""");
        Assert.Equal(5, (int)(await Hear(second))["answer"]!);

        using var third = await studio.Open();
        await RunningStudio.Say(third, $$$"""{"watch": ["server"], "after": {"server": {{{before + 1000}}}}}""");
        Assert.Equal("server", (string?)(await Hear(third))["lost"]);
        await RunningStudio.Say(third, """{"watch": ["no-such-topic"]}""");
        Assert.Equal(404, (int)(await Hear(third))["problem"]!["status"]!);
    }

    [Theory]
    [InlineData("""{"watch": "server"}""")]
    [InlineData("""{"watch": [1]}""")]
    [InlineData("""{"watch": [""]}""")]
    [InlineData("""{"watch": ["server"], "after": {"server": "x"}}""")]
    [InlineData("""{"watch": ["server"], "after": 7}""")]
    [InlineData("""{"drop": {}}""")]
    [InlineData("[]")]
    public async Task A_message_that_is_none_is_refused(string message)
    {
        using var socket = await studio.Open();
        await RunningStudio.Say(socket, message);
        Assert.Equal(400, (int)(await Hear(socket))["problem"]!["status"]!);
        Assert.Equal(WebSocketState.Open, socket.State);
    }

    [Fact]
    public void The_hub_keeps_the_last_events_and_says_when_they_are_gone()
    {
        var hub = new Hub(mostKept: 3);
        hub.Open("run/a", last: 40);
        for (var i = 0; i < 5; i++) hub.Publish("run/a", "epoch", i);
        var heard = new List<long>();
        bool Hears(LiveEvent one)
        {
            heard.Add(one.Number);
            return heard.Count < 4;
        }
        Assert.Null(hub.Watch("run/a", 41, Hears)); // 42 is not kept any more
        Assert.Null(hub.Watch("run/a", 46, Hears)); // such a number was never given
        Assert.Empty(heard);
        Assert.Equal(45, hub.Watch("run/a", 42, Hears));
        Assert.Equal([43, 44, 45], heard);
        hub.Publish("run/a", "ended", null, number: 60);
        hub.Publish("run/a", "late"); // who wants no more is not told
        Assert.Equal([43, 44, 45, 60], heard);
        Assert.True(hub.Has(Hub.Server));
        Assert.False(hub.Has("run/b"));
    }

    [Fact]
    public async Task Of_progress_the_newest_waits_and_a_slow_tab_is_told_that_it_lost_a_topic()
    {
        var hub = new Hub(mostKept: 4);
        hub.Open("run/a");
        var tab = new Watching(hub);
        tab.Watch(["run/a"], new Dictionary<string, long>());
        for (var i = 1; i <= 100; i++) hub.Publish("run/a", "progress", i);
        hub.Publish("run/a", "epoch");
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(100, (int)(await tab.Next(cancellation))["data"]!);
        Assert.Equal("epoch", (string?)(await tab.Next(cancellation))["event"]);
        for (var i = 0; i < 600; i++) hub.Publish("run/a", "epoch");
        Assert.Equal("run/a", (string?)(await tab.Next(cancellation))["lost"]);
        Assert.Equal("run/a", (string?)tab.Watch(["run/a"], new Dictionary<string, long> { ["run/a"] = 101 })[0]["lost"]);
        Assert.Equal(701, (long)tab.Watch(["run/a"], new Dictionary<string, long>())[0]["seq"]!);
        hub.Publish("run/a", "notice");
        Assert.Equal(702, (long)(await tab.Next(cancellation))["seq"]!);
        tab.End();
        hub.Publish("run/a", "notice");
        using var soon = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tab.Next(soon.Token));
    }

    [Fact]
    public async Task Work_that_nobody_waits_for_any_longer_is_told_to_end()
    {
        var gate = new WorkGate(atOnce: 1);
        using var newer = new CancellationTokenSource();
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var work = gate.Do(stop =>
        {
            begun.SetResult();
            stop.WaitHandle.WaitOne();
            ended.SetResult();
            stop.ThrowIfCancellationRequested();
            return 1;
        }, newer.Token);
        await begun.Task;
        await newer.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(2, await gate.Do(() => 2, TestContext.Current.CancellationToken));
    }

    private async Task Upload(int side)
    {
        using var file = new MemoryStream();
        new Picture("b", new Shape(1, side, side), new byte[side * side]).Save(file);
        using var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(file.ToArray()), "image", $"b{side}.png");
        using var answer = await studio.Send(HttpMethod.Post, Gate.UploadPath, form, ("Origin", studio.Origin), (Gate.UploadHeader, "1"));
        Assert.Equal(200, (int)answer.StatusCode);
    }

    private static async Task<JsonNode> Hear(ClientWebSocket socket) => JsonNode.Parse(await RunningStudio.Hear(socket))!;
}
