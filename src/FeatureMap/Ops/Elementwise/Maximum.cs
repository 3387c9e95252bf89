using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The larger of two numbers, everywhere; shapes may stretch. NaN wins over any number. The gradient goes to the larger one, and to the first where they are equal.
/// </summary>
public sealed class Maximum : BroadcastOp, IPlainRoom<Maximum>
{
    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Max", graph.Broadcast());

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new("Max", node => OnnxBroadcast.Read(node, new Maximum(), (number, _) => new Clip(minimum: number))),
        new("Or", node => OnnxBroadcast.Read(node, new Maximum())), // of truth values, which are 1 and 0
    ];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfTwo(new Maximum());

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfTwo(ref random, new Maximum());

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new BroadcastKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => Math.Max(x[0], x[1]);

    internal override double Derivative(double[] x, int input) => (x[0] >= x[1]) == (input == 0) ? 1 : 0;

    private readonly struct Function : IBroadcastFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes>
        {
            var larger = TLanes.Select(TLanes.GreaterThan(b, a), b, a);
            return TLanes.Select(TLanes.EqualTo(b, b), larger, b);
        }

        public TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            input == 0 ? TLanes.Select(TLanes.GreaterThan(b, a), TLanes.Zero, dy) : TLanes.And(TLanes.GreaterThan(b, a), dy);
    }
}
