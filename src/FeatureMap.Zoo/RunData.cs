using System.Text.Json;
using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>Which data a run was made with. What identifies them is their origin and the sums of the images, never the name.</summary>
/// <param name="Name">
/// The data set in use: <c>digits</c> where the embedded digits stood in for MNIST; of a path, its file or folder name.
/// </param>
/// <param name="Source">Where it came from: a folder, or words.</param>
/// <param name="Training">Number of training images used.</param>
/// <param name="Validation">Number of validation images used.</param>
public sealed record RunData(string Name, string Source, int Training, int Validation)
{
    private static readonly string[] Origins = ["program", "embedded", "named", "path"];

    /// <summary>Where it came from, for a program.</summary>
    public DataOrigin Origin { get; init; } = DataOrigin.Named;

    /// <summary>The <see cref="ImageSet.Sha256"/> of the training images used; null in runs that did not note it.</summary>
    public string? TrainingSha256 { get; init; }

    /// <summary>The <see cref="ImageSet.Sha256"/> of the validation images used; null in runs that did not note it.</summary>
    public string? ValidationSha256 { get; init; }

    /// <summary>That of a data set.</summary>
    public static RunData Of(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(data.Name, data.Source, data.Training.Count, data.Validation.Count)
        {
            Origin = data.Origin,
            TrainingSha256 = data.Training.Sha256(),
            ValidationSha256 = data.Validation.Sha256(),
        };
    }

    /// <summary>Loads the data again, from where they were or from the places given.</summary>
    /// <param name="dataset">The name or path that they were asked for by.</param>
    /// <param name="places">The values of <c>--data</c>: where the data are now; empty for where they were.</param>
    /// <param name="options">How they are loaded.</param>
    /// <exception cref="DataException">They are not there any more, or the places hold no data set.</exception>
    public SplitData LoadAgain(string dataset, IReadOnlyList<string> places, DataOptions options)
    {
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(options);
        if (places.Count > 0) return DataSource.Of(Datasets.IsPath(dataset) ? null : dataset, places).Load(options);
        if (Datasets.IsPath(dataset))
            return Path.Exists(dataset) ? Datasets.Open(dataset, options) : throw new DataException($"{dataset}: the data of the run are "
                + $"not there any more. Give their new place by --data.");
        if (Origin == DataOrigin.Embedded) return Datasets.Digits();
        // The digits of the library are of the MNIST family: they must not judge a network that was trained on it.
        var isThere = Directory.Exists(Source) && Datasets.IsIn(dataset, Source);
        return Datasets.Get(dataset, options with { AllowEmbeddedDigits = false, Folders = isThere ? [Source] : [] });
    }

    /// <summary>
    /// What is different between the data of the run and those that were found now, as a sentence; null where they are the same, as far
    /// as the run noted.
    /// </summary>
    /// <param name="data">What was found, as the run chose from it.</param>
    public string? Difference(SplitData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var isMoved = data.Source != Source;
        if (data.Training.Count != Training || data.Validation.Count != Validation)
        {
            return $"The run was made with {Training:N0} training + {Validation:N0} "
                + $"validation images of {Name}{(isMoved ? $" from {Source}" : "")}, "
                + $"and these are {data.Training.Count:N0} + "
                + $"{data.Validation.Count:N0}{(isMoved ? $" of {data.Name} from {data.Source}" : $": {Source} has changed since")}.";
        }
        if (TrainingSha256 is null || ValidationSha256 is null)
            return data.Name == Name ? null : $"The run was made with the images of {Name} from {Source}, and these are those of "
                + $"{data.Name} from {data.Source}.";
        bool training = TrainingSha256 != data.Training.Sha256(), validation = ValidationSha256 != data.Validation.Sha256();
        if (!training && !validation) return null;
        return $"The {(training && validation ? "images" : training ? "training images" : "validation images")} are not those that the "
            + $"run was made with: as many, but with other pixels, classes or order. "
            + (isMoved ? $"It was made with {Source}; these are from {data.Source}." : $"{Source} has changed since.");
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("data");
        json.WriteString("name", Name);
        json.WriteString("source", Source);
        json.WriteString("origin", Origins[(int)Origin]);
        json.WriteNumber("training", Training);
        json.WriteNumber("validation", Validation);
        if (TrainingSha256 is not null) json.WriteString("trainingSha256", TrainingSha256);
        if (ValidationSha256 is not null) json.WriteString("validationSha256", ValidationSha256);
        json.WriteEndObject();
    }

    /// <summary>Reads the entry <c>data</c>.</summary>
    /// <param name="root">What it is an entry of.</param>
    /// <param name="setting">The setting that names the data: those of a path are called like their file or folder.</param>
    /// <param name="place">The name of the file, for messages.</param>
    internal static RunData Read(JsonElement root, string setting, string place)
    {
        const string Path = "data.";
        var data = root.GetProperty("data");
        string[] optional = ["trainingSha256", "validationSha256"];
        ConfigurationJson.CheckNames(data, Path, ["name", "source", "origin", "training", "validation", .. optional], place, optional);
        var isPath = Datasets.IsPath(setting);
        string Name(string entry, IReadOnlyList<string> known) => ConfigurationJson.Name(data, Path, entry, known, place);
        string Text(string entry) => ConfigurationJson.Text(data, Path, entry, place);
        int Count(string entry) => ConfigurationJson.Count(data, entry, place);
        var name = isPath ? Text("name") : Name("name", [.. Datasets.All.Select(info => info.Name)]);
        return new RunData(name, Text("source"), Count("training"), Count("validation"))
        {
            Origin = (DataOrigin)Array.IndexOf(Origins, Name("origin", Origins)),
            TrainingSha256 = Sum(data, "trainingSha256", place),
            ValidationSha256 = Sum(data, "validationSha256", place),
        };
    }

    private static string? Sum(JsonElement data, string name, string place)
    {
        if (!data.TryGetProperty(name, out _)) return null;
        var text = ConfigurationJson.Text(data, "data.", name, place);
        return text.Length == 64 && text.All(char.IsAsciiHexDigitLower) ? text
            : throw new DataException($"{place}: data.{name} is '{ConfigurationJson.Cut(text)}'; expected 64 hexadecimal digits.");
    }
}
