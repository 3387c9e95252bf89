using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>All that the page Walk shows.</summary>
/// <param name="Model">The model.</param>
/// <param name="State">Where the walk stands.</param>
/// <param name="Image">The image.</param>
/// <param name="Images">Images to choose from.</param>
/// <param name="View">What is seen from there.</param>
internal sealed record WalkScreen(
    ShelfModel Model, WalkState State, StudioImage Image, IReadOnlyList<Lessons.PictureChoice> Images, WalkView View)
{
    /// <summary>The address of a state of this model.</summary>
    public string To(WalkState state) => WalkLink.To(Model.Id, state);
}

/// <summary>Answers the addresses of Walk.</summary>
internal sealed class WalkRoom(ModelShelf shelf, StudioImages images)
{
    private const string FirstOfDigits = "digit-7", FirstOfColours = "shore";

    private readonly NetworkWalk walk = new(shelf);

    private readonly WorkGate work = new(limit: TimeSpan.FromSeconds(10), fix: "A large model is read and computed when it is first asked: "
        + "ask again, or choose a smaller one.");

    /// <summary>The choice of a model, the page, its part or its data.</summary>
    /// <exception cref="ProblemException">There is no such model or image, or it took too long.</exception>
    /// <exception cref="UsageException">The state cannot be read, or there is no such layer.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, such as by a newer question for the same page.</exception>
    public async Task<PageAnswer> Answer(
        IReadOnlyList<string> parts, string path, string query, bool wantsJson, CancellationToken cancellation)
    {
        switch (parts)
        {
            case ["walk"]:
                return wantsJson ? PageAnswer.Data(WalkJson.Of(shelf.Models).ToJsonString(Problem.JsonOptions))
                    : PageAnswer.Page(WalkChoicePage.Html(shelf.Models));
            case ["walk", var id]:
                {
                    var screen = await Look(id, query, cancellation);
                    return wantsJson ? PageAnswer.Data(WalkJson.Of(screen).ToJsonString(Problem.JsonOptions))
                        : PageAnswer.Page(WalkPage.Page(screen));
                }
            case ["walk", var id, "stage"]:
                return PageAnswer.Page(WalkPage.Stage(await Look(id, query, cancellation)));
            default:
                throw new ProblemException(Problem.NotFound(path));
        }
    }

    private async Task<WalkScreen> Look(string id, string query, CancellationToken cancellation)
    {
        var models = shelf.Models;
        var model = models.FirstOrDefault(one => one.Id == id) ?? throw Missing(id, models);
        var state = WalkState.Parse(query);
        return await work.Do(stop =>
        {
            var image = images.Get(state.Image.Length > 0 ? state.Image : walk.ReadsColours(id) ? FirstOfColours : FirstOfDigits);
            var view = walk.Look(id, new WalkRequest(image.ForTrial)
            {
                Layer = state.Layer.Length > 0 ? state.Layer : null,
                Channel = state.Channel,
                Cell = state.Cell,
                Page = state.Page,
                Of = state.Of,
                Cancellation = stop,
            });
            // What is not there was moved to what is.
            var moved = state with
            {
                Channel = view.Channel?.Map.Channel,
                Cell = view.Cell is { } cell ? (cell.Row, cell.Column) : null,
                Page = state.Page == 0 ? 0 : view.Layer?.Page ?? 0,
                Of = view.Cell?.Of ?? 0,
            };
            IReadOnlyList<Lessons.PictureChoice> choices = [.. images.Choices, .. model.Kind == ShelfKind.Run
                ? images.KnownOf(id).Select(one => new Lessons.PictureChoice(one.Id, one.Name)) : []];
            return new WalkScreen(model, moved, image, choices, view);
        }, cancellation);
    }

    private static ProblemException Missing(string id, IReadOnlyList<ShelfModel> models) => new(new Problem(StatusCodes.Status404NotFound,
        "No such model", $"The studio has no model '{Problem.Shortened(id)}'.{NearestName.Suggest(id, models.Select(model => model.Id))}")
    {
        Where = "path",
        Received = Problem.Shortened(id),
        Expected = string.Join(", ", models.Take(8).Select(model => model.Id)) + (models.Count > 8 ? ", …" : ""),
        Fix = "Choose one of the list on /walk. Runs are looked for in the folder of runs, files in that of the project.",
    });
}
