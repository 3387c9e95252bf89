using FeatureMap.Ops;
using FeatureMap.Tests.Training;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>What ranks do together besides moving numbers.</summary>
public sealed class CollectiveWorkTests
{
    [Fact]
    public void Rank_0_decides_and_any_rank_is_heard() => Assert.All(
        RanksInThreads.Run(3, collective => (collective.OfFirst(collective.Rank == 0), collective.OfFirst(collective.Rank == 1),
            collective.AnyOf(collective.Rank == 2), collective.AnyOf(false))),
        said => Assert.Equal((true, false, true, false), said));

    [Theory]
    [InlineData(0)]
    [InlineData(700)]
    public void Rank_0_works_and_the_others_wait(int milliseconds)
    {
        var done = 0;
        var seen = RanksInThreads.Run(3, collective =>
        {
            collective.OnFirst(() =>
            {
                Thread.Sleep(milliseconds);
                done++;
            });
            return Volatile.Read(ref done);
        });
        Assert.All(seen, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Stopped_on_rank_0_it_is_stopped_for_all()
    {
        static void Stop() => throw new OperationCanceledException();
        var stopped = RanksInThreads.Run(3, collective => Assert.ThrowsAny<OperationCanceledException>(() => collective.OnFirst(Stop)));
        Assert.Equal(3, stopped.Length);
    }

    [Fact]
    public void An_error_of_rank_0_comes_out_there() => Assert.Equal("broken", Assert.Throws<DataException>(() =>
        RanksInThreads.Run<bool>(2, collective =>
        {
            collective.OnFirst(() => throw new DataException("broken"));
            return true;
        })).Message);
}
