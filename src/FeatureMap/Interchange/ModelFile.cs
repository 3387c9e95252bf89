using System.Globalization;
using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Interchange;

/// <summary>
/// A model as two files of a folder: <c>model.safetensors</c> with the weights by name and, in its metadata, normalisation, preparation, class names and the SHA-256 of the
/// network; and <c>network.json</c> with the network (<see cref="NetworkFile"/>). The same model always gives the same bytes. Any other program that reads
/// safetensors can use the weights: they have PyTorch's order of dimensions.
/// </summary>
public static class ModelFile
{
    /// <summary>Name of the file with the weights.</summary>
    public const string WeightsName = "model.safetensors";

    /// <summary>Name of the file with the network.</summary>
    public const string NetworkName = "network.json";

    private const string Format = "featuremap-model-1";
    private const string PreparationKey = "preparation", FitKey = "fit", TemperatureKey = "temperature";

    /// <summary>Writes both files into a folder, each durably; <c>network.json</c> first, so that a kill in between is noticed by its SHA-256.</summary>
    /// <param name="model">What to write.</param>
    /// <param name="folder">A folder that exists, usually that of a run.</param>
    /// <exception cref="DataException">The disk is full or the folder is not writable; a file that was there is intact.</exception>
    public static void Save(Model model, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        NetworkFile.Save(Path.Combine(folder, NetworkName), model.Network);
        SafetensorsFile.Write(Path.Combine(folder, WeightsName), Tensors(model), Metadata(model));
    }

    /// <summary>Writes both files to streams, with the same bytes.</summary>
    /// <param name="model">What to write.</param>
    /// <param name="weights">For <c>model.safetensors</c>: written to from its position on; it stays open, and need not be able to
    /// seek.</param>
    /// <param name="network">For <c>network.json</c>: the same holds.</param>
    /// <exception cref="IOException">A stream fails; some of the bytes may be written.</exception>
    public static void Save(Model model, Stream weights, Stream network)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        NetworkFile.Save(network, model.Network);
        SafetensorsFile.Write(weights, Tensors(model), Metadata(model));
    }

    private static IEnumerable<SafetensorsEntry> Tensors(Model model) => model.Weights.Parameters
        .Select(parameter => new SafetensorsEntry(parameter.Name, parameter.Values.ToArray(), [.. parameter.Dimensions]));

    private static Dictionary<string, string> Metadata(Model model)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["network.sha256"] = NetworkFile.Sha256(model.Network),
            ["normalization.mean"] = Numbers(model.Normalization.Mean),
            ["normalization.deviation"] = Numbers(model.Normalization.Deviation),
            ["classNames"] = NameList.Of(model.ClassNames),
        };
        PreparationText.Add(metadata, PreparationKey, model.Preparation);
        PreparationText.AddFit(metadata, FitKey, model);
        if (model.Temperature is { } temperature) metadata[TemperatureKey] = temperature.ToString("R", CultureInfo.InvariantCulture);
        if (model.GivesQuantities) metadata[PreparationText.AnswersKey] = PreparationText.Quantities;
        return metadata;
    }

    /// <summary>Reads a model back.</summary>
    /// <param name="path">The folder of a run, or the path of a <c>model.safetensors</c> that has its <c>network.json</c> beside it.</param>
    /// <exception cref="DataException">A file is missing or damaged, or they do not belong together; the message lists the names that do not fit.</exception>
    public static Model Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var weightsPath = Directory.Exists(path) ? Path.Combine(path, WeightsName) : path;
        var networkPath = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(weightsPath))!, NetworkName);
        var source = Path.GetFileName(weightsPath);
        if (!File.Exists(weightsPath))
            throw new DataException(Directory.Exists(path)
                ? $"{path} has no {WeightsName}: the run was stopped before its end, or it is no run folder. Go on with a stopped run by "
                + "TrainingOptions.Resume."
                : $"There is neither a run folder nor a model file {path}.");
        if (!File.Exists(networkPath))
            throw new DataException($"{source} has no {NetworkName} beside it (looked for {networkPath}). A model is both files: copy them together.");
        var network = StreamContent.OfFile(networkPath, NetworkName, stream => NetworkFile.LoadHashed(stream, NetworkName));
        return Joined(network, SafetensorsFile.Read(weightsPath), source, NetworkName, NetworkName);
    }

    /// <summary>Reads a model back from the two streams, with the same checks as from files.</summary>
    /// <param name="weights">The content of <c>model.safetensors</c>: read from its position to its end; it stays open, and need not be
    /// able to seek.</param>
    /// <param name="network">The content of <c>network.json</c>: the same holds.</param>
    /// <param name="source">What error messages call the weights.</param>
    /// <exception cref="DataException">A content is damaged, they do not belong together, or a stream fails.</exception>
    public static Model Load(Stream weights, Stream network, string source = "the stream of weights")
    {
        const string description = "network description";
        ArgumentNullException.ThrowIfNull(weights);
        return Joined(NetworkFile.LoadHashed(network), SafetensorsFile.Read(weights, source), source, $"the {description}", description);
    }

    /// <summary>The two contents as a model.</summary>
    private static Model Joined((Network Network, string Sha256) read, SafetensorsFile file, string source, string place, string beside)
    {
        var network = read.Network;
        if (Text(file, "format", source) is var format && format != Format)
            throw new DataException($"{source} has the format '{TensorFit.Shown(format)}'; '{Format}' was expected.");
        CheckFit(network, file, source, place);
        // What was written with it stands for itself, however this version would write it; and a file that only looks otherwise is as good.
        if (Text(file, "network.sha256", source) is var sha256 && sha256 != read.Sha256 && sha256 != NetworkFile.Sha256(network))
            throw new DataException($"{source} was written for another network than the {beside} beside it: names and sizes of the weights "
                + $"fit, but the layers or their settings differ (SHA-256). Put back the {beside} of that model.");
        var normalization = new Normalization(Numbers(file, "normalization.mean", source), Numbers(file, "normalization.deviation", source));
        if (normalization.Channels != network.Input.Channels)
            throw new DataException($"{source} normalises {normalization.Channels} channels, and the network takes {network.Input.Channels}.");
        var weights = Weights.Blank(network);
        foreach (var parameter in weights.Parameters)
            file[parameter.Name].ToSingles().CopyTo(parameter.Values);
        try
        {
            return new Model(weights, normalization, ClassNames(file, source), PreparationText.Read(file.Metadata, PreparationKey, source))
            {
                Fit = PreparationText.ReadFit(file.Metadata, FitKey, source),
                Temperature = Temperature(file, source),
                GivesQuantities = PreparationText.ReadAnswers(file.Metadata, source),
            };
        }
        catch (FeatureMapException error) when (error is UsageException or ShapeException)
        {
            throw new DataException($"{source} cannot be used: {error.Message}", error);
        }
    }

    /// <summary>Checks names, dimensions and types before any memory is reserved for the weights.</summary>
    private static void CheckFit(Network network, SafetensorsFile file, string source, string place)
    {
        var fit = TensorFit.Of(network.ParameterShapes, file.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal), onlySingles: true);
        if (!fit.IsComplete)
            throw new DataException($"{source} does not fit the network in {place}.{fit} The two files must be of one model.");
    }

    private static string Text(SafetensorsFile file, string key, string source) => file.Metadata.TryGetValue(key, out var value)
        ? value
        : throw new DataException($"{source} has no '{key}' in its metadata: it is a safetensors file, but not a model of FeatureMap, which says there how pixels become numbers and what the classes are called.");

    private static double? Temperature(SafetensorsFile file, string source) =>
        !file.Metadata.TryGetValue(TemperatureKey, out var text) ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 && double.IsFinite(value)
        ? value
        : throw new DataException($"'{TemperatureKey}' in the metadata of {source} is '{TensorFit.Shown(text)}'; a number above 0 was "
            + "expected.");

    // The shortest digits that bring the same 64 bits back.
    private static string Numbers(IReadOnlyList<double> numbers) => $"[{string.Join(",", numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))}]";

    private static double[] Numbers(SafetensorsFile file, string key, string source) => MetadataList.Numbers(Text(file, key, source), key, source);

    private static string[] ClassNames(SafetensorsFile file, string source) => MetadataList.Names(Text(file, "classNames", source), "classNames", source);
}
