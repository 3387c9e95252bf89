using System.Text;
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

    private const int MostModels = 200, MostFolders = 2000, MostOpen = 4, Deepest = 3;
    private const int OpenSide = 224; // pixels of images for an ONNX file that leaves their size open

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly string? project, runs;
    private readonly Lock gate = new();
    private readonly List<(string Key, Lazy<OpenedModel> Model)> open = [];
    private IReadOnlyList<(ShelfModel Model, string Path)> models = [];
    private long read = long.MinValue;

    /// <summary>A list of models.</summary>
    /// <param name="project">The folder of model files and ONNX files; none where null.</param>
    /// <param name="runs">The folder of runs; none where null.</param>
    public ModelShelf(string? project = null, string? runs = null) =>
        (this.project, this.runs) = (Root(project), Root(runs));

    /// <summary>All models, as they are now: that of the library first, then runs, newest first, then files by name.</summary>
    public IReadOnlyList<ShelfModel> Models => [.. Listed().Select(one => one.Model)];

    /// <summary>Whether there is a model of this id.</summary>
    public bool Has(string id) => Listed().Any(one => one.Model.Id == id);

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

    private (ShelfModel Model, string Path) Find(string id) =>
        Listed().FirstOrDefault(one => one.Model.Id == id) is { Model: not null } found ? found
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

    private IReadOnlyList<(ShelfModel Model, string Path)> Listed()
    {
        lock (gate)
        {
            var now = Environment.TickCount64;
            if (now - read < Fresh.TotalMilliseconds && read != long.MinValue) return models;
            (models, read) = (Read(), now);
            return models;
        }
    }

    private List<(ShelfModel, string)> Read()
    {
        var found = new List<(ShelfModel Model, string Path)> { (new(Digits, "digits, inside the library", ShelfKind.Bundled), "") };
        var ids = new HashSet<string> { Digits };
        void Add(string prefix, string name, ShelfKind kind, string path)
        {
            if (found.Count >= MostModels) return;
            var id = prefix + Slug(name);
            for (var number = 2; !ids.Add(id); number++) id = $"{prefix}{Slug(name)}-{number}";
            found.Add((new(id, name, kind), path));
        }

        var finished = runs is null ? [] : Folders(runs).Where(folder => RunInput.IsRun(folder) && IsModel(folder)).ToList();
        foreach (var folder in finished.OrderByDescending(Directory.GetLastWriteTimeUtc).ThenBy(folder => folder, StringComparer.Ordinal))
            Add("run-", Below(runs!, folder), ShelfKind.Run, folder);
        if (project is null) return found;
        var taken = finished.ToHashSet();
        foreach (var folder in Folders(project).Where(folder => !taken.Contains(folder)))
        {
            if (IsModel(folder)) Add("file-", Below(project, folder), RunInput.IsRun(folder) ? ShelfKind.Run : ShelfKind.File, folder);
            foreach (var file in Files(folder))
                Add("file-", Below(project, file), ShelfKind.File, file);
        }
        return found;
    }

    /// <summary>A folder and those below it that are its own, not hidden, and not those of builds.</summary>
    private static IEnumerable<string> Folders(string root)
    {
        var (waiting, seen) = (new Queue<(string Folder, int Depth)>([(root, 0)]), 0);
        while (waiting.TryDequeue(out var next) && seen++ < MostFolders)
        {
            yield return next.Folder;
            if (next.Depth == Deepest) continue;
            foreach (var folder in Entries(() => Directory.GetDirectories(next.Folder)))
                if (Path.GetFileName(folder) is var name && name[0] != '.' && name is not ("bin" or "obj" or "node_modules")
                    && !IsLink(folder)) waiting.Enqueue((folder, next.Depth + 1));
        }
    }

    private static IEnumerable<string> Files(string folder) => Entries(() =>
        [.. Directory.GetFiles(folder).Where(RunInput.IsOnnx)]).Where(file => !IsLink(file));

    private static IReadOnlyList<string> Entries(Func<string[]> list)
    {
        try
        {
            return [.. list().Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // a folder that cannot be listed has nothing to offer
        }
    }

    // A link may lead anywhere: what it leads to is offered where it stands.
    private static bool IsLink(string path)
    {
        try
        {
            return (File.GetAttributes(path) & FileAttributes.ReparsePoint) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true; // gone meanwhile, or closed: it is left out like a link
        }
    }

    private static bool IsModel(string folder) => Whole(Path.Combine(folder, ModelFile.WeightsName))
        && Whole(Path.Combine(folder, ModelFile.NetworkName));

    private static bool Whole(string file) => File.Exists(file) && !IsLink(file);

    private static string Below(string root, string path) => Path.GetRelativePath(root, path) is var name && name != "." ? name
        : Path.GetFileName(root);

    private static string? Root(string? folder) => folder is not null && Directory.Exists(folder)
        ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) : null;

    private static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (var letter in name)
            slug.Append(char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-');
        return slug.ToString() is { Length: > 80 } long_ ? long_[..80] : slug.ToString();
    }
}

/// <summary>A model that was read, and what a user should know about it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Notice">A sentence; null where there is nothing to say.</param>
public sealed record OpenedModel(Model Model, string? Notice);
