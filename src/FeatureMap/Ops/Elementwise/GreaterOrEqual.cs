using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// 1 where a is greater than b or equal, else 0 (also where one of them is NaN); shapes may stretch. A step has no slope, so no gradient goes back. Less or equal is
/// the same with the inputs exchanged.
/// </summary>
public sealed class GreaterOrEqual : BroadcastOp, IPlainRoom<GreaterOrEqual>
{
    // ONNX answers with true and false.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Cast", [graph.Node("GreaterOrEqual", graph.Broadcast())], new OnnxAttribute("to", 1));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new("GreaterOrEqual", node => OnnxBroadcast.Read(node, new GreaterOrEqual())), new("LessOrEqual", node => OnnxBroadcast.ReadExchanged(node, new GreaterOrEqual())),
    ];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfTwo(new GreaterOrEqual());

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfTwo(ref random, new GreaterOrEqual());

    internal override GradientReads GradientReads => GradientReads.None;

    internal override bool HasGradient(int input) => false;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new BroadcastKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => x[0] >= x[1] ? 1 : 0;

    internal override double Derivative(double[] x, int input) => 0;

    private readonly struct Function : IBroadcastFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Select(TLanes.GreaterThan(a, b), TLanes.Broadcast(1), TLanes.And(TLanes.EqualTo(a, b), TLanes.Broadcast(1)));

        public TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Zero;
    }
}
