using System.Text.Json;
using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>Writes COCO: <c>annotations/instances_train.json</c> for each part, ids from 1, the pictures below <c>images/</c>.</summary>
internal static class CocoWriter
{
    public static string Write(SetWriter writer)
    {
        var set = writer.Set;
        var first = "";
        foreach (var split in set.Splits)
        {
            var path = $"annotations/instances{(split.Length == 0 ? "" : "_" + split)}.json";
            if (first.Length == 0) first = path;
            writer.WriteFile(path, stream => Write(writer, stream, split));
        }
        var difficult = set.Pictures.Sum(picture => picture.Things.Count(thing => thing.IsDifficult));
        if (difficult > 0) writer.Say($"{SetFinish.Count(difficult, "thing is", "things are")} difficult, which COCO does not know: they "
            + $"are ordinary things now, and are learnt and judged.");
        return first;
    }

    private static void Write(SetWriter writer, Stream stream, string split)
    {
        var (set, image, annotation) = (writer.Set, 0, 0);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = false });
        json.WriteStartObject();
        json.WriteStartArray("images");
        var pictures = set.Pictures.Where(picture => picture.Split == split).ToArray();
        foreach (var picture in pictures)
        {
            json.WriteStartObject();
            json.WriteNumber("id", ++image);
            json.WriteString("file_name", writer.PathOf(picture, AnnotationFormat.Coco)["images/".Length..]);
            json.WriteNumber("width", picture.Width);
            json.WriteNumber("height", picture.Height);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("annotations");
        foreach (var (index, picture) in pictures.Index())
        {
            foreach (var thing in picture.Things)
            {
                writer.Things++;
                json.WriteStartObject();
                json.WriteNumber("id", ++annotation);
                json.WriteNumber("image_id", index + 1);
                json.WriteNumber("category_id", thing.Class + 1);
                json.WriteStartArray("bbox");
                foreach (var side in (double[])[thing.Box.X, thing.Box.Y, thing.Box.Width, thing.Box.Height])
                    json.WriteNumberValue(side);
                json.WriteEndArray();
                json.WriteNumber("area", thing.Area ?? thing.Mask?.Area ?? (
                    thing.Polygons.Count > 0 && picture is { Width: > 0, Height: > 0 }
                        ? PolygonFill.Mask(thing.Polygons, picture.Height, picture.Width).Area : thing.Box.Area));
                json.WriteNumber("iscrowd", thing.IsCrowd ? 1 : 0);
                Shape(json, thing);
                json.WriteEndObject();
            }
            if (json.BytesPending > 1 << 20) json.Flush();
        }
        json.WriteEndArray();
        json.WriteStartArray("categories");
        foreach (var (number, name) in set.ClassNames.Index())
        {
            json.WriteStartObject();
            json.WriteNumber("id", number + 1);
            json.WriteString("name", name);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Shape(Utf8JsonWriter json, Annotation thing)
    {
        if (thing.Mask is { } mask)
        {
            json.WriteStartObject("segmentation");
            json.WriteStartArray("size");
            json.WriteNumberValue(mask.Height);
            json.WriteNumberValue(mask.Width);
            json.WriteEndArray();
            json.WriteString("counts", mask.ToCompressed());
            json.WriteEndObject();
            return;
        }
        json.WriteStartArray("segmentation");
        foreach (var part in thing.Polygons)
        {
            json.WriteStartArray();
            foreach (var (x, y) in part)
            {
                json.WriteNumberValue(x);
                json.WriteNumberValue(y);
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
