namespace FeatureMap.Zoo;

/// <summary>
/// Tells other processes where a lab is, by <see cref="LabLive"/>, and listens to them: a file <c>stop</c> in its folder ends it after the
/// step that it is doing. Both files are gone when the lab ends in whatever way but a kill. Nothing that is computed depends on it; where
/// the file cannot be written, the lab goes on without it.
/// </summary>
internal sealed class LabWatch : IDisposable
{
    public const string StopName = "stop";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly FolderLock held;
    private readonly CancellationTokenSource stopping;
    private readonly Timer timer;
    private bool isWritable = true;

    /// <param name="held">The folder of the lab.</param>
    /// <param name="stopping">Cancelled when somebody asks the lab to stop; disposed after this.</param>
    public LabWatch(FolderLock held, CancellationTokenSource stopping)
    {
        (this.held, this.stopping) = (held, stopping);
        // What was asked of an earlier process, before this one took the folder, is not asked of this one.
        if (File.GetLastWriteTimeUtc(StopPath) <= held.Since) Remove(StopPath);
        timer = new Timer(_ => Listen(), null, TimeSpan.Zero, Interval);
    }

    private string LivePath => Path.Combine(held.Folder, LabLive.FileName);

    private string FreshPath => LivePath + ".new";

    private string StopPath => Path.Combine(held.Folder, StopName);

    public static bool IsOwn(string name) => name is LabLive.FileName or StopName or LabLive.FileName + ".new";

    // Not flushed to disk: after a power cut nothing is live.
    public void Write(LabLive state)
    {
        if (!isWritable) return;
        try
        {
            held.Check();
            File.WriteAllText(FreshPath, state.ToJson());
            File.Move(FreshPath, LivePath, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            isWritable = false;
        }
    }

    public void Dispose()
    {
        using (var ended = new ManualResetEvent(initialState: false))
            if (timer.Dispose(ended)) ended.WaitOne();
        foreach (var path in (string[])[LivePath, FreshPath, StopPath])
            Remove(path);
    }

    private void Listen()
    {
        if (File.Exists(StopPath)) stopping.Cancel();
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It says nothing once the folder is no longer held.
        }
    }
}
