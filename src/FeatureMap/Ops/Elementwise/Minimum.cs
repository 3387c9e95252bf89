using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The smaller of two numbers, everywhere; shapes may stretch. NaN wins over any number. The gradient goes to the smaller one, and to the first where they are equal.
/// </summary>
public sealed class Minimum : BroadcastOp, IPlainRoom<Minimum>
{
    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Min", graph.Broadcast());

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new("Min", node => OnnxBroadcast.Read(node, new Minimum(), (number, _) => new Clip(maximum: number))),
        new("And", node => OnnxBroadcast.Read(node, new Minimum())), // of truth values, which are 1 and 0
    ];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfTwo(new Minimum());

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfTwo(ref random, new Minimum());

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new BroadcastKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => Math.Min(x[0], x[1]);

    internal override double Derivative(double[] x, int input) => (x[0] <= x[1]) == (input == 0) ? 1 : 0;

    private readonly struct Function : IBroadcastFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes>
        {
            var smaller = TLanes.Select(TLanes.GreaterThan(a, b), b, a);
            return TLanes.Select(TLanes.EqualTo(b, b), smaller, b);
        }

        public TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            input == 0 ? TLanes.Select(TLanes.GreaterThan(a, b), TLanes.Zero, dy) : TLanes.And(TLanes.GreaterThan(a, b), dy);
    }
}
