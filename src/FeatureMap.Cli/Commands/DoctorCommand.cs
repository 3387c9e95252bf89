using System.CommandLine;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Lanes;

namespace FeatureMap.Cli;

/// <summary><c>doctor</c>: what the tool finds on this machine.</summary>
internal sealed class DoctorCommand : ToolCommand
{
    private readonly Option<string[]> data = DataOption();

    public DoctorCommand(Terminal terminal) : base(terminal, "doctor", "Show what featuremap finds on this machine: processor, data, folders", "featuremap doctor")
    {
        Options.Add(data);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var facts = Facts(parse.GetValue(data)!);
        if (Terminal.IsJson)
        {
            var document = new JsonObject();
            foreach (var fact in facts)
                document[fact.Key] = fact.Value;
            Terminal.Write(document);
            return 0;
        }
        var table = new TextTable();
        foreach (var fact in facts)
            if (fact.Text is { } text)
                table.Add(fact.Title, text);
        table.Write(Terminal.Output);
        return 0;
    }

    private List<Fact> Facts(IReadOnlyList<string> folders)
    {
        foreach (var place in folders)
            Datasets.CheckPlace(place);
        var lanes = LaneWidths.Automatic;
        var chosen = Environment.GetEnvironmentVariable("FEATUREMAP_LANES") is { Length: > 0 } ? "by FEATUREMAP_LANES" : "the widest in hardware";
        var features = Features();
        var cache = Datasets.CacheFolder;
        var cacheProblem = CacheProblem(cache);
        List<Fact> facts =
        [
            new("version", "Version", Version(), Version()),
            new("runtime", "Runtime", RuntimeInformation.FrameworkDescription, RuntimeInformation.FrameworkDescription),
            new("system", "System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}", RuntimeInformation.OSDescription),
            new("architecture", "", null, $"{RuntimeInformation.ProcessArchitecture}"),
            new("threads", "Processors", $"{Environment.ProcessorCount} logical, all used unless --threads says otherwise", Environment.ProcessorCount),
            new("features", "SIMD features", features.Count == 0 ? "none" : string.Join(", ", features), new JsonArray([.. features.Select(feature => JsonValue.Create(feature))])),
            new("laneBits", "Lanes", $"{LaneOption.Shown(lanes)}, {(int)lanes} images at a time ({chosen})", LaneOption.Bits(lanes)),
            new("fusedMultiplyAdd", "FMA", Fma.IsSupported || AdvSimd.IsSupported ? "in hardware" : "not in hardware: emulated, and very slow", Fma.IsSupported || AdvSimd.IsSupported),
        ];
        foreach (var info in Datasets.All)
        {
            var folder = Datasets.Locate(info.Name, DataAccess.Options(folders, Terminal));
            facts.Add(new($"data.{info.Name}", info.Title, info.Files.Count == 0 ? "inside the library" : folder ?? $"not on this machine; get it with 'featuremap data get {info.Name}'", folder));
        }
        facts.Add(new("cacheFolder", "Downloads", $"{cache} ({cacheProblem ?? "writable"})", cache));
        facts.Add(new("cacheWritable", "", null, cacheProblem is null));
        facts.Add(new("terminal", "Terminal", Terminal.IsInteractive ? "a terminal: progress is drawn" : "not a terminal: plain lines", Terminal.IsInteractive));
        return facts;
    }

    private static string Version() => typeof(FeatureMapException).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    private static List<string> Features()
    {
        var all = new (string Name, bool IsSupported)[]
        {
            ("SSE4.2", Sse42.IsSupported), ("AVX", Avx.IsSupported), ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("AVX-512F", Avx512F.IsSupported),
            ("AVX-512BW", Avx512BW.IsSupported), ("AVX-512DQ", Avx512DQ.IsSupported), ("AdvSimd", AdvSimd.IsSupported),
        };
        return [.. all.Where(feature => feature.IsSupported).Select(feature => feature.Name)];
    }

    /// <summary>Why a download could not be kept; null when it could. Leaves nothing behind.</summary>
    private static string? CacheProblem(string folder)
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

    /// <param name="Key">Its name in JSON.</param>
    /// <param name="Title">Its name in the table.</param>
    /// <param name="Text">What the table says; null where it is only in the JSON.</param>
    /// <param name="Value">Its value in JSON.</param>
    private sealed record Fact(string Key, string Title, string? Text, JsonNode? Value);
}
