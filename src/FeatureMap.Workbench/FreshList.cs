namespace FeatureMap.Workbench;

/// <summary>
/// What lies in folders, read again when it was read too long ago, and at once when something is asked for that is not in it: whoever has
/// just begun a run must not be told that there is none. Any thread may call.
/// </summary>
/// <param name="read">Reads the folders; no two calls at a time.</param>
/// <param name="fresh">How long a list is shown before it is read again.</param>
internal sealed class FreshList<T>(Func<IReadOnlyList<T>> read, TimeSpan fresh)
{
    private readonly Lock gate = new();
    private IReadOnlyList<T>? items;
    private long begun;

    /// <summary>All of them, not older than the limit.</summary>
    public IReadOnlyList<T> Items => Read(fresh.TotalMilliseconds);

    /// <summary>All of them as they are now.</summary>
    public IReadOnlyList<T> ReadNow() => Read(0);

    /// <summary>The first that fits, also one that came a moment ago; the default where none does.</summary>
    /// <param name="fits">What is looked for.</param>
    public T? Find(Func<T, bool> fits) =>
        ((Func<IReadOnlyList<T>>[])[() => Items, ReadNow]).SelectMany(list => list()).FirstOrDefault(fits);

    private IReadOnlyList<T> Read(double oldest)
    {
        lock (gate)
        {
            var now = Environment.TickCount64;
            if (items is null || now - begun >= oldest) (items, begun) = (read(), now);
            return items;
        }
    }
}
