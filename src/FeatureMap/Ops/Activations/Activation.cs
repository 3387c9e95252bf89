using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// A function of one number that stands between the weighted sums of a network. A normalisation right before it applies it in the same
/// pass over memory; in training only where the function is cheap.
/// </summary>
public abstract class Activation : UnaryOp
{
    private protected Activation() { }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("elementwise", "one pass over the numbers, or none where the normalisation before it takes it along");

    /// <summary>
    /// Whether computing it is cheaper than a pass over memory. Only then a normalisation takes it along in training, because it stores nothing and computes
    /// the function twice again on the way back; in evaluation there is no way back, and every activation goes along.
    /// </summary>
    internal virtual bool IsCheap => false;

    internal sealed override bool StaysFinite => true;

    /// <summary>A random shape and batch for an activation; reals reach out to where the functions are flat or straight.</summary>
    internal static OpCase AnyShape(Op op, CaseValues values, ref RandomSequence random) =>
        ElementwiseCases.RandomOfOne(ref random, op, values, values == CaseValues.Reals ? FarReals : []);

    /// <summary>Inputs on both sides of everything that bends.</summary>
    internal static InputValues[] FarReals { get; } = [InputValues.Between(-10, 10)];
}
