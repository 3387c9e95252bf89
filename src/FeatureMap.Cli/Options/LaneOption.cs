using FeatureMap.Lanes;

namespace FeatureMap.Cli;

/// <summary>The value of <c>--lanes</c>, and how a width is shown.</summary>
internal static class LaneOption
{
    public static LaneWidth Parse(string? text, Terminal terminal)
    {
        if (text is null) return LaneWidth.Automatic;
        var width = text switch
        {
            "512" => LaneWidth.Bits512,
            "256" => LaneWidth.Bits256,
            "128" => LaneWidth.Bits128,
            "1" => LaneWidth.Scalar,
            _ => throw new UsageException($"--lanes is the width of the SIMD registers in bits, 512, 256 or 128, or 1 for scalar code: received '{text}'."),
        };
        if (width > LaneWidths.Widest())
            terminal.Notice($"This processor has no {text}-bit registers; they are emulated, which is slow. The result is the same.");
        return width;
    }

    public static string Shown(LaneWidth width) => Bits(width) is var bits && bits == 1 ? "scalar code" : $"{bits}-bit registers";

    public static int Bits(LaneWidth width) => LaneWidths.Resolve(width) is var resolved && resolved == LaneWidth.Scalar ? 1 : 32 * (int)resolved;
}
