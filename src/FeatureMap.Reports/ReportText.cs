using System.Globalization;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>Numbers as a reader of the report meets them, with a point and a comma on every machine.</summary>
public static class ReportText
{
    /// <summary>Four digits that matter: 1,234 · 12.35 · 0.01235 · 1.2e-5.</summary>
    public static string Number(double value)
    {
        var size = Math.Abs(value);
        if (!double.IsFinite(value)) return double.IsNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
        if (size >= 1e7 || (size < 1e-3 && size > 0)) return Signed(value.ToString("0.##e0", CultureInfo.InvariantCulture));
        if (size >= 1000) return Signed(value.ToString("#,0", CultureInfo.InvariantCulture));
        return Signed(value.ToString("G4", CultureInfo.InvariantCulture));
    }

    /// <summary>A number with as many digits as the format says, such as <c>0.00</c>, or a dash where it is none: for columns of a
    /// table.</summary>
    public static string Number(double value, string format) =>
        double.IsFinite(value) ? Signed(value.ToString(format, CultureInfo.InvariantCulture)) : "–";

    /// <summary>A share as per cent with two decimals: 99.43 %.</summary>
    public static string Percent(double share, string format = "0.00") =>
        double.IsFinite(share) ? (share * 100).ToString(format, CultureInfo.InvariantCulture) + "\u00A0%" : "–";

    /// <summary>A metric with its unit: 99.43 %, 32.55 dB, 0.1234.</summary>
    public static string Metric(MetricInfo metric, double value) => metric.Unit == "%" ? Percent(value)
        : !double.IsFinite(value) ? "–" : metric.Unit.Length == 0 ? Number(value)
            : $"{value.ToString("0.00", CultureInfo.InvariantCulture)}\u00A0{metric.Unit}";

    /// <summary>A whole number with separators: 10,000.</summary>
    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A count with its noun: 1 epoch, 15 epochs.</summary>
    public static string Count(long number, string noun) => $"{Count(number)} {noun}{(number == 1 ? "" : "s")}";

    /// <summary>A time span: 42.3 s · 3 min 12 s · 2 h 5 min.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < 60 => seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        < 3600 => $"{(int)seconds / 60} min {(int)seconds % 60} s",
        _ => $"{(long)seconds / 3600} h {(long)seconds / 60 % 60} min",
    };

    private static string Signed(string number) => number.StartsWith('-') ? "−" + number[1..] : number;
}
