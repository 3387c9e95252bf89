using System.Globalization;
using System.Runtime.CompilerServices;

namespace FeatureMap.Tests;

/// <summary>
/// All tests run in a culture whose numbers look like no other's, so that every text that is compared word by word, and every file that
/// is written and read, is known to be the same everywhere. It is made by hand, because invariant globalisation knows no real one.
/// </summary>
internal static class ForeignCulture
{
    public static CultureInfo Culture { get; } = Make();

    [ModuleInitializer]
    internal static void Enter() => CultureInfo.DefaultThreadCurrentCulture = Culture;

    private static CultureInfo Make()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat = new NumberFormatInfo
        {
            NumberDecimalSeparator = ",",
            PercentDecimalSeparator = ",",
            NumberGroupSeparator = ".",
            PercentGroupSeparator = ".",
            NegativeSign = "\u2212",
            PositiveSign = "\uFF0B",
            NaNSymbol = "keine Zahl",
            PositiveInfinitySymbol = "unendlich",
            NegativeInfinitySymbol = "\u2212unendlich",
            PercentPositivePattern = 0,
            PercentNegativePattern = 0,
        };
        culture.DateTimeFormat.DateSeparator = ".";
        culture.DateTimeFormat.TimeSeparator = "h";
        culture.DateTimeFormat.ShortDatePattern = "d.M.yyyy";
        return CultureInfo.ReadOnly(culture);
    }
}
