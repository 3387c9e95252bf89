using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The smallest number along the chosen axes; NaN wins over any. Of equal ones the first in the order channel, row, column gets the whole gradient.
/// </summary>
public sealed class ReduceMin : Reduction, IOpRoom
{
    /// <summary>The reduction along the given axes.</summary>
    /// <exception cref="UsageException">No axis is given.</exception>
    public ReduceMin(Axes axes) : base(axes) { }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ReduceMin(AxesOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [Operator("ReduceMin", axes => new ReduceMin(axes))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => CasesOf(axes => new ReduceMin(axes));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(ref random, axes => new ReduceMin(axes));

    internal override GradientReads GradientReads => GradientReads.Input | GradientReads.Output;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new ExtremeKernel<TLanes, SmallestFold>(site);

    internal override double Value(double[] x) => x.Min();

    internal override double[] Derivatives(double[] x) => [.. x.Select((_, i) => i == Array.IndexOf(x, x.Min()) ? 1.0 : 0)];
}
