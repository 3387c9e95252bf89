namespace FeatureMap.Benchmarks.Networks;

/// <summary>One layer of a benchmark network, as plain data that every contender translates into its own modules.</summary>
public abstract record Layer;

public sealed record ConvolutionLayer(int InputChannels, int OutputChannels, int Kernel) : Layer
{
    public int Stride { get; init; } = 1;

    public int Padding { get; init; }

    public int Dilation { get; init; } = 1;

    public int Groups { get; init; } = 1;

    public bool Bias { get; init; }
}

public sealed record BatchNormLayer(int Channels) : Layer;

public sealed record ReluLayer : Layer;

/// <summary>Maximum over windows of Size x Size that do not overlap; a remainder at the border is dropped.</summary>
public sealed record MaxPoolLayer(int Size) : Layer;

public sealed record DropoutLayer(double Probability) : Layer;

/// <summary>Mean over all positions: [N, C, H, W] to [N, C, 1, 1].</summary>
public sealed record GlobalAveragePoolLayer : Layer;

public sealed record FlattenLayer : Layer;

/// <summary>Fully connected layer with bias.</summary>
public sealed record LinearLayer(int InputFeatures, int OutputFeatures) : Layer;
