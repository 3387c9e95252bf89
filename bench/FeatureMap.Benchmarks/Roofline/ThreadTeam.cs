using System.Diagnostics;

namespace FeatureMap.Benchmarks.Roofline;

/// <summary>Runs one body on several threads that start together.</summary>
internal static class ThreadTeam
{
    /// <summary>Seconds from the first start to the last end.</summary>
    public static double Seconds(int threads, Action<int> body)
    {
        var starts = new long[threads];
        var ends = new long[threads];
        int ready = 0;
        var team = new Thread[threads];
        for (int index = 0; index < threads; index++)
        {
            int member = index;
            team[index] = new Thread(() =>
            {
                Interlocked.Increment(ref ready);
                while (Volatile.Read(ref ready) < threads)
                    Thread.SpinWait(1);
                starts[member] = Stopwatch.GetTimestamp();
                body(member);
                ends[member] = Stopwatch.GetTimestamp();
            });
            team[index].Start();
        }
        foreach (Thread member in team)
            member.Join();
        return Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds;
    }

    /// <summary>Doubles the amount of work until one run of it lasts at least the given time.</summary>
    public static long Calibrate(double seconds, Action<long> run)
    {
        for (long amount = 1; ; amount *= 2)
        {
            long startedAt = Stopwatch.GetTimestamp();
            run(amount);
            if (Stopwatch.GetElapsedTime(startedAt).TotalSeconds >= seconds)
                return amount;
        }
    }
}
