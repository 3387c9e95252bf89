namespace FeatureMap.Reports;

/// <summary>Colours for numbers, readable with any colour vision: lightness tells the size, blue and red tell the sign.</summary>
internal static class ColorScale
{
    private static readonly byte[][] Negative = [[246, 245, 242], [150, 188, 222], [70, 124, 186], [22, 58, 122]];
    private static readonly byte[][] Positive = [[246, 245, 242], [240, 178, 140], [208, 96, 64], [136, 22, 26]];
    private static readonly byte[][] Rising = [[14, 18, 40], [36, 62, 112], [34, 124, 140], [112, 184, 120], [250, 244, 186]];

    /// <summary>From -1 (dark blue) over 0 (paper white) to 1 (dark red).</summary>
    public static byte[] Diverging(double value) => Blend(value < 0 ? Negative : Positive, Math.Abs(value));

    /// <summary>From 0 (night blue) to 1 (pale yellow).</summary>
    public static byte[] Sequential(double value) => Blend(Rising, value);

    private static byte[] Blend(byte[][] anchors, double value)
    {
        var at = (double.IsNaN(value) ? 0 : Math.Clamp(value, 0, 1)) * (anchors.Length - 1);
        var index = Math.Min((int)at, anchors.Length - 2);
        var share = at - index;
        var color = new byte[3];
        for (var i = 0; i < 3; i++)
            color[i] = (byte)Math.Round(anchors[index][i] + (share * (anchors[index + 1][i] - anchors[index][i])));
        return color;
    }
}
