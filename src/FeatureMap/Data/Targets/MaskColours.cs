using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FeatureMap.Data;

/// <summary>
/// Which class each colour of a mask stands for, as labelling tools write it beside their masks. The classes are numbered in the order in
/// which they are named; a class may have several colours.
/// </summary>
/// <example><code>
/// var set = ImagePairs.Open("streets/", new() { Colours = MaskColours.Load("streets/labelmap.txt", ignored: "void") });
/// </code></example>
public sealed class MaskColours
{
    private const int LargestFile = 1_000_000, MostClasses = 255;
    private readonly Dictionary<int, byte> numbers = [];
    private readonly List<string> names = [];
    private readonly string? ignored;

    private MaskColours(string? ignored) => this.ignored = ignored;

    /// <summary>The classes, without what is to be ignored.</summary>
    public IReadOnlyList<string> ClassNames => names;

    /// <summary>Whether a colour stands for pixels that are to be ignored.</summary>
    public bool HasIgnored { get; private set; }

    /// <summary>What is to be ignored is called; null for nothing.</summary>
    internal string? IgnoredName => ignored;

    /// <summary>Reads a table of colours: <c>labelmap.txt</c> of CVAT with lines such as <c>road:128,64,128::</c>, or JSON,
    /// <c>{"road": [128, 64, 128], "sky": "#4682b4"}</c> or <c>[{"name": "road", "color": [128, 64, 128]}]</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ignored">The name of the pixels of which nobody said what they are, such as <c>void</c>; null where all count.</param>
    /// <exception cref="DataException">The file is missing or no such table, a colour stands for two classes, or there are fewer than two
    /// classes, or too many.</exception>
    public static MaskColours Load(string path, string? ignored = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var content = StreamContent.OfFile(path, path, stream => StreamContent.Read(stream, path, LargestFile,
            bytes => new($"{path}: the table has {bytes} bytes: at most {LargestFile:N0} are read.")));
        return Read(content, path, ignored);
    }

    /// <summary>The same from what is given.</summary>
    /// <param name="colours">Names with their colours, in the order of their numbers.</param>
    /// <param name="ignored">The name of what is to be ignored.</param>
    /// <exception cref="DataException">As for a file.</exception>
    public static MaskColours Of(IEnumerable<(string Name, byte Red, byte Green, byte Blue)> colours, string? ignored = null)
    {
        ArgumentNullException.ThrowIfNull(colours);
        var table = new MaskColours(ignored);
        foreach (var (name, red, green, blue) in colours)
            table.Add(name, (red, green, blue), "The table of colours");
        return table.Checked("The table of colours");
    }

    /// <summary>Reads the content of a table.</summary>
    internal static MaskColours Read(byte[] content, string place, string? ignored)
    {
        var table = new MaskColours(ignored);
        var first = content.AsSpan().IndexOfAnyExcept(" \t\r\n\uFEFF"u8);
        if (first >= 0 && content[first] is (byte)'{' or (byte)'[') table.AddJson(content, place);
        else table.AddLines(content, place);
        return table.Checked(place);
    }

    /// <summary>The number of a colour's class; <see cref="MaskReader.Ignored"/> for what is to be ignored, null for an unknown
    /// one.</summary>
    internal byte? NumberOf(int red, int green, int blue) => numbers.TryGetValue(Key(red, green, blue), out var number) ? number : null;

    /// <summary>The colours with their names, for messages.</summary>
    internal string Words(int most) => string.Join(", ", numbers.Take(most).Select(colour =>
        $"{colour.Key >> 16},{(colour.Key >> 8) & 255},{colour.Key & 255} "
            + $"{(colour.Value == MaskReader.Ignored ? ignored : names[colour.Value])}")) + (numbers.Count > most ? ", ..." : "");

    private static int Key(int red, int green, int blue) => (red << 16) | (green << 8) | blue;

    private void AddLines(byte[] content, string place)
    {
        var number = 0;
        foreach (var whole in Encoding.UTF8.GetString(content).TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            var line = whole.Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            // name:red,green,blue:parts:actions; a name may have a colon in it, the rest not.
            var fields = line.Split(':');
            var at = Array.FindLastIndex(fields, field => field.Count(letter => letter == ',') == 2);
            if (at < 1 || Colour(fields[at]) is not { } colour)
                throw new DataException($"{place}, line {number}: '{EntryPath.Shown(line)}' is no colour of a class: expected "
                    + $"name:red,green,blue, such as road:128,64,128::");
            Add(string.Join(':', fields[..at]).Trim(), colour, $"{place}, line {number}");
        }
    }

    private void AddJson(byte[] content, string place)
    {
        try
        {
            StrictJson.Parse(content, root =>
            {
                if (root.ValueKind == JsonValueKind.Object)
                {
                    foreach (var member in root.EnumerateObject())
                        Add(member.Name, Colour(member.Value) ?? throw Wrong(member.Name), place);
                }
                else
                {
                    foreach (var (index, one) in root.EnumerateArray().Index())
                    {
                        JsonElement name = default, colour = default;
                        if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("name", out name)
                            || name.ValueKind != JsonValueKind.String
                            || !(one.TryGetProperty("color", out colour)
                            || one.TryGetProperty("colour", out colour))) throw Wrong($"element {index}");
                        Add(name.GetString()!, Colour(colour) ?? throw Wrong(name.GetString()!), place);
                    }
                }
                return true;
            });
        }
        catch (JsonException error)
        {
            throw new DataException($"{place}: the table of colours is no JSON: {error.Message}", error);
        }

        DataException Wrong(string what) =>
            new($"{place}: '{EntryPath.Shown(what)}' has no colour: expected {{\"road\": [128, 64, 128], \"sky\": \"#4682b4\"}}, or "
            + $"[{{\"name\": \"road\", \"color\": [128, 64, 128]}}].");
    }

    private static (byte Red, byte Green, byte Blue)? Colour(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            var text = value.GetString()!.TrimStart('#');
            return text.Length == 6 && int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)
                ? ((byte)(hex >> 16), (byte)(hex >> 8), (byte)hex) : null;
        }
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != 3) return null;
        Span<byte> colour = stackalloc byte[3];
        for (var i = 0; i < 3; i++)
            if (value[i].ValueKind != JsonValueKind.Number || !value[i].TryGetByte(out colour[i])) return null;
        return (colour[0], colour[1], colour[2]);
    }

    private static (byte Red, byte Green, byte Blue)? Colour(string text)
    {
        var parts = text.Split(',');
        Span<byte> colour = stackalloc byte[3];
        for (var i = 0; i < 3; i++)
            if (!byte.TryParse(parts[i].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out colour[i])) return null;
        return (colour[0], colour[1], colour[2]);
    }

    private void Add(string name, (byte Red, byte Green, byte Blue) colour, string place)
    {
        if (name.Length == 0) throw new DataException($"{place}: a colour has no name.");
        var isIgnored = name == ignored;
        HasIgnored |= isIgnored;
        var number = isIgnored ? MaskReader.Ignored : names.IndexOf(name);
        if (number < 0)
        {
            if (names.Count == MostClasses) throw new DataException($"{place}: there are more than {MostClasses} classes.");
            number = names.Count;
            names.Add(name);
        }
        if (!numbers.TryAdd(Key(colour.Red, colour.Green, colour.Blue), (byte)number))
        {
            var other = NumberOf(colour.Red, colour.Green, colour.Blue)!.Value;
            throw new DataException($"{place}: the colour {colour.Red},{colour.Green},{colour.Blue} stands for "
                + $"{(other == MaskReader.Ignored ? ignored : names[other])} and for {name}. Give each class its own.");
        }
    }

    private MaskColours Checked(string place)
    {
        if (names.Count < 2) throw new DataException($"{place}: {names.Count} classes have a colour: expected two or more. The background "
            + $"is a class too, such as background:0,0,0::");
        if (ignored is not null && !HasIgnored) throw new DataException($"{place}: '{ignored}', which is to be ignored, has no "
            + $"colour.{NearestName.Suggest(ignored, names)}");
        return this;
    }
}
