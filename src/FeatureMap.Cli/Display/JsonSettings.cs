using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Descriptions;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>Settings as JSON, the way config.json has them.</summary>
internal static class JsonSettings
{
    public static JsonNode? Value(Setting<RecipeSettings> setting, RecipeSettings settings) => Of(settings)[setting.Name]?.DeepClone();

    public static JsonObject Of(RecipeSettings settings)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var setting in RecipeSettings.All.Where(setting => !setting.IsPart || setting.HasEffect(settings)))
                setting.Write(json, settings);
            json.WriteEndObject();
        }
        return JsonNode.Parse(stream.ToArray())!.AsObject();
    }
}
