using System.Globalization;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// How far Keras shifts images: a number with a fraction (a part of the side below 1, pixels from 1 on, drawn continuously), a whole number of pixels (drawn from those below it, either
/// way), or one of several distances (either way).
/// </summary>
public sealed record ShiftRange
{
    private const float Most = 10_000;
    private readonly float[]? choices;
    private readonly float greatest;

    private ShiftRange(float greatest, float[]? choices) => (this.greatest, this.choices) = (greatest, choices);

    /// <summary>No shift.</summary>
    public static ShiftRange None { get; } = new(0, null);

    /// <summary>Whether nothing is ever shifted.</summary>
    public bool IsNone => choices is null ? greatest == 0 : Array.TrueForAll(choices, choice => choice == 0);

    /// <summary>A Python float: uniform in [-range, range), a part of the side where the range is below 1, pixels otherwise.</summary>
    /// <exception cref="UsageException">The range is outside 0 to 10,000.</exception>
    public static ShiftRange Continuous(float range) => range is >= 0 and <= Most
        ? new(range, null)
        : throw new UsageException($"A shift range must be from 0 to {Most}: received {range}.");

    /// <summary>A Python int: one of 0, 1, ..., pixels - 1, and either direction. So 2 means -1, 0 or 1.</summary>
    /// <exception cref="UsageException">The number is outside 1 to 10,000.</exception>
    public static ShiftRange Whole(int pixels) => pixels is >= 1 and <= (int)Most
        ? new(pixels, [.. Enumerable.Range(0, pixels).Select(distance => (float)distance)])
        : throw new UsageException($"A shift range in whole pixels must be from 1 to {Most}: received {pixels}.");

    /// <summary>A Python list: one of the distances, and either direction; parts of the side where all are below 1, pixels otherwise.</summary>
    /// <exception cref="UsageException">There is no distance, there are more than 1,000, or one is outside -10,000 to 10,000.</exception>
    public static ShiftRange OneOf(params ReadOnlySpan<float> distances)
    {
        if (distances.Length is 0 or > 1000) throw new UsageException("A shift range needs 1 to 1,000 distances: received "
            + $"{distances.Length:N0}.");
        foreach (var distance in distances)
            if (!(Math.Abs(distance) <= Most)) throw new UsageException($"A shift distance must be from -{Most} to {Most}: "
                + $"received {distance}.");
        var copy = distances.ToArray();
        return new(copy.Max(), copy);
    }

    /// <summary>The same as <see cref="Continuous"/>.</summary>
    public static implicit operator ShiftRange(float range) => Continuous(range);

    /// <summary>The same as <see cref="Whole"/>; 0 for none.</summary>
    public static implicit operator ShiftRange(int pixels) => pixels == 0 ? None : Whole(pixels);

    /// <summary>The same as <see cref="Continuous"/>.</summary>
    public static ShiftRange FromSingle(float range) => range;

    /// <summary>The same as <see cref="Whole"/>; 0 for none.</summary>
    public static ShiftRange FromInt32(int pixels) => pixels;

    /// <summary>Whether the other one draws the same shifts.</summary>
    public bool Equals(ShiftRange? other) =>
        other is not null && greatest == other.greatest && (choices is null) == (other.choices is null) && (choices ?? []).AsSpan().SequenceEqual(other.choices ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(greatest, choices?.Length);

    /// <summary>Written as <c>0.1</c>, <c>whole:2</c> or <c>one-of:1:2:4</c>.</summary>
    public override string ToString()
    {
        if (choices is null) return greatest.ToString(CultureInfo.InvariantCulture);
        return this == Whole(Math.Max(1, choices.Length)) ? $"whole:{choices.Length}" : $"one-of:{string.Join(':', choices.Select(choice => choice.ToString(CultureInfo.InvariantCulture)))}";
    }

    /// <summary>Reads what <see cref="ToString"/> writes; null where it is something else.</summary>
    internal static ShiftRange? Read(string text)
    {
        var parts = text.Split(':');
        var numbers = new float[parts.Length];
        for (var i = parts.Length == 1 ? 0 : 1; i < parts.Length; i++)
            if (!float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])) return null;
        return parts switch
        {
            [_] => Continuous(numbers[0]),
            ["whole", _] when numbers[1] == MathF.Floor(numbers[1]) && Math.Abs(numbers[1]) <= Most => Whole((int)numbers[1]),
            ["one-of", _, ..] => OneOf(numbers.AsSpan(1)),
            _ => null,
        };
    }

    /// <summary>Draws a shift in pixels along a side; always two numbers, so that what is drawn afterwards does not depend on the kind of range.</summary>
    internal float Draw(ref RandomSequence random, int side)
    {
        uint first = random.NextUInt32(), second = random.NextUInt32();
        var unit = greatest < 1 ? side : 1f;
        if (choices is not null) return choices[(int)(((ulong)first * (uint)choices.Length) >> 32)] * unit * ((second & 1) == 0 ? 1 : -1);
        return ((2 * ((first >> 8) * (1f / (1 << 24)))) - 1) * greatest * unit;
    }
}
