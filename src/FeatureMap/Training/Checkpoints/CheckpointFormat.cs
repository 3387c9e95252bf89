using System.Globalization;
using FeatureMap.Interchange;

namespace FeatureMap.Training;

/// <summary>A checkpoint as a safetensors file: state, step and the SHA-256 of it all are strings of its metadata.</summary>
internal static class CheckpointFormat
{
    private const string FormatKey = "featuremap.format", FormatValue = "checkpoint-1";
    private const string StepKey = "featuremap.step", ChecksumKey = "featuremap.sha256", StatePrefix = "state.";

    public static SortedDictionary<string, string> Metadata(Checkpoint checkpoint)
    {
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [FormatKey] = FormatValue,
            [StepKey] = checkpoint.Step.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (key, value) in checkpoint.State)
            metadata[StatePrefix + key] = value;
        metadata[ChecksumKey] = ContentHash.Of(checkpoint.Tensors, metadata);
        return metadata;
    }

    /// <summary>The checkpoint, and the step as the file writes it; the checkpoint's own is 0 where that is none.</summary>
    /// <exception cref="DataException">It is changed, or no checkpoint.</exception>
    public static (Checkpoint Checkpoint, string? Step) Read(SafetensorsFile file, string name)
    {
        var metadata = new SortedDictionary<string, string>(file.Metadata.ToDictionary(), StringComparer.Ordinal);
        if (!metadata.Remove(ChecksumKey, out var checksum))
            throw new DataException($"{name} has no checksum ({ChecksumKey} in its metadata), so it was not written as a checkpoint.");
        var actual = ContentHash.Of(file.Tensors, metadata);
        if (actual != checksum)
            throw new DataException($"{name} is damaged: its content has the SHA-256 {actual[..12]}..., and "
                + $"{(checksum.Length == 64 ? checksum[..12] + "..." : "another")} was noted when it was written.");
        if (!metadata.TryGetValue(FormatKey, out var format) || format != FormatValue)
            throw new DataException($"{name} is of the format '{format ?? "none"}'; this version reads '{FormatValue}'.");
        var written = metadata.GetValueOrDefault(StepKey);
        _ = long.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var step);
        var state = metadata.Where(pair => pair.Key.StartsWith(StatePrefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[StatePrefix.Length..], pair => pair.Value);
        return (new Checkpoint { Step = step, Tensors = file.Tensors, State = state }, written);
    }
}
