using System.Xml;
using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>
/// Reads Pascal VOC: an XML file for each picture with a box for each thing by its corners in whole pixels, and lists of names for the
/// parts (<c>ImageSets/Main/train.txt</c>). Source: Everingham and Winn, The PASCAL Visual Object Classes Challenge 2012 Development Kit.
/// </summary>
internal sealed class VocReader(ReadContext context)
{
    private static readonly string[] Corners = ["xmin", "ymin", "xmax", "ymax"];
    private const long LargestFile = 20_000_000;
    private const int Deepest = 32;
    private readonly CornerRule rule = new(context.Options.FirstPixel);
    private readonly List<(DraftPicture Picture, List<VocObject> Objects)> files = [];
    private int withPolygons;

    private sealed record VocObject(string Name, Corners Corners, bool IsDifficult, SourceLine Place);

    public (IReadOnlyList<string> Classes, IReadOnlyList<DraftPicture> Pictures) Read()
    {
        var xml = context.Ending(".xml");
        if (xml.Count == 0) throw new DataException($"{context.Tree.Location}: there is no .xml file for Pascal VOC. Expected one for "
            + $"each picture, such as Annotations/1.xml.");
        var parts = Parts();
        var others = 0;
        foreach (var (file, content) in context.Contents(xml, LargestFile))
        {
            if (Document(file, content, parts) is { } document) files.Add(document);
            else others++;
        }
        if (files.Count == 0) throw new DataException($"{context.Tree.Location}: none of the {xml.Count:N0} .xml files begins with "
            + $"<annotation>, as those of Pascal VOC do.");
        if (others > 0) context.Say(AnnotationRemarkKind.LeftOut, false, $"{SetFinish.Count(others, ".xml file is", ".xml files are")} of "
            + $"another kind and not read.", null);
        if (withPolygons > 0) context.Say(AnnotationRemarkKind.LeftOut, false, $"{withPolygons:N0} outlines (<polygon>), which are no "
            + $"part of Pascal VOC, are left out; their boxes are read.", null);
        NoteParts(parts);
        if (rule.Notice is { } notice) context.Say(AnnotationRemarkKind.Reading, false, notice, null);
        var names = files.SelectMany(file => file.Objects.Select(thing => (thing.Name, thing.Place)));
        var classes = ClassList.Of(context, names);
        foreach (var (picture, objects) in files)
            foreach (var thing in objects)
            {
                var (x, y, width, height) = rule.Box(thing.Corners);
                picture.Things.Add(new(classes.Number(thing.Name), x, y, width, height, thing.Place)
                {
                    IsDifficult = thing.IsDifficult,
                    IsPoint = thing.Corners.Left == thing.Corners.Right && thing.Corners.Top == thing.Corners.Bottom,
                });
            }
        return (classes.Names, [.. files.Select(file => file.Picture)]);
    }

    private (DraftPicture, List<VocObject>)? Document(int file, byte[] content, Dictionary<string, string> parts)
    {
        var place = context.Place(file);
        var path = context.PathOf(file);
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = LargestFile,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        try
        {
            using var stream = new MemoryStream(content);
            using var reader = XmlReader.Create(stream, settings);
            return Document(reader, place, path, parts);
        }
        catch (XmlException error)
        {
            var isDtd = error.Message.Contains("DTD", StringComparison.Ordinal);
            throw new DataException($"{place}, line {error.LineNumber}: {(isDtd
                ? "the XML has a DTD (<!DOCTYPE ...>), which is not read, as it can stand for any amount of text. Take it out."
                : $"the XML is damaged or cut: {Sentence(error.Message)} Save it again.")}", error);
        }
    }

    private (DraftPicture, List<VocObject>)? Document(XmlReader reader, string place, string path, Dictionary<string, string> parts)
    {
        var lines = (IXmlLineInfo)reader;
        var stack = new List<string>();
        var objects = new List<VocObject>();
        string? filename = null;
        int? width = null, height = null;
        Dictionary<string, (string Text, int Line)>? current = null;
        var isVoc = false;
        var start = 0;
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    if (stack.Count == 0) isVoc = reader.Name == "annotation";
                    if (!isVoc) return null;
                    if (stack.Count >= Deepest) throw new DataException($"{place}, line {lines.LineNumber}: "
                        + $"<{Utf8Text.Shown(reader.Name)}> stands deeper than {Deepest} levels. Pascal VOC has 4.");
                    if (reader.IsEmptyElement)
                    {
                        if (stack.Count == 1 && reader.Name == "object") _ = Thing([], new(place, lines.LineNumber));
                        break;
                    }
                    stack.Add(reader.Name);
                    if (stack.Count == 2 && reader.Name == "object") (current, start) = ([], lines.LineNumber);
                    if (stack.Count == 3 && reader.Name == "polygon") withPolygons++;
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA:
                    var text = reader.Value.Trim();
                    switch (string.Join('/', stack))
                    {
                        case "annotation/filename":
                            filename = text;
                            break;
                        case "annotation/size/width":
                            width = Side(text, "width");
                            break;
                        case "annotation/size/height":
                            height = Side(text, "height");
                            break;
                        case "annotation/object/name" or "annotation/object/difficult" or "annotation/object/bndbox/xmin"
                            or "annotation/object/bndbox/ymin"
                            or "annotation/object/bndbox/xmax" or "annotation/object/bndbox/ymax":
                            if (!current!.TryAdd(stack[^1], (text, lines.LineNumber)))
                                throw new DataException($"{place}, line {lines.LineNumber}: the object that begins in line {start} has "
                                    + $"<{stack[^1]}> twice. Which one is meant?");
                            break;
                    }
                    break;
                case XmlNodeType.EndElement:
                    if (stack.Count == 2 && stack[1] == "object") objects.Add(Thing(current!, new(place, start)));
                    stack.RemoveAt(stack.Count - 1);
                    break;
            }
        }
        if (!isVoc) return null;
        (int, int)? size = width is { } w && height is { } h ? (w, h) : null;
        var (picture, split) = (Picture(path, place, filename), "");
        var stem = ReadContext.Stem(path);
        if (parts.Count > 0) split = parts.GetValueOrDefault(stem, "");
        else split = ReadContext.SplitOf(ReadContext.Folder(picture is { } there ? context.PathOf(there) : path));
        return (new DraftPicture(picture, filename ?? stem, size, split, path), objects);

        int Side(string text, string what) => Utf8Text.TryNumber(text, out var side) && side >= 0 && side == Math.Floor(side)
            && side <= 1_000_000
            ? (int)side
            : throw new DataException($"{place}, line {lines.LineNumber}: <{what}> is '{Utf8Text.Shown(text)}': expected a whole number "
            + $"of pixels.");
    }

    private VocObject Thing(Dictionary<string, (string Text, int Line)> fields, SourceLine place)
    {
        if (!fields.TryGetValue("name", out var name) || name.Text.Length == 0)
            throw new DataException($"{place}: the object has no <name>. Expected the name of its class, such as <name>cat</name>.");
        Span<double> numbers = stackalloc double[4];
        foreach (var (index, corner) in Corners.Index())
        {
            if (!fields.TryGetValue(corner, out var found))
            {
                throw new DataException($"{place}: the object '{Utf8Text.Shown(name.Text)}' has no <{corner}> in its <bndbox>. Expected "
                    + $"xmin, ymin, xmax and ymax. "
                    + "An outline alone is not read: export boxes, or COCO.");
            }
            if (!Utf8Text.TryNumber(found.Text, out numbers[index]))
                throw new DataException($"{place}: <{corner}> in line {found.Line} is '{Utf8Text.Shown(found.Text)}': expected a number "
                    + $"of pixels.");
        }
        var corners = new Corners(numbers[0], numbers[1], numbers[2], numbers[3]);
        if (CornerRule.Fault(corners) is { } fault) throw new DataException($"{place}: in the box of '{Utf8Text.Shown(name.Text)}' "
            + $"{fault}");
        rule.See(corners, place);
        var difficult = fields.TryGetValue("difficult", out var flag) ? flag.Text : "0";
        if (difficult is not ("0" or "1"))
            throw new DataException($"{place}: <difficult> in line {flag.Line} is '{Utf8Text.Shown(difficult)}': expected 0 or 1.");
        return new(name.Text, corners, difficult == "1", place);
    }

    // The annotation of a picture has its name, by the rule of the format; <filename> is asked where there is no such picture, and <path>
    // is the author's disk.
    private int? Picture(string path, string place, string? filename)
    {
        var stem = ReadContext.Stem(path);
        var own = context.FindByStem(stem, path, place);
        if (own is { } file)
        {
            if (filename is not null && ReadContext.Stem(filename.Replace('\\', '/')) != stem)
            {
                context.Say(AnnotationRemarkKind.Reading, false, $"{path} says <filename>{Utf8Text.Shown(filename)}</filename>; it is "
                    + $"read for {Utf8Text.Shown(context.PathOf(file))}, whose name it has.", path);
            }
            return file;
        }
        return filename is { Length: > 0 } ? context.FindPicture(filename, path, place)
            ?? context.FindByStem(ReadContext.Stem(filename.Replace('\\', '/')), path, place) : null;
    }

    // Stem -> part, of ImageSets/Main. Lists of one class have a second column and say nothing of parts.
    private Dictionary<string, string> Parts()
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        int[] lists = [.. context.Tree.Files.Index().Where(file => file.Item.Path.EndsWith(".txt", StringComparison.Ordinal)
            && ("/" + ReadContext.Folder(file.Item.Path)).EndsWith("/ImageSets/Main", StringComparison.Ordinal))
            .Select(file => file.Index)];
        var read = new SortedDictionary<(int, string), (int File, string[] Stems)>();
        foreach (var (file, content) in context.Contents(lists, LargestFile))
        {
            var name = ReadContext.Stem(context.PathOf(file));
            var lines = Utf8Text.Of(content, context.Place(file))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (lines.Any(line => line.Contains(' ', StringComparison.Ordinal) || line.Contains('\t', StringComparison.Ordinal))) continue;
            if (name == "trainval") read[(8, name)] = (file, lines);
            else if (ReadContext.SplitWord(name) is { Length: > 0 } split) read[(0, split)] = (file, lines);
        }
        // Trainval is train and val together; it speaks only where those do not.
        if (read.Keys.Any(key => key.Item2 is "train")) read.Remove((8, "trainval"));
        foreach (var ((_, split), (file, stems)) in read)
            foreach (var stem in stems)
            {
                var part = split == "trainval" ? "train" : split;
                if (parts.TryAdd(stem, part) || parts[stem] == part) continue;
                throw new DataException($"{context.Place(file)}: '{Utf8Text.Shown(stem)}' stands in {split}.txt and in {parts[stem]}.txt: "
                    + $"what is learnt is then judged by, and every figure is too good. Take it out of one.");
            }
        return parts;
    }

    private void NoteParts(Dictionary<string, string> parts)
    {
        if (parts.Count == 0) return;
        var alone = files.Where(file => file.Picture.Split.Length == 0).ToArray();
        if (alone.Length > 0)
            context.Say(AnnotationRemarkKind.Split, false, $"{SetFinish.Count(alone.Length, "picture is", "pictures are")} in no list of "
                + $"ImageSets/Main, such as {alone[0].Picture.Named}.", alone[0].Picture.Named);
        var known = files.Select(file => ReadContext.Stem(file.Picture.Source)).ToHashSet(StringComparer.Ordinal);
        string[] missing = [.. parts.Keys.Where(stem => !known.Contains(stem)).Order(StringComparer.Ordinal)];
        if (missing.Length > 0)
            context.Say(AnnotationRemarkKind.LeftOut, true,
                $"ImageSets/Main names {SetFinish.Count(missing.Length, "picture", "pictures")} without an .xml file, such as "
                + $"'{Utf8Text.Shown(missing[0])}'.", missing[0]);
    }

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}

/// <summary>The classes of formats that list none: the names that are met, in the order of the alphabet or of the caller.</summary>
internal sealed class ClassList
{
    private readonly Dictionary<string, int> numbers;

    private ClassList(IReadOnlyList<string> names) =>
        (Names, numbers) = (names, names.Index().ToDictionary(name => name.Item, name => name.Index, StringComparer.Ordinal));

    public IReadOnlyList<string> Names { get; }

    /// <param name="context">Has the order that the caller wants.</param>
    /// <param name="met">Names with the places where they stand.</param>
    /// <exception cref="DataException">A name is none of those that the caller gave, or there is none at all.</exception>
    public static ClassList Of(ReadContext context, IEnumerable<(string Name, SourceLine Place)> met)
    {
        var first = new SortedDictionary<string, SourceLine>(StringComparer.Ordinal);
        foreach (var (name, place) in met)
            first.TryAdd(name, place);
        if (context.Options.ClassNames is { } given)
        {
            foreach (var (name, place) in first)
                if (!given.Contains(name, StringComparer.Ordinal))
                    throw new DataException($"{place}: the class is '{Utf8Text.Shown(name)}', which AnnotationOptions.ClassNames does not "
                        + $"name.{NearestName.Suggest(name, given)}");
            return new(given);
        }
        if (first.Count == 0) throw new DataException($"{context.Tree.Location}: no annotation has a thing in it, so there are no "
            + $"classes. Give AnnotationOptions.ClassNames, or look whether these are the right files.");
        foreach (var pair in first.Keys.GroupBy(name => name.Trim().ToUpperInvariant()).Where(group => group.Count() > 1))
        {
            context.Say(AnnotationRemarkKind.Reading, true, $"The classes {string.Join(" and ", pair.Select(name => $"'{name}'"))} differ "
                + $"in capital letters or spaces only, and are read as different ones; "
                + $"the first of '{pair.Last()}' stands at {first[pair.Last()]}. Write them alike if one is meant.", null);
        }
        return new([.. first.Keys]);
    }

    public int Number(string name) => numbers[name];
}
