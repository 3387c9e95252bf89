using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// a b, number by number; shapes may stretch: a vector of C scales the channels of a map, which is what a gate does. Each gradient is that of the output times
/// the other input.
/// </summary>
public sealed class Multiply : BroadcastOp, IPlainRoom<Multiply>
{
    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Mul", graph.Broadcast());

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new("Mul", node => OnnxBroadcast.Read(node, new Multiply(), (number, _) => new ScaleShift(number))),
        new("Expand", OnnxStretch.ReadExpand),
        new("Tile", OnnxStretch.ReadTile),
    ];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfTwo(new Multiply());

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfTwo(ref random, new Multiply());

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new BroadcastKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => x[0] * x[1];

    internal override double Derivative(double[] x, int input) => x[1 - input];

    private readonly struct Function : IBroadcastFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes> => a * b;

        public TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy * (input == 0 ? b : a);
    }
}
