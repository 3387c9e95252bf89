using FeatureMap.Data;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>What a data set is, and what is in it where it is on this machine.</summary>
/// <param name="Info">What is known about it; null for data at a path.</param>
/// <param name="Folder">Where a named one is on this machine; null where it is not, or is inside the library.</param>
/// <param name="Content">What was found; null for a named one that is not on this machine.</param>
public sealed record DataDescription(DatasetInfo? Info, string? Folder, DataContent? Content)
{
    /// <summary>Describes data. Nothing is downloaded for it.</summary>
    /// <param name="source">Which data.</param>
    /// <param name="images">How image files become a data set.</param>
    /// <param name="context">Told progress and notices.</param>
    /// <exception cref="DataException">There is no data set at the place.</exception>
    public static DataDescription Of(DataSource source, ClassFolderOptions images, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(context);
        var info = source.IsPath ? null : Datasets.Info(source.Dataset);
        // A named set only where it is on this machine.
        var isAbsent = info is { Files.Count: > 0 } && source.Folders.Count == 0 && FolderOf(info, [], context) is null;
        var content = isAbsent ? null : Load(source, images, context);
        return new(info, info is null ? null : FolderOf(info, source.Folders, context), content);
    }

    /// <summary>Where a named data set is; null where it is not on this machine, or is inside the library.</summary>
    /// <param name="info">The data set.</param>
    /// <param name="folders">Where to look; empty for everywhere.</param>
    /// <param name="context">How it is loaded.</param>
    public static string? FolderOf(DatasetInfo info, IReadOnlyList<string> folders, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(context);
        return Datasets.Locate(info.Name, context.Data(folders));
    }

    private static DataContent Load(DataSource source, ClassFolderOptions images, WorkContext context)
    {
        var found = source.Load(context.Data([]) with { Images = images, AllowDownload = false });
        context.Tell(found.Notice);
        return new(found, Normalization.Of(found.Training), CountsOf(found.Training), CountsOf(found.Validation));
    }

    // Of masks the pixels; what counts for nothing is in no class.
    private static IReadOnlyList<long> CountsOf(ImageSet set)
    {
        if (set.Targets is { AreOfWholeImage: true } said)
            return [.. said.ClassNames.Select((_, label) => Enumerable.Range(0, set.Count).LongCount(image =>
                said.Values(set.TargetOf(image))[label] == 1))];
        if (set.Targets is not { Kind: TargetKind.LabelMap } maps) return [.. set.CountPerClass().Select(count => (long)count)];
        var counts = new long[256];
        for (var image = 0; image < set.Count; image++)
            foreach (var label in maps.Bytes(set.TargetOf(image)))
                counts[label]++;
        return counts[..maps.ClassNames.Count];
    }
}

/// <summary>What is in a data set.</summary>
/// <param name="Data">The images.</param>
/// <param name="Normalization">Mean and deviation of the training images, per channel, in units of pixel / 255.</param>
/// <param name="Training">Training images of each class; of masks the pixels, of several labels the images
/// that have each.</param>
/// <param name="Validation">Validation images of each class; of masks the pixels.</param>
public sealed record DataContent(SplitData Data, Normalization Normalization, IReadOnlyList<long> Training, IReadOnlyList<long> Validation);
