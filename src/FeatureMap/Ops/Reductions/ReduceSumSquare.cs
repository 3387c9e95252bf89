using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The sum of the squares along the chosen axes: the squared Euclidean length. The gradient of x is 2 x.
/// </summary>
public sealed class ReduceSumSquare : Reduction, IOpRoom
{
    /// <summary>The reduction along the given axes.</summary>
    /// <exception cref="UsageException">No axis is given.</exception>
    public ReduceSumSquare(Axes axes) : base(axes) { }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ReduceSumSquare(AxesOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [Operator("ReduceSumSquare", axes => new ReduceSumSquare(axes))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => CasesOf(axes => new ReduceSumSquare(axes));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(ref random, axes => new ReduceSumSquare(axes));

    internal override GradientReads GradientReads => GradientReads.Input;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new TermSumKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => x.Sum(number => number * number);

    internal override double[] Derivatives(double[] x) => Array.ConvertAll(x, number => 2 * number);

    private readonly struct Function : ITermSum
    {
        public static TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x * x;

        public TLanes Finish<TLanes>(TLanes sum) where TLanes : unmanaged, ILanes<TLanes> => sum;

        public TLanes Gradient<TLanes>(TLanes x, TLanes y, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy * (x + x);
    }
}
