using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// a / b, number by number; shapes may stretch. As IEEE 754 says: 1 / 0 is infinite, 0 / 0 is NaN. Gradients: 1 / b by a, -a / b^2 by b, both without bound near
/// b = 0, so keep divisors away from it: <c>a / (b + 1e-6)</c>.
/// </summary>
public sealed class Divide : BroadcastOp, IPlainRoom<Divide>
{
    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Div", graph.Broadcast());

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new("Div", node => OnnxBroadcast.Read(node, new Divide(), (number, isFirst) => isFirst ? number == 1 ? new RaiseTo(-1) : null : float.IsFinite(1 / number) ? new ScaleShift(1 / number) : null)),
    ];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfTwo(new Divide(), CaseValues.Reals, InputValues.Any, InputValues.Between(0.5, 2));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfTwo(ref random, new Divide(), CaseValues.Reals, InputValues.Any, InputValues.Between(0.5, 2));

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new BroadcastKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => x[0] / x[1];

    internal override double Derivative(double[] x, int input) => input == 0 ? 1 / x[1] : -x[0] / (x[1] * x[1]);

    private readonly struct Function : IBroadcastFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes> => a / b;

        public TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => input == 0 ? dy / b : TLanes.Zero - (dy * (a / b / b));
    }
}
