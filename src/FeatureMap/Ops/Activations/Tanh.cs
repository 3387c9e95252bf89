using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Hyperbolic tangent: from -1 to 1, slope 1 at 0. A sigmoid that is centred, 2 sigmoid(2x) - 1; its derivative 1 - y^2 vanishes for large inputs all the same.
/// Source: LeCun, Bottou, Orr and Muller, "Efficient backprop", 1998.
/// </summary>
public sealed class Tanh : Activation, IOpRoom
{
    /// <inheritdoc/>
    public override string Name => "Tanh";

    /// <inheritdoc/>
    public override string Settings => "";

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Tanh", [graph.Input()]);

    internal override IReadOnlyList<OpSetting> SettingValues => [];

    static Op IOpRoom.FromSettings(SettingReader settings) => new Tanh();

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Tanh", node => node.Unary(new Tanh()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("plane", new Tanh(), [new Shape(3, 5, 4)], 19, CaseValues.Reals) { InputValues = FarReals },
        new("vector", new Tanh(), [Shape.Vector(7)], 16, CaseValues.Reals) { InputValues = FarReals },
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Tanh(), CaseValues.Reals, ref random);

    internal override GradientReads GradientReads => GradientReads.Output;

    internal override double Value(double x) => Math.Tanh(x);

    internal override double Derivative(double x) => 1 - (Math.Tanh(x) * Math.Tanh(x));

    internal override Kernel Accept(IActivationVisitor visitor) => visitor.Visit(default(Function));

    private readonly struct Function : IActivationFunction
    {
        public static bool GradientFromOutput => true;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Tanh(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes outputGradient) where TLanes : unmanaged, ILanes<TLanes> =>
            outputGradient * TLanes.MultiplySubtractFrom(seen, seen, TLanes.Broadcast(1f));
    }
}
