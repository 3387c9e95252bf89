using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>Where a model of a <see cref="ModelShelf"/> comes from.</summary>
public enum ShelfKind
{
    /// <summary>It is inside the library.</summary>
    Bundled,

    /// <summary>A finished run.</summary>
    Run,

    /// <summary>A model file or an ONNX file.</summary>
    File,
}

/// <summary>A model that may be asked.</summary>
/// <param name="Id">What it is asked for by: letters, digits, '-', '_' and '.'. It is looked up in a list and is no part of any
/// path.</param>
/// <param name="Name">What it is called: for a run its folder, for a file its path below the project.</param>
/// <param name="Kind">Where it comes from.</param>
public sealed record ShelfModel(string Id, string Name, ShelfKind Kind);

/// <summary>
/// The models of a project by id: the one inside the library, the finished runs below a folder, model files and ONNX files. The list is
/// made here and read again when folders change; what is asked for is looked up in it, so that nobody's text becomes a path. Links that
/// lead out of their folder are left out. Any thread may call.
/// </summary>
/// <example><code>
/// var shelf = new ModelShelf(project: ".", runs: "runs");
/// var trial = shelf.Try("digits", new TrialRequest(new TrialImage("seven", File.ReadAllBytes("seven.png"))));
/// Console.WriteLine(trial.Classes[trial.Answer].Name);
/// </code></example>
public sealed class ModelShelf
{
    /// <summary>The id of the model inside the library: <see cref="BundledModels.Digits"/>.</summary>
    public const string Digits = "digits";

    private const int MostModels = 200, MostOpen = 4;
    private const int OpenSide = 224; // pixels of images for an ONNX file that leaves their size open

    private readonly string? project, runs;
    private readonly Lock gate = new();
    private readonly List<(string Key, Lazy<OpenedModel> Model)> open = [];
    private readonly FreshList<(ShelfModel Model, string Path)> listed;

    /// <summary>A list of models.</summary>
    /// <param name="project">The folder of model files and ONNX files; none where null.</param>
    /// <param name="runs">The folder of runs; none where null.</param>
    public ModelShelf(string? project = null, string? runs = null)
    {
        (this.project, this.runs) = (FolderWalk.Root(project), FolderWalk.Root(runs));
        listed = new FreshList<(ShelfModel, string)>(Read, TimeSpan.FromSeconds(1));
    }

    /// <summary>All models, as they are now: that of the library first, then runs, newest first, then files by name.</summary>
    public IReadOnlyList<ShelfModel> Models => [.. listed.Items.Select(one => one.Model)];

    /// <summary>Whether there is a model of this id.</summary>
    public bool Has(string id) => listed.Find(one => one.Model.Id == id).Model is not null;

    /// <summary>What a model makes of an image.</summary>
    /// <exception cref="UsageException">There is no such model; or a layer, channel, class or pixel that is not there is asked
    /// for.</exception>
    /// <exception cref="DataException">The model or the image cannot be read.</exception>
    /// <exception cref="ShapeException">The network gives no scores of classes.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Trial Try(string id, TrialRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var opened = Open(id);
        return Trial.Of(opened.Model, request) is var trial && opened.Notice is { } notice
            ? trial with { Notices = [notice, .. trial.Notices] } : trial;
    }

    /// <summary>Pictures of the data that a run judged itself by, spread over its classes; none for what is no run, or whose data are not
    /// found again.</summary>
    /// <param name="id">The model.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public IReadOnlyList<ShelfSample> Samples(string id, int count, CancellationToken cancellation = default)
    {
        var (model, path) = Find(id);
        return model.Kind == ShelfKind.Run ? ShelfSample.Of(path, Open(id).Model, count, cancellation) : [];
    }

    /// <summary>The model of an id, read once and kept while it is among those that were asked last.</summary>
    /// <exception cref="UsageException">There is no such model.</exception>
    /// <exception cref="DataException">It cannot be read.</exception>
    public OpenedModel Open(string id)
    {
        var (model, path) = Find(id);
        if (model.Kind == ShelfKind.Bundled) return new(BundledModels.Digits, null);
        try
        {
            return Kept($"{path} {Changed(path)}", () => Load(path)).Value;
        }
        catch (FeatureMapException error)
        {
            // What is shown names nothing outside of the project.
            var told = error.Message.Replace(path, model.Name, StringComparison.Ordinal);
            foreach (var root in ((string?[])[project, runs]).OfType<string>())
                told = told.Replace(root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
            throw new DataException(told, error);
        }
    }

    /// <summary>The folder or file of a model.</summary>
    /// <exception cref="UsageException">There is no such model, or it is inside the library.</exception>
    internal string PathOf(string id) => Find(id) is { Model.Kind: not ShelfKind.Bundled } found ? found.Path
        : throw new UsageException($"{id} is inside the library and has no file.");

    private (ShelfModel Model, string Path) Find(string id) =>
        listed.Find(one => one.Model.Id == id) is { Model: not null } found ? found
        : throw new UsageException($"There is no model '{Descriptions.ValueKind.Shortened(id)}'."
            + $"{NearestName.Suggest(id, Models.Select(model => model.Id))}");

    private static OpenedModel Load(string path)
    {
        string? notice = null;
        var isGuessed = false;
        var model = RunInput.Model(path, choice: new OnnxChoice(Notice: told => notice ??= told), shape: channels =>
        {
            isGuessed = true;
            return new Shape(channels ?? 3, OpenSide, OpenSide);
        });
        return new(model, isGuessed ? $"The file leaves the size of images open: {OpenSide} x {OpenSide} is taken." : notice);
    }

    private Lazy<OpenedModel> Kept(string key, Func<OpenedModel> load)
    {
        lock (gate)
        {
            var place = open.FindIndex(one => one.Key == key);
            // What failed is tried again: a file may be whole by then.
            var kept = place >= 0 ? open[place] : (key, new Lazy<OpenedModel>(load, LazyThreadSafetyMode.PublicationOnly));
            if (place >= 0) open.RemoveAt(place);
            open.Insert(0, kept);
            if (open.Count > MostOpen) open.RemoveRange(MostOpen, open.Count - MostOpen);
            return kept.Item2;
        }
    }

    private static long Changed(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, ModelFile.WeightsName) : path;
        return File.Exists(file) ? File.GetLastWriteTimeUtc(file).Ticks : 0;
    }

    private List<(ShelfModel, string)> Read()
    {
        var found = new List<(ShelfModel Model, string Path)> { (new(Digits, "digits, inside the library", ShelfKind.Bundled), "") };
        var ids = new HashSet<string> { Digits };
        void Add(string prefix, string name, ShelfKind kind, string path)
        {
            if (found.Count >= MostModels) return;
            found.Add((new(FolderWalk.IdOf(prefix, name, ids), name, kind), path));
        }

        var finished = runs is null ? [] : FolderWalk.Below(runs).Where(folder => RunInput.IsRun(folder) && IsModel(folder)).ToList();
        var known = runs is null || finished.Count == 0 ? []
            : RunCatalogue.Folders(runs, ids).ToDictionary(one => one.Folder, one => one.Id);
        foreach (var folder in finished.OrderByDescending(Directory.GetLastWriteTimeUtc).ThenBy(folder => folder, StringComparer.Ordinal))
            if (found.Count >= MostModels) break;
            else if (known.TryGetValue(folder, out var id))
                found.Add((new(id, FolderWalk.NameBelow(runs!, folder), ShelfKind.Run), folder));
            else Add(RunCatalogue.Prefix, FolderWalk.NameBelow(runs!, folder), ShelfKind.Run, folder);
        if (project is null) return found;
        var taken = finished.ToHashSet();
        foreach (var folder in FolderWalk.Below(project).Where(folder => !taken.Contains(folder)))
        {
            if (IsModel(folder)) Add("file-", FolderWalk.NameBelow(project, folder), RunInput.IsRun(folder) ? ShelfKind.Run
                : ShelfKind.File, folder);
            foreach (var file in FolderWalk.Files(folder, RunInput.IsOnnx))
                Add("file-", FolderWalk.NameBelow(project, file), ShelfKind.File, file);
        }
        return found;
    }

    private static bool IsModel(string folder) => Whole(Path.Combine(folder, ModelFile.WeightsName))
        && Whole(Path.Combine(folder, ModelFile.NetworkName));

    private static bool Whole(string file) => File.Exists(file) && !FolderWalk.IsLink(file);
}

/// <summary>A model that was read, and what a user should know about it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Notice">A sentence; null where there is nothing to say.</param>
public sealed record OpenedModel(Model Model, string? Notice);
