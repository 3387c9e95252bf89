using FeatureMap.Extensions;
using Xunit;

namespace FeatureMap.Tests.Extensions;

/// <summary>Who takes what of the questions that wait.</summary>
public sealed class QuestionQueueTests
{
    [Fact]
    public void One_thread_takes_all_that_it_may_and_the_rest_stays_in_order()
    {
        var queue = new QuestionQueue<int>(limit: 5);
        Assert.Equal([true, true, true, true, true, false], Enumerable.Range(0, 6).Select(queue.TryAdd));
        Assert.Equal(5, queue.Count);
        Assert.Equal([0, 1, 2], Taken(queue, 3));
        Assert.True(queue.TryAdd(9));
        queue.Close();
        Assert.False(queue.TryAdd(10));
        Assert.Equal([3, 4, 9], Taken(queue, 16)); // what was there is taken after the end too
        Assert.Empty(Taken(queue, 16));
    }

    [Theory]
    [InlineData(16, 4, 4)]
    [InlineData(5, 1, 5)]
    [InlineData(40, 2, 16)]
    [InlineData(3, 4, 1)]
    [InlineData(0, 3, 0)]
    public void What_waits_is_shared_by_those_who_are_idle(int waiting, int idle, int share) =>
        Assert.Equal(share, QuestionQueue<int>.Share(waiting, idle, most: 16));

    [Fact]
    public async Task Nothing_is_lost_or_taken_twice_by_many()
    {
        var queue = new QuestionQueue<int>(limit: int.MaxValue);
        var taking = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var all = new List<int>();
            for (var some = Taken(queue, 3); some.Count > 0; some = Taken(queue, 3)) all.AddRange(some);
            return all;
        }, TestContext.Current.CancellationToken)).ToArray();
        Parallel.For(0, 10_000, number => Assert.True(queue.TryAdd(number)));
        queue.Close();
        Assert.Equal(Enumerable.Range(0, 10_000), (await Task.WhenAll(taking)).SelectMany(all => all).Order());
    }

    private static List<int> Taken(QuestionQueue<int> queue, int most)
    {
        var taken = new List<int>();
        queue.Take(taken, most);
        return taken;
    }
}
