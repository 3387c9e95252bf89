using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>Where a set of a <see cref="DataShelf"/> comes from.</summary>
public enum SetKind
{
    /// <summary>It is inside the library.</summary>
    Embedded,

    /// <summary>A published set that is on this machine.</summary>
    Named,

    /// <summary>A folder, an archive or a table that was named at the start.</summary>
    Place,
}

/// <summary>A set that may be looked at.</summary>
/// <param name="Id">What it is asked for by: letters, digits, '-', '_' and '.'. It is looked up in a list and is no part of any
/// path.</param>
/// <param name="Name">What it is called; for a place the name of its file or folder.</param>
/// <param name="Kind">Where it comes from.</param>
/// <param name="About">A sentence about it; empty for a place.</param>
public sealed record ShelfSet(string Id, string Name, SetKind Kind, string About);

/// <summary>
/// The data of this machine by id: what is inside the library, the published sets that are here, and places that were named. Nothing is
/// downloaded. Any thread may call.
/// </summary>
/// <param name="places">Folders, archives and tables that are data themselves.</param>
public sealed class DataShelf(IReadOnlyList<string>? places = null)
{
    /// <summary>The side in pixels to which pictures of several sizes are brought here.</summary>
    public const int CommonSide = 128;

    private const int MostOpen = 2;

    // Looked for when somebody asks.
    private readonly Lazy<IReadOnlyList<(ShelfSet Set, string Source)>> sets = new(() => Found(places ?? []));
    private readonly Lock gate = new();
    private readonly List<(string Id, OpenedSet Data)> open = [];
    private readonly Dictionary<string, DataCheck> checks = [];

    /// <summary>All sets.</summary>
    public IReadOnlyList<ShelfSet> Sets => [.. sets.Value.Select(one => one.Set)];

    /// <summary>The set of an id, read once and kept while it is among those that were asked for last.</summary>
    /// <exception cref="UsageException">There is no such set.</exception>
    /// <exception cref="DataException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public OpenedSet Open(string id, CancellationToken cancellation = default)
    {
        var (set, source) = Find(id);
        // One at a time: a set may be large.
        lock (gate)
        {
            if (open.FindIndex(one => one.Id == id) is >= 0 and var place)
            {
                var kept = open[place];
                open.RemoveAt(place);
                open.Insert(0, kept);
                return kept.Data;
            }
            var read = Told(set, source, () => Read(set, source, cancellation));
            open.Insert(0, (id, read));
            if (open.Count > MostOpen) open.RemoveRange(MostOpen, open.Count - MostOpen);
            return read;
        }
    }

    /// <summary>What is wrong with the pictures of a place, read once; null for sets that are no files of pictures.</summary>
    /// <exception cref="UsageException">There is no such set.</exception>
    /// <exception cref="DataException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public DataCheck? Check(string id, CancellationToken cancellation = default)
    {
        var (set, source) = Find(id);
        if (set.Kind != SetKind.Place) return null;
        lock (checks)
        {
            if (checks.TryGetValue(id, out var known)) return known;
            return checks[id] = Told(set, source, () => AnnotationCheck.Of(source, new() { Cancellation = cancellation }));
        }
    }

    /// <summary>A text about a set as it is shown: without what stands around its place.</summary>
    /// <exception cref="UsageException">There is no such set.</exception>
    public string Shown(string id, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (set, source) = Find(id);
        return set.Kind == SetKind.Place ? Shown(set, source, text) : text;
    }

    private (ShelfSet Set, string Source) Find(string id) => sets.Value.FirstOrDefault(one => one.Set.Id == id) is { Set: not null } found
        ? found : throw new UsageException($"There is no data set "
            + $"'{Descriptions.ValueKind.Shortened(id)}'.{NearestName.Suggest(id, sets.Value.Select(one => one.Set.Id))}");

    private static OpenedSet Read(ShelfSet set, string source, CancellationToken cancellation)
    {
        var options = new DataOptions { AllowDownload = false, Cancellation = cancellation };
        if (set.Kind != SetKind.Place) return Opened(set, source, Datasets.Get(source, options), []);
        // What cannot be read is left out here and named by the check.
        options = options with { Images = new ClassFolderOptions { Unreadable = UnreadableImages.Skip } };
        try
        {
            return Opened(set, source, Datasets.Open(source, options), []);
        }
        catch (DataException error) when (!error.Message.Contains("is not there", StringComparison.Ordinal))
        {
            // Pictures of several sizes become one size to be looked at; what is wrong otherwise is told by the second attempt.
            var sized =
                options with { Images = options.Images with { Size = new ImageSize(CommonSide, CommonSide), Fit = ImageFit.Crop() } };
            return Opened(set, source, Datasets.Open(source, sized),
                [$"The pictures have several sizes; here they are brought to {CommonSide} x {CommonSide}, and what lies outside of "
                    + "the middle is cut off."]);
        }
    }

    private static OpenedSet Opened(ShelfSet set, string source, SplitData data, IReadOnlyList<string> notices) =>
        new(set, data, data.Notice is { } told ? [.. notices, Shown(set, source, told)] : notices);

    // What is shown names nothing outside of the place.
    private static T Told<T>(ShelfSet set, string source, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FeatureMapException error)
        {
            throw new DataException(Shown(set, source, error.Message), error);
        }
    }

    private static string Shown(ShelfSet set, string source, string text)
    {
        var shown = text.Replace(source, set.Name, StringComparison.Ordinal);
        return Path.GetDirectoryName(source) is { Length: > 1 } around
            ? shown.Replace(around + Path.DirectorySeparatorChar, "", StringComparison.Ordinal) : shown;
    }

    private static List<(ShelfSet, string)> Found(IReadOnlyList<string> places)
    {
        var found = new List<(ShelfSet, string)>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var info in Datasets.All.Where(info => info.Files.Count == 0 || IsHere(info.Name)))
        {
            ids.Add(info.Name);
            found.Add((new(info.Name, info.Title, info.Files.Count == 0 ? SetKind.Embedded : SetKind.Named, info.Description), info.Name));
        }
        foreach (var place in places)
        {
            var full = FolderWalk.Root(place)!;
            var name = Path.GetFileName(full);
            var id = FolderWalk.IdOf(TrainPlaces.Prefix, name, ids);
            found.Add((new(id, name, SetKind.Place, ""), full));
        }
        return found;
    }

    private static bool IsHere(string name)
    {
        try
        {
            return Datasets.Locate(name, new DataOptions { AllowDownload = false }) is not null;
        }
        catch (FeatureMapException)
        {
            return false; // a broken one is told by whoever asks for it by name
        }
    }
}

/// <summary>A set that was read.</summary>
/// <param name="Set">Which one.</param>
/// <param name="Data">Its images.</param>
/// <param name="Notices">What a user should know about it, a sentence each.</param>
public sealed record OpenedSet(ShelfSet Set, SplitData Data, IReadOnlyList<string> Notices)
{
    /// <summary>The images to learn from, or those to judge by.</summary>
    public ImageSet Part(bool isValidation) => isValidation ? Data.Validation : Data.Training;

    /// <summary>What the first recipe for such data does with them, as a text.</summary>
    public string UsualAugmentation => $"{AugmentationSheet.UsualFor(Set.Id)}";
}

/// <summary>What an augmentation makes of one image, step by step: after the first step alone, after the first two, and so on.</summary>
/// <param name="Words">The step that is added.</param>
/// <param name="Pixels">The sheet: the image, and its variants of so many epochs, as planar bytes.</param>
/// <param name="Shape">Of the sheet.</param>
public sealed record AugmentationStep(string Words, byte[] Pixels, Shape Shape)
{
    private const int MostSteps = 16;

    /// <summary>The sheet of several images, and a strip for each step of the chain.</summary>
    /// <param name="set">The images.</param>
    /// <param name="text">The chain, as <see cref="Augmentation.Parse"/> reads it.</param>
    /// <param name="images">Images of the sheet.</param>
    /// <param name="epochs">Variants of each.</param>
    /// <param name="seed">Seed of the training whose variants they are.</param>
    /// <exception cref="UsageException">The text is no augmentation.</exception>
    /// <exception cref="ShapeException">It cannot work on these images.</exception>
    public static (AugmentationStep Sheet, IReadOnlyList<AugmentationStep> Strips) Of(ImageSet set, string text, int images, int epochs,
        ulong seed)
    {
        ArgumentNullException.ThrowIfNull(set);
        var chain = Augmentation.Parse(text);
        var (pixels, shape) = AugmentationPreview.Draw(set, chain, images, epochs, seed);
        var steps = Split($"{chain}");
        var first = set.Take(1);
        return (new($"{chain}", pixels, shape), steps.Count < 2 ? [] :
        [
            .. steps.Take(MostSteps).Index().Select(step =>
            {
                var (strip, size) =
                    AugmentationPreview.Draw(first, Augmentation.Parse(string.Join(", ", steps.Take(step.Index + 1))), 1, epochs, seed);
                return new AugmentationStep(step.Item, strip, size);
            }),
        ]);
    }

    // At the commas that stand in no bracket.
    private static List<string> Split(string text)
    {
        var (steps, depth, start) = (new List<string>(), 0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] != ',' || depth > 0) continue;
            steps.Add(text[start..i].Trim());
            start = i + 1;
        }
        steps.Add(text[start..].Trim());
        return steps;
    }
}
