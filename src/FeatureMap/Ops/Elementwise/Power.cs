using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// a to the power of b, number by number, both computed; shapes may stretch. For a fixed exponent <see cref="RaiseTo"/> is faster and more exact. NaN where a is
/// negative and b no integer; 1 where b is 0. Gradients: b a^(b - 1) by a, a^b log a by b, which is taken as 0 at a = 0.
/// </summary>
public sealed class Power : BroadcastOp, IPlainRoom<Power>
{
    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Pow", graph.Broadcast());

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Pow", node => OnnxBroadcast.Read(node, new Power(), (number, isFirst) => isFirst ? null : new RaiseTo(number)))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfTwo(new Power(), CaseValues.Reals, InputValues.Between(0.25, 3), InputValues.Between(-2, 2));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfTwo(ref random, new Power(), CaseValues.Reals, InputValues.Between(0.25, 3), InputValues.Between(-2, 2));

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new BroadcastKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => Math.Pow(x[0], x[1]);

    internal override double Derivative(double[] x, int input) => input == 0 ? x[1] * Math.Pow(x[0], x[1] - 1) : Math.Pow(x[0], x[1]) * Math.Log(x[0]);

    private readonly struct Function : IBroadcastFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Power(a, b);

        public TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>
        {
            if (input == 0) // b a^(b - 1), without 0 times infinity where b is 0
                return TLanes.Select(TLanes.EqualTo(b, TLanes.Zero), TLanes.Zero, dy * (b * LaneMath.Power(a, b - TLanes.Broadcast(1))));
            return TLanes.Select(TLanes.EqualTo(a, TLanes.Zero), TLanes.Zero, dy * (LaneMath.Power(a, b) * LaneMath.LogEverywhere(a)));
        }
    }
}
