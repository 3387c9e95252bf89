using System.Text;
using System.Text.Json;

namespace FeatureMap.Zoo;

/// <summary>
/// Reads the JSON of a configuration, which may come from anywhere, as a closed list: what is unknown, missing, twice there, of another type or out of range is an error that
/// names the place.
/// </summary>
internal static class ConfigurationJson
{
    private const long LargestFile = 1_000_000;

    /// <summary>Reads a file and makes something of its text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="missing">What it means that the file is not there, as a sentence.</param>
    /// <param name="parse">Receives the whole text.</param>
    /// <exception cref="DataException">The file is missing, too large, or no text.</exception>
    public static T ReadFile<T>(string path, string missing, Func<string, T> parse)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > LargestFile)
                throw new DataException($"{path} has {stream.Length:N0} bytes; a configuration has at most {LargestFile:N0}. It is not one.");
            using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return parse(reader.ReadToEnd());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new DataException(error is FileNotFoundException ? $"{path} does not exist, so {missing}" : $"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Parses a text and makes something of its content.</summary>
    /// <exception cref="DataException">It is not valid JSON.</exception>
    public static T Parse<T>(string json, string place, Func<JsonElement, T> read)
    {
        try
        {
            return StrictJson.Parse(json, read);
        }
        catch (JsonException error)
        {
            throw new DataException($"{place} is not valid JSON: {error.Message}", error);
        }
    }

    /// <exception cref="DataException">The version is not the one that this program reads.</exception>
    public static void CheckVersion(JsonElement root, int current, string place)
    {
        if (root.GetProperty("version") is not { ValueKind: JsonValueKind.Number } version || !version.TryGetInt32(out var number) || number != current)
            throw new DataException($"{place} is of version {Shown(root.GetProperty("version"))}; this program reads version {current}.");
    }

    public static void CheckNames(JsonElement element, string path, IReadOnlyList<string> names, string place, IReadOnlyList<string>? optional = null)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new DataException($"{place}: {(path.Length == 0 ? "the content" : path.TrimEnd('.'))} is {Shown(element)}; expected an object.");
        foreach (var property in element.EnumerateObject())
            if (!names.Contains(property.Name))
                throw new DataException($"{place}: there is no entry '{path}{Cut(property.Name)}'.{NearestName.Suggest(property.Name, names)}");
        foreach (var name in names.Except(optional ?? []))
            if (!element.TryGetProperty(name, out _))
                throw new DataException($"{place}: the entry '{path}{name}' is missing.");
    }

    public static string Text(JsonElement parent, string path, string name, string place) => parent.GetProperty(name) is { ValueKind: JsonValueKind.String } value
        ? value.GetString()!
        : throw new DataException($"{place}: {path}{name} is {Shown(parent.GetProperty(name))}; expected a text.");

    public static string Name(JsonElement parent, string path, string name, IReadOnlyList<string> known, string place)
    {
        var text = Text(parent, path, name, place);
        return known.Contains(text) ? text : throw new DataException($"{place}: {path}{name} is '{Cut(text)}', which this program does not know.{NearestName.Suggest(text, known)}");
    }

    public static int Count(JsonElement data, string name, string place) =>
        data.GetProperty(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var count) && count > 0
            ? count
            : throw new DataException($"{place}: data.{name} is {Shown(data.GetProperty(name))}; expected a whole number of at least 1.");

    public static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => Cut(value.GetRawText()),
    };

    public static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
