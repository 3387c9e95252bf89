using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FeatureMap.Lessons;

/// <summary>Draws a page as JSON: all blocks with their numbers, and the lines of text.</summary>
public static class LessonJson
{
    /// <summary>Number of the form of the document; another one where something changes its meaning.</summary>
    public const int Schema = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new FiniteConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The document of a page. Numbers that are infinite or undefined are null.</summary>
    public static JsonObject Of(LessonPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        var (lesson, state) = (page.State.Lesson, page.State);
        return new JsonObject
        {
            ["schema"] = Schema,
            ["lesson"] = lesson.Id,
            ["title"] = lesson.Title,
            ["claim"] = lesson.Claim,
            ["headings"] = List(lesson.Headings),
            ["state"] = state.Query,
            ["controls"] = new JsonArray([.. lesson.Controls.Select(control => new JsonObject
            {
                ["name"] = control.Name,
                ["meaning"] = control.Meaning,
                ["range"] = control.Range,
                ["value"] = state.Text(control),
                ["default"] = control.DefaultText,
            })]),
            ["prediction"] = JsonSerializer.SerializeToNode(lesson.Prediction, Options),
            ["conditions"] = JsonSerializer.SerializeToNode(page.Conditions, Options),
            ["blocks"] = JsonSerializer.SerializeToNode(page.Blocks, Options),
            ["numbers"] = new JsonObject(page.Blocks.Where(block => block.Key.Length > 0)
                .Select(block => KeyValuePair.Create(block.Key, JsonSerializer.SerializeToNode(block.Numbers, Options)))),
            ["text"] = List(LessonText.Of(page)),
        };
    }

    /// <summary>What two states compare to: the tables, and B − A of what was computed in both.</summary>
    public static JsonObject Of(LessonComparison compared)
    {
        ArgumentNullException.ThrowIfNull(compared);
        return new JsonObject
        {
            ["lesson"] = compared.B.State.Lesson.Id,
            ["state"] = compared.B.State.Query,
            ["tables"] = JsonSerializer.SerializeToNode(compared.Tables, Options),
            ["differences"] = JsonSerializer.SerializeToNode(compared.Differences, Options),
        };
    }

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    /// <summary>JSON has no infinity.</summary>
    private sealed class FiniteConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteNullValue();
        }
    }
}
