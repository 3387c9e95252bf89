using System.Text;
using System.Text.Json;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>Which data a run was made with.</summary>
/// <param name="Name">The data set in use: <c>digits</c> where the embedded digits stood in for MNIST.</param>
/// <param name="Source">Where it came from: a folder, or words.</param>
/// <param name="Training">Number of training images used.</param>
/// <param name="Validation">Number of validation images used.</param>
public sealed record RunData(string Name, string Source, int Training, int Validation);

/// <summary>
/// What <c>config.json</c> of a run folder holds: everything needed to repeat the run. The file may come from anywhere, so it is read as a closed
/// list: what is unknown, missing, twice there, of another type or out of range is an error that names the place.
/// </summary>
public sealed record RunConfiguration
{
    /// <summary>The version of the file that this program writes and reads.</summary>
    public const int CurrentVersion = 1;

    private const long LargestFile = 1_000_000;

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The settings, the recipe's own included.</summary>
    public required RecipeSettings Settings { get; init; }

    /// <summary>The data.</summary>
    public required RunData Data { get; init; }

    /// <summary>Reads <c>config.json</c> of a run folder.</summary>
    /// <exception cref="DataException">The file is missing or not as this program writes it.</exception>
    public static RunConfiguration Read(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var path = folder.ConfigPath;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > LargestFile)
                throw new DataException($"{path} has {stream.Length:N0} bytes; a configuration has at most {LargestFile:N0}. It is not one.");
            using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return Parse(reader.ReadToEnd(), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new DataException(
                error is FileNotFoundException ? $"{path} does not exist, so it is not known how this run was made. Runs of 'featuremap train' have it." : $"{path} cannot be read: {error.Message}",
                error);
        }
    }

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The whole content.</param>
    /// <param name="place">The name of the file, for messages.</param>
    /// <exception cref="DataException">It is not as this program writes it.</exception>
    public static RunConfiguration Parse(string json, string place)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return Read(document.RootElement, place);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException) // the latter two for half a surrogate pair
        {
            throw new DataException($"{place} is not valid JSON: {error.Message}", error);
        }
    }

    /// <summary>The text of <c>config.json</c>.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("version", CurrentVersion);
            json.WriteString("recipe", Recipe);
            json.WriteStartObject("data");
            json.WriteString("name", Data.Name);
            json.WriteString("source", Data.Source);
            json.WriteNumber("training", Data.Training);
            json.WriteNumber("validation", Data.Validation);
            json.WriteEndObject();
            json.WriteStartObject("settings");
            foreach (var setting in RecipeSetting.All)
                setting.Write(json, Settings);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static RunConfiguration Read(JsonElement root, string place)
    {
        CheckNames(root, "", ["version", "recipe", "data", "settings"], place);
        if (root.GetProperty("version") is not { ValueKind: JsonValueKind.Number } version || !version.TryGetInt32(out var number) || number != CurrentVersion)
            throw new DataException($"{place} is of version {Shown(root.GetProperty("version"))}; this program reads version {CurrentVersion}.");
        var data = root.GetProperty("data");
        CheckNames(data, "data.", ["name", "source", "training", "validation"], place);
        var settings = root.GetProperty("settings");
        CheckNames(settings, "settings.", [.. RecipeSetting.All.Select(setting => setting.Name)], place, [.. RecipeSetting.All.Where(setting => setting.MayBeMissing).Select(setting => setting.Name)]);
        var read = new RecipeSettings();
        foreach (var setting in RecipeSetting.All)
        {
            if (!settings.TryGetProperty(setting.Name, out var value)) continue;
            read = setting.Read(read, value) ?? throw new DataException($"{place}: settings.{setting.Name} is {Shown(value)}; expected {setting.Range}.");
        }
        return new RunConfiguration
        {
            Recipe = Name(root, "", "recipe", [.. Recipes.All.Select(recipe => recipe.Name)], place),
            Settings = read,
            Data = new RunData(
                // Data of a path are called like their file or folder.
                FeatureMap.Data.Datasets.IsPath(read.Data) ? Text(data, "data.", "name", place) : Name(data, "data.", "name", [.. FeatureMap.Data.Datasets.All.Select(info => info.Name)], place),
                Text(data, "data.", "source", place), Count(data, "training", place), Count(data, "validation", place)),
        };
    }

    private static void CheckNames(JsonElement element, string path, IReadOnlyList<string> names, string place, IReadOnlyList<string>? optional = null)
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

    private static string Text(JsonElement parent, string path, string name, string place) => parent.GetProperty(name) is { ValueKind: JsonValueKind.String } value
        ? value.GetString()!
        : throw new DataException($"{place}: {path}{name} is {Shown(parent.GetProperty(name))}; expected a text.");

    private static string Name(JsonElement parent, string path, string name, IReadOnlyList<string> known, string place)
    {
        var text = Text(parent, path, name, place);
        return known.Contains(text) ? text : throw new DataException($"{place}: {path}{name} is '{Cut(text)}', which this program does not know.{NearestName.Suggest(text, known)}");
    }

    private static int Count(JsonElement data, string name, string place) =>
        data.GetProperty(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var count) && count > 0
            ? count
            : throw new DataException($"{place}: data.{name} is {Shown(data.GetProperty(name))}; expected a whole number of at least 1.");

    private static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => Cut(value.GetRawText()),
    };

    // Control characters of a foreign file are not for the terminal.
    private static string Cut(string text) => string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c)) + (text.Length > 60 ? "..." : "");
}
