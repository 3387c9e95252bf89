using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>
/// Makes pictures with things of COCO files. Ids may have holes: classes are numbered by rising id. A file called after a part, or lying
/// in a folder of that name, is that part.
/// </summary>
internal sealed class CocoReader(ReadContext context)
{
    private const long LargestFile = 2_000_000_000;
    private readonly List<string> classes = [];
    private readonly Dictionary<string, (int Number, long Id)> numbers = new(StringComparer.Ordinal);
    private readonly List<DraftPicture> drafts = [];

    public (IReadOnlyList<string> Classes, IReadOnlyList<DraftPicture> Pictures) Read()
    {
        var read = new List<string>();
        foreach (var file in Files())
        {
            var (path, place) = (context.PathOf(file), context.Place(file));
            var json = new CocoJson(context.Content(file, LargestFile), place);
            if (!json.HasImages || !json.HasAnnotations || !json.HasCategories)
            {
                string[] missing = [.. new[] { ("images", json.HasImages), ("annotations", json.HasAnnotations),
                    ("categories", json.HasCategories) }.Where(part => !part.Item2).Select(part => part.Item1)];
                if (context.Only is not null) throw new DataException($"{place}: the file has no {string.Join(" and no ", missing)}. "
                    + $"Expected images, annotations and categories, as COCO's instances have them.");
                if (json.HasImages || json.HasAnnotations)
                    context.Say(AnnotationRemarkKind.LeftOut, false, $"{path} has no {string.Join(" and no ", missing)}, so it is none of "
                        + $"boxes; it is not read.", path);
                continue;
            }
            Add(json, path, place);
            read.Add(path);
        }
        if (read.Count == 0) throw new DataException($"{context.Tree.Location}: there is no .json with images, annotations and "
            + $"categories, as COCO has them.");
        if (classes.Count == 0) throw new DataException($"{context.Tree.Location}: {read[0]} has no categories, so there are no classes.");
        return (classes, drafts);
    }

    // What lies beside instances of the same pictures, captions and keypoints, would say them twice.
    private IReadOnlyList<int> Files()
    {
        var all = context.Ending(".json");
        if (context.Only is not null) return all;
        int[] instances = [.. all.Where(file => ReadContext.NameOf(context.PathOf(file))
            .StartsWith("instances", StringComparison.OrdinalIgnoreCase))];
        if (instances.Length == 0) return all;
        foreach (var other in all.Except(instances))
            context.Say(AnnotationRemarkKind.LeftOut, false, $"{context.PathOf(other)} lies beside instances and is not read; give the "
                + $"file itself to read it.", context.PathOf(other));
        return instances;
    }

    private void Add(CocoJson json, string path, string place)
    {
        var used = json.Annotations.Select(thing => thing.CategoryId).ToHashSet();
        var classOf = Classes(json, used, path, place);
        var split = ReadContext.SplitOf(path);
        var pictures = new Dictionary<long, DraftPicture>();
        foreach (var (index, image) in json.Images.Index())
        {
            var at = $"{place}, images[{index}]";
            var draft = new DraftPicture(context.FindPicture(image.File, path, at), image.File, (image.Width, image.Height), split, path);
            if (!pictures.TryAdd(image.Id, draft)) throw new DataException($"{at}: the id {image.Id} is that of "
                + $"'{Utf8Text.Shown(pictures[image.Id].Named)}' too: expected ids of their own.");
            drafts.Add(draft);
        }
        foreach (var thing in json.Annotations)
        {
            if (!pictures.TryGetValue(thing.ImageId, out var draft))
            {
                context.Say(AnnotationRemarkKind.LeftOut, true, $"{json.PlaceOf(thing)}: image_id is {thing.ImageId}, and no image has "
                    + $"that id; it is left out.", path);
                continue;
            }
            if (thing.Box is null && thing.Polygons.Count == 0 && thing.MaskSize is null)
            {
                context.Say(AnnotationRemarkKind.LeftOut, true, $"{json.PlaceOf(thing)}: it has neither bbox nor segmentation; it is left "
                    + $"out.", path);
                continue;
            }
            if (!classOf.TryGetValue(thing.CategoryId, out var number))
            {
                throw new DataException($"{json.PlaceOf(thing)}: category_id is {thing.CategoryId}, and the categories have the ids "
                    + $"{string.Join(", ", classOf.Keys.Order().Take(12).Select(id => $"{id}"))}{(classOf.Count > 12 ? ", ..." : "")}. "
                    + $"Add the category, or mend the id.");
            }
            draft.Things.Add(Thing(json, thing, number, draft));
        }
    }

    private static DraftThing Thing(CocoJson json, CocoAnnotation thing, int number, DraftPicture draft)
    {
        var place = json.PlaceOf(thing);
        var mask = Mask(thing, draft, place);
        var box = thing.Box;
        if (box is null && mask is not null)
        {
            var bounds = mask.Bounds();
            box = [bounds.X, bounds.Y, bounds.Width, bounds.Height];
        }
        if (box is null)
        {
            var points = thing.Polygons.SelectMany(part => part).ToArray();
            var (left, top) = (points.Min(point => point.X), points.Min(point => point.Y));
            box = [left, top, points.Max(point => point.X) - left, points.Max(point => point.Y) - top];
        }
        return new(number, box[0], box[1], box[2], box[3], place)
        {
            IsCrowd = thing.IsCrowd,
            Area = thing.Area,
            Polygons = thing.Polygons,
            Mask = mask
        };
    }

    private static RunLengthMask? Mask(CocoAnnotation thing, DraftPicture draft, SourceLine place)
    {
        if (thing.MaskSize is not var (height, width)) return null;
        if (draft.Size is var (w, h) && w > 0 && h > 0 && (w != width || h != height))
        {
            throw new DataException($"{place}: the mask has the size [{height}, {width}] (rows, columns), and its image has height {h} "
                + $"and width {w}. "
                + (w == height && h == width ? "They are exchanged: rows come first." : "A mask has the size of its image."));
        }
        try
        {
            return thing.Compressed is { } text ? RunLengthMask.Parse(height, width, text) : RunLengthMask.Of(height, width, thing.Runs!);
        }
        catch (DataException error)
        {
            throw new DataException($"{place}: {error.Message}. Runs go down the columns and begin with pixels outside.", error);
        }
    }

    // Category id -> number of the class.
    private Dictionary<long, int> Classes(CocoJson json, HashSet<long> used, string path, string place)
    {
        // Roboflow puts the group of all classes in front as a class with the id 0 that nothing has.
        var spare = json.Categories.Where(one => !used.Contains(one.Id)
            && json.Categories.Exists(other => other.Id != one.Id && other.Above == one.Name)
            && one.Id == json.Categories.Min(other => other.Id)).ToArray();
        foreach (var one in spare)
        {
            context.Say(AnnotationRemarkKind.Reading, false, $"{path}: the category {one.Id} '{Utf8Text.Shown(one.Name)}' is the group of "
                + $"the others, and nothing has it (as Roboflow exports it); "
                + "it is no class.", path);
        }
        var result = new Dictionary<long, int>();
        foreach (var one in json.Categories.Except(spare).OrderBy(one => one.Id))
        {
            if (result.ContainsKey(one.Id)) throw new DataException($"{place}: two categories have the id {one.Id}, one of them "
                + $"'{Utf8Text.Shown(one.Name)}'. Give each its own.");
            if (!numbers.TryGetValue(one.Name, out var known))
            {
                numbers.Add(one.Name, known = (classes.Count, one.Id));
                classes.Add(one.Name);
            }
            else if (result.ContainsValue(known.Number)) throw new DataException($"{place}: two categories are called "
                + $"'{Utf8Text.Shown(one.Name)}', one of them with the id {one.Id}. Are they one class? Call them differently, or merge "
                + $"them.");
            else if (known.Id != one.Id)
                context.Say(AnnotationRemarkKind.Reading, false, $"{path} gives '{Utf8Text.Shown(one.Name)}' the id {one.Id}, and another "
                    + $"file {known.Id}; classes are told by their names.", path);
            result.Add(one.Id, known.Number);
        }
        return result;
    }
}
