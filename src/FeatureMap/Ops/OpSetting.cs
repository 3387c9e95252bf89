using System.Globalization;

namespace FeatureMap.Ops;

/// <summary>
/// One setting of an op by name, in no particular file format. <see cref="Value"/> is an <see cref="int"/>, a <see cref="double"/>, a <see cref="bool"/>, a
/// <see cref="string"/>, or an array of <see cref="int"/> or of <see cref="double"/>. Together with <see cref="SettingReader"/> it lets an op be written down and made again.
/// </summary>
internal readonly record struct OpSetting(string Name, object Value)
{
    /// <summary>A number along the rows and one along the columns.</summary>
    public static OpSetting Pair(string name, PerAxis value) => new(name, new[] { value.Vertical, value.Horizontal });

    /// <summary>A real number; written with the digits that bring the same 32 bits back.</summary>
    public static OpSetting Real(string name, float value) => new(name, Short(value));

    /// <summary>A real number, or <c>none</c>.</summary>
    public static OpSetting Bound(string name, float? value) => new(name, value is { } number ? Short(number) : "none");

    /// <summary>Several real numbers.</summary>
    public static OpSetting Reals(string name, IEnumerable<float> values) => new(name, values.Select(Short).ToArray());

    /// <summary>Channels, height and width.</summary>
    public static OpSetting Of(string name, Shape shape) => new(name, new[] { shape.Channels, shape.Height, shape.Width });

    /// <summary>One axis or several, as text.</summary>
    public static OpSetting Of(string name, Axes axes) => new(name, $"{axes}".ToLowerInvariant());

    /// <summary>A choice among a few, by its name.</summary>
    public static OpSetting Of(string name, Enum choice) => new(name, choice.ToString());

    /// <summary><c>same</c>, <c>same-lower</c>, or the pixels on each side: top, left, bottom, right.</summary>
    public static OpSetting Of(string name, Padding padding) =>
        new(name, padding == Padding.Same || padding == Padding.SameLower ? padding.ToString() : new[] { padding.Top, padding.Left, padding.Bottom, padding.Right });

    /// <summary>The initialiser's name; the default one for a class of the user's own, which cannot be made again from a name.</summary>
    public static OpSetting Of(string name, Initializer initializer) => new(name, (Initializer.FromName(initializer.Name) ?? Initializer.HeNormal).Name);

    private static double Short(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
