using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// 1 where a and b are equal, else 0 (NaN equals nothing); shapes may stretch. No gradient goes back. Meant for whole numbers, such as the number of a class:
/// computed numbers are seldom equal to the bit.
/// </summary>
public sealed class Equal : BroadcastOp, IPlainRoom<Equal>
{
    // ONNX answers with true and false.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Cast", [graph.Node("Equal", graph.Broadcast())], new OnnxAttribute("to", 1));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Equal", node => OnnxBroadcast.Read(node, new Equal()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfTwo(new Equal());

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfTwo(ref random, new Equal());

    internal override GradientReads GradientReads => GradientReads.None;

    internal override bool HasGradient(int input) => false;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new BroadcastKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => x[0] == x[1] ? 1 : 0;

    internal override double Derivative(double[] x, int input) => 0;

    private readonly struct Function : IBroadcastFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes> => TLanes.And(TLanes.EqualTo(a, b), TLanes.Broadcast(1));

        public TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Zero;
    }
}
