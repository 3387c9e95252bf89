namespace FeatureMap.Training;

/// <summary>The numbers of one image, as a metric reads them: what a network gave, or the target. They lie where they were computed, nothing is copied.</summary>
public readonly ref struct MetricNumbers
{
    private readonly ReadOnlySpan<float> values;
    private readonly int stride, offset;

    /// <summary>Numbers of one image, one after the other.</summary>
    /// <exception cref="ShapeException">The length does not fit the shape.</exception>
    public MetricNumbers(ReadOnlySpan<float> values, Shape shape)
        : this(values, shape, 1, 0)
    {
        if (values.Length != shape.Count) throw new ShapeException($"An image of {shape} has {shape.Count:N0} numbers: received {values.Length:N0}.");
    }

    /// <summary>Numbers that stand between those of other images.</summary>
    internal MetricNumbers(ReadOnlySpan<float> values, Shape shape, int stride, int offset)
    {
        this.values = values;
        Shape = shape;
        (this.stride, this.offset) = (stride, offset);
    }

    /// <summary>Channels x height x width.</summary>
    public Shape Shape { get; }

    /// <summary>A number by its place, planar CHW.</summary>
    public float this[int place] => values[(place * stride) + offset];

    /// <summary>A number by channel, row and column.</summary>
    public float this[int channel, int y, int x] => this[(channel * Shape.Area) + (y * Shape.Width) + x];
}

/// <summary>One image to be measured.</summary>
public readonly ref struct MetricSample
{
    /// <summary>
    /// Puts together what the network gave, what it should have given, the class, and whether the target marks pixels that count for
    /// nothing by -1.
    /// </summary>
    public MetricSample(MetricNumbers output, MetricNumbers target, int label = 0, bool hasIgnored = false)
    {
        HasIgnored = hasIgnored;
        Output = output;
        Target = target;
        Label = label;
    }

    /// <summary>What the network gave.</summary>
    public MetricNumbers Output { get; }

    /// <summary>
    /// What it should have given; empty where the loss reads no target. -1 in all channels of a pixel that is to be ignored.
    /// </summary>
    public MetricNumbers Target { get; }

    /// <summary>The class of the image.</summary>
    public int Label { get; }

    /// <summary>Whether the target may have pixels that are to be ignored, see <see cref="Data.TargetSet.IgnoreValue"/>.</summary>
    public bool HasIgnored { get; }

    /// <summary>Whether a pixel counts, by its place row by row; those that are to be ignored do not.</summary>
    public bool Counts(int pixel) => !HasIgnored || Target[pixel] >= 0;
}
