using System.Text;

namespace FeatureMap.Annotations;

/// <summary>
/// Writes tables: <c>train_labels.csv</c> with filename, width, height, class, xmin, ymin, xmax, ymax; corners from 1 with the last pixel
/// included, with digits behind the point where a box has them.
/// </summary>
internal static class CsvWriter
{
    private static readonly System.Buffers.SearchValues<char> Quoted = System.Buffers.SearchValues.Create(",;\"\r\n\t");

    public static string Write(SetWriter writer)
    {
        var set = writer.Set;
        int crowds = 0, cut = 0, difficult = 0, outlines = 0;
        var first = "";
        foreach (var split in set.Splits)
        {
            var text = new StringBuilder("filename,width,height,class,xmin,ymin,xmax,ymax\n");
            foreach (var picture in set.Pictures.Where(picture => picture.Split == split))
            {
                var start = $"{Field(writer.NameOf(picture))},{picture.Width},{picture.Height},";
                var written = 0;
                foreach (var thing in picture.Things)
                {
                    if (thing.IsCrowd)
                    {
                        crowds++;
                        continue;
                    }
                    writer.Things++;
                    written++;
                    if (thing.IsDifficult) difficult++;
                    if (thing.Polygons.Count > 0 || thing.Mask is not null) outlines++;
                    double left = thing.Box.X, top = thing.Box.Y, right = left + thing.Box.Width, bottom = top + thing.Box.Height;
                    // A corner at 0 would tell readers that corners count from 0.
                    if (left < 0 || top < 0)
                    {
                        cut++;
                        (left, top, right, bottom) = (Math.Max(0, left), Math.Max(0, top), Math.Max(0, right), Math.Max(0, bottom));
                    }
                    text.Append(start).Append(Field(set.ClassNames[thing.Class]));
                    foreach (var number in (double[])[left + 1, top + 1, right, bottom])
                        text.Append(',').Append(Utf8Text.Number(number));
                    text.Append('\n');
                }
                if (written == 0) text.Append(start).Append(",,,,\n");
            }
            var path = split.Length == 0 ? "labels.csv" : $"{split}_labels.csv";
            if (first.Length == 0) first = path;
            writer.WriteText(path, text.ToString());
        }
        if (crowds > 0) writer.Say($"{SetFinish.Count(crowds, "crowd", "crowds")} left out: the table has no column for them, and as "
            + $"things they would be learnt.");
        if (cut > 0) writer.Say($"{SetFinish.Count(cut, "box was", "boxes were")} cut at the left or upper edge of the picture.");
        if (difficult > 0) writer.Say($"{SetFinish.Count(difficult, "thing is", "things are")} difficult, which the table does not say: "
            + $"they are ordinary things now, and are learnt and judged.");
        if (outlines > 0) writer.Say($"{SetFinish.Count(outlines, "outline or mask", "outlines or masks")} left out: the table has boxes "
            + $"only.");
        return first;
    }

    private static string Field(string text) => text.AsSpan().IndexOfAny(Quoted) < 0 ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
