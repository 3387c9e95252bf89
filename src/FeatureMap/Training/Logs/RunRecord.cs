using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// Writes <c>config.json</c>: everything needed to judge a run, to report on it and to go on with it. What only code can describe stands
/// there as such.
/// </summary>
public static class RunRecord
{
    /// <summary>The version of <c>config.json</c> that this library writes and reads.</summary>
    public const int Version = 2;

    /// <summary>The text of <c>config.json</c>.</summary>
    /// <param name="recipe">The name of the recipe; empty for a training that a program begins.</param>
    /// <param name="data">The data.</param>
    /// <param name="settings">Writes the settings.</param>
    /// <param name="facts">What a report tells of a training that the settings cannot describe.</param>
    public static string ToJson(
        string recipe, RunData data, Action<Utf8JsonWriter> settings, IReadOnlyList<KeyValuePair<string, string>>? facts = null)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(settings);
        return StrictJson.Write(json =>
        {
            json.WriteNumber("version", Version);
            if (recipe.Length > 0) json.WriteString("recipe", recipe);
            data.Write(json);
            json.WriteStartObject("settings");
            settings(json);
            json.WriteEndObject();
            if (facts is not { Count: > 0 }) return;
            json.WriteStartObject("facts");
            foreach (var (name, value) in facts)
                json.WriteString(name, value);
            json.WriteEndObject();
        });
    }

    /// <summary>Writes the settings that an owner's document has: all but the numbers of others.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="all">The settings of the owner.</param>
    /// <param name="owner">What has the values.</param>
    public static void Write<T>(Utf8JsonWriter json, IEnumerable<Setting<T>> all, T owner) where T : class
    {
        ArgumentNullException.ThrowIfNull(all);
        foreach (var setting in all.Where(setting => !setting.IsPart))
            setting.Write(json, owner);
    }

    /// <summary>
    /// Writes <c>config.json</c> and <c>network.json</c> of a training that a program begins. A configuration that names a recipe is that
    /// of whoever made the folder, and says more.
    /// </summary>
    /// <exception cref="DataException">The folder cannot be written.</exception>
    internal static void Write(RunFolder folder, Network network, SplitData data, TrainingOptions options)
    {
        if (NamesRecipe(folder.ConfigPath)) return;
        NetworkFile.Save(folder.NetworkPath, network);
        RunFolder.WriteText(folder.ConfigPath, ToJson("", RunData.Of(data), json =>
        {
            Write(json, TrainingOptions.Settings, options);
            Write(json, DataChoice.Settings, DataChoice.Of(data));
        }, options.Device.Facts));
    }

    private static bool NamesRecipe(string path)
    {
        if (!File.Exists(path)) return false;
        try
        {
            return StrictJson.Parse(File.ReadAllText(path), root => root.TryGetProperty("recipe", out _));
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
