using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.OnnxRuntime;

namespace FeatureMap.Workbench;

/// <summary>What is found on this machine: processor, data, folders.</summary>
public sealed record MachineFacts
{
    /// <summary>The version of the library.</summary>
    public required string Version { get; init; }

    /// <summary>SIMD features of the processor that kernels may use.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>The register width that is used where none is asked for.</summary>
    public required LaneWidth Lanes { get; init; }

    /// <summary>Whether the environment variable <c>FEATUREMAP_LANES</c> chose it.</summary>
    public required bool AreLanesChosen { get; init; }

    /// <summary>Whether multiply-adds are fused in hardware; they are emulated otherwise, which is very slow.</summary>
    public required bool HasFusedMultiplyAdd { get; init; }

    /// <summary>Every data set that is known by name, and the folder in which it is; null where it is on no disk of this machine.</summary>
    public required IReadOnlyList<(DatasetInfo Info, string? Folder)> Data { get; init; }

    /// <summary>Where downloads go.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Why a download could not be kept there; null where it could.</summary>
    public required string? CacheProblem { get; init; }

    /// <summary>The native library of ONNX Runtime; null where exported files cannot be checked.</summary>
    public required string? OnnxRuntime { get; init; }

    /// <summary>Looks around. Leaves nothing behind.</summary>
    /// <param name="folders">Where to look for data; empty for everywhere.</param>
    /// <param name="context">How data are loaded.</param>
    /// <exception cref="DataException">One of the folders is not there.</exception>
    public static MachineFacts Find(IReadOnlyList<string> folders, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(folders);
        foreach (var place in folders)
            Datasets.CheckPlace(place);
        return new()
        {
            Version = typeof(FeatureMapException).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            Features = FindFeatures(),
            Lanes = LaneWidths.Automatic,
            AreLanesChosen = Environment.GetEnvironmentVariable("FEATUREMAP_LANES") is { Length: > 0 },
            HasFusedMultiplyAdd = Fma.IsSupported || AdvSimd.IsSupported,
            Data = [.. Datasets.All.Select(info => (info, DataDescription.FolderOf(info, folders, context)))],
            CacheFolder = Datasets.CacheFolder,
            CacheProblem = ProblemOf(Datasets.CacheFolder),
            OnnxRuntime = OnnxRuntimeLibrary.Find(),
        };
    }

    private static List<string> FindFeatures()
    {
        var all = new (string Name, bool IsSupported)[]
        {
            ("SSE4.2", Sse42.IsSupported), ("AVX", Avx.IsSupported), ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported),
            ("AVX-512F", Avx512F.IsSupported), ("AVX-512BW", Avx512BW.IsSupported), ("AVX-512DQ", Avx512DQ.IsSupported), ("AdvSimd", AdvSimd.IsSupported),
        };
        return [.. all.Where(feature => feature.IsSupported).Select(feature => feature.Name)];
    }

    private static string? ProblemOf(string folder)
    {
        var existing = folder;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
            existing = parent;
        try
        {
            var probe = Path.Combine(existing, $".featuremap-{Environment.ProcessId}");
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) { }
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"not writable: {error.Message}";
        }
    }
}
