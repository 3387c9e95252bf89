using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// a - b, number by number; shapes may stretch. The gradient goes to a as it is and to b with the other sign.
/// </summary>
public sealed class Subtract : BroadcastOp, IPlainRoom<Subtract>
{
    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Sub", graph.Broadcast());

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new("Sub", node => OnnxBroadcast.Read(node, new Subtract(), (number, isFirst) => isFirst ? new ScaleShift(-1, number) : new ScaleShift(1, -number))),
    ];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfTwo(new Subtract());

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfTwo(ref random, new Subtract());

    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new BroadcastKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => x[0] - x[1];

    internal override double Derivative(double[] x, int input) => input == 0 ? 1 : -1;

    private readonly struct Function : IBroadcastFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes> => a - b;

        public TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => input == 0 ? dy : TLanes.Zero - dy;
    }
}
