namespace FeatureMap.Lessons;

/// <summary>The READMEs of the library's rooms, which travel inside this assembly: an installed tool has no repository to link
/// to.</summary>
internal static class Rooms
{
    /// <summary>The README of a room.</summary>
    /// <param name="room">Its folder below the library, such as <c>Ops/Conv2d</c>.</param>
    /// <exception cref="UsageException">There is no such room.</exception>
    public static string Text(string room)
    {
        using var stream = typeof(Rooms).Assembly.GetManifestResourceStream($"Rooms/{room}/README.md")
            ?? throw new UsageException($"There is no room '{room}'.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
