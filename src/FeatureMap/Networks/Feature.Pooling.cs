using FeatureMap.Ops;

namespace FeatureMap.Networks;

// Layers that a network is built of: pooling.
public sealed partial class Feature
{
    /// <summary>The largest number of each window; see <see cref="MaxPool2d"/>.</summary>
    /// <param name="kernel">Size of a window in pixels: one number, or (height, width).</param>
    /// <param name="stride">Pixels between neighbouring windows: one number, or (down, across); by default the window's size, so that they stand side by side.</param>
    /// <param name="padding">Pixels around the input that never win: a number, <see cref="Padding.Same"/>, or one number per side.</param>
    /// <param name="dilation">Pixels between neighbouring taps of a window.</param>
    /// <param name="ceilMode">Whether pixels left over at the end get a partial window of their own.</param>
    /// <param name="name">The layer's name; <c>maxPool1</c>, <c>maxPool2</c>, ... by default.</param>
    /// <exception cref="ShapeException">A window does not fit, or would see padding only.</exception>
    public Feature MaxPool(PerAxis kernel, PerAxis? stride = null, Padding padding = default, PerAxis? dilation = null, bool ceilMode = false, string? name = null) =>
        Then(new MaxPool2d(kernel) { Stride = stride ?? kernel, Padding = padding, Dilation = dilation ?? 1, CeilMode = ceilMode }, name);

    /// <summary>The mean of each window; see <see cref="AveragePool2d"/>.</summary>
    /// <param name="kernel">Size of a window in pixels: one number, or (height, width).</param>
    /// <param name="stride">Pixels between neighbouring windows: one number, or (down, across); by default the window's size, so that they stand side by side.</param>
    /// <param name="padding">Zeros around the input: a number, <see cref="Padding.Same"/>, or one number per side.</param>
    /// <param name="dilation">Pixels between neighbouring taps of a window.</param>
    /// <param name="ceilMode">Whether pixels left over at the end get a partial window of their own.</param>
    /// <param name="countsPadding">Whether padding counts as zeros (as in PyTorch) or not at all (as in Keras, and in ONNX by default).</param>
    /// <param name="name">The layer's name; <c>averagePool1</c>, <c>averagePool2</c>, ... by default.</param>
    /// <exception cref="ShapeException">A window does not fit, or would see padding only.</exception>
    public Feature AveragePool(
        PerAxis kernel, PerAxis? stride = null, Padding padding = default, PerAxis? dilation = null, bool ceilMode = false, bool countsPadding = true, string? name = null) =>
        Then(
            new AveragePool2d(kernel) { Stride = stride ?? kernel, Padding = padding, Dilation = dilation ?? 1, CeilMode = ceilMode, CountsPadding = countsPadding },
            name);

    /// <summary>The mean of each plane, as a vector with one number per channel; see <see cref="Ops.GlobalAveragePool"/>.</summary>
    public Feature GlobalAveragePool(string? name = null) => Then(new GlobalAveragePool(), name);

    /// <summary>The largest number of each plane, as a vector with one number per channel; see <see cref="Ops.GlobalMaxPool"/>.</summary>
    public Feature GlobalMaxPool(string? name = null) => Then(new GlobalMaxPool(), name);

    /// <summary>Means over as many bins as the output has pixels, whatever the size of the input; see <see cref="AdaptiveAveragePool2d"/>.</summary>
    /// <param name="height">Rows of the output.</param>
    /// <param name="width">Columns of the output; by default as many as rows.</param>
    /// <param name="name">The layer's name; <c>adaptiveAveragePool1</c>, ... by default.</param>
    /// <exception cref="ShapeException">A size is below 1 or above 1,000.</exception>
    public Feature AdaptiveAveragePool(int height, int? width = null, string? name = null) => Then(new AdaptiveAveragePool2d(height, width ?? height), name);

    /// <summary>The largest numbers of as many bins as the output has pixels, whatever the size of the input; see <see cref="AdaptiveMaxPool2d"/>.</summary>
    /// <param name="height">Rows of the output.</param>
    /// <param name="width">Columns of the output; by default as many as rows.</param>
    /// <param name="name">The layer's name; <c>adaptiveMaxPool1</c>, ... by default.</param>
    /// <exception cref="ShapeException">A size is below 1 or above 1,000.</exception>
    public Feature AdaptiveMaxPool(int height, int? width = null, string? name = null) => Then(new AdaptiveMaxPool2d(height, width ?? height), name);

    /// <summary>A vector of the largest numbers (or means) of 1 x 1, 2 x 2, 4 x 4, ... bins, whatever the size of the input; see <see cref="Ops.SpatialPyramidPool"/>.</summary>
    /// <param name="levels">Bins per side of each level, such as <c>[1, 2, 4]</c>.</param>
    /// <param name="average">Whether a bin gives its mean instead of its largest number.</param>
    /// <param name="name">The layer's name; <c>spatialPyramidPool1</c>, ... by default.</param>
    /// <exception cref="ShapeException">No level, or one out of range.</exception>
    public Feature SpatialPyramidPool(ReadOnlySpan<int> levels, bool average = false, string? name = null) => Then(new SpatialPyramidPool(levels) { TakesAverage = average }, name);
}
