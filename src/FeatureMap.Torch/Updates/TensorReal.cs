using static TorchSharp.torch;

namespace FeatureMap.Torch;

/// <summary>
/// Many real numbers in a tensor, or a constant for all of them: so the formula of an optimiser, written once for a single weight, runs on
/// a device over as many weights as a row has. An operation is a kernel there; what is multiplied with a constant and added is one.
/// </summary>
internal readonly struct TensorReal : IReal<TensorReal>
{
    private readonly float constant;

    public TensorReal(Tensor numbers) => Numbers = numbers;

    private TensorReal(float constant) => this.constant = constant;

    /// <summary>The numbers; null for a constant.</summary>
    public Tensor? Numbers { get; }

    public static TensorReal Of(float value) => new(value);

    public static TensorReal operator +(TensorReal left, TensorReal right) => (left.Numbers, right.Numbers) switch
    {
        (null, null) => new(left.constant + right.constant),
        ({ } a, null) => right.constant == 0 ? left : new(a.add(right.constant)),
        (null, { } b) => left.constant == 0 ? right : new(b.add(left.constant)),
        ({ } a, { } b) => new(a.add(b)),
    };

    public static TensorReal operator -(TensorReal left, TensorReal right) => (left.Numbers, right.Numbers) switch
    {
        (null, null) => new(left.constant - right.constant),
        ({ } a, null) => right.constant == 0 ? left : new(a.sub(right.constant)),
        (null, { } b) => new(b.neg().add_(left.constant)),
        ({ } a, { } b) => new(a.sub(b)),
    };

    public static TensorReal operator *(TensorReal left, TensorReal right) => (left.Numbers, right.Numbers) switch
    {
        (null, null) => new(left.constant * right.constant),
        ({ } a, null) => right.constant == 1 ? left : new(a.mul(right.constant)),
        (null, { } b) => left.constant == 1 ? right : new(b.mul(left.constant)),
        ({ } a, { } b) => new(a.mul(b)),
    };

    public static TensorReal operator /(TensorReal left, TensorReal right) => (left.Numbers, right.Numbers) switch
    {
        (null, null) => new(left.constant / right.constant),
        ({ } a, null) => new(a.div(right.constant)),
        (null, { } b) => new(b.reciprocal().mul_(left.constant)),
        ({ } a, { } b) => new(a.div(b)),
    };

    public static TensorReal MultiplyAdd(TensorReal a, TensorReal b, TensorReal c) => (a.Numbers, b.Numbers, c.Numbers) switch
    {
        (null, null, null) => new(MathF.FusedMultiplyAdd(a.constant, b.constant, c.constant)),
        ({ } x, null, { } z) => b.constant == 0 ? c : new(z.add(x, alpha: b.constant)),
        (null, { } y, { } z) => a.constant == 0 ? c : new(z.add(y, alpha: a.constant)),
        ({ } x, { } y, { } z) => new(z.addcmul(x, y, 1)),
        _ => (a * b) + c,
    };

    public static TensorReal MultiplySubtractFrom(TensorReal a, TensorReal b, TensorReal c) => (a.Numbers, b.Numbers, c.Numbers) switch
    {
        (null, null, null) => new(MathF.FusedMultiplyAdd(-a.constant, b.constant, c.constant)),
        ({ } x, null, { } z) => new(z.add(x, alpha: -b.constant)),
        (null, { } y, { } z) => new(z.add(y, alpha: -a.constant)),
        ({ } x, { } y, { } z) => new(z.addcmul(x, y, -1)),
        _ => c - (a * b),
    };

    public static TensorReal Sqrt(TensorReal value) => value.Numbers is { } numbers ? new(numbers.sqrt()) : new(MathF.Sqrt(value.constant));

    public static TensorReal IfGreater(TensorReal left, TensorReal right, TensorReal then, TensorReal otherwise)
    {
        if (left.Numbers is null && right.Numbers is null) return left.constant > right.constant ? then : otherwise;
        var isGreater = (left.Numbers, right.Numbers) switch
        {
            ({ } a, { } b) => a.gt(b),
            ({ } a, null) => a.gt(right.constant),
            _ => right.Numbers!.lt(left.constant),
        };
        return new(where(isGreater, then.Like(isGreater), otherwise.Like(isGreater)));
    }

    /// <summary>As a tensor of the sizes of another.</summary>
    public Tensor Like(Tensor other) => Numbers ?? full_like(other, constant, dtype: ScalarType.Float32);
}
