namespace FeatureMap.Studio;

/// <summary>
/// Limits what the studio computes at a time: a few works at once, a short queue, and a time after which nobody waits any longer.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Nobody asks the semaphore for a handle, so it holds nothing to give back.")]
internal sealed class WorkGate(int atOnce = 2, int mostWaiting = 24, TimeSpan? limit = null,
    string fix = "Make the input or the kernel smaller.")
{
    private readonly SemaphoreSlim places = new(atOnce);
    private readonly TimeSpan limit = limit ?? TimeSpan.FromSeconds(2);
    private int waiting;

    /// <summary>Does the work when there is a place for it.</summary>
    /// <exception cref="ProblemException">Too many wait, or it took too long.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, such as by a newer question.</exception>
    public Task<T> Do<T>(Func<T> work, CancellationToken cancellation) => Do(_ => work(), cancellation);

    /// <summary>The same for work that can be told to end: when it is cancelled, and when it has taken too long.</summary>
    /// <exception cref="ProblemException">Too many wait, or it took too long.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, such as by a newer question.</exception>
    public async Task<T> Do<T>(Func<CancellationToken, T> work, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref waiting) > mostWaiting + atOnce)
        {
            Interlocked.Decrement(ref waiting);
            throw new ProblemException(Problem.TooBusy($"{mostWaiting} questions wait already, and {atOnce} are worked on at a time."));
        }
        Task<T> running;
        var stop = new CancellationTokenSource();
        try
        {
            await places.WaitAsync(cancellation);
            // The place is free when the work has ended, not when nobody waits for it any longer.
            running = Task.Run(() =>
            {
                try
                {
                    return work(stop.Token);
                }
                finally
                {
                    places.Release();
                }
            }, CancellationToken.None);
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
        try
        {
            return await running.WaitAsync(limit, cancellation);
        }
        catch (TimeoutException)
        {
            throw new ProblemException(Problem.TooBusy($"The numbers took longer than {limit.TotalSeconds:0.#} s.") with { Fix = fix });
        }
        finally
        {
            // Nobody waits any longer: what still works is told so.
            await stop.CancelAsync();
        }
    }
}
