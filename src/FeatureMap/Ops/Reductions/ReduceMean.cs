using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The mean along the chosen axes. Each number gets 1 / count of the gradient. Along rows and columns it is <see cref="GlobalAveragePool"/>.
/// </summary>
public sealed class ReduceMean : Reduction, IOpRoom
{
    /// <summary>The reduction along the given axes.</summary>
    /// <exception cref="UsageException">No axis is given.</exception>
    public ReduceMean(Axes axes) : base(axes) { }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ReduceMean(AxesOf(settings));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [Operator("ReduceMean", axes => new ReduceMean(axes))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => CasesOf(axes => new ReduceMean(axes), CaseValues.Reals);

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => RandomCaseOf(ref random, axes => new ReduceMean(axes), CaseValues.Reals);

    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new TermSumKernel<TLanes, Function>(new Function(1f / CountOf(site.Input.Shape)), site);

    internal override double Value(double[] x) => x.Average();

    internal override double[] Derivatives(double[] x) => Array.ConvertAll(x, _ => 1.0 / x.Length);

    private readonly struct Function(float share) : ITermSum
    {
        public static TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x;

        public TLanes Finish<TLanes>(TLanes sum) where TLanes : unmanaged, ILanes<TLanes> => sum * TLanes.Broadcast(share);

        public TLanes Gradient<TLanes>(TLanes x, TLanes y, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy * TLanes.Broadcast(share);
    }
}
