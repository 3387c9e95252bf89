using FeatureMap.Analysis;
using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>
/// Holds what was read against the pictures: sizes, Exif, boxes that are empty, doubled or outside. What cannot be meant is left out and
/// named.
/// </summary>
internal sealed class SetFinish(ReadContext context, IReadOnlyList<string> classes)
{
    private readonly List<string> turned = [];

    /// <summary>The pictures in the order of their paths.</summary>
    public IReadOnlyList<AnnotatedPicture> Finish(IReadOnlyList<DraftPicture> drafts)
    {
        CheckTwice(drafts);
        if (context.Options.ReadsPictures) context.ReadHeaders(drafts.Where(draft => draft.File is not null)
            .Select(draft => draft.File!.Value));
        var pictures = drafts.Select(Finish).OrderBy(picture => picture.File, StringComparer.Ordinal).ToArray();
        var listed = drafts.Where(draft => draft.File is not null).Select(draft => draft.File!.Value).ToHashSet();
        int[] unlisted = [.. context.Pictures.Where(file => !listed.Contains(file))];
        if (unlisted.Length > 0)
        {
            context.Say(AnnotationRemarkKind.Unlisted, false, $"{Count(unlisted.Length, "picture is", "pictures are")} not in the "
                + $"annotations and {(unlisted.Length == 1 ? "is" : "are")} left out, "
                + $"such as {Utf8Text.Shown(context.PathOf(unlisted[0]))}.", context.PathOf(unlisted[0]));
        }
        if (turned.Count > 0)
        {
            context.Say(AnnotationRemarkKind.Size, false, $"Exif turns or mirrors {Count(turned.Count, "picture", "pictures")}, such as "
                + $"{turned[0]}, and no size says whether the boxes are of "
                + "the rows as stored: they are taken to be of the upright picture, as labelling tools show it.", turned[0]);
        }
        return pictures;
    }

    private void CheckTwice(IReadOnlyList<DraftPicture> drafts)
    {
        foreach (var group in drafts.Where(draft => draft.File is not null).GroupBy(draft => draft.File!.Value)
            .Where(group => group.Count() > 1))
        {
            var (one, other) = (group.First(), group.Skip(1).First());
            throw new DataException($"{context.Tree.Location}: the picture {Utf8Text.Shown(context.PathOf(group.Key))} is annotated "
                + $"twice, in {one.Source} and in {other.Source}"
                + (one.Split == other.Split ? ". "
                : $", once for {Part(one)} and once for {Part(other)}, which makes every figure too good. ")
                + "Keep one of them, or give the file that is meant.");
        }

        static string Part(DraftPicture draft) => draft.Split.Length == 0 ? "no part" : draft.Split;
    }

    private AnnotatedPicture Finish(DraftPicture draft)
    {
        var name = draft.File is { } file ? context.PathOf(file) : draft.Named;
        var header = draft.File is { } there ? context.Header(there) : null;
        if (draft.File is null)
        {
            context.Say(AnnotationRemarkKind.MissingPicture, true, $"{draft.Source} is about the picture '{Utf8Text.Shown(draft.Named)}', "
                + $"which is not in {context.Tree.Location}. "
                + "Copy it there, or take the annotation away.", draft.Named);
        }
        var orientation = Orientation.Upright;
        var (width, height) = draft.Size ?? (0, 0);
        if (header is { } seen) (width, height, orientation) = Size(draft, seen, name);
        var things = new List<Annotation>(draft.Things.Count);
        var known = new HashSet<(int, Box, bool)>();
        if (draft.Things.Count > 0 && (width == 0 || height == 0))
        {
            var what = draft.IsRelative ? $"{Count(draft.Things.Count, "box", "boxes")} of it, which are shares of its sides, are left out"
                : "whether its boxes lie inside is not known";
            context.Say(AnnotationRemarkKind.Size, true, $"{draft.Source}: the size of {Utf8Text.Shown(name)} is not known, so "
                + $"{what}.", name);
        }
        var isLost = draft.IsRelative && (width == 0 || height == 0);
        foreach (var thing in draft.Things)
            if (!isLost && Finish(draft, thing, name, width, height, orientation) is { } annotation)
            {
                if (known.Add((annotation.Class, annotation.Box, annotation.IsCrowd)) || annotation.Polygons.Count > 0
                    || annotation.Mask is not null) things.Add(annotation);
                else
                {
                    context.Say(AnnotationRemarkKind.DoubledBox, false, $"{thing.Place}: the same box of {classes[annotation.Class]} "
                        + $"({Words(annotation.Box)}) is there for the second time in {Utf8Text.Shown(name)}; "
                        + "it is left out.", name);
                }
            }
        return new(name, width, height, draft.Split, things) { IsMissing = draft.File is null, Source = draft.Source };
    }

    // The size in the annotation decides in doubt: where it is that of the stored rows, the boxes were drawn on those.
    private (int Width, int Height, Orientation Orientation) Size(DraftPicture draft, ImageHeader header, string name)
    {
        var upright = (header.Width, header.Height);
        if (draft.IsRelative || draft.Size is not { } said || said.Width == 0 || said.Height == 0)
        {
            if (draft.Size is { } zero && !draft.IsRelative)
            {
                context.Say(AnnotationRemarkKind.Size, false, $"{draft.Source} says that {Utf8Text.Shown(name)} has {zero.Width} x "
                    + $"{zero.Height} pixels; the size of the file, "
                    + $"{header.Width} x {header.Height} (width x height), is taken.", name);
            }
            if (header.Orientation != Orientation.Upright) turned.Add(name);
            return (header.Width, header.Height, Orientation.Upright);
        }
        if (said == upright)
        {
            if (header.Orientation != Orientation.Upright && (!header.Orientation.IsTransposed()
                || header.Width == header.Height)) turned.Add(name);
            return (header.Width, header.Height, Orientation.Upright);
        }
        if (said == (header.StoredWidth, header.StoredHeight))
        {
            context.Say(AnnotationRemarkKind.Size, false, $"{draft.Source} says {said.Width} x {said.Height} pixels of "
                + $"{Utf8Text.Shown(name)}, which is how its rows are stored; upright, as Exif has it, it is "
                + $"{header.Width} x {header.Height}. The size in the annotation decides: its boxes are turned with the picture.", name);
            return (header.Width, header.Height, header.Orientation);
        }
        context.Say(AnnotationRemarkKind.Size, true, $"{draft.Source} says that {Utf8Text.Shown(name)} has {said.Width} x {said.Height} "
            + $"pixels (width x height), and the file has {header.Width} x {header.Height}: "
            + (IsScaled(said, upright)
            ? $"the picture was probably scaled by {Utf8Text.Number((double)header.Width / said.Width, "0.###")} after it was annotated, "
            + $"and the boxes were not. " : "probably it is another picture. ")
            + "The boxes are left as they are. Bring both together.", name);
        return (header.Width, header.Height, Orientation.Upright);
    }

    private static bool IsScaled((int Width, int Height) said, (int Width, int Height) real) =>
        Math.Abs(((double)said.Width * real.Height) - ((double)said.Height * real.Width)) <= Math.Max(said.Width, said.Height)
            + Math.Max(real.Width, real.Height);

    // Null where there is nothing to learn from it.
    private Annotation? Finish(DraftPicture draft, DraftThing thing, string name, int width, int height, Orientation orientation)
    {
        var (x, y, w, h) = (thing.X, thing.Y, thing.Width, thing.Height);
        var polygons = thing.Polygons;
        if (draft.IsRelative)
        {
            (x, y, w, h) = (x * width, y * height, w * width, h * height);
            polygons = [.. polygons.Select(part =>
                (IReadOnlyList<PolygonPoint>)[.. part.Select(point => new PolygonPoint(point.X * width, point.Y * height))])];
        }
        if (thing.IsPoint || w <= 0 || h <= 0)
        {
            var what = thing.IsPoint || (w <= 0 && h <= 0) ? "is one point" : "has no area";
            context.Say(AnnotationRemarkKind.EmptyBox, true, $"{thing.Place}: the box of {classes[thing.Class]} in {Utf8Text.Shown(name)} "
                + $"{what} ({Words(new(x, y, w, h))}); it is left out. "
                + "Draw it again, or take it away.", name);
            return null;
        }
        var mask = thing.Mask;
        if (orientation != Orientation.Upright)
        {
            (x, y, w, h) = orientation.Upright(x, y, w, h, width, height);
            polygons = [.. polygons.Select(part => (IReadOnlyList<PolygonPoint>)[.. part.Select(point =>
                orientation.Upright(point.X, point.Y, 0, 0, width, height) is var moved ? new PolygonPoint(moved.X, moved.Y) : default)])];
            if (mask is not null)
                mask = RunLengthMask.Of(height, width, orientation.Apply(mask.ToPixels(), new(1, height, width)));
        }
        var box = new Box(x, y, w, h);
        if (width > 0 && height > 0) CheckInside(thing, box, name, width, height);
        if (mask is not null && width > 0 && (mask.Width != width || mask.Height != height))
        {
            throw new DataException($"{thing.Place}: the mask of {classes[thing.Class]} has {mask.Width} x {mask.Height} pixels (width x "
                + $"height), and the picture {Utf8Text.Shown(name)} {width} x {height}. "
                + "A mask has the size of its picture.");
        }
        return new(thing.Class, box)
        {
            IsCrowd = thing.IsCrowd,
            IsDifficult = thing.IsDifficult,
            Polygons = polygons,
            Mask = mask,
            Area = thing.Area
        };
    }

    private void CheckInside(DraftThing thing, Box box, string name, int width, int height)
    {
        // Rounding to whole pixels, and to shares with few digits, is not worth a word.
        const double Tolerance = 1;
        var isAway = box.X >= width || box.Y >= height || box.X + box.Width <= 0 || box.Y + box.Height <= 0;
        if (!isAway && box.X >= -Tolerance && box.Y >= -Tolerance && box.X + box.Width <= width + Tolerance
            && box.Y + box.Height <= height + Tolerance) return;
        context.Say(AnnotationRemarkKind.OutsideBox, true, $"{thing.Place}: the box of {classes[thing.Class]} ({Words(box)}) "
            + $"{(isAway ? "lies wholly outside of" : "reaches out of")} {Utf8Text.Shown(name)}, "
            + $"which has {width} x {height} pixels. "
            + $"{(isAway ? "Is it of another picture, or of another size?" : "Cut it to the picture, or look whether it is of this one.")}",
            name);
    }

    private static string Words(Box box) =>
        $"x {Utf8Text.Number(box.X, "0.##")}, y {Utf8Text.Number(box.Y, "0.##")}, {Utf8Text.Number(box.Width, "0.##")} x "
            + $"{Utf8Text.Number(box.Height, "0.##")}";

    public static string Count(int count, string one, string many) => $"{count:N0} {(count == 1 ? one : many)}";
}
