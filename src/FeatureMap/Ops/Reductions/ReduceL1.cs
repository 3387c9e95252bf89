using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The sum of the absolute values along the chosen axes, called L1 norm. The gradient of each number is its sign, and 0 at 0.
/// </summary>
public sealed class ReduceL1 : Reduction, IOpRoom
{
    /// <summary>The reduction along the given axes.</summary>
    /// <exception cref="UsageException">No axis is given.</exception>
    public ReduceL1(Axes axes) : base(axes) { }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ReduceL1(AxesOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [Operator("ReduceL1", axes => new ReduceL1(axes))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => CasesOf(axes => new ReduceL1(axes));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(ref random, axes => new ReduceL1(axes));

    internal override GradientReads GradientReads => GradientReads.Input;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new TermSumKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => x.Sum(Math.Abs);

    internal override double[] Derivatives(double[] x) => Array.ConvertAll(x, number => (double)Math.Sign(number));

    private readonly struct Function : ITermSum
    {
        public static TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Abs(x);

        public TLanes Finish<TLanes>(TLanes sum) where TLanes : unmanaged, ILanes<TLanes> => sum;

        public TLanes Gradient<TLanes>(TLanes x, TLanes y, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Select(TLanes.GreaterThan(x, TLanes.Zero), dy, TLanes.Select(TLanes.GreaterThan(TLanes.Zero, x), TLanes.Zero - dy, TLanes.Zero));
    }
}
