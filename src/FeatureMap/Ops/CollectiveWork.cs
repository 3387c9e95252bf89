using System.Runtime.ExceptionServices;
using System.Text;

namespace FeatureMap.Ops;

/// <summary>What ranks do together besides moving the numbers of a step: one decides for all, or works while the others wait.</summary>
public static class CollectiveWork
{
    private const byte Working = 0, Done = 1, Stopped = 2;
    private const int HostBytes = 64;

    // From one word of the rank that works to the next: soon at first, and then as rarely as costs nothing.
    private const int FirstPause = 5, LongestPause = 1000;

    /// <summary>What rank 0 says: the same call on every rank.</summary>
    /// <param name="collective">The ranks.</param>
    /// <param name="own">What this one would say.</param>
    public static bool OfFirst(this ICollective collective, bool own)
    {
        ArgumentNullException.ThrowIfNull(collective);
        Span<byte> word = [(byte)(own ? 1 : 0)];
        collective.Broadcast(word);
        return word[0] == 1;
    }

    /// <summary>Whether any rank says yes: the same call on every rank.</summary>
    /// <param name="collective">The ranks.</param>
    /// <param name="own">What this one says.</param>
    public static bool AnyOf(this ICollective collective, bool own)
    {
        ArgumentNullException.ThrowIfNull(collective);
        var all = new byte[collective.Ranks];
        collective.AllGather([(byte)(own ? 1 : 0)], all);
        return all.AsSpan().Contains((byte)1);
    }

    /// <summary>The names of the machines on which the ranks are, by rank: the same call on every rank.</summary>
    /// <param name="collective">The ranks.</param>
    public static IReadOnlyList<string> HostNames(this ICollective collective)
    {
        ArgumentNullException.ThrowIfNull(collective);
        var own = new byte[HostBytes];
        Encoding.UTF8.GetEncoder().Convert(Environment.MachineName, own, flush: true, out _, out _, out _);
        var all = new byte[HostBytes * collective.Ranks];
        collective.AllGather(own, all);
        return [.. Enumerable.Range(0, collective.Ranks).Select(rank =>
            Encoding.UTF8.GetString(all.AsSpan(rank * HostBytes, HostBytes).TrimEnd((byte)0)))];
    }

    /// <summary>
    /// Has rank 0 do something, on another thread and however long it takes; the others wait and leave their processors alone. Ranks give
    /// up when they hear nothing of each other, so rank 0 gives a sign of life now and again. The same call on every rank.
    /// </summary>
    /// <param name="collective">The ranks.</param>
    /// <param name="work">What is done on rank 0.</param>
    /// <exception cref="OperationCanceledException">Rank 0 was asked to stop: all ranks throw it. Of any other error the others do not
    /// hear.</exception>
    public static void OnFirst(this ICollective collective, Action work)
    {
        ArgumentNullException.ThrowIfNull(collective);
        ArgumentNullException.ThrowIfNull(work);
        if (collective.Ranks == 1)
        {
            work();
            return;
        }
        Span<byte> word = [Working];
        var pause = FirstPause;
        if (collective.Rank == 0)
        {
            var task = Task.Run(work);
            for (; Task.WaitAny([task], pause) < 0; pause = Longer(pause))
                collective.Broadcast(word);
            if (task.Exception?.InnerException is { } error and not OperationCanceledException) ExceptionDispatchInfo.Throw(error);
            word[0] = task.IsCompletedSuccessfully ? Done : Stopped;
            collective.Broadcast(word);
        }
        else
        {
            for (collective.Broadcast(word); word[0] == Working; collective.Broadcast(word))
            {
                pause = Longer(pause);
                Thread.Sleep(pause * 3 / 4);
            }
        }
        if (word[0] == Stopped) throw new OperationCanceledException();
    }

    private static int Longer(int pause) => Math.Min(2 * pause, LongestPause);
}
