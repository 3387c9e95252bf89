using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Keeps numbers between two bounds, of which one may be missing: min where x is below, max where it is above. NaN stays NaN. The gradient passes where x is
/// within the bounds, themselves included, and nowhere else: a number that is cut off learns nothing.
/// </summary>
public sealed class Clip : UnaryOp, IOpRoom
{
    /// <summary>Bounds below and above; null for none.</summary>
    /// <exception cref="UsageException">Both are missing, one is not finite, or the lower one is above the upper one.</exception>
    public Clip(float? minimum = null, float? maximum = null)
    {
        if (minimum is null && maximum is null)
            throw new UsageException("Clip needs a minimum, a maximum or both: received neither.");
        if (minimum is { } low && !float.IsFinite(low))
            throw new UsageException($"The minimum of Clip must be a finite number: received {low}. Leave it out for no bound.");
        if (maximum is { } high && !float.IsFinite(high))
            throw new UsageException($"The maximum of Clip must be a finite number: received {high}. Leave it out for no bound.");
        if (minimum > maximum)
            throw new UsageException($"Clip needs a minimum that is not above its maximum: received {minimum} and {maximum}.");
        (Minimum, Maximum) = (minimum, maximum);
    }

    /// <summary>The least number that comes out; null for no bound.</summary>
    public float? Minimum { get; }

    /// <summary>The largest number that comes out; null for no bound.</summary>
    public float? Maximum { get; }

    /// <inheritdoc/>
    public override string Settings => (Minimum, Maximum) switch
    {
        (null, { } most) => $"at most {most}",
        ({ } least, null) => $"at least {least}",
        var (least, most) => $"{least} to {most}",
    };

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Clip", [graph.Input(), Bound(graph, "minimum", Minimum), Bound(graph, "maximum", Maximum)]);

    static Op IOpRoom.FromSettings(OpSettings settings) => new Clip(settings.Bound("minimum", (Clip op) => op.Minimum),
        settings.Bound("maximum", (Clip op) => op.Maximum));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Clip", ReadOnnx, "max", "min")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        .. ElementwiseCases.OfOne(new Clip(-2, 3)),
        new("at least", new Clip(minimum: 1), [new Shape(2, 3, 3)], 5),
        new("at most", new Clip(maximum: -1), [new Shape(2, 3, 3)], 17),
        new("between bounds that are no integers", new Clip(-0.75f, 0.5f), [Shape.Vector(9)], 3, CaseValues.Reals),
    ];

    // Central differences have no derivative at a bound, so real cases have bounds that random numbers do not meet.
    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var minimum = random.NextInt(7) - 4;
        return ElementwiseCases.RandomOfOne(ref random, random.NextInt(3) switch { 0 => new Clip(minimum), 1 => new Clip(null, minimum), _ => new Clip(minimum, minimum + random.NextInt(5)) });
    }

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) =>
        visitor.Visit(new Function(Minimum ?? float.NegativeInfinity, Maximum ?? float.PositiveInfinity));

    internal override double Value(double x) => x < Minimum ? Minimum.Value : x > Maximum ? Maximum.Value : x;

    internal override double Derivative(double x) => x < Minimum || x > Maximum ? 0 : 1;

    // An input that is left out has no name.
    private static OnnxValue Bound(OnnxExport graph, string name, float? bound) => bound is { } number ? graph.Constant(name, [], [number]) : new OnnxValue("", 0);

    // Bounds are attributes up to operator set 10 and inputs since 11.
    private static void ReadOnnx(OnnxImport node)
    {
        var minimum = node.Opset < 11 ? node.RealOrInfinite("min", float.MinValue) : node.Real(1, "minimum", float.MinValue);
        var maximum = node.Opset < 11 ? node.RealOrInfinite("max", float.MaxValue) : node.Real(2, "maximum", float.MaxValue);
        if (float.IsNaN(minimum) || float.IsNaN(maximum) || minimum == float.PositiveInfinity || maximum == float.NegativeInfinity)
            throw node.Wrong($"it keeps numbers between {minimum} and {maximum}, which leaves none");
        float? low = minimum > float.MinValue ? minimum : null, high = maximum < float.MaxValue ? maximum : null;
        if (low is null && high is null) node.Result(node.Feature());
        else node.Unary(low > high ? new ScaleShift(0, maximum) : new Clip(low, high)); // ONNX lets the maximum win
    }

    private readonly struct Function(float minimum, float maximum) : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => Within(x, TLanes.Broadcast(minimum), x, TLanes.Broadcast(maximum));

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => Within(seen, TLanes.Zero, dy, TLanes.Zero);

        private TLanes Within<TLanes>(TLanes x, TLanes below, TLanes inside, TLanes above) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Select(TLanes.GreaterThan(TLanes.Broadcast(minimum), x), below, TLanes.Select(TLanes.GreaterThan(x, TLanes.Broadcast(maximum)), above, inside));
    }
}
