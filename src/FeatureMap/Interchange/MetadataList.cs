using System.Text.Json;
using FeatureMap.Data;

namespace FeatureMap.Interchange;

/// <summary>Lists that stand as JSON in the metadata of a model file: names of classes, numbers of a normalisation.</summary>
internal static class MetadataList
{
    private const int MostNames = 1_000_000;

    /// <summary>A list of names, in the canonical form of Unicode (<see cref="CanonicalForm"/>).</summary>
    /// <exception cref="DataException">It is something else; the message names the key and the file.</exception>
    public static string[] Names(string json, string key, string source) =>
        Read(json, key, source, "a list of names", item => item.ValueKind == JsonValueKind.String ? CanonicalForm.Of(item.GetString()!) : null);

    /// <summary>A list of finite numbers.</summary>
    /// <exception cref="DataException">It is something else; the message names the key and the file.</exception>
    public static double[] Numbers(string json, string key, string source) =>
        Array.ConvertAll(Read(json, key, source, "a list of numbers", item => item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out var number) && double.IsFinite(number) ? (double?)number : null), number => number!.Value);

    private static T[] Read<T>(string json, string key, string source, string expected, Func<JsonElement, T?> item)
    {
        DataException Unreadable(Exception? inner = null) => new($"'{key}' in the metadata of {source} is not {expected}.", inner);
        try
        {
            return StrictJson.Parse(json, root => root.ValueKind == JsonValueKind.Array && root.GetArrayLength() <= MostNames
                ? root.EnumerateArray().Select(value => item(value) ?? throw Unreadable()).ToArray()
                : throw Unreadable());
        }
        catch (JsonException error)
        {
            throw Unreadable(error);
        }
    }
}
