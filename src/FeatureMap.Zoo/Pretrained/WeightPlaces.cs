using System.Buffers;

namespace FeatureMap.Zoo;

/// <summary>Files of weights by name, whoever made them; those that are published are known to <see cref="PretrainedWeights"/>. Nothing is downloaded.</summary>
internal static class WeightPlaces
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");
    private static readonly string[] Endings = [".onnx", ".pth", ".pt", ".th", ".safetensors"];

    /// <summary>The file of weights of a name: <c>NAME.onnx</c> and the like, or as torchvision calls it, with the digits of its
    /// sum.</summary>
    /// <param name="name">The name, such as <c>resnet-18</c>.</param>
    /// <param name="folders">Where to look.</param>
    /// <exception cref="DataException">There is none; the message says which file to bring, and where to put it.</exception>
    public static string Find(string name, IReadOnlyList<string> folders)
    {
        foreach (var folder in folders.Where(Directory.Exists))
        {
            if (Directory.Exists(Path.Combine(folder, name))) return Path.Combine(folder, name);
            var found = Directory.EnumerateFiles(folder).Where(file => IsOf(name, Path.GetFileName(file)));
            string[] files = [.. found.Order(StringComparer.Ordinal)];
            if (files.Length > 1)
                throw new DataException($"{folder} has {files.Length} files of {name}: "
                    + $"{string.Join(", ", files.Select(Path.GetFileName))}. Name the one that is meant by its path.");
            if (files.Length == 1) return files[0];
        }
        var known = PretrainedWeights.Find(name);
        var usual = known is null ? $"{name}.onnx, {name}.pth or {name}.safetensors" : $"{known.File} (or {name}.onnx, {name}.safetensors)";
        var fetch = known is null ? "" : $"PretrainedWeights.Fetch of {name} gets them. ";
        throw new DataException($"The weights of {name} are not here, and nothing is downloaded by itself. Looked in {string.Join(", ", folders)}. "
            + fetch
            + $"Or bring {usual} and put it into {folders[0]}, or into a folder that the environment variable {PretrainedWeights.FolderVariable} names.");
    }

    private static bool IsOf(string name, string file)
    {
        if (!Endings.Contains(Path.GetExtension(file).ToLowerInvariant())) return false;
        var stem = Path.GetFileNameWithoutExtension(file);
        if (stem.Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        var end = stem.LastIndexOf('-');
        return end > 0 && stem.Length - end > 6 && stem.AsSpan(end + 1).IndexOfAnyExcept(Digits) < 0
            && Plain(stem[..end]) == Plain(name);
    }

    // resnet18 and resnet-18, squeezenet1_1 and squeezenet-1.1.
    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
