using System.Text.Json;

namespace FeatureMap.Tests.Storage;

/// <summary>
/// What may stand in a JSON file that a program wrote once and somebody changed: every value replaced by values of other kinds, every name
/// twice, gone or half a character.
/// </summary>
internal static class HostileJson
{
    /// <summary>Values of every kind, some of them no JSON.</summary>
    private static readonly string[] Values =
    [
        "null", "true", "\"x\"", "\"\"", "{}", "[]", "[null]", "{\"a\":{\"b\":[]}}", "-1", "0", "1.5", "1e999", "-1e999", "1e-999",
            "99999999999999999999999999", "2147483648",
        "\"NaN\"", "\"\\u0000\\u001b\\u202e\"", "\"\\ud800\"", "\"\\udc00a\"", "NaN", "Infinity", "0x10", "'x'",
            "[[[[[[[[[[[[1]]]]]]]]]]]]",
    ];

    /// <summary>Whole texts that no reader may take.</summary>
    public static IEnumerable<string> Refused(string json) =>
    [
        "", " ", "{", "\"", "nul", "\0", json + "x", json + json, json.Insert(json.LastIndexOf('}'), ","), "/* */" + json, json + "// end",
            json.Replace(":", ": NaN, \"x\":", StringComparison.Ordinal),
        new string('[', 100_000), string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), Twice(json),
            json.Insert(json.IndexOf('{', StringComparison.Ordinal) + 1, "\"\\ud800\":1,"),
        json.Insert(json.IndexOf('{', StringComparison.Ordinal) + 1, "\"a" + (char)0xD800 + "\":1,"),
    ];

    /// <summary>Texts with one thing changed; a reader refuses them or makes sense of them.</summary>
    public static IEnumerable<string> Changed(string json)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var text in Of(document.RootElement.Clone()))
            yield return text;
    }

    // The first name of the root once more, with the same value.
    private static string Twice(string json)
    {
        using var document = JsonDocument.Parse(json);
        var first = document.RootElement.EnumerateObject().First();
        return json.Insert(json.IndexOf('{', StringComparison.Ordinal) + 1, $"{Quoted(first.Name)}:{first.Value.GetRawText()},");
    }

    private static IEnumerable<string> Of(JsonElement value)
    {
        foreach (var other in Values)
            yield return other;
        if (value.ValueKind == JsonValueKind.Object)
        {
            var entries = value.EnumerateObject().Select(entry => (Name: Quoted(entry.Name), entry.Value)).ToList();
            for (var i = 0; i < entries.Count; i++)
            {
                foreach (var changed in Of(entries[i].Value))
                    yield return Object(entries.Select((entry, k) => (entry.Name, k == i ? changed : entry.Value.GetRawText())));
                yield return Object(entries.Where((_, k) => k != i).Select(entry => (entry.Name, entry.Value.GetRawText())));
                yield return Object(entries.Append(entries[i]).Select(entry => (entry.Name, entry.Value.GetRawText())));
                yield return Object(entries.Select((entry, k) => (k == i ? "\"\\ud800\"" : entry.Name, entry.Value.GetRawText())));
            }
        }
        if (value.ValueKind == JsonValueKind.Array)
        {
            var items = value.EnumerateArray().ToList();
            for (var i = 0; i < Math.Min(2, items.Count); i++)
            {
                foreach (var changed in Of(items[i]))
                    yield return List(items.Select((item, k) => k == i ? changed : item.GetRawText()));
                yield return List(items.Where((_, k) => k != i).Select(item => item.GetRawText()));
            }
        }
    }

    private static string Quoted(string name) => JsonSerializer.Serialize(name);

    private static string Object(IEnumerable<(string Name, string Value)> entries) =>
        $"{{{string.Join(",", entries.Select(entry => $"{entry.Name}:{entry.Value}"))}}}";

    private static string List(IEnumerable<string> items) => $"[{string.Join(",", items)}]";
}
