using System.Text.Json.Nodes;

namespace FeatureMap.Interchange;

/// <summary>Names as a JSON list in the metadata of a file; without reflection, so that programs compiled ahead of time write it too.</summary>
internal static class NameList
{
    public static string Of(IEnumerable<string> names) => new JsonArray([.. names.Select(name => JsonValue.Create(name))]).ToJsonString();
}
