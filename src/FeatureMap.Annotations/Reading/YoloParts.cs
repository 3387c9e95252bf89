using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>
/// Which pictures belong to which part. A part is a folder of pictures, or a text file that lists them; where it begins differs from tool
/// to tool, so what is written is tried from the folder that the description names, from the description itself, and without its leading
/// '..'.
/// </summary>
internal sealed class YoloParts(ReadContext context, YoloDescription description)
{
    private const long LargestList = 200_000_000;

    /// <exception cref="DataException">A part leads nowhere, or a picture is in two.</exception>
    public List<(int Picture, string Split)> Read()
    {
        if (context.Pictures.Count == 0) throw new DataException($"{context.Tree.Location}: {PlaceWords.NoImages(context.Tree)} YOLO's "
            + $"numbers are shares of the sides of pictures, so the pictures are needed.");
        if (description.Parts.Count == 0)
            return [.. context.Pictures.Select(picture => (picture, ReadContext.SplitOf(ReadContext.Folder(context.PathOf(picture)))))];
        var parts = new Dictionary<int, string>();
        foreach (var group in description.Parts.GroupBy(part => part.Value, StringComparer.Ordinal))
        {
            var (value, line) = (group.Key, group.First().Line);
            string[] splits = [.. group.Select(part => part.Split).Distinct()];
            // A folder called after a part is that part.
            var split = splits.Contains(ReadContext.SplitOf(value.Replace('\\', '/'))) ? ReadContext.SplitOf(value.Replace('\\', '/'))
                : splits[0];
            if (splits.Length > 1)
            {
                var isWrong = splits.Contains("train");
                context.Say(AnnotationRemarkKind.Split, isWrong, $"{description.Source}: {string.Join(" and ", splits)} are both "
                    + $"'{Utf8Text.Shown(value)}'; its pictures are read as {split}."
                    + (isWrong ? " What is learnt cannot be judged by." : ""), null);
            }
            var place = line > 0 ? $"{context.Tree.Location}: {description.Source}, line {line}" : $"{context.Tree.Location}: {value}";
            foreach (var picture in Pictures(split, value, place))
            {
                if (parts.TryAdd(picture, split) || parts[picture] == split) continue;
                throw new DataException($"{place}: {Utf8Text.Shown(context.PathOf(picture))} belongs to {parts[picture]} and to {split}: "
                    + $"what is learnt is then judged by, and every figure is too good. "
                    + "Take it out of one of them.");
            }
        }
        return [.. parts.OrderBy(part => part.Key).Select(part => (part.Key, part.Value))];
    }

    private IEnumerable<int> Pictures(string split, string value, string place)
    {
        var written = value.Replace('\\', '/').TrimEnd('/');
        var tried = Candidates(written).Distinct().ToArray();
        foreach (var path in tried)
        {
            if (context.Find(path) is { } list && path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)) return Listed(list);
            if (path.Length > 0 && context.HasFolder(path)) return InFolder(path, place);
        }
        if (split != "train")
        {
            context.Say(AnnotationRemarkKind.Split, false, $"{place}: the part {split} is '{Utf8Text.Shown(value)}', which is not there; "
                + $"it is left out.", null);
            return [];
        }
        throw new DataException($"{place}: the part {split} is '{Utf8Text.Shown(value)}', and there is no such folder or list. Tried "
            + $"{string.Join(", ", tried.Select(path => path + (path.EndsWith(".txt", StringComparison.Ordinal) ? "" : "/")))} "
            + $"in {context.Tree.Location}. Write the folder as it lies beside the file.");
    }

    private IEnumerable<string> Candidates(string written)
    {
        var own = ReadContext.Folder(description.Source);
        if (!YoloDescription.IsForeign(written))
        {
            foreach (var folder in new[] { description.Folder, own, "" })
                if (ReadContext.Join(folder, written) is { Length: > 0 } path)
                    yield return path;
            // Roboflow writes ../train/images, and means train/images beside the file.
            var plain = string.Join('/', written.Split('/').SkipWhile(part => part is ".." or "."));
            foreach (var folder in new[] { description.Folder, own, "" })
                if (ReadContext.Join(folder, plain) is { Length: > 0 } path)
                    yield return path;
            yield break;
        }
        // A path of another machine: its end may be here.
        var parts = written.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var from = 1; from < parts.Length; from++)
            if (ReadContext.Join(own, string.Join('/', parts[from..])) is { Length: > 0 } path)
                yield return path;
    }

    private IEnumerable<int> InFolder(string folder, string place)
    {
        int[] pictures = [.. context.Pictures.Where(picture => context.PathOf(picture).StartsWith(folder + "/", StringComparison.Ordinal))];
        // Older descriptions name the folder above images.
        if (pictures.Length == 0) throw new DataException($"{place}: there is no picture in {folder}/.");
        return pictures;
    }

    private List<int> Listed(int list)
    {
        var (place, path) = (context.Place(list), context.PathOf(list));
        var pictures = new List<int>();
        var number = 0;
        foreach (var line in Utf8Text.Of(context.Content(list, LargestList), place).Split('\n'))
        {
            number++;
            var name = line.Trim();
            if (name.Length == 0) continue;
            // CVAT writes data/obj_train_data/1.jpg, and its archive has no folder data.
            if (context.FindPicture(name, path, $"{place}, line {number}") is { } picture) pictures.Add(picture);
            else context.Say(AnnotationRemarkKind.MissingPicture, true, $"{place}, line {number}: the picture '{Utf8Text.Shown(name)}' is "
                + $"not in the data.", name);
        }
        return pictures;
    }
}
