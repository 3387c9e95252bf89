using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace FeatureMap.Studio;

/// <summary>
/// The colour of a number as a class of the style sheet, because pages hold no style of their own. Signed numbers go in 17 steps from blue
/// over nothing to orange, others in 17 steps that grow darker (in dark: lighter). The number in it is written dark or light, whichever
/// has more contrast.
/// </summary>
internal static class Shade
{
    private const int Steps = 8, Rising = 16;

    private static readonly int[] LightSigned = [0x1b62a8, 0xffffff, 0xb84f06], DarkSigned = [0x4d9de6, 0x1e242c, 0xe8863a];
    private static readonly int[] LightRising = [0xfffbe8, 0xe3d58c, 0x9d9779, 0x55627b, 0x0d2c5a], DarkRising = [0x171d25, 0x2b4a78,
        0x6f7a83, 0xb9ac68, 0xf7e36a];

    // A page has thousands of them: names and colours are made once.
    private static readonly string[] Falls = Names('n', Steps), Rises = Names('p', Steps), Grows = Names('q', Rising);

    private static readonly FrozenDictionary<string, int> Colours = Falls.Skip(1).Concat(Rises.Skip(1)).Concat(Grows).Append("z")
        .ToFrozenDictionary(name => name, name => name[0] switch
        {
            'n' => Blend([LightSigned[1], LightSigned[0]], Step(name) / Steps),
            'p' => Blend([LightSigned[1], LightSigned[2]], Step(name) / Steps),
            'q' => Blend(LightRising, Step(name) / Rising),
            _ => LightSigned[1],
        });

    /// <summary>Class of a number around 0; <paramref name="largest"/> is the greatest size that is drawn beside it.</summary>
    public static string Signed(double value, double largest)
    {
        if (!double.IsFinite(value) || value == 0 || largest <= 0) return "z";
        var step = Math.Clamp((int)Math.Ceiling(Math.Abs(value) / largest * Steps), 1, Steps);
        return (value < 0 ? Falls : Rises)[step];
    }

    /// <summary>Class of a number between the smallest and the largest.</summary>
    public static string Between(double value, double smallest, double largest) => !double.IsFinite(value) || largest <= smallest ? Grows[0]
        : Grows[Math.Clamp((int)Math.Round((value - smallest) / (largest - smallest) * Rising), 0, Rising)];

    /// <summary>The colour of a class on a light ground, for pictures.</summary>
    public static int Colour(string name) => Colours[name];

    /// <summary>The rules of all classes: <c>--s</c> is the ground, <c>--i</c> the ink.</summary>
    public static string Rules(bool isDark)
    {
        var rules = new StringBuilder();
        var signed = isDark ? DarkSigned : LightSigned;
        Rule(rules, "z", signed[1]);
        for (var step = 1; step <= Steps; step++)
        {
            Rule(rules, $"n{step}", Blend([signed[1], signed[0]], (double)step / Steps));
            Rule(rules, $"p{step}", Blend([signed[1], signed[2]], (double)step / Steps));
        }
        for (var step = 0; step <= Rising; step++)
            Rule(rules, $"q{step}", Blend(isDark ? DarkRising : LightRising, (double)step / Rising));
        return rules.ToString();
    }

    private static string[] Names(char kind, int most) => [.. Enumerable.Range(0, most + 1).Select(step => $"{kind}{step}")];

    private static double Step(string name) => int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture);

    // White or black: one of them has a contrast of at least 4.5 to any colour.
    private static void Rule(StringBuilder rules, string name, int colour)
    {
        var (onDark, onLight) = (Contrast(0xffffff, colour), Contrast(0, colour));
        rules.Append(CultureInfo.InvariantCulture, $".{name}{{--s:#{colour:x6};--i:{(onDark > onLight ? "#fff" : "#000")}}}\n");
    }

    private static int Blend(int[] anchors, double share)
    {
        var at = Math.Clamp(share, 0, 1) * (anchors.Length - 1);
        var index = Math.Min((int)at, anchors.Length - 2);
        var colour = 0;
        foreach (var shift in (ReadOnlySpan<int>)[16, 8, 0])
        {
            var (low, high) = ((anchors[index] >> shift) & 255, (anchors[index + 1] >> shift) & 255);
            colour |= (int)Math.Round(low + ((at - index) * (high - low))) << shift;
        }
        return colour;
    }

    // WCAG 2.2, relative luminance and contrast ratio.
    private static double Contrast(int one, int other)
    {
        var (light, dark) = (Luminance(one), Luminance(other));
        return (Math.Max(light, dark) + 0.05) / (Math.Min(light, dark) + 0.05);
    }

    private static double Luminance(int colour)
    {
        static double Linear(int part) => part / 255.0 is var share && share <= 0.04045 ? share / 12.92
            : Math.Pow((share + 0.055) / 1.055, 2.4);
        return (0.2126 * Linear((colour >> 16) & 255)) + (0.7152 * Linear((colour >> 8) & 255)) + (0.0722 * Linear(colour & 255));
    }
}
