using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// A choice number by number: a where the mask is not 0, else b; the three shapes may stretch. Unlike mask a + (1 - mask) b it keeps infinities and NaN of the
/// side that is not chosen out of the result. The gradient goes to the chosen side, and none to the mask.
/// </summary>
public sealed class Where : BroadcastOp, IPlainRoom<Where>
{
    /// <inheritdoc/>
    public override int InputCount => 3;

    // ONNX chooses by true and false: "the mask is 0" chooses what stands second here.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var inputs = graph.Broadcast();
        graph.Result(graph.Node("Where", [graph.Node("Equal", [inputs[0], graph.Constant("zero", [], [0])]), inputs[2], inputs[1]]) with { Rank = inputs[0].Rank });
    }

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Where", node => OnnxBroadcast.Read(node, new Where()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("planes", new Where(), [new Shape(3, 5, 4), new Shape(3, 5, 4), new Shape(3, 5, 4)], 19) { InputValues = [Mask] },
        new("vectors", new Where(), [Shape.Vector(7), Shape.Vector(7), Shape.Vector(7)], 16) { InputValues = [Mask] },
        new("a mask per pixel, one number else", new Where(), [new Shape(1, 5, 4), new Shape(3, 5, 4), Shape.Vector(1)], 18) { InputValues = [Mask] },
        new("all stretch", new Where(), [new Shape(1, 5, 1), new Shape(3, 1, 4), Shape.Vector(3)], 5) { InputValues = [Mask] },
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        new("random", new Where(), ElementwiseCases.RandomShapes(ref random, 3), 1 + random.NextInt(40)) { InputValues = [Mask] };

    private static InputValues Mask => InputValues.ClassIndex(2);

    internal override bool HasGradient(int input) => input > 0;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new BroadcastKernel<TLanes, Function>(default, site);

    internal override double Value(double[] x) => x[0] != 0 ? x[1] : x[2];

    internal override double Derivative(double[] x, int input) => (x[0] != 0) == (input == 1) ? 1 : 0;

    private readonly struct Function : IBroadcastFunction
    {
        public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Select(TLanes.EqualTo(a, TLanes.Zero), c, b);

        public TLanes Gradient<TLanes>(int input, TLanes a, TLanes b, TLanes c, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            input == 1 ? TLanes.Select(TLanes.EqualTo(a, TLanes.Zero), TLanes.Zero, dy) : TLanes.And(TLanes.EqualTo(a, TLanes.Zero), dy);
    }
}
