using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// LeNet-5, the network that read the cheques of the 1990s.
/// <code>5x5, 6 -- tanh -- mean 2x2 -- 5x5, 16 -- tanh -- mean 2x2 -- dense 120 -- tanh -- dense 84 -- tanh -- dense</code>
/// This is the usual reading of today, with 61,706 parameters for 28x28 digits: the first convolution is padded by 2 (the paper has digits of 28x28 in images of 32x32), the
/// poolings have no weights of their own, every map of the second convolution reads all six, and the output is a dense layer. In the paper these have 12 + 32 trainable
/// subsampling weights, a table of connections and radial basis functions, 60,000 trainable parameters together. Source: LeCun, Bottou, Bengio and Haffner,
/// "Gradient-based learning applied to document recognition", 1998, section II.B.
/// </summary>
public static class LeNet
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image; 1x28x28 for the digits.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="activation">What stands behind each layer; tanh by default, as in the paper.</param>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, Func<Feature, Feature>? activation = null)
    {
        activation ??= x => x.Tanh();
        return SizedNetwork.Build("LeNet-5", image, x =>
        {
            x = activation(x.Conv(6, kernel: 5, padding: 2, initializer: Initializer.GlorotUniform)).AveragePool(2);
            x = activation(x.Conv(16, kernel: 5, initializer: Initializer.GlorotUniform)).AveragePool(2).Flatten();
            x = activation(x.Linear(120, initializer: Initializer.GlorotUniform));
            x = activation(x.Linear(84, initializer: Initializer.GlorotUniform));
            return x.Linear(classes, initializer: Initializer.GlorotUniform);
        });
    }
}
