using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Zoo;

/// <summary>
/// The network of Assignment 3.2, after the pass-through layer of YOLO v2: 20 convolutions down to one pixel, and a skip that hands a map from half-way to the last of
/// them. The skip may be taken from layer 13, as given, or from layer 12, as asked for.
/// <code>
/// 1-5 -- pool -- 6-8 -- pool -- 9-11 -- 12 -+- 13 -+- pool -- 14-20 ------------------ concat -- 22 -- dense
///                                           \------+-- 21: 1x1, 64 -- space to depth --/
///                                     tap 12       tap 13
/// </code>
/// Layers have the names of the assignment, <c>conv_i</c> and <c>norm_i</c>; every convolution is followed by batch normalisation with the defaults of Keras and a leaky
/// ReLU. Sources: Assignment 3.2; Redmon and Farhadi, "YOLO9000", arXiv 1612.08242, section 2 ("fine-grained features").
/// </summary>
public static class PassThrough
{
    /// <summary>The layer whose output the skip takes in the network as it is given.</summary>
    public const int GivenTap = 13;

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image; 3x32x32 in the assignment. Height and width are multiples of 32.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="tap">The layer whose output the skip takes: 13 as given, or 12.</param>
    /// <exception cref="UsageException">The tap is another layer.</exception>
    /// <exception cref="ShapeException">The image is too small, or 16 divides a side an odd number of times.</exception>
    public static Network Build(Shape image, int classes, int tap = GivenTap)
    {
        if (tap is not (12 or 13))
            throw new UsageException($"The skip of the pass-through network is taken from layer 12 or 13, which see the same map before the last pooling: received {tap}.");
        return Network.Build(image, x =>
        {
            x = x.Unit(1, 32, kernel: 3).MaxPool(2)
                .Unit(2, 64, kernel: 3).MaxPool(2)
                .Unit(3, 128, kernel: 3).Unit(4, 64, kernel: 1).Unit(5, 128, kernel: 3).MaxPool(2)
                .Unit(6, 256, kernel: 3).Unit(7, 128, kernel: 1).Unit(8, 256, kernel: 3).MaxPool(2)
                .Unit(9, 512, kernel: 3).Unit(10, 256, kernel: 1).Unit(11, 512, kernel: 3);
            var twelve = x.Unit(12, 256, kernel: 1);
            var thirteen = twelve.Unit(13, 512, kernel: 3);
            x = thirteen.MaxPool(2)
                .Unit(14, 1024, kernel: 3).Unit(15, 512, kernel: 1).Unit(16, 1024, kernel: 3).Unit(17, 512, kernel: 1).Unit(18, 1024, kernel: 3)
                .Unit(19, 1024, kernel: 3).Unit(20, 1024, kernel: 3);
            var skip = (tap == 12 ? twelve : thirteen).Unit(21, 64, kernel: 1).PixelUnshuffle(2, ChannelOrder.DepthColumnRow);
            return skip.Concat(x).Unit(22, 1024, kernel: 3).Flatten().Linear(classes, initializer: Initializer.GlorotUniform, name: "dense");
        });
    }

    /// <summary>Convolution without bias, normalisation and leaky ReLU: one layer of the assignment's count.</summary>
    private static Feature Unit(this Feature x, int number, int channels, int kernel) => x
        .Conv(channels, kernel, padding: Padding.Half(kernel), bias: false, initializer: Initializer.GlorotUniform, name: $"conv_{number}")
        .BatchNorm(epsilon: 1e-3f, momentum: 0.01f, name: $"norm_{number}")
        .LeakyRelu(0.1f, name: $"leaky_{number}");
}
