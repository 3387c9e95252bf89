using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that read nothing: numbers that are the same for every image.
public sealed partial class Feature
{
    /// <summary>A fixed number, to be stretched over others; see <see cref="Ops.Constant"/>. It does not read this output, it only joins the same network.</summary>
    public Feature Constant(double number, string? name = null) => Source(new Constant(Shape.Vector(1), (float)number), name);

    /// <summary>Fixed numbers in the order channel, row, column; see <see cref="Ops.Constant"/>. They do not read this output, they only join the same network.</summary>
    /// <exception cref="UsageException">Another count of numbers than the shape has, or one that is not finite.</exception>
    public Feature Constant(Shape shape, params ReadOnlySpan<float> values) => Source(new Constant(shape, values), null);

    /// <summary>The same as a layer of the given name.</summary>
    /// <exception cref="UsageException">Another count of numbers than the shape has, or one that is not finite.</exception>
    public Feature Constant(Shape shape, string name, params ReadOnlySpan<float> values) => Source(new Constant(shape, values), name);

    /// <summary>
    /// Numbers that are learned, the same for every image; see <see cref="Ops.LearnedParameter"/>. They do not read this output, they only join the same network:
    /// <c>x * x.LearnedParameter(Shape.Vector(x.Shape.Channels), Initializer.Ones)</c> scales each channel.
    /// </summary>
    /// <param name="shape">Shape of the result.</param>
    /// <param name="initializer">How the numbers start; zeros by default.</param>
    /// <param name="decays">Whether weight decay pulls on them.</param>
    /// <param name="name">The layer's name; <c>learnedParameter1</c>, ... by default.</param>
    public Feature LearnedParameter(Shape shape, Initializer? initializer = null, bool decays = false, string? name = null) =>
        Source(new LearnedParameter(shape) { ValueInitializer = initializer ?? Initializer.Zeros, Decays = decays }, name);

    private Feature Source(Op op, string? name) => Builder.Add(op, name);
}
