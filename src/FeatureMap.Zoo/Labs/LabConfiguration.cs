using System.Text.Json;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>What <c>lab.json</c> of a lab's folder holds: everything needed to go on with it or to repeat it. Read as a closed list, as <see cref="RunConfiguration"/> is.</summary>
public sealed record LabConfiguration
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "lab.json";

    /// <summary>The version of the file that this program writes and reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The lab.</summary>
    public required Lab Lab { get; init; }

    /// <summary>The settings.</summary>
    public required LabSettings Settings { get; init; }

    /// <summary>Whether it is the small version of the lab, whose figures decide nothing.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Where the data were looked for, as full paths.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>The data that were found; null where the lab has no data set, or was stopped before it was loaded.</summary>
    public RunData? Data { get; init; }

    /// <summary>Reads the file of a lab's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="registry">Which labs there are; those of the library where null.</param>
    /// <exception cref="DataException">The file is missing or not as this program writes it.</exception>
    public static LabConfiguration Read(string folder, Registry? registry = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(Path.GetFullPath(folder), FileName);
        if (!Directory.Exists(folder)) throw new DataException($"The folder {Path.GetFullPath(folder)} does not exist.");
        return ConfigurationJson.ReadFile(path,
            $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))} is not the folder of a lab. Those of "
                + "'featuremap lab' have it.", json => Parse(json, path, registry));
    }

    /// <summary>Reads the text of a <c>lab.json</c>.</summary>
    /// <param name="json">The whole content.</param>
    /// <param name="place">The name of the file, for messages.</param>
    /// <param name="registry">Which labs there are; those of the library where null.</param>
    /// <exception cref="DataException">It is not as this program writes it.</exception>
    public static LabConfiguration Parse(string json, string place, Registry? registry = null) => ConfigurationJson.Parse(json, place, root =>
    {
        ConfigurationJson.CheckNames(root, "", ["version", "lab", "settings", "quick", "folders", "data"], place, ["quick", "data"]);
        ConfigurationJson.CheckVersion(root, CurrentVersion, place);
        var known = (registry ?? Registry.Default).Labs;
        var name = ConfigurationJson.Name(root, "", "lab", [.. known.Select(one => one.Name)], place);
        var lab = known.First(one => one.Name == name);
        var settings = LabSettings.Of(lab).Read(root.GetProperty("settings"), place);
        var folders = root.GetProperty("folders");
        if (folders.ValueKind != JsonValueKind.Array || folders.EnumerateArray().Any(folder => folder.ValueKind != JsonValueKind.String))
            throw new DataException($"{place}: folders is {ConfigurationJson.Shown(folders)}; expected a list of texts.");
        return new LabConfiguration
        {
            Lab = lab,
            Settings = settings,
            // Earlier programs did not write it.
            IsQuick = root.TryGetProperty("quick", out var quick) && (quick.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? quick.GetBoolean() : throw new DataException(
                    $"{place}: quick is {ConfigurationJson.Shown(quick)}; expected true or false.")),
            Folders = [.. folders.EnumerateArray().Select(folder => folder.GetString()!)],
            Data = root.TryGetProperty("data", out _)
                ? RunDataFile.Read(root, lab.Dataset.Length > 0 ? settings.Get(LabSetting.Data) : "", place) : null,
        };
    });

    /// <summary>The text of the file.</summary>
    public string ToJson() => StrictJson.Write(json =>
    {
        json.WriteNumber("version", CurrentVersion);
        json.WriteString("lab", Lab.Name);
        json.WriteStartObject("settings");
        Settings.Write(json);
        json.WriteEndObject();
        json.WriteBoolean("quick", IsQuick);
        json.WriteStartArray("folders");
        foreach (var folder in Folders)
            json.WriteStringValue(folder);
        json.WriteEndArray();
        Data?.Write(json);
    });
}
