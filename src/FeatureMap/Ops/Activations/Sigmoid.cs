using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Logistic sigmoid: 1 / (1 + exp(-x)), between 0 and 1. Its derivative s (1 - s) is at most 1/4, so gradients shrink at least fourfold per layer: use it where a
/// number between 0 and 1 is wanted (a gate, a probability), not between convolutions. Source: Rumelhart, Hinton and Williams, Nature 323, 1986.
/// </summary>
public sealed class Sigmoid : Activation, IOpRoom
{
    /// <inheritdoc/>
    public override string Name => "Sigmoid";

    /// <inheritdoc/>
    public override string Settings => "";

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Sigmoid", [graph.Input()]);

    internal override IReadOnlyList<OpSetting> SettingValues => [];

    static Op IOpRoom.FromSettings(SettingReader settings) => new Sigmoid();

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Sigmoid", node => node.Unary(new Sigmoid()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("plane", new Sigmoid(), [new Shape(3, 5, 4)], 19, CaseValues.Reals) { InputValues = FarReals },
        new("vector", new Sigmoid(), [Shape.Vector(7)], 16, CaseValues.Reals) { InputValues = FarReals },
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Sigmoid(), CaseValues.Reals, ref random);

    internal override GradientReads GradientReads => GradientReads.Output;

    internal override double Value(double x) => ReferenceMath.Sigmoid(x);

    internal override double Derivative(double x) => Value(x) * (1 - Value(x));

    internal override Kernel Accept(IActivationVisitor visitor) => visitor.Visit(default(Function));

    private readonly struct Function : IActivationFunction
    {
        public static bool GradientFromOutput => true;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Sigmoid(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes outputGradient) where TLanes : unmanaged, ILanes<TLanes> =>
            outputGradient * (seen * (TLanes.Broadcast(1f) - seen));
    }
}
