using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A layer's output while a network is being built. Each call appends a layer and returns its output; keep one in a variable to branch:
/// <c>var skip = x; x = x.Conv(64, kernel: 3, padding: 1); x = x.Add(skip);</c>
/// </summary>
public sealed class Feature
{
    internal Feature(NetworkBuilder builder, int index) => (Builder, Index) = (builder, index);

    internal NetworkBuilder Builder { get; }

    internal int Index { get; }

    /// <summary>Shape of this output for one sample.</summary>
    public Shape Shape => Builder.ShapeOf(Index);

    /// <summary>Appends any op that reads this output, and perhaps others.</summary>
    /// <param name="op">What to compute.</param>
    /// <param name="name">The layer's name; by default the op's name and a number.</param>
    /// <param name="others">Further inputs, for ops that take several.</param>
    /// <exception cref="ShapeException">It does not fit.</exception>
    public Feature Then(Op op, string? name = null, params ReadOnlySpan<Feature> others)
    {
        ArgumentNullException.ThrowIfNull(op);
        return Builder.Add(op, name, [this, .. others]);
    }

    /// <summary>Convolution with a square kernel; see <see cref="Conv2d"/>. Leave the bias out before a normalisation.</summary>
    /// <param name="channels">Output channels = number of kernels.</param>
    /// <param name="kernel">Height and width of the kernel, in pixels.</param>
    /// <param name="stride">Pixels between neighbouring windows.</param>
    /// <param name="padding">Zeros around the input: a number, <see cref="Padding.Same"/>, or one number per side.</param>
    /// <param name="dilation">Pixels between neighbouring taps.</param>
    /// <param name="groups">Blocks of channels that do not see each other.</param>
    /// <param name="bias">Whether each output adds a learned constant.</param>
    /// <param name="initializer">How the weights start; He normal by default.</param>
    /// <param name="name">The layer's name; <c>conv1</c>, <c>conv2</c>, ... by default.</param>
    public Feature Conv(
        int channels, int kernel, int stride = 1, Padding padding = default, int dilation = 1, int groups = 1, bool bias = true, Initializer? initializer = null, string? name = null) =>
        Then(
            new Conv2d(channels, kernel)
            {
                StrideVertical = stride,
                StrideHorizontal = stride,
                Padding = padding,
                DilationVertical = dilation,
                DilationHorizontal = dilation,
                Groups = groups,
                HasBias = bias,
                WeightInitializer = initializer ?? Initializer.HeNormal,
            },
            name);

    /// <summary>Batch normalisation; see <see cref="Ops.BatchNorm"/>.</summary>
    public Feature BatchNorm(float epsilon = 1e-5f, float momentum = 0.1f, string? name = null) =>
        Then(new BatchNorm { Epsilon = epsilon, Momentum = momentum }, name);

    /// <summary>max(0, x); see <see cref="Ops.Relu"/>.</summary>
    public Feature Relu(string? name = null) => Then(new Relu(), name);

    /// <summary>x above 0, slope times x below; see <see cref="Ops.LeakyRelu"/>.</summary>
    public Feature LeakyRelu(float slope = 0.01f, string? name = null) => Then(new LeakyRelu(slope), name);

    /// <summary>The largest number of each window; see <see cref="MaxPool2d"/>.</summary>
    /// <param name="kernel">Height and width of a window, in pixels.</param>
    /// <param name="stride">Pixels between neighbouring windows; by default the window's size, so that they stand side by side.</param>
    /// <param name="padding">Pixels around the input that never win: a number, <see cref="Padding.Same"/>, or one number per side.</param>
    /// <param name="dilation">Pixels between neighbouring taps of a window.</param>
    /// <param name="ceilMode">Whether pixels left over at the end get a partial window of their own.</param>
    /// <param name="name">The layer's name; <c>maxPool1</c>, <c>maxPool2</c>, ... by default.</param>
    /// <exception cref="ShapeException">A window does not fit, or would see padding only.</exception>
    public Feature MaxPool(int kernel, int? stride = null, Padding padding = default, int dilation = 1, bool ceilMode = false, string? name = null) =>
        Then(
            new MaxPool2d(kernel)
            {
                StrideVertical = stride ?? kernel,
                StrideHorizontal = stride ?? kernel,
                Padding = padding,
                DilationVertical = dilation,
                DilationHorizontal = dilation,
                CeilMode = ceilMode,
            },
            name);

    /// <summary>The mean of each window; see <see cref="AveragePool2d"/>.</summary>
    /// <param name="kernel">Height and width of a window, in pixels.</param>
    /// <param name="stride">Pixels between neighbouring windows; by default the window's size, so that they stand side by side.</param>
    /// <param name="padding">Zeros around the input: a number, <see cref="Padding.Same"/>, or one number per side.</param>
    /// <param name="dilation">Pixels between neighbouring taps of a window.</param>
    /// <param name="ceilMode">Whether pixels left over at the end get a partial window of their own.</param>
    /// <param name="countsPadding">Whether padding counts as zeros (as in PyTorch) or not at all (as in Keras, and in ONNX by default).</param>
    /// <param name="name">The layer's name; <c>averagePool1</c>, <c>averagePool2</c>, ... by default.</param>
    /// <exception cref="ShapeException">A window does not fit, or would see padding only.</exception>
    public Feature AveragePool(
        int kernel, int? stride = null, Padding padding = default, int dilation = 1, bool ceilMode = false, bool countsPadding = true, string? name = null) =>
        Then(
            new AveragePool2d(kernel)
            {
                StrideVertical = stride ?? kernel,
                StrideHorizontal = stride ?? kernel,
                Padding = padding,
                DilationVertical = dilation,
                DilationHorizontal = dilation,
                CeilMode = ceilMode,
                CountsPadding = countsPadding,
            },
            name);

    /// <summary>The mean of each plane, as a vector with one number per channel; see <see cref="Ops.GlobalAveragePool"/>.</summary>
    public Feature GlobalAveragePool(string? name = null) => Then(new GlobalAveragePool(), name);

    /// <summary>The same numbers as one vector; see <see cref="Ops.Flatten"/>.</summary>
    public Feature Flatten(string? name = null) => Then(new Flatten(), name);

    /// <summary>This output plus others of the same shape, number by number; see <see cref="Ops.Add"/>.</summary>
    /// <exception cref="ShapeException">Shapes differ; the message says which and how to project.</exception>
    public Feature Add(params ReadOnlySpan<Feature> others) => Then(new Add(), null, others);

    /// <summary>This output plus another, as a layer of the given name.</summary>
    public Feature Add(Feature other, string name) => Then(new Add(), name, other);

    /// <summary>The channels of this output and then those of others, in the order given; see <see cref="Ops.Concat"/>.</summary>
    /// <exception cref="ShapeException">Heights or widths differ.</exception>
    public Feature Concat(params ReadOnlySpan<Feature> others) => Then(new Concat(), null, others);

    /// <summary>The channels of this output and then those of another, as a layer of the given name.</summary>
    public Feature Concat(Feature other, string name) => Then(new Concat(), name, other);

    /// <summary>A dense layer on a vector; see <see cref="Ops.Linear"/>.</summary>
    /// <param name="outputs">Numbers in the output, such as the number of classes.</param>
    /// <param name="bias">Whether each output adds a learned constant.</param>
    /// <param name="initializer">How the weights start; He normal by default.</param>
    /// <param name="name">The layer's name; <c>linear1</c>, <c>linear2</c>, ... by default.</param>
    /// <exception cref="ShapeException">The input is not a vector: call <see cref="Flatten"/> or <see cref="GlobalAveragePool"/> before.</exception>
    public Feature Linear(int outputs, bool bias = true, Initializer? initializer = null, string? name = null) =>
        Then(new Linear(outputs) { HasBias = bias, WeightInitializer = initializer ?? Initializer.HeNormal }, name);

    /// <summary>In training, numbers become 0 with this probability and the others grow by 1 / (1 - probability); see <see cref="Ops.Dropout"/>.</summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public Feature Dropout(float probability, string? name = null) => Then(new Dropout(probability), name);

    /// <summary>The same for whole planes, the right kind for feature maps; see <see cref="Ops.ChannelDropout"/>.</summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public Feature ChannelDropout(float probability, string? name = null) => Then(new ChannelDropout(probability), name);
}
