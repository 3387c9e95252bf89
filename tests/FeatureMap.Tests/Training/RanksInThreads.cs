using System.Runtime.ExceptionServices;
using FeatureMap.Ops;

namespace FeatureMap.Tests.Training;

/// <summary>Ranks that are threads of one process: each reads what the others have where it lies. Nothing is allocated.</summary>
internal sealed unsafe class RanksInThreads(int ranks)
{
    private readonly object gate = new();
    private readonly nint[] given = new nint[ranks];
    private readonly int[] lengths = new int[ranks];
    private int here, meetings;
    private bool isBroken;

    public ICollective Of(int rank) => new Member(this, rank);

    /// <summary>Does something on every rank; what they gave, in their order. The first error of any is thrown.</summary>
    public static T[] Run<T>(int ranks, Func<ICollective, T> work)
    {
        var team = new RanksInThreads(ranks);
        var results = new T[ranks];
        var errors = new List<Exception>();
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = work(team.Of(rank));
            }
            catch (Exception error)
            {
                lock (errors) errors.Add(error);
                team.Break();
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (errors.Count > 0) ExceptionDispatchInfo.Throw(errors[0]);
        return results;
    }

    private void Meet()
    {
        lock (gate)
        {
            var number = meetings;
            if (++here == ranks)
            {
                (here, meetings) = (0, number + 1);
                Monitor.PulseAll(gate);
            }
            while (meetings == number && !isBroken) Monitor.Wait(gate);
            if (meetings == number) throw new RankException("Another rank failed.");
        }
    }

    private void Break()
    {
        lock (gate)
        {
            isBroken = true;
            Monitor.PulseAll(gate);
        }
    }

    private sealed class Member(RanksInThreads team, int rank) : ICollective
    {
        public int Rank => rank;

        public int Ranks => team.given.Length;

        public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
        {
            Require(own.Length * Ranks == all.Length);
            fixed (byte* pointer = own)
            {
                Give(pointer, own.Length);
                for (var other = 0; other < Ranks; other++)
                    new Span<byte>((byte*)team.given[other], own.Length).CopyTo(all[(other * own.Length)..]);
                team.Meet(); // it must not move before all have read it
            }
        }

        public void AllToAll(ReadOnlySpan<byte> own, Span<byte> all)
        {
            var part = own.Length / Ranks;
            Require(own.Length == all.Length && own.Length == part * Ranks);
            fixed (byte* pointer = own)
            {
                Give(pointer, own.Length);
                for (var other = 0; other < Ranks; other++)
                    new Span<byte>((byte*)team.given[other] + (rank * part), part).CopyTo(all[(other * part)..]);
                team.Meet();
            }
        }

        public void Broadcast(Span<byte> bytes)
        {
            fixed (byte* pointer = bytes)
            {
                Give(pointer, bytes.Length);
                if (rank > 0) new Span<byte>((byte*)team.given[0], bytes.Length).CopyTo(bytes);
                team.Meet();
            }
        }

        // Not asserted, which would allocate.
        private static void Require(bool holds)
        {
            if (!holds) throw new ArgumentException("The lengths do not go with the ranks.");
        }

        private void Give(byte* pointer, int length)
        {
            (team.given[rank], team.lengths[rank]) = ((nint)pointer, length);
            team.Meet();
            foreach (var other in team.lengths)
                if (other != length)
                    throw new RankException($"Ranks give {string.Join(", ", team.lengths)} bytes to one call.");
        }
    }
}
