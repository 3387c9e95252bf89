using System.Globalization;
using FeatureMap.Data;

namespace FeatureMap.Lessons;

/// <summary>
/// The pictures of the library: digits of its data set (<c>digit-7</c>; number i shows i mod 10), and two pictures that are computed here
/// (<c>shore</c>, <c>chart</c>), 96 x 96 pixels in colour.
/// </summary>
public sealed class SamplePictures : IPictureSource
{
    /// <summary>Digits that have an id: 0 to one less.</summary>
    public const int Digits = 100;

    /// <summary>One for all.</summary>
    public static SamplePictures Shared { get; } = new();

    private const string DigitPrefix = "digit-";
    private const int Side = 96;

    private static readonly Lazy<Picture> Shore = new(() => Drawn("shore", ShoreAt));
    private static readonly Lazy<Picture> Chart = new(() => Drawn("chart", ChartAt));

    /// <inheritdoc/>
    public IReadOnlyList<PictureChoice> Choices { get; } =
    [
        .. Enumerable.Range(0, 10).Select(number => new PictureChoice($"{DigitPrefix}{number}", $"a {number}")),
        new("shore", "a shore"), new("chart", "a chart of shapes and stripes"),
    ];

    /// <summary>Whether an id is that of a digit.</summary>
    public static bool IsDigit(string id) => NumberOf(id) >= 0;

    /// <summary>What the picture of an id is called.</summary>
    public string NameOf(string id) => NumberOf(id) is >= 0 and var number ? $"a {number % 10}"
        : Choices.FirstOrDefault(choice => choice.Id == id)?.Name ?? id;

    /// <inheritdoc/>
    public Picture? Find(string id) => NumberOf(id) is >= 0 and var number
        ? new Picture($"a {number % 10}", DigitImages.Shape, DigitImages.Set.Pixels(number).ToArray())
        : id switch
        {
            "shore" => Shore.Value,
            "chart" => Chart.Value,
            _ => null,
        };

    private static int NumberOf(string id) => id is not null && id.StartsWith(DigitPrefix, StringComparison.Ordinal)
        && int.TryParse(id.AsSpan(DigitPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number < Digits && id == $"{DigitPrefix}{number}" ? number : -1;

    private static Picture Drawn(string name, Func<int, int, (int Red, int Green, int Blue)> colour)
    {
        var pixels = new byte[3 * Side * Side];
        for (var i = 0; i < Side * Side; i++)
        {
            var (red, green, blue) = colour(i / Side, i % Side);
            (pixels[i], pixels[(Side * Side) + i], pixels[(2 * Side * Side) + i]) = (Byte(red), Byte(green), Byte(blue));
        }
        return new Picture(name, new Shape(3, Side, Side), pixels);
    }

    private static byte Byte(int value) => (byte)Math.Clamp(value, 0, 255);

    // Whole numbers alone, so that it is the same picture on every machine.
    private static (int, int, int) ShoreAt(int row, int column)
    {
        var grain = ((row * 73) + (column * 151) + (row * column * 7)) % 17;
        var (down, right) = (row - 24, column - 68);
        var ridge = 34 + (((column - 26) * (column - 26)) / 55);
        var house = row is >= 44 and < 60 && column is >= 60 and < 80;
        var roof = row is >= 35 and < 44 && Math.Abs(column - 70) <= (row - 34) + 3;
        if (roof) return (150 + grain, 52, 44);
        if (house) return column is >= 66 and < 70 && row >= 50 ? (70, 46, 36) : column is >= 73 and < 78 && row is >= 48 and < 54
            ? (250, 214, 120) : (224 + (grain / 2), 214, 196);
        if (row >= 62)
        {
            // Water: bands that grow wider towards the viewer, brighter below the sun.
            var band = (((row - 62) * (row - 62) / 24) + (column / 9)) & 1;
            var glitter = Math.Abs(right) < 6 + ((row - 62) / 3) && ((row + (column / 3)) % 4) == 0 ? 90 : 0;
            return (40 + (band * 16) + glitter, 92 + (band * 22) + glitter, 132 + (band * 24) + (grain / 2) + glitter);
        }
        if (row >= ridge || row >= 58) return (66 + grain + (row - 30), 112 + (grain * 2) + ((60 - row) / 2), 62 + grain);
        if ((down * down) + (right * right) <= 81) return (255, 236, 170);
        return (120 + (row * 2), 170 + row, 235 - (row / 2) + (grain / 4));
    }

    private static (int, int, int) ChartAt(int row, int column)
    {
        var (gray, red, blue) = ((235, 235, 235), (200, 48, 40), (36, 84, 176));
        if (row < 46 && column < 46) return Square(row - 23) + Square(column - 23) <= 18 * 18 ? red : gray;
        if (row < 46) return row is >= 8 and < 38 && column is >= 56 and < 88 ? blue : gray;
        if (column < 46) return row is >= 54 and < 88 && 2 * Math.Abs(column - 23) <= row - 54 ? (46, 140, 72) : gray;
        // Stripes that become finer to the right: 8, 4, 2 and 1 pixels wide; a ramp below them.
        if (row >= 82) return ((column - 46) * 5, (column - 46) * 5, (column - 46) * 5);
        var wide = column < 62 ? 8 : column < 74 ? 4 : column < 86 ? 2 : 1;
        return ((column - 46) / wide) % 2 == 0 ? (30, 30, 30) : gray;
    }

    private static int Square(int value) => value * value;
}
