namespace FeatureMap.Networks;

// Arithmetic as it is written on paper: 1 - p, target * p.Log(), -loss. Numbers cost no tensor.
public sealed partial class Feature
{
    /// <summary>The sum; see <see cref="Add(ReadOnlySpan{Feature})"/>.</summary>
    public static Feature operator +(Feature left, Feature right) => Given(left).Add(Given(right));

    /// <summary>Each number plus a fixed one.</summary>
    public static Feature operator +(Feature left, double right) => Given(left).Add(right);

    /// <summary>Each number plus a fixed one.</summary>
    public static Feature operator +(double left, Feature right) => Given(right).Add(left);

    /// <summary>The difference; see <see cref="Subtract(Feature, string?)"/>.</summary>
    public static Feature operator -(Feature left, Feature right) => Given(left).Subtract(Given(right));

    /// <summary>Each number minus a fixed one.</summary>
    public static Feature operator -(Feature left, double right) => Given(left).Subtract(right);

    /// <summary>A fixed number minus each number.</summary>
    public static Feature operator -(double left, Feature right) => Given(right).ScaleShift(-1, left);

    /// <summary>Each number with the other sign.</summary>
    public static Feature operator -(Feature operand) => Given(operand).Negate();

    /// <summary>The product number by number; see <see cref="Multiply(Feature, string?)"/>.</summary>
    public static Feature operator *(Feature left, Feature right) => Given(left).Multiply(Given(right));

    /// <summary>Each number times a fixed one.</summary>
    public static Feature operator *(Feature left, double right) => Given(left).Multiply(right);

    /// <summary>Each number times a fixed one.</summary>
    public static Feature operator *(double left, Feature right) => Given(right).Multiply(left);

    /// <summary>The quotient number by number; see <see cref="Divide(Feature, string?)"/>.</summary>
    public static Feature operator /(Feature left, Feature right) => Given(left).Divide(Given(right));

    /// <summary>Each number divided by a fixed one.</summary>
    public static Feature operator /(Feature left, double right) => Given(left).Divide(right);

    /// <summary>A fixed number divided by each number.</summary>
    public static Feature operator /(double left, Feature right) => left == 1 ? Given(right).Reciprocal() : Given(right).Reciprocal().Multiply(left);

    private static Feature Given(Feature operand) => operand ?? throw new ArgumentNullException(nameof(operand), "An operand of this arithmetic is null: build it before it is used.");
}
