using System.Text.Json.Nodes;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>A model's answer on the page Try, or why there is none.</summary>
internal sealed record TryColumn(ShelfModel Model, Trial? Trial, string Fault);

/// <summary>Answers the addresses of Try: asks the models of the shelf about an image.</summary>
internal sealed class TryRoom(ModelShelf shelf, StudioImages images, Hub hub)
{
    private string listed = "";

    private readonly WorkGate work = new(limit: TimeSpan.FromSeconds(10), fix: "A large model is read when it is first asked: ask again, "
        + "or choose a smaller one.");

    /// <summary>The page, its part or its data.</summary>
    /// <exception cref="ProblemException">There is no such model or image, or it took too long.</exception>
    /// <exception cref="UsageException">The state cannot be read.</exception>
    public async Task<PageAnswer> Answer(IReadOnlyList<string> parts, string path, string query, bool wantsJson,
        CancellationToken cancellation)
    {
        if (parts.Count > 1 && parts is not [_, "stage"]) throw new ProblemException(Problem.NotFound(path));
        var view = await Look(TryState.Parse(query), cancellation);
        return wantsJson ? PageAnswer.Data(TryJson.Of(view).ToJsonString(Problem.JsonOptions))
            : PageAnswer.Page(parts.Count > 1 ? TryPage.Stage(view) : TryPage.Page(view));
    }

    /// <summary>Asks all models of a state.</summary>
    /// <exception cref="ProblemException">There is no such model or image, or it took too long.</exception>
    public Task<TryView> Look(TryState state, CancellationToken cancellation) => work.Do(stop => Looked(state, stop), cancellation);

    private TryView Looked(TryState state, CancellationToken stop)
    {
        var models = shelf.Models;
        var list = string.Join(' ', models.Select(model => model.Id));
        if (Interlocked.Exchange(ref listed, list) is { Length: > 0 } before && before != list)
            hub.Publish(Hub.Server, "models", new JsonObject { ["count"] = models.Count });
        var chosen = state.Models.Select(id => models.FirstOrDefault(model => model.Id == id) ?? throw Missing(id, models)).ToList();
        if (state.Samples.Length > 0 && models.All(model => model.Id != state.Samples)) throw Missing(state.Samples, models);
        var image = state.Image == StudioImages.None ? null : images.Get(state.Image);
        var columns = image is null ? [] : chosen.Select(model => Asked(model, image, state, stop)).ToList();
        var samples = state.Samples.Length == 0 ? images.Choices
            : [.. images.SamplesOf(state.Samples, stop).Select(one => new Lessons.PictureChoice(one.Id, one.Name))];
        return new TryView(state, models, image, columns, samples);
    }

    private TryColumn Asked(ShelfModel model, StudioImage image, TryState state, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        try
        {
            return new(model, shelf.Try(model.Id, new TrialRequest(image.ForTrial)
            {
                Placing = state.Placing,
                IsInverted = state.IsInverted,
                Class = state.Class.Length > 0 ? state.Class : null,
                Pixel = state.Value is { } value ? new TrialPixel(state.Place.Row, state.Place.Column, value) : null,
                Off = state.Off,
                Cancellation = stop,
            }), "");
        }
        catch (FeatureMapException error)
        {
            return new(model, null, error.Message); // the other models answer all the same
        }
    }

    private static ProblemException Missing(string id, IReadOnlyList<ShelfModel> models) => new(new Problem(StatusCodes.Status404NotFound,
        "No such model", $"The studio has no model '{Problem.Shortened(id)}'.{NearestName.Suggest(id, models.Select(model => model.Id))}")
    {
        Where = "models",
        Received = Problem.Shortened(id),
        Expected = string.Join(", ", models.Take(8).Select(model => model.Id)) + (models.Count > 8 ? ", …" : ""),
        Fix = "Choose one of the list on /try. Runs are looked for in the folder of runs, files in that of the project.",
    });
}

/// <summary>All that the page Try shows.</summary>
/// <param name="State">What it stands at.</param>
/// <param name="Models">Models to choose from.</param>
/// <param name="Image">The image; null where there is none.</param>
/// <param name="Columns">The answers, model by model.</param>
/// <param name="Samples">Images to choose from.</param>
internal sealed record TryView(TryState State, IReadOnlyList<ShelfModel> Models, StudioImage? Image, IReadOnlyList<TryColumn> Columns,
    IReadOnlyList<Lessons.PictureChoice> Samples);

/// <summary>The content of Try as data.</summary>
internal static class TryJson
{
    public static JsonObject Of(TryView view) => new()
    {
        ["schema"] = 1,
        ["state"] = view.State.Query,
        ["image"] = view.Image is { } image ? new JsonObject { ["id"] = image.Id, ["name"] = image.Name } : null,
        ["choices"] = new JsonArray([.. view.Models.Select(model => new JsonObject
        {
            ["id"] = model.Id,
            ["name"] = model.Name,
            ["kind"] = model.Kind.ToString().ToLowerInvariant(),
        })]),
        ["models"] = new JsonArray([.. view.Columns.Select(Column)]),
    };

    private static JsonObject Column(TryColumn column)
    {
        var json = new JsonObject { ["id"] = column.Model.Id, ["name"] = column.Model.Name };
        if (column.Trial is not { } trial)
        {
            json["problem"] = column.Fault;
            return json;
        }
        json["input"] = trial.Seen.Shape.ToString();
        json["placed"] = trial.Placed;
        json["class"] = trial.Classes[trial.Answer].Name;
        json["probability"] = Finite(trial.Classes[trial.Answer].Probability);
        json["independent"] = trial.IsIndependent;
        json["asked"] = trial.Classes[trial.Asked].Name;
        json["off"] = trial.Off is null ? null : TryState.TextOf(trial.Off);
        json["classes"] = new JsonArray([.. trial.Classes.Select(one => new JsonObject
        {
            ["label"] = one.Label,
            ["class"] = one.Name,
            ["probability"] = Finite(one.Probability),
            ["before"] = one.Before is { } before ? Finite(before) : null,
        })]);
        json["maps"] = new JsonArray([.. trial.Maps.Select(one => new JsonObject
        {
            ["kind"] = one.Kind,
            ["largest"] = Finite(one.Map.Largest),
            ["row"] = one.Map.Peak.Row,
            ["column"] = one.Map.Peak.Column,
        })]);
        json["layers"] = new JsonArray([.. trial.Layers.Select(one => new JsonObject
        {
            ["name"] = one.Name,
            ["op"] = one.Op,
            ["output"] = one.Output.ToString(),
        })]);
        json["notices"] = new JsonArray([.. trial.Notices.Select(notice => JsonValue.Create(notice))]);
        return json;
    }

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
