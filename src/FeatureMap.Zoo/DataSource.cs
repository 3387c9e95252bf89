using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>
/// Which data are meant by the name or path of a data set and the places of <c>--data</c>. A place is an order: it is a folder with the
/// files of the set that was asked for by name, or it is the data itself, or it is refused; nothing else is ever used in its stead. Only
/// where no place is given, a named set is looked for on this machine and downloaded.
/// </summary>
/// <param name="Dataset">The name of a data set, or the full path of one.</param>
/// <param name="Folders">Folders that have the files of a named one; empty where it may come from anywhere.</param>
/// <param name="Notice">What the user must know about the choice; null where all is as asked.</param>
public sealed record DataSource(string Dataset, IReadOnlyList<string> Folders, string? Notice = null)
{
    /// <summary>
    /// Whether nobody asked for these data: they are what a recipe or lab usually takes. Then the digits of the library may stand in for
    /// MNIST where it is not to be had.
    /// </summary>
    public bool IsUsual { get; init; }

    /// <summary>Whether the data are at a path.</summary>
    public bool IsPath => Datasets.IsPath(Dataset);

    /// <summary>Finds out what is meant. Reads names only; <see cref="Load"/> has the last word on what is there.</summary>
    /// <param name="dataset">A name or a path; null where none is given and a place has to say it.</param>
    /// <param name="places">The values of <c>--data</c>.</param>
    /// <exception cref="UsageException">Two places are data themselves, or nothing says which data are meant.</exception>
    /// <exception cref="DataException">A place is not there.</exception>
    public static DataSource Of(string? dataset, IReadOnlyList<string> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        var info = dataset is null || Datasets.IsPath(dataset) ? null : Datasets.Info(dataset); // a name that there is not is told first
        foreach (var place in places)
            Check(place);
        if (places.Count == 0)
        {
            if (dataset is null)
                throw new UsageException("Which data set? Give a name, such as mnist, or the path of a folder or archive: featuremap "
                    + "data info photos.zip");
            return info is not null ? new(dataset, []) : new(Full(dataset), []);
        }
        if (places.Where(File.Exists).ToArray() is { Length: > 1 } archives)
            throw new UsageException($"--data names more than one data set: {string.Join(" and ", archives)}. Keep one; "
                + "folders to look in may be several.");
        var holders = info is null ? [] : places.Where(place => Datasets.IsIn(dataset!, place)).ToArray();
        if (holders.Length > 0)
        {
            var others = places.Except(holders).ToArray();
            var (has, isUsed) = others.Length == 1 ? ("has", "is") : ("have", "are");
            var notice = $"{string.Join(" and ", others)} {has} no files of {info!.Title} and {isUsed} not used.";
            return new(dataset!, holders, others.Length == 0 ? null : notice);
        }
        if (places.Count > 1)
        {
            throw new UsageException($"--data names {places.Count} "
                + $"places{(info is null ? "" : $", and none of them has the files of {info.Title}")}: {string.Join(", ", places)}. "
                + "Keep the one that is the data.");
        }
        return new(Full(places[0]), []);
    }

    /// <summary>
    /// The same for a name or path that may be given beside the places, as by <c>--set data=</c>: the two must not be different data.
    /// </summary>
    /// <param name="given">What was given; empty for nothing.</param>
    /// <param name="usual">What is used where nothing is given.</param>
    /// <param name="places">The values of <c>--data</c>.</param>
    /// <exception cref="UsageException">The data are named twice.</exception>
    /// <exception cref="DataException">A place is not there.</exception>
    public static DataSource Of(string given, string usual, IReadOnlyList<string> places)
    {
        ArgumentException.ThrowIfNullOrEmpty(usual);
        if (string.IsNullOrEmpty(given)) return Of(usual, places) with { IsUsual = places is { Count: 0 } };
        var source = Of(given, places);
        if (places is { Count: > 0 } && source.IsPath && source.Dataset != Full(given))
            throw new UsageException($"The data are named twice: {source.Dataset} by --data and {given} by --set data. Keep one.");
        return source.WithNameNoted(given);
    }

    /// <summary>
    /// The same with a notice where a name that was given says something else than what is taken: the place that was given with it, or a
    /// folder of the same name here.
    /// </summary>
    /// <param name="given">What was given; null for nothing.</param>
    public DataSource WithNameNoted(string? given)
    {
        if (given is null || Datasets.IsPath(given)) return this;
        if (IsPath) return Noted($"{Dataset} has no files of {Datasets.Info(given).Title}, so it is taken as the data itself.");
        return !Path.Exists(given) ? this
            : Noted($"{given} is taken for the data set of this name, not for ./{given}, which is here too: write ./{given} for that.");
    }

    /// <summary>Loads the data.</summary>
    /// <param name="options">How; its folders are those of this source.</param>
    /// <exception cref="DataException">There is no data set at the place; the message says what was found.</exception>
    public SplitData Load(DataOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var data = Datasets.Get(Dataset, options with { Folders = Folders, AllowEmbeddedDigits = IsUsual });
        return Notice is null ? data : data with { Notice = data.Notice is null ? Notice : $"{Notice} {data.Notice}" };
    }

    private DataSource Noted(string notice) => this with { Notice = Notice is null ? notice : $"{Notice} {notice}" };

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static void Check(string place)
    {
        var isName = Datasets.All.Any(info => string.Equals(info.Name, place, StringComparison.OrdinalIgnoreCase));
        if (isName && !Path.Exists(place))
            throw new DataException($"{place}: there is no such file or folder. --data takes a place; the data set of this name is "
                + $"chosen by its name, as by --set data={place}.");
        Datasets.CheckPlace(place);
    }
}
