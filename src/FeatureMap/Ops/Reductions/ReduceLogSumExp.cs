using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// log of the sum of exp(x) along the chosen axes, a smooth maximum: between max and max + log count. Computed as max + log sum exp(x - max), so that no exponential
/// overflows. The gradient of each number is exp(x - result): the softmax.
/// </summary>
public sealed class ReduceLogSumExp : Reduction, IOpRoom
{
    /// <summary>The reduction along the given axes.</summary>
    /// <exception cref="UsageException">No axis is given.</exception>
    public ReduceLogSumExp(Axes axes) : base(axes) { }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ReduceLogSumExp(AxesOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [Operator("ReduceLogSumExp", axes => new ReduceLogSumExp(axes))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => CasesOf(axes => new ReduceLogSumExp(axes), CaseValues.Reals);

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(ref random, axes => new ReduceLogSumExp(axes), CaseValues.Reals);

    internal override GradientReads GradientReads => GradientReads.Input | GradientReads.Output;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new LogSumExpKernel<TLanes>(site);

    internal override double Value(double[] x) => x.Max() + Math.Log(x.Sum(number => Math.Exp(number - x.Max())));

    internal override double[] Derivatives(double[] x) => Array.ConvertAll(x, number => Math.Exp(number - Value(x)));
}
