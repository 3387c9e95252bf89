using System.Text;
using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// Writes <c>config.json</c> and <c>network.json</c> of a run that a program makes: everything needed to judge it, to report on it and to
/// go on with it. What only code can describe stands there as such.
/// </summary>
internal static class RunRecord
{
    /// <summary>The version of <c>config.json</c> that this library writes.</summary>
    public const int Version = 2;

    /// <summary>
    /// Writes both files where the options have a folder. A configuration that names a recipe is that of whoever made the folder, and says
    /// more.
    /// </summary>
    /// <exception cref="DataException">The folder cannot be written.</exception>
    public static void Write(Network network, SplitData data, TrainingOptions options)
    {
        if (options.Folder is not { } folder || NamesRecipe(folder.ConfigPath)) return;
        NetworkFile.Save(folder.NetworkPath, network);
        RunFolder.WriteText(folder.ConfigPath, Text(data, options));
    }

    private static string Text(SplitData data, TrainingOptions options)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            RunData.Of(data).Write(json);
            json.WriteStartObject("settings");
            foreach (var setting in TrainingOptions.Settings.Where(setting => !setting.IsPart))
                setting.Write(json, options);
            foreach (var setting in DataChoice.Settings)
                setting.Write(json, DataChoice.Of(data));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
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
