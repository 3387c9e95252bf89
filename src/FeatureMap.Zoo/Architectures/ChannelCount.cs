namespace FeatureMap.Zoo;

/// <summary>Numbers of channels that a factor gives.</summary>
internal static class ChannelCount
{
    /// <summary>
    /// The nearest multiple of 8 (or of another number), at least one of them, and never more than a tenth below what was asked for: the
    /// rule that all networks of the MobileNet family have from
    /// their authors' code.
    ///</summary>
    public static int Rounded(double channels, int multiple = 8)
    {
        var rounded = Math.Max(multiple, (int)(channels + (multiple / 2.0)) / multiple * multiple);
        return rounded < 0.9 * channels ? rounded + multiple : rounded;
    }
}
