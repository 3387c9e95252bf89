namespace FeatureMap.Lanes;

/// <summary>
/// What a filter of a plane reads along one axis: its output u, through tap i, reads position First + u x Stride + i x TapStep. Positions
/// outside of 0 .. Input - 1 are zeros. A tap step is negative where the kernel is turned by half a turn.
/// </summary>
/// <param name="Input">Positions of the plane.</param>
/// <param name="Outputs">How many outputs there are.</param>
/// <param name="First">What tap 0 of output 0 reads.</param>
/// <param name="Stride">Positions from output to output.</param>
/// <param name="Taps">Taps of the filter; without any, its outputs are empty sums.</param>
/// <param name="TapStep">Positions from tap to tap.</param>
internal readonly record struct FilterAxis(int Input, int Outputs, int First, int Stride, int Taps, int TapStep)
{
    /// <summary>Where output 0 stands in the plane that is written.</summary>
    public int FirstTarget { get; init; }

    /// <summary>Positions from output to output in the plane that is written.</summary>
    public int TargetStep { get; init; } = 1;

    /// <summary>Positions from the first to the last tap.</summary>
    public int Span => Taps == 0 ? 0 : (Taps - 1) * Math.Abs(TapStep);

    /// <summary>Zeros that are read before position 0.</summary>
    public int Before => Taps == 0 ? 0 : Math.Max(0, -Least(0));

    /// <summary>Zeros that are read behind the last position.</summary>
    public int After => Taps == 0 ? 0 : Math.Max(0, Greatest(Outputs - 1) - (Input - 1));

    /// <summary>The first position that an output reads.</summary>
    public int Least(int output) => First + (output * Stride) + Math.Min(0, (Taps - 1) * TapStep);

    /// <summary>The last position that an output reads.</summary>
    public int Greatest(int output) => Least(output) + Span;

    /// <summary>The outputs that stand in a range of the plane that is written.</summary>
    public IndexRange Writing(IndexRange targets) => new(Math.Min(Outputs, From(targets.First)), Math.Min(Outputs, From(targets.End)));

    private int From(int target) => Math.Max(0, (target - FirstTarget + TargetStep - 1) / TargetStep);
}
