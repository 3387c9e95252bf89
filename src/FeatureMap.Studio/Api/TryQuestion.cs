using System.Text.Json;
using FeatureMap.Descriptions;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>What is sent to <c>/api/try</c>: an object with the names that the address of Try has.</summary>
internal static class TryQuestion
{
    /// <summary>Reads the body.</summary>
    /// <exception cref="ProblemException">It is no object of this form.</exception>
    /// <exception cref="UsageException">A name is not one of the page's, stands twice, or a value cannot be read.</exception>
    public static async Task<TryState> Read(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, new JsonDocumentOptions { MaxDepth = 4 },
                context.RequestAborted);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Refusal("an object is expected");
            return TryState.From([.. document.RootElement.EnumerateObject().SelectMany(Pairs)]);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Refusal("this is not JSON, or its text is not UTF-8");
        }
    }

    private static IEnumerable<(string Name, string Text)> Pairs(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.Array => property.Value.EnumerateArray().Select(one => (property.Name, one.ValueKind == JsonValueKind.String
            ? one.GetString()! : throw Refusal($"{ValueKind.Shortened(property.Name)} has texts in it"))),
        JsonValueKind.String => [(property.Name, property.Value.GetString()!)],
        JsonValueKind.Number => [(property.Name, property.Value.GetRawText())],
        JsonValueKind.True => [(property.Name, "true")],
        JsonValueKind.False => [(property.Name, "false")],
        JsonValueKind.Null => [],
        _ => throw Refusal($"{ValueKind.Shortened(property.Name)} is a text, a number or a list of texts"),
    };

    private static ProblemException Refusal(string what) => new(new Problem(StatusCodes.Status400BadRequest, "Not a question",
        $"What is sent here is a question about an image; {what}.")
    {
        Where = "body",
        Expected = """{"models": ["digits"], "image": "digit-7"}""",
    });
}
