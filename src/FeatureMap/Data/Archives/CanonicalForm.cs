using System.Globalization;
using System.Text;

namespace FeatureMap.Data;

/// <summary>
/// Unicode's normal form C of names: an accented letter is one character wherever there is one. macOS writes the same name in form D,
/// letter and accent apart, so that two names that look alike
/// would differ. The runtime does not normalise where it runs without ICU, as here; so the tables are our own. Source: Unicode Standard
/// Annex 15.
/// </summary>
internal static class CanonicalForm
{
    // Hangul syllables follow from arithmetic (The Unicode Standard, 3.12): first + (lead x 21 + vowel) x 28 + trail.
    private const int Syllable = 0xAC00, Lead = 0x1100, Vowel = 0x1161, Trail = 0x11A7;
    private const int Leads = 19, Vowels = 21, Trails = 28, Syllables = Leads * Vowels * Trails;

    // Characters below this neither decompose into nor combine with anything that a name without such marks holds.
    private const char FirstMark = '\u0300';

    private static readonly Lazy<Tables> Data = new(Tables.Read);

    /// <summary>The name in normal form C; names that are in it already come back as they are.</summary>
    public static string Of(string name)
    {
        if (!name.AsSpan().ContainsAnyInRange(FirstMark, char.MaxValue)) return name;
        var tables = Data.Value;
        var points = new List<int>(name.Length);
        for (var at = 0; at < name.Length;)
        {
            // Half a surrogate pair is no text; such a name stays as it is.
            if (!Rune.TryGetRuneAt(name, at, out var rune)) return name;
            Decompose(tables, rune.Value, points);
            at += rune.Utf16SequenceLength;
        }
        Order(tables, points);
        Compose(tables, points);
        var text = new StringBuilder(name.Length);
        foreach (var point in points)
            text.Append(new Rune(point).ToString());
        return text.Equals(name) ? name : text.ToString();
    }

    private static void Decompose(Tables tables, int point, List<int> points)
    {
        if (point is >= Syllable and < Syllable + Syllables)
        {
            var index = point - Syllable;
            points.Add(Lead + (index / (Vowels * Trails)));
            points.Add(Vowel + (index / Trails % Vowels));
            if (index % Trails > 0) points.Add(Trail + (index % Trails));
        }
        else if (tables.Parts.TryGetValue(point, out var parts))
        {
            Decompose(tables, parts.First, points);
            if (parts.Second != 0) points.Add(parts.Second);
        }
        else points.Add(point);
    }

    // Marks behind a letter are sorted by class; those of one class, which stand at the same place, keep their order.
    private static void Order(Tables tables, List<int> points)
    {
        for (var at = 1; at < points.Count; at++)
        {
            var (point, kind) = (points[at], tables.Class(points[at]));
            var to = at;
            for (; kind != 0 && to > 0 && tables.Class(points[to - 1]) > kind; to--)
                points[to] = points[to - 1];
            points[to] = point;
        }
    }

    // Each character joins the last letter before it, unless another that could not join stands between with the same class or a higher
    // one.
    private static void Compose(Tables tables, List<int> points)
    {
        int letter = -1, kept = 0, before = 0;
        for (var at = 0; at < points.Count; at++)
        {
            var (point, kind) = (points[at], tables.Class(points[at]));
            var isNext = letter >= 0 && letter == kept - 1;
            if (letter >= 0 && (isNext || before < kind) && Joined(tables, points[letter], point) is { } joined)
            {
                points[letter] = joined;
                continue;
            }
            if (kind == 0) letter = kept;
            before = kind;
            points[kept++] = point;
        }
        points.RemoveRange(kept, points.Count - kept);
    }

    private static int? Joined(Tables tables, int first, int second)
    {
        if (first is >= Lead and < Lead + Leads && second is >= Vowel and < Vowel + Vowels)
            return Syllable + ((((first - Lead) * Vowels) + second - Vowel) * Trails);
        if (first is >= Syllable and < Syllable + Syllables && (first - Syllable) % Trails == 0 && second is > Trail and < Trail + Trails)
            return first + second - Trail;
        return tables.Pairs.TryGetValue((first, second), out var joined) ? joined : null;
    }

    private sealed class Tables
    {
        private readonly Dictionary<int, byte> classes = [];

        public Dictionary<int, (int First, int Second)> Parts { get; } = [];

        public Dictionary<(int First, int Second), int> Pairs { get; } = [];

        public int Class(int point) => point < FirstMark ? 0 : classes.GetValueOrDefault(point);

        public static Tables Read()
        {
            using var resource = typeof(CanonicalForm).Assembly.GetManifestResourceStream("FeatureMap.Data.unicode-canonical.txt")
                ?? throw new InvalidOperationException("The table of accents is missing from the library.");
            using var reader = new StreamReader(resource, Encoding.ASCII);
            var tables = new Tables();
            while (reader.ReadLine() is { } line)
                if (line is not ['#', ..])
                    foreach (var item in line.Split(';'))
                        tables.Add(item);
            return tables;
        }

        private void Add(string item)
        {
            var numbers = Array.ConvertAll(
                item.Split('=', '>', ' ', '-', ':'), number => int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            if (item.Contains(':', StringComparison.Ordinal))
            {
                for (var point = numbers[0]; point <= numbers[1]; point++)
                    classes[point] = (byte)numbers[2];
                return;
            }
            var parts = (numbers[1], numbers.Length > 2 ? numbers[2] : 0);
            Parts[numbers[0]] = parts;
            if (item.Contains('=', StringComparison.Ordinal)) Pairs[parts] = numbers[0];
        }
    }
}
