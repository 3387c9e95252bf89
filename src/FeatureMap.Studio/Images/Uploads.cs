using System.Security.Cryptography;

namespace FeatureMap.Studio;

/// <summary>
/// The files that were sent since the start, in memory: at most 64 MiB and 64 of them; what was not asked for longest goes first. The id is
/// made of the content, so a file that is sent twice is kept once.
/// </summary>
internal sealed class Uploads(long mostBytes = 64L * 1024 * 1024, int mostFiles = 64)
{
    public const string Prefix = "upload-";

    private readonly Lock gate = new();
    private readonly LinkedList<StudioImage> kept = [];
    private long bytes;

    /// <summary>Those that are there, the last one that was asked for first.</summary>
    public IReadOnlyList<StudioImage> All
    {
        get
        {
            lock (gate) return [.. kept];
        }
    }

    public StudioImage? Find(string id)
    {
        lock (gate)
        {
            var place = kept.First;
            while (place is not null && place.Value.Id != id) place = place.Next;
            if (place is null) return null;
            kept.Remove(place);
            kept.AddFirst(place);
            return place.Value;
        }
    }

    /// <summary>Keeps a file.</summary>
    /// <returns>The image, and those that had to go for it.</returns>
    public (StudioImage Image, IReadOnlyList<StudioImage> Forgotten) Keep(string name, byte[] content)
    {
        var id = Prefix + Convert.ToHexStringLower(SHA256.HashData(content))[..16];
        lock (gate)
        {
            if (Find(id) is { } known) return (known, []);
            var image = new StudioImage(id, name, content, IsSet: false);
            kept.AddFirst(image);
            bytes += content.Length;
            var forgotten = new List<StudioImage>();
            while ((bytes > mostBytes || kept.Count > mostFiles) && kept.Count > 1)
            {
                forgotten.Add(kept.Last!.Value);
                bytes -= kept.Last.Value.Content.Length;
                kept.RemoveLast();
            }
            return (image, forgotten);
        }
    }
}
