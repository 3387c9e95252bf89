using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Descriptions;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>What the form of a lab stands at; it is its address: the size, data, and each setting that was changed.</summary>
/// <param name="Choice">What was chosen.</param>
internal sealed record LabFormState(LabChoice Choice)
{
    public const string Size = "size", Quick = "quick", Whole = "whole";

    // Which size the form showed: what is usual there was not typed.
    private const string Shown = "shown";

    public string Query => RunQuery.Written([(Size, Choice.IsQuick ? Quick : ""), ("data", Choice.Data), .. Choice.Settings]);

    public string Address => LabLink.To(Choice.Lab, Query);

    /// <summary>The body that begins this lab.</summary>
    public string Body => new JsonObject
    {
        ["lab"] = Choice.Lab,
        ["quick"] = Choice.IsQuick,
        ["data"] = Choice.Data,
        ["settings"] = new JsonObject([.. Choice.Settings.Select(one => KeyValuePair.Create(one.Name,
            (JsonNode?)JsonValue.Create(one.Value)))]),
    }.ToJsonString(Problem.JsonOptions);

    /// <summary>Reads an address: pairs as a form sends them.</summary>
    /// <exception cref="UsageException">A name stands twice, or a value cannot be.</exception>
    public static LabFormState Parse(string lab, string query, LabDesk desk)
    {
        var (seen, data, size, shown, settings) = (new HashSet<string>(), "", Whole, "", new List<(string Name, string Value)>());
        foreach (var (name, given) in RunQuery.Pairs(query))
        {
            if (!seen.Add(name)) throw new UsageException($"{ValueKind.Shortened(name)} is given twice. Leave one out.");
            var text = given.Trim();
            switch (name)
            {
                case Size: size = SizeOf(text); break;
                case Shown: shown = SizeOf(text); break;
                case "data": data = text; break;
                default:
                    if (text.Length > 0) settings.Add((name, text));
                    break;
            }
        }
        var choice = new LabChoice(lab, size == Quick) { Data = data };
        var usual = desk.Fill(choice with { IsQuick = (shown.Length > 0 ? shown : size) == Quick, Data = "" }).Fields
            .ToDictionary(field => field.Name, field => field.Usual, StringComparer.OrdinalIgnoreCase);
        return new(choice with { Settings = [.. settings.Where(one => usual.GetValueOrDefault(one.Name) != one.Value)] });
    }

    /// <summary>Reads what is sent to begin a lab.</summary>
    /// <exception cref="ProblemException">It is no object of this form.</exception>
    public static async Task<LabChoice> Read(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, new JsonDocumentOptions { MaxDepth = 4 },
                context.RequestAborted);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw Refusal("an object is expected");
            var choice = new LabChoice("", IsQuick: false);
            foreach (var property in root.EnumerateObject())
                choice = (property.Name, property.Value.ValueKind) switch
                {
                    ("lab", JsonValueKind.String) => choice with { Lab = property.Value.GetString()! },
                    ("quick", JsonValueKind.True or JsonValueKind.False) => choice with { IsQuick = property.Value.GetBoolean() },
                    ("data", JsonValueKind.String) => choice with { Data = property.Value.GetString()! },
                    ("settings", JsonValueKind.Object) => choice with
                    {
                        Settings = [.. property.Value.EnumerateObject().Select(one => (one.Name, Text(one)))],
                    },
                    ("lab" or "quick" or "data" or "settings", _) => throw Refusal($"{property.Name} is of another kind"),
                    _ => throw Refusal($"it has {ValueKind.Shortened(property.Name)}"),
                };
            return choice.Lab.Length > 0 ? choice : throw Refusal("lab is missing");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Refusal("this is not JSON, or its text is not UTF-8");
        }
    }

    private static string SizeOf(string text) => text is Quick or Whole ? text : text.Length == 0 ? Whole
        : throw new UsageException($"{Size} of a lab is {Whole} or {Quick}: received '{ValueKind.Shortened(text)}'.");

    private static string Text(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.String => property.Value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => property.Value.GetRawText(),
        _ => throw Refusal($"{ValueKind.Shortened(property.Name)} is a text, a number, true or false"),
    };

    private static ProblemException Refusal(string what) => new(new Problem(StatusCodes.Status400BadRequest, "Not a lab",
        $"What is sent here says which lab is to be run; {what}.")
    {
        Where = "body",
        Expected = """{"lab": "compare-optimizers", "quick": true, "data": "", "settings": {"epochs": "3"}}""",
    });
}
