using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The largest number along the chosen axes; NaN wins over any. Of equal ones the first in the order channel, row, column gets the whole gradient.
/// </summary>
public sealed class ReduceMax : Reduction, IOpRoom
{
    /// <summary>The reduction along the given axes.</summary>
    /// <exception cref="UsageException">No axis is given.</exception>
    public ReduceMax(Axes axes) : base(axes) { }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ReduceMax(AxesOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [Operator("ReduceMax", axes => new ReduceMax(axes))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => CasesOf(axes => new ReduceMax(axes));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(ref random, axes => new ReduceMax(axes));

    internal override GradientReads GradientReads => GradientReads.Input | GradientReads.Output;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new ExtremeKernel<TLanes, LargestFold>(site);

    internal override double Value(double[] x) => x.Max();

    internal override double[] Derivatives(double[] x) => [.. x.Select((_, i) => i == Array.IndexOf(x, x.Max()) ? 1.0 : 0)];
}
