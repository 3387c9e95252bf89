using System.Buffers;

namespace FeatureMap.Zoo;

/// <summary>Files of weights by name, in folders. Nothing is downloaded, and no content is looked at.</summary>
internal static class WeightPlaces
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");
    private static readonly string[] Endings = [".onnx", ".pth", ".pt", ".th", ".safetensors"];

    /// <summary>
    /// The file of weights of a name: published ones of the network (<see cref="PretrainedWeights.Locate"/>), or a file or folder of one's
    /// own: <c>NAME.onnx</c> and the like, or as torchvision calls it, with the digits of its sum.
    /// </summary>
    /// <param name="name">The name, such as <c>resnet-18</c>, or <c>resnet-50:imagenet1k-v1</c> for one of several.</param>
    /// <param name="folders">Where to look.</param>
    /// <exception cref="DataException">There is none; the message says which file to bring, and where to put it. Or there are several.</exception>
    public static string Find(string name, IReadOnlyList<string> folders)
    {
        var known = PretrainedWeights.Find(name);
        if (known is not null && name.Contains(':', StringComparison.Ordinal))
            return known.Locate(folders) ?? throw Missing(name, known, folders);
        IReadOnlyList<PretrainedWeights> published = known is null ? [] : PretrainedWeights.Of(known.Network);
        foreach (var folder in folders.Where(Directory.Exists))
        {
            if (Directory.Exists(Path.Combine(folder, name))) return Path.Combine(folder, name);
            var files = Files(
                folder, file => IsOf(name, file) || published.Any(one => file == one.File), file => published.Any(one => one.IsIn(file)));
            if (files.Count > 1)
                throw new DataException($"{folder} has {files.Count} files of {name}: "
                    + $"{string.Join(", ", files.Select(Path.GetFileName))}. Name the one that is meant by its path.");
            if (files.Count == 1) return files[0];
        }
        throw Missing(name, known, folders);
    }

    /// <summary>The files of a folder by their names, in order.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isMeant">Whether a name is what is looked for.</param>
    /// <param name="mayBeMeant">The same where no name is.</param>
    public static IReadOnlyList<string> Files(string folder, Func<string, bool> isMeant, Func<string, bool> mayBeMeant)
    {
        string[] all = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
        string[] files = [.. all.Where(file => isMeant(Path.GetFileName(file)))];
        return files.Length > 0 ? files : [.. all.Where(file => mayBeMeant(Path.GetFileName(file)))];
    }

    private static DataException Missing(string name, PretrainedWeights? known, IReadOnlyList<string> folders)
    {
        var own = name.Replace(':', '-');
        var usual = known is null ? $"{own}.onnx, {own}.pth or {own}.safetensors"
            : known.Network == name ? $"{known.File} (or {name}.onnx, {name}.safetensors)" : known.File;
        var fetch = known is null ? "" : $"PretrainedWeights.Fetch of {name} gets them. ";
        return new($"The weights of {name} are not here, and nothing is downloaded by itself. Looked in {string.Join(", ", folders)}. "
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
