namespace FeatureMap.Analysis;

/// <summary>
/// Which positions a stack of dilated convolutions reads along one axis, and by how many paths. A kernel of k taps at rate d reads
/// positions d apart; rates with a common factor keep to one lattice and leave holes ("gridding"): 2, 2, 2 reads 7 of its 13 positions, 1,
/// 2, 5 all 17. Both axes behave alike, so a plane has the square of the share.
/// Source: Wang et al., "Understanding convolution for semantic segmentation", arXiv 1702.08502 (hybrid dilated convolution).
/// </summary>
public sealed class DilationCoverage
{
    private const int MostSpan = 1_000_000;

    private DilationCoverage(double[] paths) => Paths = paths;

    /// <summary>Paths from each position of the span to one output; 0 is a hole.</summary>
    public IReadOnlyList<double> Paths { get; }

    /// <summary>Positions from the first to the last that is read.</summary>
    public int Span => Paths.Count;

    /// <summary>Positions that are read.</summary>
    public int Reached => Paths.Count(count => count > 0);

    /// <summary>Whether the span has no holes.</summary>
    public bool IsComplete => Reached == Span;

    /// <summary>Counts the paths through a stack.</summary>
    /// <param name="kernel">Taps of each kernel along the axis.</param>
    /// <param name="rates">Dilation of each layer, the first layer first; stride 1.</param>
    /// <exception cref="UsageException">No rates, a number below 1, or a span above 1,000,000.</exception>
    public static DilationCoverage Of(int kernel, params ReadOnlySpan<int> rates)
    {
        if (rates.IsEmpty) throw new UsageException("A stack has at least one layer: give its rates, such as 1, 2, 5.");
        long span = 1;
        foreach (var rate in rates)
        {
            if (kernel < 1 || rate < 1) throw new UsageException($"Kernel and rates are at least 1: received a kernel of {kernel} and a "
                + $"rate of {rate}.");
            span += (kernel - 1L) * rate;
            if (span > MostSpan) throw new UsageException($"The stack would span more than {MostSpan:N0} positions: 1 + the sum of "
                + $"({kernel} - 1) x rate. Use smaller rates.");
        }
        double[] paths = [1];
        foreach (var rate in rates)
        {
            var next = new double[paths.Length + ((kernel - 1) * rate)];
            for (var tap = 0; tap < kernel; tap++)
                for (var i = 0; i < paths.Length; i++)
                    next[i + (tap * rate)] += paths[i];
            paths = next;
        }
        return new DilationCoverage(paths);
    }
}
