using System.Globalization;
using FeatureMap.Interchange;

namespace FeatureMap.Training;

/// <summary>
/// The files of a history: safetensors with the SHA-256 of their content in the metadata, so that half a file, a changed one and one of
/// another program are refused and never shown.
/// </summary>
internal static class HistoryFile
{
    private const string FormatKey = "featuremap.format", ChecksumKey = "featuremap.sha256", Format = "history-1";
    private const string EpochKey = "epoch", StepKey = "step", KernelsKey = "kernels", KernelCountKey = "kernels.count", MapKey = "map.";
    private const string NameKey = "name.", ClassKey = "class.", ProbabilitiesKey = "answersAreProbabilities";
    private const string ConfusionName = "confusion", AnswersName = "answers", KernelsName = "kernels", TruthName = "truth";
    private const string PixelsName = "pixels.";

    public static void Write(string path, HistoryEpoch epoch)
    {
        var (tensors, notes) = (new List<SafetensorsEntry>(), Notes());
        (notes[EpochKey], notes[StepKey]) = (Text(epoch.Epoch), Text(epoch.Step));
        tensors.Add(new(ConfusionName, epoch.Confusion.SelectMany(one => (int[])[one.Truth, one.Answer, one.Images]).ToArray(),
            epoch.Confusion.Count, 3));
        var length = epoch.Answers.Count > 0 ? epoch.Answers[0].Length : 0;
        tensors.Add(new(AnswersName, epoch.Answers.SelectMany(answer => answer).ToArray(), epoch.Answers.Count, length));
        if (epoch.Kernels is { } kernels)
        {
            (notes[KernelsKey], notes[KernelCountKey]) = (kernels.Layer, Text(kernels.Count));
            tensors.Add(new(KernelsName, kernels.Weights.SelectMany(kernel => kernel).ToArray(),
                kernels.Weights.Count, kernels.Shape.Channels, kernels.Shape.Height, kernels.Shape.Width));
        }
        foreach (var (number, map) in epoch.Maps.Index())
        {
            var name = $"{MapKey}{number}";
            notes[name] = map.Layer;
            var packed = map.Samples.Select(one => MapBytes.Pack(one)).ToList();
            tensors.Add(new(name, packed.SelectMany(one => one.Bytes).ToArray(),
                packed.Count, map.Kept.Channels, map.Kept.Height, map.Kept.Width));
            tensors.Add(new($"{name}.range", packed.SelectMany(one => (float[])[one.Least, one.Greatest]).ToArray(), packed.Count, 2));
            tensors.Add(new($"{name}.whole", (int[])[map.Whole.Channels, map.Whole.Height, map.Whole.Width], 3));
        }
        Write(path, tensors, notes);
    }

    public static void Write(string path, HistorySamples samples)
    {
        var (tensors, notes) = (new List<SafetensorsEntry>(), Notes());
        notes[ProbabilitiesKey] = samples.AnswersAreProbabilities ? "true" : "false";
        foreach (var (number, name) in samples.ClassNames.Index())
            notes[$"{ClassKey}{number}"] = name;
        tensors.Add(new(TruthName, samples.Samples.SelectMany(one => (int[])[one.Image, one.Truth]).ToArray(), samples.Samples.Count, 2));
        foreach (var (number, one) in samples.Samples.Index())
        {
            notes[$"{NameKey}{number}"] = one.Name;
            var shape = one.Shape;
            if (one.Pixels.Length > 0)
                tensors.Add(new($"{PixelsName}{number}", one.Pixels, shape.Channels, shape.Height, shape.Width));
        }
        Write(path, tensors, notes);
    }

    /// <exception cref="DataException">It is missing, cut short, changed, or no such file.</exception>
    public static HistoryEpoch ReadEpoch(string path) => Read(path, (file, name) =>
    {
        var epoch = (int)Whole(file, EpochKey);
        var confusion = Numbers<int>(file[ConfusionName], name, 2);
        var answers = file[AnswersName];
        var maps = new List<HistoryMap>();
        while (file.Metadata.TryGetValue($"{MapKey}{maps.Count}", out var layer))
            maps.Add(MapOf(file, $"{MapKey}{maps.Count}", layer, name));
        return new HistoryEpoch
        {
            Epoch = epoch,
            Step = Whole(file, StepKey),
            Confusion = [.. confusion.Chunk(3).Select(one => new HistoryCount(one[0], one[1], one[2]))],
            Answers = Rows(Numbers<float>(answers, name, 2), answers.Dimensions[0], answers.Dimensions[1]),
            Kernels = file.Metadata.TryGetValue(KernelsKey, out var first)
                ? KernelsOf(file[KernelsName], first, Whole(file, KernelCountKey), name) : null,
            Maps = maps,
        };
    });

    /// <exception cref="DataException">It is missing, cut short, changed, or no such file.</exception>
    public static HistorySamples ReadSamples(string path) => Read(path, (file, name) =>
    {
        var truths = Numbers<int>(file[TruthName], name, 2);
        var classes = new List<string>();
        while (file.Metadata.TryGetValue($"{ClassKey}{classes.Count}", out var one))
            classes.Add(one);
        return new HistorySamples
        {
            ClassNames = classes,
            AnswersAreProbabilities = file.Metadata.GetValueOrDefault(ProbabilitiesKey) == "true",
            Samples = [.. truths.Chunk(2).Select((pair, number) => SampleOf(file, number, pair[0], pair[1], name))],
        };
    });

    private static HistorySample SampleOf(SafetensorsFile file, int number, int image, int truth, string name)
    {
        var own = file.Metadata.GetValueOrDefault($"{NameKey}{number}", "");
        if (!file.TryGet($"{PixelsName}{number}", out var pixels)) return new(image, own, truth, new(1, 1, 1), []);
        var bytes = Numbers<byte>(pixels, name, 3);
        return new(image, own, truth, new(pixels.Dimensions[0], pixels.Dimensions[1], pixels.Dimensions[2]), bytes);
    }

    private static HistoryMap MapOf(SafetensorsFile file, string key, string layer, string name)
    {
        var (tensor, whole) = (file[key], Numbers<int>(file[$"{key}.whole"], name, 1));
        var (bytes, ranges) = (Numbers<byte>(tensor, name, 4), Numbers<float>(file[$"{key}.range"], name, 2));
        var kept = new Shape(tensor.Dimensions[1], tensor.Dimensions[2], tensor.Dimensions[3]);
        if (whole.Length != 3 || ranges.Length != 2 * tensor.Dimensions[0]) throw Damaged(name, $"the map of '{layer}' has other sizes");
        return new(layer, new(whole[0], whole[1], whole[2]), kept, [.. Enumerable.Range(0, tensor.Dimensions[0]).Select(sample =>
            MapBytes.Unpack(bytes[(sample * kept.Count)..((sample + 1) * kept.Count)], ranges[2 * sample], ranges[(2 * sample) + 1]))]);
    }

    private static HistoryKernels KernelsOf(SafetensorsEntry tensor, string layer, long count, string name)
    {
        var weights = Numbers<float>(tensor, name, 4);
        var shape = new Shape(tensor.Dimensions[1], tensor.Dimensions[2], tensor.Dimensions[3]);
        return new(layer, shape, Rows(weights, tensor.Dimensions[0], shape.Count), (int)count);
    }

    private static float[][] Rows(float[] all, int rows, int length) =>
        [.. Enumerable.Range(0, rows).Select(row => all[(row * length)..((row + 1) * length)])];

    private static SortedDictionary<string, string> Notes() => new(StringComparer.Ordinal) { [FormatKey] = Format };

    private static void Write(string path, List<SafetensorsEntry> tensors, SortedDictionary<string, string> notes)
    {
        notes[ChecksumKey] = ContentHash.Of(tensors, notes);
        SafetensorsFile.Write(path, tensors, notes);
    }

    private static T Read<T>(string path, Func<SafetensorsFile, string, T> read)
    {
        var name = $"{RunHistory.FolderName}/{Path.GetFileName(path)}";
        var file = SafetensorsFile.Read(path, name);
        var notes = new SortedDictionary<string, string>(file.Metadata.ToDictionary(), StringComparer.Ordinal);
        if (notes.GetValueOrDefault(FormatKey) is var format && format != Format)
            throw new DataException($"{name} is of the format '{format ?? "none"}'; this version reads '{Format}'.");
        notes.Remove(ChecksumKey, out var checksum);
        if (ContentHash.Of(file.Tensors, notes) != checksum)
            throw Damaged(name, "its content is not that of the checksum that was noted when it was written");
        try
        {
            return read(file, name);
        }
        catch (Exception error) when (error is FormatException or ShapeException or ArgumentException or IndexOutOfRangeException)
        {
            throw Damaged(name, error.Message.TrimEnd('.'));
        }
    }

    private static T[] Numbers<T>(SafetensorsEntry tensor, string name, int dimensions) =>
        tensor.Data is T[] numbers && tensor.Dimensions.Length == dimensions ? numbers
            : throw Damaged(name, $"'{tensor.Name}' is of another type or other sizes");

    private static long Whole(SafetensorsFile file, string key) =>
        long.Parse(file.Metadata.GetValueOrDefault(key, ""), NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static DataException Damaged(string name, string why) =>
        new($"{name} is damaged: {why}. The other files of the history are not touched by it.");
}
