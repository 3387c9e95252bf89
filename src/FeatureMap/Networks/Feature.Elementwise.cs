using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network or a loss is built of: arithmetic number by number. Shapes are equal, or stretch along axes where one of them has size 1.
public sealed partial class Feature
{
    /// <summary>This output plus others, number by number; see <see cref="Ops.Add"/>. The operator + does the same.</summary>
    /// <exception cref="ShapeException">Shapes differ along an axis, and none of them is 1 there; the message says how to project.</exception>
    public Feature Add(params ReadOnlySpan<Feature> others) => Then(new Add(), null, others);

    /// <summary>This output plus another, as a layer of the given name.</summary>
    public Feature Add(Feature other, string name) => Then(new Add(), name, other);

    /// <summary>A number added to each number; see <see cref="Ops.ScaleShift"/>.</summary>
    public Feature Add(double number, string? name = null) => ScaleShift(1, number, name);

    /// <summary>This output minus another, number by number; see <see cref="Ops.Subtract"/>. The operator - does the same.</summary>
    /// <exception cref="ShapeException">Shapes differ along an axis, and none of them is 1 there.</exception>
    public Feature Subtract(Feature other, string? name = null) => Then(new Subtract(), name, other);

    /// <summary>A number subtracted from each number.</summary>
    public Feature Subtract(double number, string? name = null) => ScaleShift(1, -number, name);

    /// <summary>This output times another, number by number; see <see cref="Ops.Multiply"/>. The operator * does the same.</summary>
    /// <exception cref="ShapeException">Shapes differ along an axis, and none of them is 1 there.</exception>
    public Feature Multiply(Feature other, string? name = null) => Then(new Multiply(), name, other);

    /// <summary>Each number times a fixed one.</summary>
    public Feature Multiply(double number, string? name = null) => ScaleShift(number, 0, name);

    /// <summary>This output divided by another, number by number; see <see cref="Ops.Divide"/>. The operator / does the same.</summary>
    /// <exception cref="ShapeException">Shapes differ along an axis, and none of them is 1 there.</exception>
    public Feature Divide(Feature other, string? name = null) => Then(new Divide(), name, other);

    /// <summary>Each number times the reciprocal of a fixed one, which is rounded to 32 bits first.</summary>
    /// <exception cref="UsageException">The number is 0.</exception>
    public Feature Divide(double number, string? name = null) => ScaleShift(1 / number, 0, name);

    /// <summary>scale x + shift with two fixed numbers, which are rounded to 32 bits; see <see cref="Ops.ScaleShift"/>.</summary>
    public Feature ScaleShift(double scale, double shift, string? name = null) => Then(new ScaleShift((float)scale, (float)shift), name);

    /// <summary>-x.</summary>
    public Feature Negate(string? name = null) => ScaleShift(-1, 0, name);

    /// <summary>|x|; see <see cref="Ops.Abs"/>.</summary>
    public Feature Abs(string? name = null) => Then(new Abs(), name);

    /// <summary>1 above 0, -1 below, 0 at 0; no gradient goes back. See <see cref="Ops.Sign"/>.</summary>
    public Feature Sign(string? name = null) => Then(new Sign(), name);

    /// <summary>e to the power of x; see <see cref="Ops.Exp"/>.</summary>
    public Feature Exp(string? name = null) => Then(new Exp(), name);

    /// <summary>The natural logarithm: minus infinity at 0, NaN below; see <see cref="Ops.Log"/>.</summary>
    public Feature Log(string? name = null) => Then(new Log(), name);

    /// <summary>x^2; see <see cref="RaiseTo"/>.</summary>
    public Feature Square(string? name = null) => Power(2, name);

    /// <summary>The square root: NaN below 0, and an infinite gradient at 0; see <see cref="RaiseTo"/>.</summary>
    public Feature Sqrt(string? name = null) => Power(0.5, name);

    /// <summary>1 / x; see <see cref="RaiseTo"/>.</summary>
    public Feature Reciprocal(string? name = null) => Power(-1, name);

    /// <summary>x to the power of a fixed number; see <see cref="RaiseTo"/>.</summary>
    public Feature Power(double exponent, string? name = null) => Then(new RaiseTo((float)exponent), name);

    /// <summary>x to the power of another output, number by number; see <see cref="Ops.Power"/>.</summary>
    /// <exception cref="ShapeException">Shapes differ along an axis, and none of them is 1 there.</exception>
    public Feature Power(Feature exponent, string? name = null) => Then(new Power(), name, exponent);

    /// <summary>The largest integer that is not above x; no gradient goes back. See <see cref="Ops.Floor"/>.</summary>
    public Feature Floor(string? name = null) => Then(new Floor(), name);

    /// <summary>The smallest integer that is not below x; no gradient goes back. See <see cref="Ops.Ceil"/>.</summary>
    public Feature Ceil(string? name = null) => Then(new Ceil(), name);

    /// <summary>The error function, an S from -1 to 1; see <see cref="Ops.Erf"/>.</summary>
    public Feature Erf(string? name = null) => Then(new Erf(), name);

    /// <summary>
    /// The matrix product with another output, channel by channel: rows x depth times depth x columns; see <see cref="Ops.MatrixProduct"/>.
    /// </summary>
    /// <example><code>var scores = queries.MatrixProduct(keys.Transpose(Axis.Channels, Axis.Columns, Axis.Rows)); // attention: rows are places</code></example>
    /// <exception cref="ShapeException">Columns here are not as many as rows there, or channels differ and neither has one.</exception>
    public Feature MatrixProduct(Feature other, string? name = null) => Then(new MatrixProduct(), name, other);

    /// <summary>The nearest integer, ties to the even one; no gradient goes back. See <see cref="Ops.Round"/>.</summary>
    public Feature Round(string? name = null) => Then(new Round(), name);

    /// <summary>Numbers kept between two bounds, of which one may be missing; see <see cref="Ops.Clip"/>.</summary>
    /// <exception cref="UsageException">Both are missing, or the minimum is above the maximum.</exception>
    public Feature Clip(double? minimum = null, double? maximum = null, string? name = null) => Then(new Clip((float?)minimum, (float?)maximum), name);

    /// <summary>The larger of this and another output, number by number; see <see cref="Ops.Maximum"/>. The largest number along axes is <see cref="Max"/>.</summary>
    /// <exception cref="ShapeException">Shapes differ along an axis, and none of them is 1 there.</exception>
    public Feature Maximum(Feature other, string? name = null) => Then(new Maximum(), name, other);

    /// <summary>Each number, or the given one where that is larger: <c>Maximum(0)</c> is a hinge.</summary>
    public Feature Maximum(double number, string? name = null) => Clip(minimum: number, name: name);

    /// <summary>The smaller of this and another output, number by number; see <see cref="Ops.Minimum"/>. The smallest number along axes is <see cref="Min"/>.</summary>
    /// <exception cref="ShapeException">Shapes differ along an axis, and none of them is 1 there.</exception>
    public Feature Minimum(Feature other, string? name = null) => Then(new Minimum(), name, other);

    /// <summary>Each number, or the given one where that is smaller.</summary>
    public Feature Minimum(double number, string? name = null) => Clip(maximum: number, name: name);

    /// <summary>1 where this is greater than the other, else 0; no gradient goes back. See <see cref="Ops.Greater"/>.</summary>
    public Feature Greater(Feature other, string? name = null) => Then(new Greater(), name, other);

    /// <summary>1 where this is greater than a fixed number, else 0.</summary>
    public Feature Greater(double number, string? name = null) => Greater(Constant(number), name);

    /// <summary>1 where this is greater than the other or equal, else 0; no gradient goes back. See <see cref="Ops.GreaterOrEqual"/>.</summary>
    public Feature GreaterOrEqual(Feature other, string? name = null) => Then(new GreaterOrEqual(), name, other);

    /// <summary>1 where this is greater than a fixed number or equal, else 0.</summary>
    public Feature GreaterOrEqual(double number, string? name = null) => GreaterOrEqual(Constant(number), name);

    /// <summary>1 where this is less than the other, else 0; no gradient goes back.</summary>
    public Feature Less(Feature other, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other.Greater(this, name);
    }

    /// <summary>1 where this is less than a fixed number, else 0.</summary>
    public Feature Less(double number, string? name = null) => Less(Constant(number), name);

    /// <summary>1 where this is less than the other or equal, else 0; no gradient goes back.</summary>
    public Feature LessOrEqual(Feature other, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other.GreaterOrEqual(this, name);
    }

    /// <summary>1 where this is less than a fixed number or equal, else 0.</summary>
    public Feature LessOrEqual(double number, string? name = null) => LessOrEqual(Constant(number), name);

    /// <summary>1 where the two are equal to the bit, else 0; no gradient goes back. See <see cref="Ops.Equal"/>.</summary>
    public Feature EqualTo(Feature other, string? name = null) => Then(new Equal(), name, other);

    /// <summary>1 where this is a fixed number, else 0.</summary>
    public Feature EqualTo(double number, string? name = null) => EqualTo(Constant(number), name);

    /// <summary>With this output as a mask: the first where it is not 0, the second where it is; see <see cref="Ops.Where"/>.</summary>
    /// <example><code>difference.Abs().Less(1).Where(0.5 * difference.Square(), difference.Abs() - 0.5) // the Huber loss</code></example>
    public Feature Where(Feature whenSet, Feature whenClear, string? name = null) => Then(new Where(), name, whenSet, whenClear);
}
