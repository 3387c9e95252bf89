using FeatureMap.Ops;
using FeatureMap.Randomness;

namespace FeatureMap;

/// <summary>
/// ICNR: the parameter of a convolution that has 1 / (r r) of the outputs is drawn, and each of its outputs copied to the r x r channels that a pixel shuffle makes
/// the sub-pixels of one pixel. For weights and, just the same, for a bias.
/// </summary>
internal sealed class SubPixelInitializer(int factor, Initializer inner, ChannelOrder order) : Initializer
{
    public int Factor => factor;

    public ChannelOrder Order => order;

    public Initializer Inner => inner;

    /// <summary>Whether another one makes copies for the same sub-pixels, however they are drawn.</summary>
    public bool Matches(SubPixelInitializer other) => (Factor, Order) == (other.Factor, other.Order);

    public override void Fill(ParameterDefinition definition, Span<float> values, ref RandomSequence random)
    {
        var square = factor * factor;
        var outputs = definition.Dimensions[0];
        if (outputs % square != 0)
            throw new ShapeException($"ICNR with factor {factor} makes outputs in groups of {factor} x {factor} = {square}: the parameter '{definition.Name}' has {outputs} ({outputs} / {square} = {outputs / (double)square:0.##}). Give the convolution as many outputs as the pixel shuffle takes, and the initialiser the same factor.");
        var channels = outputs / square;
        var small = new ParameterDefinition(
            definition.Name, [channels, .. definition.Dimensions.Skip(1)], definition.Trainable, inner, definition.FanIn, Math.Max(1, definition.FanOut / square), definition.Decays);
        var drawn = new float[small.Count];
        inner.Fill(small, drawn, ref random);
        var each = drawn.Length / channels;
        for (var channel = 0; channel < channels; channel++)
            for (var row = 0; row < factor; row++)
                for (var column = 0; column < factor; column++)
                    drawn.AsSpan(channel * each, each).CopyTo(values[(SubPixels.Channel(order, factor, channels, channel, row, column) * each)..]);
    }
}
