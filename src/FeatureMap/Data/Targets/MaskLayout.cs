namespace FeatureMap.Data;

/// <summary>A folder of images and the folder of their masks, which have the same path but for one part of it.</summary>
/// <param name="Images">Path of the folder of the images.</param>
/// <param name="Masks">Path of the folder of the masks.</param>
/// <param name="At">Which part of both paths differs.</param>
internal sealed record MaskFolderPair(string Images, string Masks, int At)
{
    /// <summary>What the two folders are called there: <c>images</c> and <c>masks</c> of <c>set/images/train</c> and
    /// <c>set/masks/train</c>.</summary>
    public (string Images, string Masks) Names => (Images.Split('/')[At], Masks.Split('/')[At]);
}

/// <summary>
/// Finds folders of images with folders of masks: side by side (<c>image/</c> and <c>label/</c>, <c>JPEGImages/</c> and
/// <c>SegmentationClass/</c>), with the parts of a set in them (<c>images/train/</c> and <c>masks/train/</c>) or around them, and called
/// after each other (<c>train/</c> and <c>trainannot/</c>). Files have the same names. Folders of classes may have equal names too, so the
/// name of the folder decides.
/// </summary>
internal static class MaskLayout
{
    private static readonly string[] Names =
        ["mask", "masks", "label", "labels", "gt", "ground_truth", "groundtruth", "annotation", "annotations", "annots",
            "segmentationclass", "labelids", "targets"];

    private static readonly string[] Endings = ["annot", "_annot", "_masks", "_mask", "-masks", "-mask", "_labels", "_label", "_gt"];

    /// <summary>Whether a folder of this name has only the masks that somebody drew, so that images without one are usual.</summary>
    public static bool IsSelection(string name) => name.Equals("SegmentationClass", StringComparison.OrdinalIgnoreCase);

    /// <summary>The pairs of folders, in the order of their paths.</summary>
    /// <param name="images">The paths of all pictures of a tree.</param>
    public static IReadOnlyList<MaskFolderPair> Pairs(IEnumerable<string> images)
    {
        var folders = images.GroupBy(FolderTask.Folder).ToDictionary(group => group.Key, group =>
            group.Select(FolderTask.Stem).ToHashSet(StringComparer.Ordinal));
        var found = new List<MaskFolderPair>();
        foreach (var (folder, masks) in folders.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            var parts = folder.Split('/');
            for (var at = parts.Length - 1; at >= 0; at--)
            {
                if (!IsOfMasks(parts[at])) continue;
                var partner = folders.Where(other => IsPartner(parts, other.Key.Split('/'), at)
                        && masks.Count(other.Value.Contains) is var shared && shared > 0 && 2 * shared >= masks.Count)
                    .OrderBy(other => other.Key, StringComparer.Ordinal).FirstOrDefault().Key;
                if (partner is null) continue;
                found.Add(new(partner, folder, at));
                break;
            }
        }
        return [.. found.OrderBy(pair => pair.Images, StringComparer.Ordinal)];
    }

    private static bool IsOfMasks(string part) => Names.Contains(part.ToLowerInvariant()) || WithoutEnding(part) is not null;

    private static string? WithoutEnding(string part) => Endings
        .Where(ending => part.Length > ending.Length && part.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        .Select(ending => part[..^ending.Length]).FirstOrDefault();

    // A folder that is called like masks stands beside any other; one that is called after another, beside that one only.
    private static bool IsPartner(string[] masks, string[] images, int at)
    {
        if (masks.Length != images.Length || masks[at] == images[at]) return false;
        for (var part = 0; part < masks.Length; part++)
            if (part != at && masks[part] != images[part])
                return false;
        return Names.Contains(masks[at].ToLowerInvariant()) ? !IsOfMasks(images[at])
            : images[at].StartsWith(WithoutEnding(masks[at])!, StringComparison.OrdinalIgnoreCase) && !IsOfMasks(images[at]);
    }
}
