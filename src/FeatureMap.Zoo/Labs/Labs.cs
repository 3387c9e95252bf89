namespace FeatureMap.Zoo;

/// <summary>All labs, by name.</summary>
public static class Labs
{
    /// <summary>Every lab, in the order of display.</summary>
    public static IReadOnlyList<Lab> All { get; } =
    [
        Comparisons.Initializers,
        Comparisons.Activations,
        Comparisons.Normalizations,
        Comparisons.Optimizers,
        Comparisons.Schedules,
        new SuperResolutionLab(),
        new PassThroughAblation(),
        new SegmentationLab(),
        new DetectionLab(),
        new ProgressiveResizing(),
        new MetricLearning(),
    ];

    /// <summary>The lab of this name.</summary>
    /// <exception cref="UsageException">There is none; the nearest name is suggested.</exception>
    public static Lab Get(string name) => Registry.Default.Lab(name);
}
