using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FeatureMap.OnnxRuntime;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>doctor</c>: what the tool finds on this machine.</summary>
internal sealed class DoctorCommand : ToolCommand
{
    private static readonly string[] Parts = ["onnxruntime"];
    private readonly Option<string[]> data = DataOption();
    private readonly Option<string?> get = new("--get")
    {
        Description = "Fetch what the tool can do without: onnxruntime, which checks exported files (NuGet's package, through the "
            + ".NET SDK)",
        HelpName = "PART",
    };

    public DoctorCommand(Terminal terminal)
        : base(
            terminal, "doctor", "Show what featuremap finds on this machine: processor, data, folders", "featuremap doctor",
            "featuremap doctor --get onnxruntime")
    {
        Options.Add(data);
        Options.Add(get);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        if (parse.GetValue(get) is { } part)
        {
            if (!Parts.Contains(part))
                throw new UsageException($"--get takes {string.Join(", ", Parts)}: received '{part}'.{NearestName.Suggest(part, Parts)}");
            Terminal.Notice($"Fetching {OnnxRuntimeLibrary.Package} {OnnxRuntimeLibrary.Version} with 'dotnet restore' "
                + "(some 130 MB, once) ...");
            OnnxRuntimePackage.Restore(Terminal.Cancellation);
        }
        var facts = Facts(MachineFacts.Find(parse.GetValue(data)!, Terminal.Context));
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

    private List<Fact> Facts(MachineFacts found)
    {
        var (features, cacheProblem) = (found.Features, found.CacheProblem);
        var chosen = found.AreLanesChosen ? "by FEATUREMAP_LANES" : "the widest in hardware";
        List<Fact> facts =
        [
            new("version", "Version", found.Version, found.Version),
            new("runtime", "Runtime", RuntimeInformation.FrameworkDescription, RuntimeInformation.FrameworkDescription),
            new("system", "System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}", RuntimeInformation.OSDescription),
            new("architecture", "", null, $"{RuntimeInformation.ProcessArchitecture}"),
            new("threads", "Processors", $"{Environment.ProcessorCount} logical, all used unless --threads says otherwise", Environment.ProcessorCount),
            new("features", "SIMD features", features.Count == 0 ? "none" : string.Join(", ", features), new JsonArray([.. features.Select(feature => JsonValue.Create(feature))])),
            new("laneBits", "Lanes", $"{LaneOption.Shown(found.Lanes)}, {(int)found.Lanes} images at a time ({chosen})", LaneOption.Bits(found.Lanes)),
            new("fusedMultiplyAdd", "FMA", found.HasFusedMultiplyAdd ? "in hardware" : "not in hardware: emulated, and very slow", found.HasFusedMultiplyAdd),
        ];
        foreach (var (info, folder) in found.Data)
            facts.Add(new($"data.{info.Name}", info.Title, info.Files.Count == 0 ? "inside the library" : folder ?? $"not on this machine; get it with 'featuremap data get {info.Name}'", folder));
        facts.Add(new("cacheFolder", "Downloads", $"{found.CacheFolder} ({cacheProblem ?? "writable"})", found.CacheFolder));
        facts.Add(new("cacheWritable", "", null, cacheProblem is null));
        facts.Add(new("onnxRuntime", "ONNX Runtime",
            found.OnnxRuntime ?? "not on this machine; it checks exported files. Get it with 'featuremap doctor --get onnxruntime'",
            found.OnnxRuntime));
        facts.Add(new("terminal", "Terminal", Terminal.IsInteractive ? "a terminal: progress is drawn" : "not a terminal: plain lines", Terminal.IsInteractive));
        return facts;
    }

    /// <param name="Key">Its name in JSON.</param>
    /// <param name="Title">Its name in the table.</param>
    /// <param name="Text">What the table says; null where it is only in the JSON.</param>
    /// <param name="Value">Its value in JSON.</param>
    private sealed record Fact(string Key, string Title, string? Text, JsonNode? Value);
}
