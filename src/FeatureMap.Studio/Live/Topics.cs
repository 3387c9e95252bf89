using System.Text.Json;

namespace FeatureMap.Studio;

/// <summary>A message about topics: which are watched from now on, after which number, and which no longer.</summary>
internal sealed record Topics(IReadOnlyList<string> Watched, IReadOnlyDictionary<string, long> After, IReadOnlyList<string> Dropped)
{
    private const int Most = 64, Longest = 200;

    /// <summary>Null for what is none.</summary>
    public static Topics? Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 8 });
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || reader.Read()) return null;
            var hasWatch = root.TryGetProperty("watch", out var watch);
            var hasDrop = root.TryGetProperty("drop", out var drop);
            if (!hasWatch && !hasDrop) return null;
            var (watched, dropped) = (hasWatch ? Names(watch) : [], hasDrop ? Names(drop) : []);
            var after = new Dictionary<string, long>();
            if (root.TryGetProperty("after", out var numbers))
            {
                if (numbers.ValueKind != JsonValueKind.Object) return null;
                foreach (var pair in numbers.EnumerateObject())
                    if (pair.Value.ValueKind == JsonValueKind.Number && pair.Value.TryGetInt64(out var number)) after[pair.Name] = number;
                    else return null;
            }
            return watched is null || dropped is null ? null : new Topics(watched, after, dropped);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null; // no JSON, or text that is not UTF-8
        }
    }

    private static IReadOnlyList<string>? Names(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > Most) return null;
        var names = new List<string>();
        foreach (var one in list.EnumerateArray())
            if (one.ValueKind == JsonValueKind.String && one.GetString() is { Length: > 0 and <= Longest } name) names.Add(name);
            else return null;
        return names;
    }
}
