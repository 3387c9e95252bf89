using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: convolutions and dense layers.
public sealed partial class Feature
{
    /// <summary>Convolution; see <see cref="Conv2d"/>. Leave the bias out before a normalisation.</summary>
    /// <param name="channels">Output channels = number of kernels.</param>
    /// <param name="kernel">Size of the kernel in pixels: one number, or (height, width), such as (3, 1).</param>
    /// <param name="stride">Pixels between neighbouring windows: one number, or (down, across); 1 by default.</param>
    /// <param name="padding">Zeros around the input: a number, <see cref="Padding.Same"/>, or one number per side.</param>
    /// <param name="dilation">Pixels between neighbouring taps: one number, or (down, across); 1 by default.</param>
    /// <param name="groups">Blocks of channels that do not see each other.</param>
    /// <param name="bias">Whether each output adds a learned constant.</param>
    /// <param name="initializer">How the weights start; He normal by default.</param>
    /// <param name="weightNorm">Whether length and direction of each kernel are learned apart; see <see cref="WeightNorm"/>.</param>
    /// <param name="name">The layer's name; <c>conv1</c>, <c>conv2</c>, ... by default.</param>
    /// <exception cref="ShapeException">The kernel does not fit, or the groups do not divide the channels.</exception>
    public Feature Conv(
        int channels, PerAxis kernel, PerAxis? stride = null, Padding padding = default, PerAxis? dilation = null, int groups = 1, bool bias = true,
        Initializer? initializer = null, bool weightNorm = false, string? name = null) =>
        Weighted(
            new Conv2d(channels, kernel)
            {
                Stride = stride ?? 1,
                Padding = padding,
                Dilation = dilation ?? 1,
                Groups = groups,
                HasBias = bias,
                WeightInitializer = initializer ?? Initializer.HeNormal,
            },
            weightNorm,
            name);

    /// <summary>Transposed convolution, which enlarges by its stride; see <see cref="ConvTranspose2d"/>. Choose a kernel that the stride divides.</summary>
    /// <param name="channels">Output channels.</param>
    /// <param name="kernel">Size of the kernel in pixels: one number, or (height, width).</param>
    /// <param name="stride">Output pixels between the patches of neighbouring inputs: one number, or (down, across); 1 by default.</param>
    /// <param name="padding">Pixels cut off the output: a number, one number per side, or <see cref="Padding.Same"/> for input x stride.</param>
    /// <param name="outputPadding">Rows and columns more at the bottom and right; below stride or dilation; 0 by default.</param>
    /// <param name="dilation">Output pixels between neighbouring taps: one number, or (down, across); 1 by default.</param>
    /// <param name="groups">Blocks of channels that do not see each other.</param>
    /// <param name="bias">Whether each output adds a learned constant.</param>
    /// <param name="initializer">How the weights start; He normal by default.</param>
    /// <param name="weightNorm">Whether length and direction of each kernel are learned apart; see <see cref="WeightNorm"/>.</param>
    /// <param name="name">The layer's name; <c>convTranspose1</c>, <c>convTranspose2</c>, ... by default.</param>
    /// <exception cref="ShapeException">The padding leaves nothing, the output padding is too large, or the groups do not divide the channels.</exception>
    public Feature ConvTranspose(
        int channels, PerAxis kernel, PerAxis? stride = null, Padding padding = default, PerAxis? outputPadding = null, PerAxis? dilation = null, int groups = 1, bool bias = true,
        Initializer? initializer = null, bool weightNorm = false, string? name = null) =>
        Weighted(
            new ConvTranspose2d(channels, kernel)
            {
                Stride = stride ?? 1,
                Padding = padding,
                OutputPadding = outputPadding ?? 0,
                Dilation = dilation ?? 1,
                Groups = groups,
                HasBias = bias,
                WeightInitializer = initializer ?? Initializer.HeNormal,
            },
            weightNorm,
            name);

    /// <summary>A dense layer on a vector; see <see cref="Ops.Linear"/>.</summary>
    /// <param name="outputs">Numbers in the output, such as the number of classes.</param>
    /// <param name="bias">Whether each output adds a learned constant.</param>
    /// <param name="initializer">How the weights start; He normal by default.</param>
    /// <param name="weightNorm">Whether length and direction of each output's weights are learned apart; see <see cref="WeightNorm"/>.</param>
    /// <param name="name">The layer's name; <c>linear1</c>, <c>linear2</c>, ... by default.</param>
    /// <exception cref="ShapeException">The input is not a vector: call <see cref="Flatten"/> or <see cref="GlobalAveragePool"/> before.</exception>
    public Feature Linear(int outputs, bool bias = true, Initializer? initializer = null, bool weightNorm = false, string? name = null) =>
        Weighted(new Linear(outputs) { HasBias = bias, WeightInitializer = initializer ?? Initializer.HeNormal }, weightNorm, name);

    /// <summary>A dense layer that compares directions: |x| cos(theta) with each class, without a bias; see <see cref="Ops.AngularLinear"/>. For <c>AngularLoss.SphereFace</c>.</summary>
    /// <param name="outputs">Numbers in the output: the classes.</param>
    /// <param name="scale">Factor of the output.</param>
    /// <param name="initializer">How the directions start; only their direction counts.</param>
    /// <param name="name">The layer's name; <c>angularLinear1</c>, ... by default.</param>
    /// <exception cref="ShapeException">The input is not a vector: call <see cref="Flatten"/> or <see cref="GlobalAveragePool"/> before.</exception>
    public Feature AngularLinear(int outputs, float scale = 1, Initializer? initializer = null, string? name = null) =>
        Then(new AngularLinear(outputs) { Scale = scale, WeightInitializer = initializer ?? Initializer.GlorotNormal }, name);

    /// <summary>
    /// Scaled cosines between the input and the direction of each class: <see cref="L2Normalize"/> and then <see cref="AngularLinear"/>. For
    /// <c>AngularLoss.CosFace</c> and <c>AngularLoss.ArcFace</c>, and for plain softmax on the sphere (NormFace).
    /// </summary>
    /// <param name="outputs">Numbers in the output: the classes.</param>
    /// <param name="scale">Factor of the cosines. Softmax of numbers between -1 and 1 can never be certain: 16 to 64 are usual, more with more classes.</param>
    /// <param name="initializer">How the directions start; only their direction counts.</param>
    /// <param name="name">Name of the layer that gives the cosines; <c>angularLinear1</c>, ... by default.</param>
    /// <exception cref="ShapeException">The input is not a vector: call <see cref="Flatten"/> or <see cref="GlobalAveragePool"/> before.</exception>
    public Feature CosineLinear(int outputs, float scale = 16, Initializer? initializer = null, string? name = null) =>
        L2Normalize().AngularLinear(outputs, scale, initializer, name);

    private Feature Weighted(WeightedOp op, bool weightNorm, string? name) => Then(weightNorm ? new WeightNorm(op) : op, name);
}
