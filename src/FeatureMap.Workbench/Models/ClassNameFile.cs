using System.Text.Json;
using FeatureMap.Models;

namespace FeatureMap.Workbench;

/// <summary>
/// Names of classes from a file, for models that have none: a text with one name on each line, in the order of the scores; or JSON, an
/// array of names,
/// or an object from numbers to names (or to arrays that end in the name, as lists of ImageNet are often published).
/// </summary>
public static class ClassNameFile
{
    private const long Longest = 16_000_000;

    private static readonly string[] Beside = ["classes.txt", "imagenet_classes.txt", "synset_words.txt"];

    /// <summary>
    /// A file of names that lies beside weights: <c>NAME.classes.txt</c> for weights <c>NAME.pth</c>, otherwise <c>classes.txt</c>,
    /// <c>imagenet_classes.txt</c> or <c>synset_words.txt</c>. Null where there is none.
    /// </summary>
    /// <param name="weights">The file of the weights, or of the model.</param>
    public static string? FindBeside(string weights)
    {
        ArgumentException.ThrowIfNullOrEmpty(weights);
        var folder = Directory.Exists(weights) ? weights : Path.GetDirectoryName(Path.GetFullPath(weights));
        if (folder is null) return null;
        return Beside.Prepend($"{Path.GetFileNameWithoutExtension(weights)}.classes.txt").Select(name => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>A model without names of classes, with those of a file beside it where that fits; and a sentence on where they come from,
    /// or how to give them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">The file of its weights, or its folder.</param>
    /// <param name="areNumbers">Whether names that are numbers stand for none, as those of published weights do.</param>
    /// <exception cref="DataException">The file beside it cannot be read.</exception>
    public static (Model Model, string? Notice) Complete(Model model, string weights, bool areNumbers = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        var scores = model.Network.Output.Count;
        var isNamed = model.ClassNames.Count > 0 && !(areNumbers && model.ClassNames.Index().All(name => name.Item == $"{name.Index}"));
        if (isNamed || scores <= 1 || !model.Network.Output.IsVector) return (model, null);
        var how = "PredictRequest.ClassFile is a text file with a name on each line. As classes.txt beside the weights it is found by "
            + "itself.";
        if (FindBeside(weights) is not { } path)
            return (model, $"The model has no names for its {scores:N0} classes, so their numbers are shown, from 0. {how}");
        var names = Read(path);
        return names.Count == scores ? (model.WithNames(names), $"The names of the classes are those of {path}.")
            : (model, $"{path} has {names.Count:N0} names, and the model gives {scores:N0} scores, so it is not taken: their numbers are "
                + $"shown, from 0. {how}");
    }

    /// <summary>A model whose classes are called as a file says.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The file cannot be read, or has not one name for each score of the model.</exception>
    public static Model Apply(Model model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        var names = Read(path);
        var (input, output) = (model.Network.Input, model.Network.Output);
        // Of masks each pixel has scores; a single one is that of the second of two classes.
        var isMap = !output.IsVector && (output.Height, output.Width) == (input.Height, input.Width);
        var scores = isMap ? Math.Max(2, output.Channels) : output.Count;
        if (names.Count != scores)
            throw new DataException($"{path}: the file has {names.Count:N0} names, and the model gives {scores:N0} scores. Expected one "
                + $"name on each line, in the order of the scores.");
        return model.WithNames(names);
    }

    /// <summary>The names in a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The file cannot be read, or has no names in it.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text;
        try
        {
            if (new FileInfo(path).Length > Longest) throw new DataException($"{path}: a list of names has at most {Longest:N0} bytes.");
            text = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the names of the classes cannot be read: {error.Message}", error);
        }
        var names = text.TrimStart() is ['[' or '{', ..] ? OfJson(text, path) : [.. text.TrimEnd().Split('\n').Select(Line)];
        var empty = Enumerable.Range(0, names.Length).FirstOrDefault(i => names[i].Length == 0, -1);
        return empty < 0 ? names : throw new DataException($"{path}: the name of class {empty:N0} is empty. Expected one name on each "
            + $"line, in the order of the scores.");
    }

    // Lists of ImageNet often have the number of the WordNet entry in front: n01440764 tench, Tinca tinca.
    private static string Line(string line)
    {
        line = line.Trim();
        return line is ['n', _, _, _, _, _, _, _, _, ' ' or '\t', ..] && line.AsSpan(1, 8).IndexOfAnyExceptInRange('0', '9') < 0
            ? line[9..].Trim() : line;
    }

    private static string[] OfJson(string text, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array) return [.. root.EnumerateArray().Select(Name)];
            var names = new string[root.EnumerateObject().Count()];
            for (var label = 0; label < names.Length; label++)
                names[label] = root.TryGetProperty($"{label}", out var value) ? Name(value) : throw new DataException($"{path}: it has "
                    + $"{names.Length:N0} names and none for class {label:N0}. Expected those of 0 to {names.Length - 1:N0}.");
            return names;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new DataException($"{path}: this is no list of names in JSON: {error.Message}", error);
        }
    }

    private static string Name(JsonElement value) => value.ValueKind == JsonValueKind.Array ? Name(value[value.GetArrayLength() - 1])
        : value.GetString() ?? "";
}
