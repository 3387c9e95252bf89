using System.Globalization;

namespace FeatureMap;

/// <summary>
/// Numbers in a row, the same in every culture: <see cref="string.Join{T}(string, IEnumerable{T})"/> gives them the signs of the user's
/// machine.
/// </summary>
internal static class NumberRow
{
    public static string Join<T>(string separator, IEnumerable<T> numbers) where T : IFormattable =>
        string.Join(separator, numbers.Select(number => number.ToString(null, CultureInfo.InvariantCulture)));
}
