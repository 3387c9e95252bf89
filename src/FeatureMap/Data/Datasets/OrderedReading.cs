namespace FeatureMap.Data;

/// <summary>
/// Reads files of a tree one after the other, as an archive must be read, and has all processors work on them. Of several errors the one
/// that comes first in reading order is told; after it nothing more is handed out.
/// </summary>
internal sealed class OrderedReading(FileTree tree, IReadOnlyList<int> wanted, CancellationToken cancellation)
{
    private readonly Lock gate = new();
    private int handedOut;
    private int stopAt = int.MaxValue; // reading position of the first error
    private Exception? failure;

    /// <summary>Reads all files.</summary>
    /// <param name="work">What is done with the file at a reading position, by any thread. What it throws ends the reading.</param>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public void Run(Action<int, TreeContent> work)
    {
        using (var contents = tree.Read(wanted, ImageFile.LargestFile).GetEnumerator())
        {
            Parallel.For(0, Environment.ProcessorCount, new ParallelOptions { CancellationToken = cancellation }, _ =>
            {
                while (Next(contents) is { } item)
                {
                    try
                    {
                        work(item.Position, item.Content);
                    }
                    catch (Exception error)
                    {
                        Stop(item.Position, error);
                    }
                }
            });
        }
        cancellation.ThrowIfCancellationRequested();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    private (int Position, TreeContent Content)? Next(IEnumerator<TreeContent> contents)
    {
        lock (gate)
        {
            if (handedOut > stopAt || cancellation.IsCancellationRequested) return null;
            try
            {
                return contents.MoveNext() ? (handedOut++, contents.Current) : null;
            }
            catch (Exception error)
            {
                Stop(handedOut, error);
                return null;
            }
        }
    }

    private void Stop(int position, Exception error)
    {
        lock (gate)
        {
            if (position >= stopAt) return;
            (stopAt, failure) = (position, error);
        }
    }
}
