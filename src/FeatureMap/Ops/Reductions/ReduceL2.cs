using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The Euclidean length along the chosen axes: the root of the sum of the squares, called L2 norm. The gradient is x / length, a vector of length 1 however short x
/// is; at length 0, where there is none, it is taken as 0.
/// </summary>
public sealed class ReduceL2 : Reduction, IOpRoom
{
    /// <summary>The reduction along the given axes.</summary>
    /// <exception cref="UsageException">No axis is given.</exception>
    public ReduceL2(Axes axes) : base(axes) { }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ReduceL2(AxesOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [Operator("ReduceL2", axes => new ReduceL2(axes))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => CasesOf(axes => new ReduceL2(axes), CaseValues.Reals);

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(ref random, axes => new ReduceL2(axes), CaseValues.Reals);

    internal override GradientReads GradientReads => GradientReads.Input | GradientReads.Output;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new TermSumKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => Math.Sqrt(x.Sum(number => number * number));

    internal override double[] Derivatives(double[] x) => Array.ConvertAll(x, number => Value(x) == 0 ? 0 : number / Value(x));

    private readonly struct Function : ITermSum
    {
        public static TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x * x;

        public TLanes Finish<TLanes>(TLanes sum) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Sqrt(sum);

        public TLanes Gradient<TLanes>(TLanes x, TLanes y, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Select(TLanes.EqualTo(y, TLanes.Zero), TLanes.Zero, dy * x / y);
    }
}
