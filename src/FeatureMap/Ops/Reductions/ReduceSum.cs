using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The sum along the chosen axes. Each number gets the gradient of its sum unchanged: the way back of a sum is to stretch, and the way back of stretching is a sum.
/// </summary>
public sealed class ReduceSum : Reduction, IOpRoom
{
    /// <summary>The reduction along the given axes.</summary>
    /// <exception cref="UsageException">No axis is given.</exception>
    public ReduceSum(Axes axes) : base(axes) { }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ReduceSum(AxesOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        Operator("ReduceSum", axes => new ReduceSum(axes)),
        new("ReduceLogSum", ReadLogSum, "axes", "keepdims", "noop_with_empty_axes"),
    ];

    static IReadOnlyList<OpCase> IOpRoom.Cases => CasesOf(axes => new ReduceSum(axes));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(ref random, axes => new ReduceSum(axes));

    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new TermSumKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => x.Sum();

    internal override double[] Derivatives(double[] x) => Array.ConvertAll(x, _ => 1.0);

    private static void ReadLogSum(OnnxImport node)
    {
        var sum = ReadOnnx(node, axes => new ReduceSum(axes));
        node.Result(node.Layer(new Log(), [sum], sum.Dimensions));
    }

    private readonly struct Function : ITermSum
    {
        public static TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x;

        public TLanes Finish<TLanes>(TLanes sum) where TLanes : unmanaged, ILanes<TLanes> => sum;

        public TLanes Gradient<TLanes>(TLanes x, TLanes y, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy;
    }
}
