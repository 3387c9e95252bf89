using System.Text;

namespace FeatureMap.Data;

/// <summary>An image with its mask, as files of a tree.</summary>
/// <param name="Image">The image.</param>
/// <param name="Mask">Its mask.</param>
/// <param name="IsToJudge">Whether it is of the part that is judged by; false everywhere where there are no parts.</param>
internal sealed record MaskPairFiles(int Image, int Mask, bool IsToJudge);

/// <summary>Pairs the files of folders, and says to which part of the set they belong.</summary>
internal static class MaskPairs
{
    private const int LongestList = 10_000_000;

    /// <summary>The pairs in the order of their names, numbers in them by their value.</summary>
    /// <param name="tree">The files.</param>
    /// <param name="folders">Folders of images with folders of masks.</param>
    /// <param name="skips">Whether images without a mask are left out; otherwise they are an error.</param>
    /// <param name="notes">Told what is left out.</param>
    /// <exception cref="DataException">A partner is missing, or it is not clear which file is meant.</exception>
    public static IReadOnlyList<MaskPairFiles> Of(FileTree tree, IReadOnlyList<MaskFolderPair> folders, bool skips, List<string> notes)
    {
        var found = new List<(MaskPairFiles Files, PartKind Part)>();
        var alone = new List<string>();
        var lists = Lists(tree);
        if (folders.GroupBy(folder => folder.Images).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new DataException($"{tree.Location}: {EntryPath.Shown(twice.Key)}/ has masks in "
                + $"{string.Join(" and in ", twice.Select(folder => $"{EntryPath.Shown(folder.Masks)}/"))}: which are meant? Take the "
                    + "others away, or give them a name that says no masks.");
        foreach (var folder in folders)
        {
            Dictionary<string, int> images = Named(tree, folder.Images), masks = Named(tree, folder.Masks);
            var part = PartOf(folder.Images);
            foreach (var (stem, mask) in masks.OrderBy(one => one.Key, NaturalOrder.Instance))
            {
                if (!images.TryGetValue(stem, out var image))
                    throw new DataException($"{tree.Place(mask)} is a mask, and there is no image {folder.Images}/{EntryPath.Shown(stem)} "
                        + $"for it{Others(masks.Keys.Count(other => !images.ContainsKey(other)))}. Add the image, or take the mask away.");
                found.Add((new(image, mask, false), lists is null ? part : lists.GetValueOrDefault(stem, PartKind.Unlabelled)));
            }
            string[] without = [.. images.Keys.Where(stem => !masks.ContainsKey(stem)).Order(NaturalOrder.Instance)];
            string[] predicted = [.. without.Where(stem => stem.EndsWith("-mask", StringComparison.Ordinal) && IsWrittenHere(tree,
                images[stem]))];
            if (predicted.Length > 0)
                notes.Add($"{MaskFolders.Many(predicted.Length, "mask")} that a network made, such as "
                    + $"{EntryPath.Shown(tree.Files[images[predicted[0]]].Path)}, {(predicted.Length == 1 ? "is" : "are")} left out.");
            without = [.. without.Except(predicted)];
            if (without.Length == 0) continue;
            if (!skips && !MaskLayout.IsSelection(folder.Names.Masks))
                throw new DataException($"{tree.Place(images[without[0]])} has no mask in {folder.Masks}/{Others(without.Length)}: "
                    + $"{masks.Count:N0} "
                    + $"of {images.Count:N0} images have one. An image without anything in it needs an empty mask. Add the masks, take "
                        + "the images away, or leave them out by unreadable=skip.");
            alone.Add($"{MaskFolders.Many(without.Length, "image")} of {EntryPath.Shown(folder.Images)}/ without a mask");
        }
        if (alone.Count > 0) notes.Add($"Left out: {string.Join(", ", alone)}.");
        return Parts(tree, found, lists is not null, notes);
    }

    // Those to judge by are called validation, or test where nothing is called validation.
    private static List<MaskPairFiles> Parts(FileTree tree, List<(MaskPairFiles Files, PartKind Part)> found, bool areListed,
        List<string> notes)
    {
        var judged = found.Any(one => one.Part == PartKind.Validation) ? PartKind.Validation : PartKind.Test;
        var hasTraining = found.Any(one => one.Part == PartKind.Training);
        var learnt = hasTraining ? PartKind.Training : PartKind.None;
        if (!areListed && !found.Any(one => one.Part == learnt)) return [.. found.Select(one =>
            one.Files)]; // one part, whatever it is called
        if (!found.Any(one => one.Part == learnt))
            throw new DataException($"{tree.Location}: the lists of ImageSets/Segmentation/ name none of the {found.Count:N0} images "
                + "with a mask as one to learn from. A line of train.txt is the name of an image without its ending. Mend the lists, or "
                + "take them away, and a part of the images is kept apart to judge by.");
        var unused = found.Count(one => one.Part != judged && one.Part != learnt);
        if (unused > 0)
            notes.Add(areListed ? $"{MaskFolders.Many(unused, "mask")} {(unused == 1 ? "is" : "are")} in no list of "
                + "ImageSets/Segmentation/ and left out."
                : $"{MaskFolders.Many(unused, "image")} of other parts, such as "
                + $"{EntryPath.Shown(tree.Files[found.First(one => one.Part != judged && one.Part != learnt).Files.Image].Path)}, "
                + $"{(unused == 1 ? "is" : "are")} not used.");
        return [.. found.Where(one => one.Part == judged || one.Part == learnt)
            .Select(one => one.Files with { IsToJudge = one.Part == judged })];
    }

    // What a prediction wrote beside its picture is no picture to learn from.
    private static bool IsWrittenHere(FileTree tree, int file) =>
        tree.Read([file], ImageFile.LargestFile).First().Content is { } content && content.AsSpan(0, Math.Min(content.Length,
            2048)).IndexOf(PngWriter.Mark) >= 0;

    private static PartKind PartOf(string folder)
    {
        foreach (var name in folder.Split('/'))
            if (PartName.Of(name) is { IsPart: true, IsPlain: true } part)
                return part.Kind;
        return PartKind.None;
    }

    // train.txt and val.txt of Pascal VOC name the images of the parts, without endings.
    private static Dictionary<string, PartKind>? Lists(FileTree tree)
    {
        Dictionary<string, PartKind>? parts = null;
        foreach (var (file, path) in tree.Files.Index().Select(file => (file.Index, file.Item.Path))
            .Where(file => file.Path.Contains("ImageSets/Segmentation/", StringComparison.Ordinal)
                && FolderTask.Stem(file.Path) is "train" or "val" && file.Path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)))
        {
            if (tree.Read([file], LongestList).First().Content is not { } content) continue;
            parts ??= new(StringComparer.Ordinal);
            foreach (var line in Encoding.UTF8.GetString(content).Split('\n',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                parts[line.Split(' ')[0]] = FolderTask.Stem(path) == "train" ? PartKind.Training : PartKind.Validation;
        }
        return parts;
    }

    private static Dictionary<string, int> Named(FileTree tree, string folder)
    {
        var files = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (file, path) in tree.Files.Index().Select(file => (file.Index, file.Item.Path)))
        {
            if (FolderTask.Folder(path) != folder || !ClassFolderPlan.IsImage(path)) continue;
            if (!files.TryAdd(FolderTask.Stem(path), file))
                throw new DataException($"{tree.Place(files[FolderTask.Stem(path)])} and {tree.Place(file)} have the same name with "
                    + "different endings. Which one is meant? Take one away.");
        }
        return files;
    }

    private static string Others(int count) => count > 1 ? $", and {count - 1:N0} more like it" : "";
}
