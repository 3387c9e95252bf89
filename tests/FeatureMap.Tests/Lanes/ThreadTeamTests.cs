using FeatureMap.Lanes;
using Xunit;

namespace FeatureMap.Tests.Lanes;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_thread_runs_once(int threads)
    {
        using var team = new ThreadTeam(threads);
        Assert.Equal(threads, team.Threads);
        var caller = Environment.CurrentManagedThreadId;
        for (var run = 0; run < 50; run++)
        {
            var (runs, ids) = (new int[threads], new int[threads]);
            team.Run(thread =>
            {
                Interlocked.Increment(ref runs[thread]);
                ids[thread] = Environment.CurrentManagedThreadId;
            });
            Assert.All(runs, count => Assert.Equal(1, count));
            Assert.Equal(caller, ids[0]);
            Assert.Equal(threads, ids.Distinct().Count());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Meetings_keep_the_phases_in_order_over_a_thousand_rounds(int threads)
    {
        using var team = new ThreadTeam(threads);
        var places = new long[threads];
        var wrong = 0;
        team.Run(thread =>
        {
            for (var round = 1; round <= 1000; round++)
            {
                places[thread] = round;
                team.Meet();
                // Between two meetings everybody has written this round and nobody has begun the next.
                for (var other = 0; other < threads; other++)
                    if (places[other] != round)
                        Interlocked.Increment(ref wrong);
                team.Meet();
            }
        });
        Assert.Equal(0, wrong);
        Assert.All(places, place => Assert.Equal(1000, place));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_exception_of_any_thread_reaches_the_caller_and_the_team_goes_on(int failing)
    {
        using var team = new ThreadTeam(3);
        for (var attempt = 0; attempt < 40; attempt++)
        {
            var passed = 0;
            var error = Assert.Throws<InvalidDataException>(() => team.Run(thread =>
            {
                team.Meet();
                if (thread == failing) throw new InvalidDataException($"thread {failing}");
                team.Meet(); // the one that failed never comes
                Interlocked.Increment(ref passed);
            }));
            Assert.Equal(($"thread {failing}", 0), (error.Message, passed));
            var sum = 0;
            team.Run(thread =>
            {
                Interlocked.Add(ref sum, thread);
                team.Meet();
                Interlocked.Add(ref sum, 10);
            });
            Assert.Equal(33, sum);
        }
    }

    [Fact]
    public void When_all_fail_one_of_the_exceptions_is_thrown()
    {
        using var team = new ThreadTeam(3);
        for (var attempt = 0; attempt < 20; attempt++)
            Assert.Matches("^thread [012]$", Assert.Throws<InvalidDataException>(() => team.Run(thread => throw new InvalidDataException($"thread {thread}"))).Message);
    }

    [Fact]
    public void Threads_that_wait_long_are_woken()
    {
        using var team = new ThreadTeam(3);
        var order = new List<int>();
        for (var run = 0; run < 3; run++)
            team.Run(thread =>
            {
                if (thread == run) Thread.Sleep(50); // long enough for the others to park
                lock (order) order.Add(run);
                team.Meet();
                if (thread == (run + 1) % 3) Thread.Sleep(50);
            });
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2], order);
    }

    [Fact]
    public void Callers_from_several_threads_take_turns()
    {
        using var team = new ThreadTeam(2);
        int inside = 0, most = 0, runs = 0;
        Parallel.For(0, 40, _ => team.Run(thread =>
        {
            if (thread != 0) return;
            most = Math.Max(most, Interlocked.Increment(ref inside));
            runs++;
            Interlocked.Decrement(ref inside);
        }));
        Assert.Equal((1, 40), (most, runs));
    }

    [Fact]
    public void A_disposed_team_has_ended_and_refuses_work()
    {
        var team = new ThreadTeam(3);
        var threads = new Thread[3];
        team.Run(thread => threads[thread] = Thread.CurrentThread);
        team.Dispose();
        team.Dispose();
        Assert.False(threads[1].IsAlive || threads[2].IsAlive);
        Assert.Throws<ObjectDisposedException>(() => team.Run(_ => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ThreadTeam(0));
    }
}
