using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Descriptions;
using FeatureMap.Interchange;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FeatureMap.Studio;

/// <summary>All that the page Design shows.</summary>
/// <param name="State">What it stands at.</param>
/// <param name="Text">The text of the network.</param>
/// <param name="Sheet">What it costs and what is wrong with it.</param>
/// <param name="Templates">Networks to begin with.</param>
/// <param name="Other">The network that it is compared with; null for none.</param>
internal sealed record DesignView(DesignState State, string Text, DesignSheet Sheet, IReadOnlyList<DesignTemplate> Templates,
    DesignSheet? Other)
{
    /// <summary>A sentence about what was done or could not be; empty for none.</summary>
    public string Notice { get; init; } = "";

    /// <summary>Layer by layer what differs from the other network; null where there is none, or both are too long.</summary>
    public IReadOnlyList<DesignDifference>? Differences { get; init; }

    /// <summary>What the unit sees of an image; null where nobody asked, or it cannot be measured.</summary>
    public FieldOnImage? Measured { get; init; }

    /// <summary>Why it is not measured; empty where it is.</summary>
    public string MeasuredFault { get; init; } = "";

    /// <summary>Images that a field may be measured on.</summary>
    public IReadOnlyList<Lessons.PictureChoice> Images { get; init; } = [];

    /// <summary>The line to look at after a change; 0 for none.</summary>
    public int Line { get; init; }

    /// <summary>What is wrong at a block: with its line alone, or with what it reads; null for nothing.</summary>
    public string? ProblemOf(NetworkBlock block) => Sheet.Problem is { } problem && problem.Line == block.Line ? problem.Message
        : block.Problem;
}

/// <summary>Answers the addresses of Design, and takes what its page sends.</summary>
internal sealed class DesignRoom(ModelShelf shelf, NetworkFolder networks, StudioImages images)
{
    private readonly TemplateList templates = new(shelf, networks);

    private readonly WorkGate work =
        new(limit: TimeSpan.FromSeconds(10), fix: "A large network is read when it is first asked for: ask again, or "
        + "choose a smaller one.");

    /// <summary>The page, its part, its data, or a file.</summary>
    /// <exception cref="ProblemException">There is no such network, or it took too long.</exception>
    /// <exception cref="UsageException">The state cannot be read.</exception>
    public async Task<PageAnswer> Answer(IReadOnlyList<string> parts, string path, string query, bool wantsJson,
        CancellationToken cancellation)
    {
        if (parts.Count > 2 || parts is [_, not ("stage" or "network.txt" or "network.json" or "network.cs")])
            throw new ProblemException(Problem.NotFound(path));
        var state = DesignState.Parse(query);
        if (parts.Count == 2 && parts[1] != "stage") return await File(parts[1], state, cancellation);
        var view = await Look(state, cancellation);
        // A form sends the text as it is; what stands in the address is the packed one.
        if (state.IsForm && !wantsJson && view.Notice.Length == 0 && view.State.Query is { } canonical)
            return PageAnswer.Elsewhere(DesignPage.To(canonical));
        return wantsJson ? PageAnswer.Data(DesignJson.Of(view).ToJsonString(Problem.JsonOptions))
            : PageAnswer.Page(parts.Count > 1 ? DesignPage.Stage(view) : DesignPage.Page(view));
    }

    /// <summary>Takes <c>/api/design/check</c>, <c>/api/design/edit</c> and <c>/api/design/save</c>.</summary>
    /// <exception cref="ProblemException">The body cannot be read, or it took too long.</exception>
    /// <exception cref="UsageException">A value cannot be read, or an edit does not go.</exception>
    public async Task<PageAnswer> Take(string what, HttpContext context)
    {
        var body = await DesignQuestion.Read(context);
        switch (what)
        {
            case "save":
                {
                    var (name, text) =
                        (body.Name ?? throw new UsageException("name is missing: what the network is called, such as my-net."),
                        await TextOf(body.State, context.RequestAborted));
                    networks.Save(name, text, body.Replaces);
                    return PageAnswer.Data(new JsonObject
                    {
                        ["schema"] = 1,
                        ["name"] = name,
                        ["train"] = $"{RunLink.Train}?network={Uri.EscapeDataString(TrainDesk.DesignedId(name))}",
                    }.ToJsonString(Problem.JsonOptions));
                }
            case "edit" when body.State.Edit is null:
                throw new UsageException("edit is missing: what is to be changed, such as up:4 or fix:bias-bn:conv1.");
            default:
                {
                    var view = await Look(body.State, context.RequestAborted);
                    if (view.Notice.Length > 0) throw new UsageException(view.Notice);
                    var json = DesignJson.Of(view);
                    if (body.WantsPage)
                    {
                        // They stand in the parts of the page.
                        json.Remove("layers");
                        json.Remove("blocks");
                        json["html"] = DesignPage.Stage(view);
                        json["stack"] = BlockStackWriter.Write(view);
                    }
                    return PageAnswer.Data(json.ToJsonString(Problem.JsonOptions));
                }
        }
    }

    private Task<DesignView> Look(DesignState state, CancellationToken cancellation) => work.Do(stop =>
    {
        var own = templates.Text(state.Template);
        var text = state.Draft ?? own;
        var notice = "";
        var (block, line) = (state.Block, 0);
        try
        {
            var changed = text;
            foreach (var edit in BlockForm.Edits(state, text))
            {
                (changed, line) = edit.Apply(Request(state, changed, stop));
                block = Followed(block, edit, line);
            }
            text = changed;
        }
        catch (FeatureMapException error)
        {
            (block, line, notice) = (state.Block, 0, error.Message);
        }
        var shown = state with
        {
            Draft = text == own ? null : text,
            Edit = null,
            IsForm = false,
            Block = state.Opening is { } opening && notice.Length == 0 ? opening : block,
            Opening = null,
            Fields = new Dictionary<string, string>(),
        };
        var sheet = DesignSheet.Of(Request(shown, text, stop));
        var other = state.With.Length == 0 ? null : DesignSheet.Of(Request(shown with { Layer = "" }, templates.Text(state.With), stop));
        var (measured, fault) = Measure(shown, text, sheet, stop);
        return new DesignView(shown, text, sheet, templates.All, other)
        {
            Notice = notice,
            Line = line,
            Differences = other is { Problem: null } && sheet.Problem is null ? DesignDifference.Of(sheet.Layers, other.Layers) : null,
            Measured = measured,
            MeasuredFault = fault,
            Images = images.Choices,
        };
    }, cancellation);

    private (FieldOnImage? Measured, string Fault) Measure(DesignState state, string text, DesignSheet sheet, CancellationToken stop)
    {
        if (state.On.Length == 0 || sheet.Field is null or { IsNothing: true }) return (null, "");
        var image = images.Get(state.On);
        try
        {
            return (FieldOnImage.Of(Request(state, text, stop), image.ForTrial, shelf, state.Template), "");
        }
        catch (FeatureMapException error)
        {
            return (null, error.Message); // the box is drawn all the same
        }
    }

    // The open block goes along with its line; of a copy, a new layer or a skip behind it, that is the one to look at.
    private static int Followed(int block, DraftEdit edit, int line) => block == 0 || edit.Kind == "fix" ? 0 : edit.Kind switch
    {
        _ when edit.Line == block => line,
        "add" or "copy" or "branch" when edit.Line > 0 && edit.Line < block => block + 1,
        "remove" when edit.Line < block => block - 1,
        "up" or "down" when line == block => edit.Line,
        _ => block,
    };

    private Task<string> TextOf(DesignState state, CancellationToken cancellation) =>
        work.Do(() => state.Draft ?? templates.Text(state.Template), cancellation);

    private async Task<PageAnswer> File(string name, DesignState state, CancellationToken cancellation)
    {
        var text = await TextOf(state, cancellation);
        var body = await work.Do(() => name switch
        {
            "network.json" => DesignSheet.Json(text),
            "network.cs" => DesignSheet.Code(text),
            _ => text,
        }, cancellation);
        return new PageAnswer(StatusCodes.Status200OK, name.EndsWith(".json", StringComparison.Ordinal) ? PageAnswer.Json
            : "text/plain; charset=utf-8",
            body)
        { FileName = name };
    }

    private static DesignRequest Request(DesignState state, string text, CancellationToken stop) => new(text)
    {
        Batch = state.Batch,
        ParameterBudget = state.Parameters,
        MultiplyAddBudget = state.MultiplyAdds,
        ObjectSize = state.Objects,
        Layer = state.Layer.Length > 0 ? state.Layer : null,
        Unit = state.Unit,
        Cancellation = stop,
    };
}

/// <summary>What is sent to <c>/api/design/...</c>: an object with the names of the address, where <c>text</c> is the text
/// itself.</summary>
internal sealed record DesignQuestion(DesignState State)
{
    private const long LargestBody = 3 * DesignSheet.LongestText; // letters outside of ASCII take more bytes

    /// <summary>What the network is to be called.</summary>
    public string? Name { get; init; }

    /// <summary>Whether another network of this name may go.</summary>
    public bool Replaces { get; init; }

    /// <summary>Whether the part of the page comes along.</summary>
    public bool WantsPage { get; init; }

    /// <summary>Reads the body.</summary>
    /// <exception cref="ProblemException">It is no object of this form.</exception>
    /// <exception cref="UsageException">A name is not one of the page's, stands twice, or a value cannot be read.</exception>
    public static async Task<DesignQuestion> Read(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = LargestBody;
        try
        {
            using var document =
                await JsonDocument.ParseAsync(context.Request.Body, new JsonDocumentOptions { MaxDepth = 4 }, context.RequestAborted);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Refusal("an object is expected");
            var (pairs, question) = (new List<(string, string)>(), new DesignQuestion(new DesignState()));
            foreach (var property in document.RootElement.EnumerateObject())
            {
                var text = Text(property);
                if (property.Name == "name") question = question with { Name = text };
                else if (property.Name == "replaces") question = question with { Replaces = text == "true" };
                else if (property.Name == "html") question = question with { WantsPage = text == "true" };
                else if (text is not null) pairs.Add((property.Name, text));
            }
            if (pairs.Find(pair => BlockForm.IsField(pair.Item1)) is ({ } field, _))
                throw new UsageException($"{field} belongs to a form; an edit says all by itself, such as set:4:kernel=5.");
            return question with { State = DesignState.From(pairs) };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Refusal("this is not JSON, or its text is not UTF-8");
        }
    }

    private static string? Text(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.String => property.Value.GetString(),
        JsonValueKind.Number => property.Value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => null,
        _ => throw Refusal($"{ValueKind.Shortened(property.Name)} is a text or a number"),
    };

    private static ProblemException Refusal(string what) => new(new Problem(StatusCodes.Status400BadRequest, "Not a draft",
        $"What is sent here is the text of a network; {what}.")
    {
        Where = "body",
        Expected = """{"text": "input: 1x28x28\nRelu", "batch": 128}""",
    });
}
