using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Workbench;
using Microsoft.AspNetCore.Http;

namespace FeatureMap.Studio;

/// <summary>All that the page of a data set shows.</summary>
/// <param name="State">What it stands at.</param>
/// <param name="Opened">The set.</param>
/// <param name="Training">Images of each class to learn from.</param>
/// <param name="Validation">Images of each class to judge by.</param>
/// <param name="Chosen">Numbers of the images that are shown, in their part.</param>
/// <param name="Count">How many there are in all pages.</param>
internal sealed record DataView(DataState State, OpenedSet Opened, IReadOnlyList<int> Training, IReadOnlyList<int> Validation,
    IReadOnlyList<int> Chosen,
    int Count)
{
    /// <summary>A text without what stands around the place of the data.</summary>
    public required Func<string, string> Shown { get; init; }

    /// <summary>What was found in the files; null where nobody asked, or they are no pictures.</summary>
    public DataCheck? Check { get; init; }

    /// <summary>The text of the augmentation.</summary>
    public string Augmentation { get; init; } = "";

    /// <summary>What it makes of the first images that are shown; null where it cannot.</summary>
    public AugmentationStep? Sheet { get; init; }

    /// <summary>The same step by step, of the first image.</summary>
    public IReadOnlyList<AugmentationStep> Strips { get; init; } = [];

    /// <summary>Models by whose embedding neighbours may be found.</summary>
    public required IReadOnlyList<ShelfModel> Models { get; init; }

    /// <summary>The neighbours of the image that is asked about; null where nobody asked, or there are none.</summary>
    public ImageNeighbours? Neighbours { get; init; }

    /// <summary>Why there are none; empty where nobody asked.</summary>
    public string NeighbourFault { get; init; } = "";

    /// <summary>Why there is no sheet; empty where there is one.</summary>
    public string Fault { get; init; } = "";

    /// <summary>How many pages there are.</summary>
    public int Pages => Math.Max(1, (Count + DataState.PageSize - 1) / DataState.PageSize);

    /// <summary>The part that is shown.</summary>
    public ImageSet Part => Opened.Part(State.IsValidation);
}

/// <summary>Answers the addresses of Data.</summary>
internal sealed class DataRoom(DataShelf shelf, ModelShelf models)
{
    private const int SheetImages = 6, SheetEpochs = 8, MostSheetArea = 256 * 256;

    private readonly NeighbourDesk neighbours = new(shelf, models);

    private readonly WorkGate work =
        new(limit: TimeSpan.FromSeconds(60), fix: "A large set is read when it is first asked for: ask again in a while.");

    /// <summary>The list of sets, a set, its part, or its data.</summary>
    /// <exception cref="ProblemException">There is no such set, or it took too long.</exception>
    /// <exception cref="UsageException">The state cannot be read.</exception>
    public async Task<PageAnswer> Answer(IReadOnlyList<string> parts, string path, string query, bool wantsJson,
        CancellationToken cancellation)
    {
        switch (parts)
        {
            case ["data"]:
                return wantsJson ? PageAnswer.Data(DataJson.Of(shelf.Sets).ToJsonString(Problem.JsonOptions))
                    : PageAnswer.Page(DataPage.List(shelf.Sets));
            case ["data", var id]:
                {
                    var view = await Look(id, query, cancellation);
                    return wantsJson ? PageAnswer.Data(DataJson.Of(view).ToJsonString(Problem.JsonOptions))
                        : PageAnswer.Page(DataPage.Page(view));
                }
            case ["data", var id, "stage"]:
                return PageAnswer.Page(DataPage.Stage(await Look(id, query, cancellation)));
            default:
                throw new ProblemException(Problem.NotFound(path));
        }
    }

    private async Task<DataView> Look(string id, string query, CancellationToken cancellation)
    {
        var sets = shelf.Sets;
        if (sets.All(set => set.Id != id)) throw Missing(id, sets);
        var state = DataState.Parse(query);
        return await work.Do(stop => Looked(id, state, stop), cancellation);
    }

    private DataView Looked(string id, DataState state, CancellationToken stop)
    {
        var opened = shelf.Open(id, stop);
        var (training, validation) = (opened.Data.Training, opened.Data.Validation);
        var part = opened.Part(state.IsValidation);
        if (state.Class.Length > 0 && part.Targets is not null)
            throw new UsageException($"{opened.Set.Name} has targets instead of one class for each image, so no class can be chosen. Leave "
                + "class out.");
        var label = state.Class.Length == 0 ? -1 : part.ClassNames.ToList().IndexOf(state.Class);
        if (state.Class.Length > 0 && label < 0)
            throw new UsageException($"{opened.Set.Name} has no class "
                + $"'{Problem.Shortened(state.Class)}'.{NearestName.Suggest(state.Class, part.ClassNames)}");
        var ofClass = label < 0 ? part.Count : part.CountPerClass()[label];
        var page = Math.Min(state.Page, Math.Max(0, (ofClass - 1) / DataState.PageSize));
        IReadOnlyList<int> chosen = [.. Enumerable.Range(0, part.Count).Where(image => label < 0 || part.Label(image) == label)
            .Skip(page * DataState.PageSize).Take(DataState.PageSize)];
        var view = new DataView(state with { Page = page }, opened, Counts(training), Counts(validation), chosen, ofClass)
        {
            Shown = text => shelf.Shown(id, text),
            Check = state.IsChecked ? shelf.Check(id, stop) : null,
            Augmentation = state.Augmentation ?? opened.UsualAugmentation,
            Models = models.Models,
        };
        return Augmented(Near(id, view, stop), chosen);
    }

    private DataView Near(string id, DataView view, CancellationToken stop)
    {
        var state = view.State;
        if (state.Near is not { } image) return view;
        if (!models.Has(state.Model))
            throw new ProblemException(new Problem(StatusCodes.Status404NotFound, "No such model",
                $"The studio has no model '{Problem.Shortened(state.Model)}'."
                + NearestName.Suggest(state.Model, view.Models.Select(one => one.Id)))
            {
                Where = "model",
                Received = Problem.Shortened(state.Model),
                Expected = string.Join(", ", view.Models.Take(8).Select(one => one.Id)) + (view.Models.Count > 8 ? ", …" : ""),
                Fix = "Choose one of the list.",
            });
        try
        {
            return view with
            {
                Neighbours = neighbours.Find(new NeighbourRequest(id, image, state.Model)
                {
                    IsValidation = state.IsValidation,
                    Layer = state.Embedding.Length > 0 ? state.Embedding : null,
                    Distance = state.Distance,
                    Cancellation = stop,
                }),
            };
        }
        catch (FeatureMapException error)
        {
            return view with { NeighbourFault = view.Shown(error.Message) };
        }
    }

    private static DataView Augmented(DataView view, IReadOnlyList<int> chosen)
    {
        var shape = view.Part.ImageShape;
        if (chosen.Count == 0) return view;
        if (shape.Area > MostSheetArea) return view with
        {
            Fault =
            $"The images have {shape.Area:N0} pixels: a sheet is drawn of images of up to {MostSheetArea:N0}."
        };
        try
        {
            var shown = view.Part.Subset([.. chosen.Take(SheetImages)]);
            var (sheet, strips) = AugmentationStep.Of(shown, view.Augmentation, SheetImages, SheetEpochs, (ulong)view.State.Seed);
            return view with { Sheet = sheet, Strips = strips };
        }
        catch (FeatureMapException error)
        {
            return view with { Fault = error.Message };
        }
    }

    private static int[] Counts(ImageSet set) => set.ClassCount > 0 && set.Targets is null ? set.CountPerClass() : [];

    private static ProblemException Missing(string id, IReadOnlyList<ShelfSet> sets) =>
        new(new Problem(StatusCodes.Status404NotFound, "No such data",
        $"The studio has no data set '{Problem.Shortened(id)}'.{NearestName.Suggest(id, sets.Select(set => set.Id))}")
        {
            Where = "path",
            Received = Problem.Shortened(id),
            Expected = string.Join(", ", sets.Take(8).Select(set => set.Id)) + (sets.Count > 8 ? ", …" : ""),
            Fix = "Choose one of the list on /data. Folders are named when the studio is started.",
        });
}

/// <summary>The content of Data as data.</summary>
internal static class DataJson
{
    public static JsonObject Of(IReadOnlyList<ShelfSet> sets) => new()
    {
        ["schema"] = 1,
        ["sets"] = new JsonArray([.. sets.Select(set => new JsonObject
        {
            ["id"] = set.Id,
            ["name"] = set.Name,
            ["kind"] = set.Kind.ToString().ToLowerInvariant(),
            ["address"] = DataPage.To(set.Id),
        })]),
    };

    public static JsonObject Of(DataView view)
    {
        var (data, part) = (view.Opened.Data, view.Part);
        return new JsonObject
        {
            ["schema"] = 1,
            ["id"] = view.Opened.Set.Id,
            ["name"] = view.Opened.Set.Name,
            ["state"] = view.State.Query,
            ["image"] = data.ImageShape.ToString(),
            ["training"] = data.Training.Count,
            ["validation"] = data.Validation.Count,
            ["classes"] = new JsonArray([.. data.ClassNames.Index().Select(one => new JsonObject
            {
                ["name"] = one.Item,
                ["training"] = one.Index < view.Training.Count ? view.Training[one.Index] : null,
                ["validation"] = one.Index < view.Validation.Count ? view.Validation[one.Index] : null,
            })]),
            ["pages"] = view.Pages,
            ["images"] = new JsonArray([.. view.Chosen.Select(image => new JsonObject
            {
                ["id"] = SetImages.IdOf(view.Opened.Set.Id, view.State.IsValidation, image),
                ["name"] = view.Shown(part.NameOf(image)),
                ["class"] = part.Targets is null ? part.ClassNames[part.Label(image)] : null,
            })]),
            ["neighbours"] = Neighbours(view),
            ["neighbourFault"] = view.NeighbourFault.Length > 0 ? view.NeighbourFault : null,
            ["augmentation"] = view.Augmentation,
            ["steps"] = new JsonArray([.. view.Strips.Select(step => JsonValue.Create(step.Words))]),
            ["fault"] = view.Fault.Length > 0 ? view.Fault : null,
            ["check"] = view.Check is not { } check ? null : new JsonObject
            {
                ["sound"] = check.IsSound,
                ["pictures"] = check.Images,
                ["readable"] = check.Readable,
                ["findings"] = new JsonArray([.. check.Findings.Select(finding => new JsonObject
                {
                    ["kind"] = finding.Kind.ToString(),
                    ["wrong"] = finding.IsWrong,
                    ["message"] = view.Shown(finding.Message),
                    ["advice"] = view.Shown(finding.Advice),
                    ["files"] =
                        new JsonArray([.. finding.Files.Take(50)
                            .Select(files => new JsonArray([.. files.Take(10).Select(file => JsonValue.Create(view.Shown(file)))]))]),
                })]),
            },
        };
    }

    private static JsonObject? Neighbours(DataView view)
    {
        if (view.Neighbours is not { } found || view.State.Near is not { } image) return null;
        string Id(int one) => SetImages.IdOf(view.Opened.Set.Id, view.State.IsValidation, one);
        return new JsonObject
        {
            ["image"] = Id(image),
            ["class"] = view.Part.ClassNames[view.Part.Label(image)],
            ["model"] = view.State.Model,
            ["layer"] = found.Layer,
            ["dimensions"] = found.Dimensions,
            ["distance"] = view.State.Distance.ToString().ToLowerInvariant(),
            ["compared"] = found.Compared,
            ["doubtful"] = found.IsDoubtful,
            ["nearest"] = new JsonArray([.. found.Nearest.Select(one => new JsonObject
            {
                ["id"] = Id(one.Image),
                ["number"] = one.Image,
                ["class"] = view.Part.ClassNames[view.Part.Label(one.Image)],
                ["distance"] = one.Distance,
                ["disagrees"] = one.IsOther,
            })]),
        };
    }
}
