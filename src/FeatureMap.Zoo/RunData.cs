using System.Text.Json;
using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>Which data a run was made with.</summary>
/// <param name="Name">The data set in use: <c>digits</c> where the embedded digits stood in for MNIST.</param>
/// <param name="Source">Where it came from: a folder, or words.</param>
/// <param name="Training">Number of training images used.</param>
/// <param name="Validation">Number of validation images used.</param>
public sealed record RunData(string Name, string Source, int Training, int Validation)
{
    /// <summary>That of a data set.</summary>
    public static RunData Of(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(data.Name, data.Source, data.Training.Count, data.Validation.Count);
    }

    /// <summary>Whether a data set is of the same name and as large.</summary>
    public bool Fits(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Name == Name && data.Training.Count == Training && data.Validation.Count == Validation;
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("data");
        json.WriteString("name", Name);
        json.WriteString("source", Source);
        json.WriteNumber("training", Training);
        json.WriteNumber("validation", Validation);
        json.WriteEndObject();
    }

    /// <summary>Reads the entry <c>data</c>.</summary>
    /// <param name="root">What it is an entry of.</param>
    /// <param name="setting">The setting that names the data: those of a path are called like their file or folder.</param>
    /// <param name="place">The name of the file, for messages.</param>
    internal static RunData Read(JsonElement root, string setting, string place)
    {
        var data = root.GetProperty("data");
        ConfigurationJson.CheckNames(data, "data.", ["name", "source", "training", "validation"], place);
        return new RunData(
            Datasets.IsPath(setting) ? ConfigurationJson.Text(data, "data.", "name", place) : ConfigurationJson.Name(data, "data.", "name", [.. Datasets.All.Select(info => info.Name)], place),
            ConfigurationJson.Text(data, "data.", "source", place), ConfigurationJson.Count(data, "training", place), ConfigurationJson.Count(data, "validation", place));
    }
}
