using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Gaussian error linear unit: x times the probability that a standard normal number is below x, x Phi(x) = x (1 + erf(x / sqrt 2)) / 2. A smooth ReLU that dips
/// to -0.17 before 0; usual in transformers and ConvNeXt. The approximate form replaces Phi by a sigmoid of a cubic, and differs by less than 0.0005.
/// Source: Hendrycks and Gimpel, arXiv 1606.08415.
/// </summary>
public sealed partial class Gelu : Activation, IOpRoom
{
    // Phi(x) is about (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 = sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)).
    private const double Linear = 1.5957691216057308, Cubic = Linear * 0.044715;

    // Below this both forms have a slope under 1e-17, and gradients of that size, multiplied by each other from layer to layer, leave the normal numbers: the processor then takes
    // hundreds of cycles for one product. The kernels make it 0, as it is for a dead ReLU.
    private const float Dead = -9;

    /// <summary>The exact form, or the approximation by tanh that older networks (BERT, GPT-2) were trained with.</summary>
    public Gelu(bool approximate = false) => IsApproximate = approximate;

    /// <summary>Whether Phi is replaced by its approximation with tanh.</summary>
    public bool IsApproximate { get; }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new Gelu(settings.Flag("approximate", (Gelu op) => op.IsApproximate, approximate => approximate ? "tanh form" : ""));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("exact", new Gelu(), [new Shape(3, 5, 4)], 19, CaseValues.Reals) { InputValues = FarReals },
        new("tanh form", new Gelu(approximate: true), [Shape.Vector(7)], 16, CaseValues.Reals) { InputValues = FarReals },
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Gelu(), 1, 0.8413447461, 1.0833154706),
        new(new Gelu(), -1, -0.1586552539, -0.0833154706),
        new(new Gelu(true), 1, 0.8411919906, 1.0829640838),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Gelu(random.NextInt(2) == 1), CaseValues.Reals, ref random);

    internal override double Value(double x) => x * Gate(x);

    internal override double Derivative(double x) => Gate(x) + (x * GateSlope(x));

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) =>
        IsApproximate ? visitor.Visit(default(TanhForm)) : visitor.Visit(default(ExactForm));

    private double Gate(double x) => IsApproximate ? ReferenceMath.Sigmoid((Linear * x) + (Cubic * x * x * x)) : 0.5 * (1 + ReferenceMath.Erf(x / Math.Sqrt(2)));

    private double GateSlope(double x) => IsApproximate
        ? Gate(x) * (1 - Gate(x)) * (Linear + (3 * Cubic * x * x))
        : Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    private static TLanes Living<TLanes>(TLanes x, TLanes gradient) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.GreaterThan(TLanes.Broadcast(Dead), x), TLanes.Zero, gradient);

    private readonly struct ExactForm : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x * Phi(x);

        // Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)
        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>
        {
            var density = TLanes.Broadcast(0.39894228f) * LaneMath.ExpOrZero(seen * seen * TLanes.Broadcast(-0.5f));
            return Living(seen, dy * TLanes.MultiplyAdd(seen, density, Phi(seen)));
        }

        private static TLanes Phi<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
        {
            var half = TLanes.Broadcast(0.5f);
            return TLanes.MultiplyAdd(half, LaneMath.Erf(x * TLanes.Broadcast(0.70710678f)), half);
        }
    }

    private readonly struct TanhForm : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x * Gate(x);

        // g + x g (1 - g) times the slope of the cubic. At +-12 the gate has long closed or opened, and farther out the squares would overflow.
        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>
        {
            var x = LaneMath.Clamp(seen, -12, 12);
            var gate = Gate(x);
            var slope = TLanes.MultiplyAdd(x * x, TLanes.Broadcast((float)(3 * Cubic)), TLanes.Broadcast((float)Linear));
            return Living(seen, dy * TLanes.MultiplyAdd(x * gate * (TLanes.Broadcast(1f) - gate), slope, gate));
        }

        private static TLanes Gate<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
            LaneMath.Sigmoid(x * TLanes.MultiplyAdd(x * x, TLanes.Broadcast((float)Cubic), TLanes.Broadcast((float)Linear)));
    }
}
