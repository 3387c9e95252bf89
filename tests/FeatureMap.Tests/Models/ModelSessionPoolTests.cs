using FeatureMap.Models;
using Xunit;

namespace FeatureMap.Tests.Models;

/// <summary>A session in a process whose pool of threads is busy, as that of a web service is under load.</summary>
[Collection(nameof(Alone))]
public sealed class ModelSessionPoolTests
{
    [Fact]
    public async Task Many_images_wait_for_no_thread_of_the_pool()
    {
        var (model, pixels) = (ModelSessionTests.MixedModel(""), ModelSessionTests.Pixels(70));
        using var session = new ModelSession(model, threads: 2);
        var expected = new float[70 * session.Output.Count];
        session.Run(pixels, expected);
        using var release = new ManualResetEventSlim();
        // More than the pool begins within the test.
        var busy = Enumerable.Range(0, 64).Select(_ => Task.Run(release.Wait, TestContext.Current.CancellationToken)).ToArray();
        var outputs = new float[expected.Length];
        var asked = new Thread(() => session.Run(pixels, outputs));
        asked.Start();
        var isDone = asked.Join(TimeSpan.FromSeconds(10));
        release.Set();
        await Task.WhenAll(busy);
        asked.Join();
        Assert.True(isDone);
        Assert.Equal(expected, outputs);
    }
}
