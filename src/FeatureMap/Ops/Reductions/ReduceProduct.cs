using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The product along the chosen axes. The gradient of each number is the product of all others, which is right also where some are 0. Many factors soon leave the
/// range of floats: a sum of logarithms stays in it.
/// </summary>
public sealed class ReduceProduct : Reduction, IOpRoom
{
    /// <summary>The reduction along the given axes.</summary>
    /// <exception cref="UsageException">No axis is given.</exception>
    public ReduceProduct(Axes axes) : base(axes) { }

    private protected override string OnnxName => "ReduceProd";

    static Op IOpRoom.FromSettings(OpSettings settings) => new ReduceProduct(AxesOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [Operator("ReduceProd", axes => new ReduceProduct(axes))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => CasesOf(axes => new ReduceProduct(axes), CaseValues.Reals, InputValues.Between(-1.5, 1.5));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(ref random, axes => new ReduceProduct(axes), CaseValues.Reals, InputValues.Between(-1.5, 1.5));

    internal override GradientReads GradientReads => GradientReads.Input;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new ProductKernel<TLanes>(site);

    internal override double Value(double[] x) => x.Aggregate(1.0, (product, number) => product * number);

    internal override double[] Derivatives(double[] x) => [.. x.Select((_, i) => x.Where((_, k) => k != i).Aggregate(1.0, (product, number) => product * number))];
}
