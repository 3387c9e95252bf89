namespace FeatureMap.Benchmarks.Networks;

/// <summary>Strings layers together while it follows the shape, so that a network reads as one short chain and knows its cost.</summary>
public sealed class NetworkBuilder(string name, Shape input, int classes)
{
    private readonly List<Layer> layers = [];
    private readonly Shape start = input;
    private int currentChannels = input.Channels;
    private int currentHeight = input.Height;
    private int currentWidth = input.Width;
    private long multiplyAdds;
    private long firstLayerMultiplyAdds;
    private long parameters;

    public NetworkBuilder Convolution(
        int outputChannels, int kernel, int padding = 0, int stride = 1, int dilation = 1, int groups = 1, bool bias = false)
    {
        layers.Add(new ConvolutionLayer(currentChannels, outputChannels, kernel)
        {
            Stride = stride,
            Padding = padding,
            Dilation = dilation,
            Groups = groups,
            Bias = bias,
        });
        int reach = (dilation * (kernel - 1)) + 1;
        currentHeight = ((currentHeight + (2 * padding) - reach) / stride) + 1;
        currentWidth = ((currentWidth + (2 * padding) - reach) / stride) + 1;
        long weights = (long)outputChannels * (currentChannels / groups) * kernel * kernel;
        Count(weights * currentHeight * currentWidth);
        parameters += weights + (bias ? outputChannels : 0);
        currentChannels = outputChannels;
        return this;
    }

    /// <summary>Convolution without bias, batch norm, ReLU.</summary>
    public NetworkBuilder Block(int outputChannels, int kernel, int padding = 0, int stride = 1, int dilation = 1, int groups = 1) =>
        Convolution(outputChannels, kernel, padding, stride, dilation, groups).BatchNorm().Relu();

    public NetworkBuilder BatchNorm()
    {
        layers.Add(new BatchNormLayer(currentChannels));
        parameters += 2 * currentChannels;
        return this;
    }

    public NetworkBuilder Relu()
    {
        layers.Add(new ReluLayer());
        return this;
    }

    public NetworkBuilder MaxPool(int size = 2)
    {
        layers.Add(new MaxPoolLayer(size));
        currentHeight /= size;
        currentWidth /= size;
        return this;
    }

    public NetworkBuilder Dropout(double probability)
    {
        layers.Add(new DropoutLayer(probability));
        return this;
    }

    public NetworkBuilder GlobalAveragePool()
    {
        layers.Add(new GlobalAveragePoolLayer());
        (currentHeight, currentWidth) = (1, 1);
        return this;
    }

    public NetworkBuilder Flatten()
    {
        layers.Add(new FlattenLayer());
        (currentChannels, currentHeight, currentWidth) = (currentChannels * currentHeight * currentWidth, 1, 1);
        return this;
    }

    public NetworkBuilder Linear(int outputFeatures)
    {
        layers.Add(new LinearLayer(currentChannels, outputFeatures));
        long weights = (long)currentChannels * outputFeatures;
        Count(weights);
        parameters += weights + outputFeatures;
        currentChannels = outputFeatures;
        return this;
    }

    /// <summary>Ends the network with global average pooling, flatten and the classifier.</summary>
    public NetworkSpecification Classify(string description) =>
        GlobalAveragePool().Flatten().Linear(classes).Build(description);

    public NetworkSpecification Build(string description) =>
        new(name, description, start, classes, [.. layers])
        {
            ForwardMultiplyAdds = multiplyAdds,
            TrainingOperations = 2 * ((3 * multiplyAdds) - firstLayerMultiplyAdds),
            Parameters = parameters,
        };

    private void Count(long cost)
    {
        if (multiplyAdds == 0)
            firstLayerMultiplyAdds = cost;
        multiplyAdds += cost;
    }
}
