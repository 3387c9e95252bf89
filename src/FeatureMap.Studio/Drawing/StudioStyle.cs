using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>
/// What stands before the studio's own style sheet: the colours and the charts of the reports, and the shades of numbers, in light and
/// dark.
/// </summary>
internal static class StudioStyle
{
    /// <summary>The reader's choice of theme stands at the root and wins over that of the system.</summary>
    public static string Before { get; } = $$"""
        :root { color-scheme: light; {{ReportStyle.Light}} }
        {{Shade.Rules(isDark: false)}}
        @media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark; {{ReportStyle.Dark}}
        {{Shade.Rules(isDark: true)}} } }
        :root[data-theme=dark] { color-scheme: dark; {{ReportStyle.Dark}}
        {{Shade.Rules(isDark: true)}} }
        {{ReportStyle.Charts}}

        """;
}
