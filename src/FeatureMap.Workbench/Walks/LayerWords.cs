using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Workbench;

/// <summary>What a layer does, in a sentence with its own numbers.</summary>
internal static class LayerWords
{
    public static string Of(Layer layer)
    {
        if (layer.Op is null) return $"The image as the network reads it: {Numbers(layer.Output)}, prepared and normalised.";
        var (input, output) = (layer.InputShapes.Count > 0 ? layer.InputShapes[0] : default, layer.Output);
        return Of(layer.Op, layer, input, output);
    }

    private static string Of(Op op, Layer layer, Shape input, Shape output) => op switch
    {
        WeightNorm norm => $"{Of(norm.Inner, layer, input, output)} Each kernel is learned as a length and a direction.",
        Conv2d convolution => Convolution(convolution, convolution.Geometry(input)),
        ConvTranspose2d transposed => $"Each number of its input paints a kernel of {Pair(transposed.Kernel)}, times itself, onto the "
            + "output; where kernels overlap, they add up.",
        Linear => $"Each of its {output.Channels:N0} outputs multiplies all {input.Count:N0} numbers with weights of its own and adds "
            + "them up.",
        AngularLinear => $"Each of its {output.Channels:N0} outputs is the product with weights of length 1, so that angles alone count.",
        MatrixProduct => "Rows of the first input times columns of the second.",
        MaxPool2d pool => $"Of each window of {Pair(pool.Kernel)} the largest number stays, channel by channel.",
        AveragePool2d pool => $"Of each window of {Pair(pool.Kernel)} the mean stays, channel by channel.",
        GlobalAveragePool => $"Each channel becomes its mean over {input.Height} x {input.Width} places.",
        GlobalMaxPool => $"Each channel becomes its largest number of {input.Height} x {input.Width}.",
        BinPool => $"Each channel is cut into a fixed number of bins, and each bin gives one number: {Numbers(output)}, whatever the "
            + "size of the image.",
        BatchNorm => "Each channel is brought to mean 0 and variance 1 by the statistics of the training, then scaled and shifted.",
        ImageNorm => "Numbers of this image are brought to mean 0 and variance 1 together, then scaled and shifted.",
        LocalResponseNorm or L2Normalize => "Each number is divided by the size of those at the same place in other channels.",
        ChannelSoftmax => "The numbers become probabilities: powers of e, divided by their sum.",
        DropoutMask => "In training it drops numbers by chance; here it does nothing.",
        Add => $"Adds its {layer.Inputs.Count} inputs, number by number: a shortcut joins the path again.",
        Multiply => $"Multiplies its {layer.Inputs.Count} inputs, number by number: one of them may open and close the channels of "
            + "the other.",
        BroadcastOp => $"Puts its {layer.Inputs.Count} inputs together, number by number.",
        Concat => $"Puts the channels of its {layer.Inputs.Count} inputs one behind the other.",
        Resize2d => $"Changes the size to {output.Height} x {output.Width}; each number is made of its nearest neighbours.",
        Pad2d => "Puts numbers around the image.",
        PixelShuffle => "Channels become pixels: each block of channels is spread over a block of places.",
        PixelUnshuffle => "Pixels become channels: each block of places is put into a block of channels.",
        Rearrangement => "Moves numbers to other places and changes none.",
        Flatten or Reshape => $"The same {input.Count:N0} numbers in the same order, read as another shape.",
        Reduction => $"Makes one number of many: {Numbers(output)}.",
        Activation or PRelu => "A function bends each number by itself; without it two layers in a row would be one.",
        UnaryOp => "A function of each number by itself.",
        Constant => "Fixed numbers, the same for every image.",
        LearnedParameter => "Learned numbers, the same for every image.",
        _ => "All of its output is made together.",
    };

    private static string Convolution(Conv2d op, ConvGeometry geometry)
    {
        var reads = geometry.InputChannelsPerGroup == 1 ? "one channel" : $"{geometry.InputChannelsPerGroup:N0} channels";
        return geometry.Taps == 1
            ? $"Each of its {geometry.OutputChannels:N0} outputs mixes {reads} at one place: a product for each channel, added up."
            : $"Each of its {geometry.OutputChannels:N0} kernels of {Pair(op.Kernel)} slides over {reads}, multiplies what it "
                + "covers, and adds up.";
    }

    private static string Pair(PerAxis kernel) => $"{kernel.Vertical} x {kernel.Horizontal}";

    private static string Numbers(Shape shape) => shape.IsVector ? $"{shape.Channels:N0} numbers"
        : $"{shape.Channels:N0} channels of {shape.Height} x {shape.Width}";
}
