using System.Globalization;
using System.Text;
using System.Text.Json;
using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>
/// Writes YOLO: <c>labels/train/1.txt</c> for <c>images/train/1.jpg</c> with shares of the sides, and data.yaml. Where every thing has one
/// outline, those are written, otherwise boxes.
/// </summary>
internal static class YoloWriter
{
    public static string Write(SetWriter writer)
    {
        var set = writer.Set;
        if (set.Pictures.FirstOrDefault(picture => picture.Things.Count > 0 && (picture.Width < 1 || picture.Height < 1)) is { } unknown)
            throw new DataException($"{unknown.File}: the size of the picture is not known, and YOLO's numbers are shares of its sides. "
                + $"Bring the picture.");
        var things = set.Pictures.SelectMany(picture => picture.Things).Where(thing => !thing.IsCrowd).ToArray();
        var isOutlines = things.Length > 0 && things.All(thing => thing.Polygons.Count == 1);
        int crowds = 0, cut = 0;
        foreach (var picture in set.Pictures)
        {
            var text = new StringBuilder();
            foreach (var thing in picture.Things)
            {
                if (thing.IsCrowd)
                {
                    crowds++;
                    continue;
                }
                writer.Things++;
                double[] numbers = isOutlines
                    ? [.. thing.Polygons[0].SelectMany(point => (double[])[point.X / picture.Width, point.Y / picture.Height])]
                    : Shares(thing.Box, picture, ref cut);
                if (isOutlines && numbers.Any(share => share is < 0 or > 1))
                {
                    cut++;
                    numbers = [.. numbers.Select(share => Math.Clamp(share, 0, 1))];
                }
                text.Append(Utf8Text.Number(thing.Class));
                foreach (var number in numbers)
                    text.Append(' ').Append(Utf8Text.Number(number, "0.##########"));
                text.Append('\n');
            }
            var path = writer.PathOf(picture, AnnotationFormat.Yolo);
            writer.WriteText(Path.ChangeExtension("labels" + path["images".Length..], ".txt"), text.ToString());
        }
        writer.WriteText("data.yaml", Description(set));
        if (crowds > 0) writer.Say($"{SetFinish.Count(crowds, "crowd", "crowds")} left out: YOLO does not know them, and as things they "
            + $"would be learnt.");
        if (cut > 0) writer.Say($"{SetFinish.Count(cut, "thing was", "things were")} cut at the edge of the picture: YOLO's numbers lie "
            + $"between 0 and 1.");
        var difficult = things.Count(thing => thing.IsDifficult);
        if (difficult > 0) writer.Say($"{SetFinish.Count(difficult, "thing is", "things are")} difficult, which YOLO does not know: they "
            + $"are ordinary things now, and are learnt and judged.");
        var lost = isOutlines ? 0 : things.Count(thing => thing.Polygons.Count > 0 || thing.Mask is not null);
        if (lost > 0) writer.Say($"{SetFinish.Count(lost, "outline or mask", "outlines or masks")} left out: boxes are written, as not "
            + $"every thing has one outline.");
        var alone = set.Splits is [""] ? 0 : set.Pictures.Count(picture => picture.Split.Length == 0);
        if (alone > 0) writer.Say($"{SetFinish.Count(alone, "picture belongs", "pictures belong")} to no part: they are in images/, and "
            + $"data.yaml names them nowhere.");
        if (isOutlines) writer.Say("Every thing has an outline: outlines are written, not boxes.");
        return "data.yaml";
    }

    // A box that reaches out of the picture by more than readers forgive is cut.
    private static double[] Shares(Analysis.Box box, AnnotatedPicture picture, ref int cut)
    {
        double left = box.X, top = box.Y, right = box.X + box.Width, bottom = box.Y + box.Height;
        if (left < 0 || top < 0 || right > picture.Width || bottom > picture.Height)
        {
            cut++;
            (left, right) = (Math.Clamp(left, 0, picture.Width), Math.Clamp(right, 0, picture.Width));
            (top, bottom) = (Math.Clamp(top, 0, picture.Height), Math.Clamp(bottom, 0, picture.Height));
        }
        return [(left + right) / 2 / picture.Width, (top + bottom) / 2 / picture.Height, (right - left) / picture.Width,
            (bottom - top) / picture.Height];
    }

    private static string Description(AnnotatedSet set)
    {
        var text = new StringBuilder();
        foreach (var split in (string[])["train", "val", "test"])
        {
            var hasAny = set.Splits.Contains(split);
            // Programs ask for train and val in any case.
            if (hasAny) text.Append(CultureInfo.InvariantCulture, $"{split}: images/{split}\n");
            else if (split != "test") text.Append(CultureInfo.InvariantCulture, $"{split}: {Instead(set, split)}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"nc: {set.ClassNames.Count}\nnames:\n");
        foreach (var (number, name) in set.ClassNames.Index())
            text.Append(CultureInfo.InvariantCulture, $"  {number}: {Quoted(name)}\n");
        return text.ToString();
    }

    // The folder that stands in for a part that there is not.
    private static string Instead(AnnotatedSet set, string split) => set.Splits is [""] ? "images"
        : split == "val" && set.Splits.Contains("test") ? "images/test" : $"images/{SetWriter.SafeSplit(set.Splits[0])}";

    // Quoted as JSON does, which YAML reads the same; plain where nothing could be taken for something else.
    private static string Quoted(string name) => name.Length > 0 && char.IsLetter(name[0])
        && name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-')
        && name.ToLowerInvariant() is not ("true" or "false" or "yes" or "no" or "on" or "off" or "null" or "y" or "n")
        ? name : '"' + JsonEncodedText.Encode(name, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString() + '"';
}
