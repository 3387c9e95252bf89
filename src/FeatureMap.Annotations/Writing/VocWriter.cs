using System.Globalization;
using System.Text;
using System.Xml;
using FeatureMap.Analysis;

namespace FeatureMap.Annotations;

/// <summary>
/// Writes Pascal VOC: <c>Annotations/1.xml</c>, <c>JPEGImages/1.jpg</c>, <c>ImageSets/Main/train.txt</c>. Corners are whole pixels from 1,
/// the last one included.
/// </summary>
internal static class VocWriter
{
    public static string Write(SetWriter writer)
    {
        var set = writer.Set;
        int rounded = 0, crowds = 0, outlines = 0, points = 0;
        foreach (var picture in set.Pictures)
        {
            writer.WriteFile($"Annotations/{writer.StemOf(picture)}.xml", stream =>
            {
                using var xml = XmlWriter.Create(stream, new XmlWriterSettings
                {
                    Indent = true,
                    OmitXmlDeclaration = true,
                    NewLineChars = "\n",
                    Encoding = new UTF8Encoding(false),
                    CheckCharacters = true
                });
                xml.WriteStartElement("annotation");
                Element(xml, "folder", "JPEGImages");
                Element(xml, "filename", writer.NameOf(picture));
                xml.WriteStartElement("size");
                Element(xml, "width", Whole(picture.Width));
                Element(xml, "height", Whole(picture.Height));
                Element(xml, "depth", "3");
                xml.WriteEndElement();
                foreach (var thing in picture.Things)
                {
                    if (thing.IsCrowd)
                    {
                        crowds++;
                        continue;
                    }
                    writer.Things++;
                    if (thing.Polygons.Count > 0 || thing.Mask is not null) outlines++;
                    var corners = Corners(thing.Box, picture, out var isRounded);
                    if (isRounded) rounded++;
                    if (corners.Left == corners.Right && corners.Top == corners.Bottom) points++;
                    xml.WriteStartElement("object");
                    Element(xml, "name", set.ClassNames[thing.Class]);
                    Element(xml, "difficult", thing.IsDifficult ? "1" : "0");
                    xml.WriteStartElement("bndbox");
                    Element(xml, "xmin", Whole(corners.Left));
                    Element(xml, "ymin", Whole(corners.Top));
                    Element(xml, "xmax", Whole(corners.Right));
                    Element(xml, "ymax", Whole(corners.Bottom));
                    xml.WriteEndElement();
                    xml.WriteEndElement();
                }
                xml.WriteEndElement();
            });
        }
        foreach (var split in set.Splits.Where(split => split.Length > 0))
            writer.WriteText($"ImageSets/Main/{split}.txt",
                string.Concat(set.Pictures.Where(picture => picture.Split == split).Select(picture => writer.StemOf(picture) + "\n")));
        if (rounded > 0) writer.Say($"{SetFinish.Count(rounded, "box was", "boxes were")} rounded to whole pixels or cut at the edge of "
            + $"the picture: Pascal VOC has whole pixels inside of it.");
        if (crowds > 0) writer.Say($"{SetFinish.Count(crowds, "crowd", "crowds")} left out: Pascal VOC does not know them, and as things "
            + $"they would be learnt.");
        if (outlines > 0) writer.Say($"{SetFinish.Count(outlines, "outline or mask", "outlines or masks")} left out: Pascal VOC's XML has "
            + $"boxes only.");
        if (points > 0) writer.Say($"{SetFinish.Count(points, "box is", "boxes are")} a single pixel, which readers of Pascal VOC take "
            + $"for a slip of the hand and leave out.");
        return "Annotations";
    }

    /// <summary>The first and the last pixel of a box, counted from 1 and inside of the picture, so that no corner is 0.</summary>
    public static Corners Corners(Box box, AnnotatedPicture picture, out bool isRounded)
    {
        double left = Math.Round(box.X) + 1, top = Math.Round(box.Y)
            + 1, right = Math.Round(box.X + box.Width), bottom = Math.Round(box.Y + box.Height);
        left = Math.Clamp(left, 1, Math.Max(1, picture.Width));
        top = Math.Clamp(top, 1, Math.Max(1, picture.Height));
        right = Math.Clamp(right, left, Math.Max(left, picture.Width));
        bottom = Math.Clamp(bottom, top, Math.Max(top, picture.Height));
        const double Nothing = 1e-4; // shares of other formats give back whole pixels with a little more or less
        isRounded = Math.Abs(left - 1 - box.X) > Nothing || Math.Abs(top - 1 - box.Y) > Nothing
            || Math.Abs(right - left + 1 - box.Width) > Nothing || Math.Abs(bottom - top + 1 - box.Height) > Nothing;
        return new(left, top, right, bottom);
    }

    private static void Element(XmlWriter xml, string name, string text)
    {
        try
        {
            xml.WriteElementString(name, text);
        }
        catch (ArgumentException error)
        {
            throw new DataException($"'{VisibleText.Of(text)}' has a character that XML cannot hold. Call the "
                + $"{(name == "name" ? "class" : "picture")} differently, or write another format.", error);
        }
    }

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
