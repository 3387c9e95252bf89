using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>Where files of weights may be, and what they are called: nothing is downloaded.</summary>
internal static class WeightPlaces
{
    public const string Variable = "FEATUREMAP_WEIGHTS";

    private static readonly string[] Endings = [".onnx", ".pth", ".pt", ".th", ".safetensors"];

    // Names of torchvision's files, which end in the first digits of their SHA-256. Source: the weights' urls in torchvision/models/*.py.
    private static readonly Dictionary<string, string> Published = new(StringComparer.Ordinal)
    {
        ["resnet-18"] = "resnet18-f37072fd.pth",
        ["resnet-34"] = "resnet34-b627a593.pth",
        ["resnet-50"] = "resnet50-0676ba61.pth",
        ["resnet-101"] = "resnet101-63fe2227.pth",
        ["resnet-152"] = "resnet152-394f9c45.pth",
        ["vgg-16"] = "vgg16-397923af.pth",
        ["densenet-121"] = "densenet121-a639ec97.pth",
        ["googlenet"] = "googlenet-1378be20.pth",
        ["mobilenet-v2"] = "mobilenet_v2-b0353104.pth",
        ["squeezenet-1.0"] = "squeezenet1_0-b66bff10.pth",
        ["squeezenet-1.1"] = "squeezenet1_1-b8a52dc0.pth",
    };

    /// <summary>The folders in which weights are looked for.</summary>
    public static IReadOnlyList<string> Folders =>
    [
        .. (Environment.GetEnvironmentVariable(Variable) ?? "").Split(Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        Path.Combine(Datasets.CacheFolder, "weights"),
    ];

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
        var usual = Published.TryGetValue(name, out var file) ? $"{file} (torchvision's; or {name}.onnx, {name}.safetensors)"
            : $"{name}.onnx, {name}.pth or {name}.safetensors";
        throw new DataException($"The weights of {name} are not here, and nothing is downloaded. Looked in {string.Join(", ", folders)}. "
            + $"Bring {usual} and put it into {folders[0]}, or into a folder that the environment variable {Variable} names.");
    }

    private static bool IsOf(string name, string file)
    {
        if (!Endings.Contains(Path.GetExtension(file).ToLowerInvariant())) return false;
        var stem = Path.GetFileNameWithoutExtension(file);
        if (stem.Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        var end = stem.LastIndexOf('-');
        return end > 0 && stem.Length - end > 6 && stem.AsSpan(end + 1).IndexOfAnyExcept("0123456789abcdef") < 0
            && Plain(stem[..end]) == Plain(name);
    }

    // resnet18 and resnet-18, squeezenet1_1 and squeezenet-1.1.
    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
