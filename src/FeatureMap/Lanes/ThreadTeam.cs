using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace FeatureMap.Lanes;

/// <summary>
/// A persistent team of threads that runs one body together and meets at barriers inside it. A training step is one <see cref="Run"/>: forking
/// per layer would cost more than small layers do. Waiting threads spin for a moment (a meeting takes about a microsecond then), yield for a while,
/// and park afterwards, so that an idle or oversubscribed machine is not kept busy.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private static readonly long YieldTicks = Stopwatch.Frequency / 50_000, ParkTicks = Stopwatch.Frequency / 5_000; // 20 and 200 microseconds
    private readonly Lock runGate = new();
    private readonly object parkGate = new();
    private readonly Thread[] workers;
    private Action<int>? body;
    private volatile Exception? failure;
    private volatile bool stopping;
    private int generation, arrived, finished, parked, startGeneration, endGeneration;

    /// <param name="threads">Threads in all, the caller of <see cref="Run"/> included.</param>
    public ThreadTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        workers = new Thread[threads - 1];
        for (var i = 0; i < workers.Length; i++)
        {
            var number = i + 1;
            workers[i] = new Thread(() => Work(number)) { IsBackground = true, Name = $"FeatureMap {number}" };
            workers[i].Start();
        }
    }

    public int Threads { get; }

    /// <summary>The number of threads that a caller asked for, where 0 means one per logical processor.</summary>
    /// <exception cref="UsageException">It is out of range.</exception>
    public static int Count(int threads) => threads switch
    {
        < 0 or > 1024 => throw new UsageException($"The number of threads must be between 0 and 1024: received {threads}. 0 means one per "
            + "logical processor."),
        0 => Environment.ProcessorCount,
        _ => threads,
    };

    /// <summary>
    /// Runs the body on every thread of the team, thread 0 being the caller, and returns when all have ended. An exception of any thread ends the
    /// others at their next meeting and is thrown here.
    /// </summary>
    public void Run(Action<int> work)
    {
        lock (runGate)
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            failure = null;
            arrived = 0;
            finished = 0;
            body = work;
            var ends = endGeneration;
            Interlocked.Increment(ref startGeneration);
            WakeParked();
            Guarded(0);
            WaitUntilChanged(ref endGeneration, ends);
            body = null;
            if (failure is { } error)
                ExceptionDispatchInfo.Capture(error).Throw();
        }
    }

    /// <summary>Waits until every thread of the team has come here. Only inside a body; all threads must call it equally often.</summary>
    public void Meet()
    {
        if (Threads == 1) return;
        var mine = Volatile.Read(ref generation);
        ThrowIfFailed();
        if (Interlocked.Increment(ref arrived) == Threads)
        {
            arrived = 0; // nobody arrives again before the generation moves on
            Interlocked.Increment(ref generation);
            WakeParked();
        }
        else
        {
            WaitUntilChanged(ref generation, mine);
        }
        ThrowIfFailed();
    }

    public void Dispose()
    {
        lock (runGate)
        {
            if (stopping) return;
            stopping = true;
            Interlocked.Increment(ref startGeneration);
            WakeParked();
        }
        foreach (var worker in workers)
            worker.Join();
    }

    private void Work(int number)
    {
        for (var seen = 0; ; seen++)
        {
            WaitUntilChanged(ref startGeneration, seen);
            if (stopping) return;
            Guarded(number);
        }
    }

    private void Guarded(int number)
    {
        try
        {
            body!(number);
        }
#pragma warning disable CA1031 // whatever it is, it is thrown again by Run
        catch (Exception error)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref failure, error, null);
            Interlocked.Increment(ref generation); // opens the barrier: those who wait see the failure
            WakeParked();
        }
        if (Interlocked.Increment(ref finished) == Threads)
        {
            Interlocked.Increment(ref endGeneration);
            WakeParked();
        }
    }

    private void ThrowIfFailed()
    {
        if (failure is not null)
            throw new OperationCanceledException("Another thread of the team failed.");
    }

    private void WaitUntilChanged(ref int word, int seen)
    {
        var start = Stopwatch.GetTimestamp();
        for (var waited = 0L; waited < ParkTicks; waited = Stopwatch.GetTimestamp() - start)
        {
            if (Volatile.Read(ref word) != seen) return;
            // The other thread may be waiting for this very processor: give it away soon where other processes are busy.
            if (waited < YieldTicks) Thread.SpinWait(2);
            else Thread.Yield();
        }
        lock (parkGate)
        {
            Interlocked.Increment(ref parked);
            while (Volatile.Read(ref word) == seen)
                Monitor.Wait(parkGate);
            Interlocked.Decrement(ref parked);
        }
    }

    // The word was changed with a full fence before; a thread that parks announces itself with a full fence before it looks at the word again.
    private void WakeParked()
    {
        if (Volatile.Read(ref parked) == 0) return;
        lock (parkGate)
            Monitor.PulseAll(parkGate);
    }
}
