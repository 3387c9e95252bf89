using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Leaky rectified linear unit: x above 0, slope times x below. A unit whose inputs are always negative still gets a gradient.
/// Source: Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", ICML 2013.
/// </summary>
public sealed class LeakyRelu : Activation, IOpRoom
{
    /// <summary>An activation with the given slope below 0.</summary>
    /// <exception cref="UsageException">The slope is negative, above 1 or not a number.</exception>
    public LeakyRelu(float slope = 0.01f) : this(slope, isAny: false) { }

    // Files of other tools may have any slope: as usual it lies between 0 and 1, and elsewhere mostly is a slip of whoever writes a
    // network.
    private LeakyRelu(float slope, bool isAny)
    {
        if (!(slope is >= 0 and <= 1) && !(isAny && float.IsFinite(slope)))
            throw new UsageException($"The slope of a leaky ReLU must be between 0 (ReLU) and 1 (identity): received {slope}. Common values are 0.01 and 0.1.");
        Slope = slope;
    }

    /// <summary>The factor for negative numbers; beyond 0 to 1 only in networks that other tools wrote.</summary>
    public float Slope { get; }

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("LeakyRelu", [graph.Input()], new OnnxAttribute("alpha", Slope));

    static Op IOpRoom.FromSettings(OpSettings settings) => new LeakyRelu(settings.Real("slope", (LeakyRelu op) => op.Slope), isAny: true);

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("LeakyRelu", node => node.Unary(new LeakyRelu(node.Real("alpha", 0.01f), isAny: true)), "alpha")];

    // Halves and quarters of small integers are exact, so the comparison with the reference is too.
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("quarter", new LeakyRelu(0.25f), [new Shape(3, 5, 4)], 19),
        new("zero slope is ReLU", new LeakyRelu(0), [Shape.Vector(7)], 16),
        new("slope one is identity", new LeakyRelu(1), [Shape.Vector(7)], 3),
        new("below 0 it folds", new LeakyRelu(-0.5f, isAny: true), [new Shape(3, 5, 4)], 19),
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new LeakyRelu(0.5f), 0, 0, 0.5),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new LeakyRelu((random.NextInt(13) - 4) / 4f, isAny: true), CaseValues.Integers, ref random);

    internal override bool IsCheap => true;

    internal override double Value(double x) => x > 0 ? x : Slope * x;

    internal override double Derivative(double x) => x > 0 ? 1 : Slope;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) =>
        Slope >= 0 ? visitor.Visit(new Function(Slope)) : visitor.Visit(new FoldingFunction(Slope));

    private readonly struct Function(float slope) : IUnaryFunction
    {
        // A slope of 0 or more keeps the sign, so the output tells what the input was.
        public static GradientReads Reads => GradientReads.Output;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Select(TLanes.GreaterThan(x, TLanes.Zero), x, x * TLanes.Broadcast(slope));

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Select(TLanes.GreaterThan(seen, TLanes.Zero), dy, dy * TLanes.Broadcast(slope));
    }

    private readonly struct FoldingFunction(float slope) : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => new Function(slope).Value(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy)
            where TLanes : unmanaged, ILanes<TLanes> => new Function(slope).Gradient(seen, dy);
    }
}
