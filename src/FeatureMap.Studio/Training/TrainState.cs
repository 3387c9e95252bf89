using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Descriptions;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>What the page Train stands at; it is its address: recipe, data, network, the view, and each setting that was changed.</summary>
/// <param name="Choice">What was chosen.</param>
/// <param name="IsFull">Whether all settings are shown.</param>
internal sealed record TrainState(TrainChoice Choice, bool IsFull)
{
    // Whose usual values the form showed: what is the same there was not typed.
    private const string Shown = "shown";

    public const string RatesName = "rates", TrialName = "trial";

    /// <summary>The range test whose curve is shown; empty for none.</summary>
    public string Rates { get; init; } = "";

    /// <summary>The trial whose times are shown; empty for none.</summary>
    public string Trial { get; init; } = "";

    public string Query => RunQuery.Written(Pairs);

    /// <summary>The same as pairs, as a form sends them.</summary>
    public IReadOnlyList<(string Name, string Text)> Pairs => [("recipe", Choice.Recipe), ("data", Choice.Data), ("network",
        Choice.Network),
        ("view", IsFull ? "full" : ""), (RatesName, Rates), (TrialName, Trial), .. Choice.Settings];

    /// <summary>Where the page stands.</summary>
    public string Address => Query is { Length: > 0 } query ? $"{RunLink.Train}?{query}" : RunLink.Train;

    /// <summary>The body that begins this training.</summary>
    public string Body => Json().ToJsonString(Problem.JsonOptions);

    /// <summary>The body that begins a range test or a trial of it, with what the page shows beside.</summary>
    public string BodyOfPage
    {
        get
        {
            var json = Json();
            foreach (var (name, text) in ((string, string)[])[("view", IsFull ? "full" : ""), (RatesName, Rates), (TrialName, Trial)])
                if (text.Length > 0) json[name] = text;
            return json.ToJsonString(Problem.JsonOptions);
        }
    }

    private JsonObject Json() => new()
    {
        ["recipe"] = Choice.Recipe,
        ["data"] = Choice.Data,
        ["network"] = Choice.Network,
        ["settings"] = new JsonObject([.. Choice.Settings.Select(one => KeyValuePair.Create(one.Name,
            (JsonNode?)JsonValue.Create(one.Value)))]),
    };

    /// <summary>Reads an address: pairs as a form sends them.</summary>
    /// <exception cref="UsageException">A name is not one of the page's, or stands twice.</exception>
    public static TrainState Parse(string query, TrainDesk desk)
    {
        var (seen, choice, shown, settings) = (new HashSet<string>(), new TrainChoice(), "", new List<(string, string)>());
        var (isFull, rates, trial) = (false, "", "");
        foreach (var (name, given) in RunQuery.Pairs(query))
        {
            if (!seen.Add(name)) throw new UsageException($"{ValueKind.Shortened(name)} is given twice. Leave one out.");
            var text = given.Trim();
            switch (name)
            {
                case "recipe": choice = choice with { Recipe = text }; break;
                case "data": choice = choice with { Data = text }; break;
                case "network": choice = choice with { Network = text }; break;
                case Shown: shown = text; break;
                case RatesName: rates = text; break;
                case TrialName: trial = text; break;
                case "view": isFull = IsFullView(text); break;
                default:
                    if (text.Length > 0) settings.Add((name, text));
                    break;
            }
        }
        var usual = desk.Usual(choice with { Recipe = shown.Length > 0 ? shown : choice.Recipe });
        return new(choice with { Settings = [.. settings.Where(one => usual.GetValueOrDefault(one.Item1) != one.Item2)] },
            isFull)
        { Rates = rates, Trial = trial };
    }

    private static bool IsFullView(string text) => text == "full" || (text is "" or "plain" ? false
        : throw new UsageException($"view of Train is plain or full: received '{ValueKind.Shortened(text)}'."));

    /// <summary>Reads what is sent to begin a training.</summary>
    /// <exception cref="ProblemException">It is no object of this form.</exception>
    public static async Task<TrainState> Read(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, new JsonDocumentOptions { MaxDepth = 4 },
                context.RequestAborted);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw Refusal("an object is expected");
            var state = new TrainState(new TrainChoice(), false);
            foreach (var property in root.EnumerateObject())
                state = property.Name switch
                {
                    "recipe" => state with { Choice = state.Choice with { Recipe = Text(property) } },
                    "data" => state with { Choice = state.Choice with { Data = Text(property) } },
                    "network" => state with { Choice = state.Choice with { Network = Text(property) } },
                    "view" => state with { IsFull = IsFullView(Text(property)) },
                    RatesName => state with { Rates = Text(property) },
                    TrialName => state with { Trial = Text(property) },
                    "settings" when property.Value.ValueKind == JsonValueKind.Object => state with
                    {
                        Choice = state.Choice with
                        {
                            Settings = [.. property.Value.EnumerateObject().Select(one => (one.Name,
                            Text(one)))]
                        },
                    },
                    _ => throw Refusal($"it has {ValueKind.Shortened(property.Name)}"),
                };
            if (state.Choice.Settings.GroupBy(one => one.Name, StringComparer.OrdinalIgnoreCase).Any(group => group.Count() > 1))
                throw Refusal("a setting stands twice in it");
            return state;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Refusal("this is not JSON, or its text is not UTF-8");
        }
    }

    private static string Text(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.String => property.Value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => property.Value.GetRawText(),
        JsonValueKind.Null => "",
        _ => throw Refusal($"{ValueKind.Shortened(property.Name)} is a text, a number, true or false"),
    };

    private static ProblemException Refusal(string what) => new(new Problem(StatusCodes.Status400BadRequest, "Not a training",
        $"What is sent here says what is to be trained; {what}.")
    {
        Where = "body",
        Expected = """{"recipe": "mnist-20k", "data": "", "network": "", "settings": {"epochs": "3"}}""",
    });
}
