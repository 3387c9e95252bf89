using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>Reads what a run keeps of its data, and loads them again.</summary>
public static class RunDataFile
{
    private static readonly string[] Origins = [.. Enum.GetNames<DataOrigin>().Select(name => name.ToLowerInvariant())];

    /// <summary>Loads the data again, from where they were or from the places given.</summary>
    /// <param name="used">The data of the run.</param>
    /// <param name="dataset">The name or path that they were asked for by.</param>
    /// <param name="places">The values of <c>--data</c>: where the data are now; empty for where they were.</param>
    /// <param name="options">How they are loaded.</param>
    /// <exception cref="DataException">They are not there any more, or the places hold no data set.</exception>
    public static SplitData LoadAgain(this RunData used, string dataset, IReadOnlyList<string> places, DataOptions options)
    {
        ArgumentNullException.ThrowIfNull(used);
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(options);
        if (places.Count > 0) return DataSource.Of(dataset.Length == 0 || Datasets.IsPath(dataset) ? null : dataset, places).Load(options);
        if (used.Origin == DataOrigin.Program)
            throw new DataException($"The data of the run, {used.Name}, were made by a program: no name or file leads to them. Give them "
                + "as a folder or an archive by --data.");
        if (Datasets.IsPath(dataset))
            return Path.Exists(dataset) ? Datasets.Open(dataset, options) : throw new DataException($"{dataset}: the data of the run are "
                + $"not there any more. Give their new place by --data.");
        if (used.Origin == DataOrigin.Embedded) return Datasets.Digits();
        // The digits of the library are of the MNIST family: they must not judge a network that was trained on it.
        var isThere = Directory.Exists(used.Source) && Datasets.IsIn(dataset, used.Source);
        return Datasets.Get(dataset, options with { AllowEmbeddedDigits = false, Folders = isThere ? [used.Source] : [] });
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
        // Only the names of published sets are known beforehand.
        var isPath = Datasets.IsPath(setting) || Text("origin") == Origins[(int)DataOrigin.Program];
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
