using System.Text.Json;

namespace FeatureMap.Annotations;

/// <summary>A picture of a COCO file.</summary>
internal sealed record CocoImage(long Id, string File, int Width, int Height);

/// <summary>A class of a COCO file.</summary>
internal sealed record CocoCategory(long Id, string Name, string Above);

/// <summary>A thing of a COCO file, with the line that it begins in, for messages.</summary>
internal sealed record CocoAnnotation(int Index, int Line)
{
    public long ImageId { get; set; }

    public long CategoryId { get; set; }

    public double[]? Box { get; set; }

    public bool IsCrowd { get; set; }

    public double? Area { get; set; }

    public List<IReadOnlyList<PolygonPoint>> Polygons { get; } = [];

    /// <summary>Rows and columns of the mask; null where it says none.</summary>
    public (int Height, int Width)? MaskSize { get; set; }

    public List<int>? Runs { get; set; }

    public string? Compressed { get; set; }
}

/// <summary>
/// Reads a COCO file token by token; nothing is held that is not asked for. Source: the data format page of the COCO dataset
/// (cocodataset.org), and the runs of its mask API.
/// </summary>
internal sealed class CocoJson
{
    private const int Deepest = 64;
    private readonly byte[] content;
    private readonly string place;
    private string element = "";
    private int line = 1;
    private long counted;

    public CocoJson(byte[] content, string place)
    {
        (this.content, this.place) = (content, place);
        var text = content.AsSpan();
        var skipped = text.StartsWith("\uFEFF"u8) ? 3 : 0;
        var json = new Utf8JsonReader(text[skipped..], new JsonReaderOptions { MaxDepth = Deepest });
        try
        {
            Root(ref json);
        }
        catch (JsonException error)
        {
            var at = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            var message = at > 0 ? error.Message[..at] : error.Message;
            var hint = content.AsSpan().IndexOf("NaN"u8) >= 0 || content.AsSpan().IndexOf("Infinity"u8) >= 0
                ? "NaN and Infinity, which Python writes, are no JSON: take out what they stand for." : "Copy or export it again.";
            throw new DataException($"{place}, line {(error.LineNumber ?? 0) + 1}{(element.Length > 0 ? $", {element}" : "")}: the JSON "
                + $"is damaged or cut: {message.TrimEnd('.')}. {hint}", error);
        }
        catch (InvalidOperationException error)
        {
            throw new DataException($"{place}, line {LineOf(json.TokenStartIndex)}{(element.Length > 0 ? $", {element}" : "")}: the text "
                + $"is no valid Unicode. Save the file as UTF-8.", error);
        }
    }

    public bool HasCategories { get; private set; }

    public bool HasAnnotations { get; private set; }

    public bool HasImages { get; private set; }

    public List<CocoImage> Images { get; } = [];

    public List<CocoCategory> Categories { get; } = [];

    public List<CocoAnnotation> Annotations { get; } = [];

    /// <summary>An annotation in messages.</summary>
    public SourceLine PlaceOf(CocoAnnotation annotation) => new(place, annotation.Line, annotation.Index);

    private void Root(ref Utf8JsonReader json)
    {
        if (!json.Read()) throw Wrong(ref json, "is empty", "an object with images, annotations and categories");
        if (json.TokenType == JsonTokenType.StartArray)
            throw Wrong(ref json, "is a list, as answers of a detector are saved", "an object with images, annotations and categories. "
                + "Open the annotations that were answered");
        if (json.TokenType != JsonTokenType.StartObject) throw Wrong(ref json, $"is {Word(json.TokenType)}", "an object with images, "
            + "annotations and categories");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "images":
                    if (HasImages) throw Twice(ref json, name);
                    HasImages = true;
                    List(ref json, name, Image);
                    break;
                case "categories":
                    if (HasCategories) throw Twice(ref json, name);
                    HasCategories = true;
                    List(ref json, name, Category);
                    break;
                case "annotations":
                    if (HasAnnotations) throw Twice(ref json, name);
                    HasAnnotations = true;
                    List(ref json, name, Annotation);
                    break;
                default:
                    json.Skip();
                    break;
            }
            element = "";
        }
        json.Read(); // nothing may stand behind
    }

    private delegate void ReadOne(ref Utf8JsonReader json, int index);

    private void List(ref Utf8JsonReader json, string name, ReadOne read)
    {
        element = name;
        if (json.TokenType != JsonTokenType.StartArray) throw Wrong(ref json, $"is {Word(json.TokenType)}", "a list");
        for (var index = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; index++)
        {
            element = $"{name}[{index}]";
            if (json.TokenType != JsonTokenType.StartObject) throw Wrong(ref json, $"is {Word(json.TokenType)}", "an object");
            read(ref json, index);
        }
    }

    private void Image(ref Utf8JsonReader json, int index)
    {
        long? id = null;
        string? file = null;
        int width = 0, height = 0;
        while (Member(ref json, out var name))
        {
            switch (name)
            {
                case "id":
                    if (id is not null) throw Twice(ref json, name);
                    id = Whole(ref json, name);
                    break;
                case "file_name":
                    if (file is not null) throw Twice(ref json, name);
                    file = Text(ref json, name);
                    break;
                case "width":
                    width = Side(ref json, name);
                    break;
                case "height":
                    height = Side(ref json, name);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }
        if (id is null) throw Wrong(ref json, "has no id", "a whole number, which annotations refer to as image_id");
        if (string.IsNullOrEmpty(file)) throw Wrong(ref json, "has no file_name", "the name of the picture");
        Images.Add(new(id.Value, file, width, height));
    }

    private void Category(ref Utf8JsonReader json, int index)
    {
        long? id = null;
        string? text = null;
        var above = "";
        while (Member(ref json, out var name))
        {
            switch (name)
            {
                case "id":
                    if (id is not null) throw Twice(ref json, name);
                    id = Whole(ref json, name);
                    break;
                case "name":
                    if (text is not null) throw Twice(ref json, name);
                    text = Text(ref json, name);
                    break;
                case "supercategory" when json.TokenType == JsonTokenType.String:
                    above = json.GetString()!;
                    break;
                default:
                    json.Skip();
                    break;
            }
        }
        if (id is null) throw Wrong(ref json, "has no id", "a whole number, which annotations refer to as category_id");
        if (string.IsNullOrEmpty(text)) throw Wrong(ref json, "has no name", "the name of the class");
        Categories.Add(new(id.Value, text, above));
    }

    private void Annotation(ref Utf8JsonReader json, int index)
    {
        var thing = new CocoAnnotation(index, NextLine(json.TokenStartIndex));
        var seen = new HashSet<string>();
        while (Member(ref json, out var name))
        {
            if (name is "image_id" or "category_id" or "bbox" or "segmentation" or "iscrowd"
                && !seen.Add(name)) throw Twice(ref json, name);
            switch (name)
            {
                case "image_id":
                    thing.ImageId = Whole(ref json, name);
                    break;
                case "category_id":
                    thing.CategoryId = Whole(ref json, name);
                    break;
                case "iscrowd":
                    thing.IsCrowd = json.TokenType == JsonTokenType.True
                        || (json.TokenType != JsonTokenType.False && Whole(ref json, name) switch
                        {
                            0 => false,
                            1 => true,
                            var other => throw Wrong(ref json, $"has iscrowd {other}", "0 or 1"),
                        });
                    break;
                case "area" when json.TokenType == JsonTokenType.Number:
                    thing.Area = json.TryGetDouble(out var area) && double.IsFinite(area) && area is >= 0 and < 1e12 ? area
                        : throw Wrong(ref json, "has an area that is negative or too large", "pixels");
                    break;
                case "bbox":
                    thing.Box = Numbers(ref json, name, 4);
                    break;
                case "segmentation":
                    Segmentation(ref json, thing);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }
        if (!seen.Contains("image_id")) throw Wrong(ref json, "has no image_id", "the id of one of the images");
        if (!seen.Contains("category_id") && HasBox(thing)) throw Wrong(ref json, "has no category_id", "the id of one of the categories");
        if (thing.Box is [_, _, < 0, _] or [_, _, _, < 0])
        {
            throw Wrong(ref json, $"has the bbox [{string.Join(", ", thing.Box.Select(value => Utf8Text.Number(value)))}]",
                "x, y, width and height, the last two 0 or more. Are these the corners of the box, or was it drawn from right to left?");
        }
        Annotations.Add(thing);
    }

    private static bool HasBox(CocoAnnotation thing) => thing.Box is not null || thing.Polygons.Count > 0 || thing.MaskSize is not null;

    private void Segmentation(ref Utf8JsonReader json, CocoAnnotation thing)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return;
            case JsonTokenType.StartArray:
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    if (json.TokenType != JsonTokenType.StartArray)
                        throw Wrong(ref json, "has a segmentation that is a list of numbers", "a list of outlines, each a list of x, y, "
                            + "x, y ...: [[10, 10, 20, 10, 20, 20]]");
                    var numbers = Numbers(ref json, "segmentation", null);
                    if (numbers.Length % 2 != 0 || numbers.Length < 6)
                        throw Wrong(ref json, $"has an outline of {numbers.Length} numbers", "x and y of three points or more");
                    var points = new PolygonPoint[numbers.Length / 2];
                    for (var i = 0; i < points.Length; i++)
                        points[i] = new(numbers[2 * i], numbers[(2 * i) + 1]);
                    thing.Polygons.Add(points);
                }
                return;
            case JsonTokenType.StartObject:
                Runs(ref json, thing);
                return;
            default:
                throw Wrong(ref json, $"has a segmentation that is {Word(json.TokenType)}", "a list of outlines, or an object with counts "
                    + "and size");
        }
    }

    private void Runs(ref Utf8JsonReader json, CocoAnnotation thing)
    {
        while (Member(ref json, out var name))
        {
            switch (name)
            {
                case "size":
                    var size = Numbers(ref json, name, 2);
                    if (size.Any(side => side < 1 || side != Math.Floor(side))) throw Wrong(ref json, "has a mask whose size is not "
                        + "whole", "rows and columns of the picture");
                    thing.MaskSize = ((int)size[0], (int)size[1]);
                    break;
                case "counts" when json.TokenType == JsonTokenType.String:
                    thing.Compressed = json.GetString();
                    break;
                case "counts" when json.TokenType == JsonTokenType.StartArray:
                    thing.Runs = [];
                    while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                        thing.Runs.Add(json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var run) ? run
                            : throw Wrong(ref json, "has counts that are no whole numbers", "the lengths of runs"));
                    break;
                case "counts":
                    throw Wrong(ref json, $"has counts that are {Word(json.TokenType)}", "a list of lengths, or the text that COCO packs "
                        + "them into");
                default:
                    json.Skip();
                    break;
            }
        }
        if (thing.MaskSize is null) throw Wrong(ref json, "has a mask without size", "size: [rows, columns]");
        if (thing.Runs is null && thing.Compressed is null) throw Wrong(ref json, "has a mask without counts", "the lengths of runs");
    }

    // The next member of an object; false at its end.
    private static bool Member(ref Utf8JsonReader json, out string name)
    {
        json.Read();
        name = "";
        if (json.TokenType != JsonTokenType.PropertyName) return false;
        name = json.GetString()!;
        json.Read();
        return true;
    }

    private long Whole(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType == JsonTokenType.Number)
        {
            if (json.TryGetInt64(out var whole)) return whole;
            if (json.TryGetDouble(out var real) && real == Math.Floor(real) && Math.Abs(real) < 1e15) return (long)real;
        }
        throw Wrong(ref json, $"has {name} {Shown(ref json)}", "a whole number (no text: ids stand without quotes)");
    }

    private int Side(ref Utf8JsonReader json, string name) => Whole(ref json, name) is >= 0 and <= 1_000_000 and var side ? (int)side
        : throw Wrong(ref json, $"has {name} {Shown(ref json)}", "a number of pixels");

    private string Text(ref Utf8JsonReader json, string name) =>
        json.TokenType == JsonTokenType.String ? json.GetString()!
            : throw Wrong(ref json, $"has a {name} that is {Word(json.TokenType)}", "a text");

    private double[] Numbers(ref Utf8JsonReader json, string name, int? count)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Wrong(ref json, $"has a {name} that is "
            + $"{Word(json.TokenType)}", "a list of numbers");
        var numbers = new List<double>(count ?? 16);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetDouble(out var number) || !Utf8Text.IsUsable(number))
                throw Wrong(ref json, $"has {Shown(ref json)} in its {name}", $"finite numbers up to {Utf8Text.Largest:N0}");
            numbers.Add(number);
        }
        if (count is { } wanted && numbers.Count != wanted)
            throw Wrong(ref json, $"has a {name} of {numbers.Count} numbers", wanted == 4 ? "4: x, y, width, height" : $"{wanted}");
        return [.. numbers];
    }

    private DataException Wrong(ref Utf8JsonReader json, string what, string expected) =>
        new($"{place}, line {LineOf(json.TokenStartIndex)}: {(element.Length > 0 ? element : "the file")} {what}: expected {expected}.");

    private DataException Twice(ref Utf8JsonReader json, string name) => Wrong(ref json, $"says '{name}' twice", "it once");

    // Annotations come one behind the other, so every line is counted once.
    private int NextLine(long at)
    {
        line += content.AsSpan((int)counted, (int)(at - counted)).Count((byte)'\n');
        counted = at;
        return line;
    }

    private long LineOf(long at) => 1 + content.AsSpan(0, (int)Math.Clamp(at, 0, content.Length)).Count((byte)'\n');

    private static string Shown(ref Utf8JsonReader json)
    {
        var text = System.Text.Encoding.UTF8.GetString(json.ValueSpan[..Math.Min(40, json.ValueSpan.Length)]);
        return json.TokenType == JsonTokenType.String ? $"\"{text}\"" : text.Length > 0 ? text : Word(json.TokenType);
    }

    private static string Word(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray => "a list",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };
}
