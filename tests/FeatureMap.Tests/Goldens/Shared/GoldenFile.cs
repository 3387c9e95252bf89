using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Interchange;
using FeatureMap.Ops;

namespace FeatureMap.Tests.Goldens;

/// <summary>
/// The cases of one op as a safetensors file: tensors <c>00/output</c> and so on, and in the metadata for each case a line of JSON with what is no tensor. Everything is
/// in the file, random inputs too, so a case stays as it is when rooms and random numbers change.
/// </summary>
internal static class GoldenFile
{
    private const string CaseKey = "case ";

    public static void Write(string path, IReadOnlyList<GoldenCase> cases, IReadOnlyDictionary<string, string> provenance)
    {
        var metadata = new Dictionary<string, string>(provenance);
        var tensors = new List<SafetensorsEntry>();
        for (var number = 0; number < cases.Count; number++)
        {
            var given = cases[number];
            metadata[$"{CaseKey}{number:00}"] = Describe(given).ToJsonString();
            var parameters = given.Op.Parameters(given.Inputs).ToDictionary(definition => definition.Name);
            foreach (var (name, numbers) in given.Numbers)
                tensors.Add(new SafetensorsEntry($"{number:00}/{name}", numbers, parameters.TryGetValue(name, out var parameter) ? [.. parameter.Dimensions] : [numbers.Length]));
        }
        SafetensorsFile.Write(path, tensors, metadata);
    }

    public static IReadOnlyList<GoldenCase> Read(string path)
    {
        var file = SafetensorsFile.Read(path);
        var cases = new List<GoldenCase>();
        foreach (var (key, text) in file.Metadata.Where(pair => pair.Key.StartsWith(CaseKey, StringComparison.Ordinal)))
        {
            var given = Made(JsonNode.Parse(text)!.AsObject());
            var prefix = $"{key[CaseKey.Length..]}/";
            foreach (var tensor in file.Tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal)))
                given.Numbers[tensor.Name[prefix.Length..]] = tensor.ToSingles();
            cases.Add(given);
        }
        return cases;
    }

    private static JsonObject Describe(GoldenCase given) => new()
    {
        ["name"] = given.Name,
        ["op"] = given.Op.Name,
        ["settings"] = new JsonObject(given.Op.SettingValues.Select(setting => KeyValuePair.Create<string, JsonNode?>(setting.Name, Written(setting.Value)))),
        ["inputs"] = new JsonArray([.. given.Inputs.Select(shape => Written(new[] { shape.Channels, shape.Height, shape.Width }))]),
        ["batch"] = given.Batch,
        ["libtorch in single precision, share of tolerance"] = double.Parse(given.PeerShare.ToString("G2", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
    };

    private static GoldenCase Made(JsonObject text)
    {
        var entry = OpCatalogue.Entries.First(entry => entry.Type.Name == (string)text["op"]!);
        var reader = new OpSettings(entry.Type.Name, text["settings"]!.AsObject().ToDictionary(setting => setting.Key, setting => Read(setting.Value!)));
        return new GoldenCase
        {
            Name = (string)text["name"]!,
            Op = entry.FromSettings(reader),
            Inputs = [.. text["inputs"]!.AsArray().Select(sizes => new Shape((int)sizes![0]!, (int)sizes[1]!, (int)sizes[2]!))],
            Batch = (int)text["batch"]!,
            PeerShare = (double)text["libtorch in single precision, share of tolerance"]!,
        };
    }

    private static JsonNode Written(object value) => value switch
    {
        bool flag => JsonValue.Create(flag),
        int whole => JsonValue.Create(whole),
        double real => JsonValue.Create(real),
        int[] numbers => new JsonArray([.. numbers.Select(number => (JsonNode)JsonValue.Create(number))]),
        double[] numbers => new JsonArray([.. numbers.Select(number => (JsonNode)JsonValue.Create(number))]),
        _ => JsonValue.Create((string)value),
    };

    private static object Read(JsonNode value) => value switch
    {
        JsonArray numbers when numbers.All(number => number!.AsValue().TryGetValue<int>(out _)) => numbers.Select(number => (int)number!).ToArray(),
        JsonArray numbers => numbers.Select(number => (double)number!).ToArray(),
        JsonValue single when single.TryGetValue<bool>(out var flag) => flag,
        JsonValue single when single.TryGetValue<int>(out var whole) => whole,
        JsonValue single when single.TryGetValue<double>(out var real) => real,
        _ => (string)value!,
    };
}
