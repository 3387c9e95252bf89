using FeatureMap.Blocks;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>Which GoogLeNet.</summary>
public enum GoogLeNetVersion
{
    /// <summary>torchvision's: batch normalisation behind each convolution, and 3x3 kernels where the paper has 5x5. Its trained weights are of this one.</summary>
    Torchvision,

    /// <summary>The paper's: 5x5 kernels, biases, and local response normalisation in the stem.</summary>
    Paper,
}

/// <summary>
/// GoogLeNet, the first Inception network: nine blocks that look at several scales side by side.
/// <code>
/// 7x7 /2, 64 -- max /2 -- 1x1, 64 -- 3x3, 192 -- max /2 -- 3a 3b -- max /2 -- 4a 4b 4c 4d 4e -- max /2 -- 5a 5b -- global mean -- dense
///                                                                      \          \
///                                                                       head 1     head 2      (in training only)
/// </code>
/// The two auxiliary heads exist for training alone, so they are part of the loss and not of the network: <see cref="WithAuxiliaryHeads"/> makes a loss that owns them. What is
/// evaluated, saved and exported is the network without them.
/// Source: Szegedy et al., "Going deeper with convolutions", arXiv 1409.4842, table 1 and section 5.
/// </summary>
public static class GoogLeNet
{
    private const string FirstHeadReads = "inception4a/concat1", SecondHeadReads = "inception4d/concat1";

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="version">torchvision's or the paper's.</param>
    /// <param name="dropout">Probability of the dropout before the dense layer; 0.2 in torchvision, 0.4 in the paper, which are the defaults.</param>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, GoogLeNetVersion version = GoogLeNetVersion.Torchvision, float? dropout = null)
    {
        var isPaper = version == GoogLeNetVersion.Paper;
        var (style, large) = (Style(version), isPaper ? 5 : 3);
        return SizedNetwork.Build(isPaper ? "Inception v1" : "GoogLeNet", image, x =>
        {
            x = x.ConvNormActivation(64, kernel: 7, stride: 2, style: style, name: "conv1").MaxPool(3, stride: 2, ceilMode: true);
            if (isPaper) x = x.LocalResponseNorm();
            x = x.ConvNormActivation(64, kernel: 1, style: style, name: "conv2").ConvNormActivation(192, kernel: 3, style: style, name: "conv3");
            if (isPaper) x = x.LocalResponseNorm();
            x = x.MaxPool(3, stride: 2, ceilMode: true)
                .InceptionBlock(64, (96, 128), (16, 32), 32, style, "inception3a", large)
                .InceptionBlock(128, (128, 192), (32, 96), 64, style, "inception3b", large)
                .MaxPool(3, stride: 2, ceilMode: true)
                .InceptionBlock(192, (96, 208), (16, 48), 64, style, "inception4a", large)
                .InceptionBlock(160, (112, 224), (24, 64), 64, style, "inception4b", large)
                .InceptionBlock(128, (128, 256), (24, 64), 64, style, "inception4c", large)
                .InceptionBlock(112, (144, 288), (32, 64), 64, style, "inception4d", large)
                .InceptionBlock(256, (160, 320), (32, 128), 128, style, "inception4e", large)
                .MaxPool(isPaper ? 3 : 2, stride: 2, ceilMode: true)
                .InceptionBlock(256, (160, 320), (32, 128), 128, style, "inception5a", large)
                .InceptionBlock(384, (192, 384), (48, 128), 128, style, "inception5b", large);
            return x.GlobalAveragePool().Dropout(dropout ?? (isPaper ? 0.4f : 0.2f)).Linear(classes, name: "fc");
        });
    }

    /// <summary>
    /// The loss with two classifiers more, which read the outputs of inception 4a and 4d and give the layers there a gradient of their own:
    /// <c>Loss = GoogLeNet.WithAuxiliaryHeads(Loss.CrossEntropy(), classes: 10)</c>. Their parameters belong to the loss: they are trained and kept in checkpoints, and the
    /// finished model does not have them.
    /// <code>inception 4a -- adaptive mean 4x4 -- 1x1, 128 -- dense 1024 -- ReLU -- dropout 0.7 -- dense -- loss, times 0.3</code>
    /// </summary>
    /// <param name="loss">The loss of the output, and of both heads.</param>
    /// <param name="classes">Scores of each head: the classes of the network.</param>
    /// <param name="version">torchvision's or the paper's convolution in the heads.</param>
    /// <param name="weight">How much each head counts; 0.3 in the paper.</param>
    /// <param name="dropout">Probability of the dropout in the heads.</param>
    /// <exception cref="UsageException">The weight is not above 0.</exception>
    public static Loss WithAuxiliaryHeads(Loss loss, int classes, GoogLeNetVersion version = GoogLeNetVersion.Torchvision, double weight = 0.3, float dropout = 0.7f)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return loss + (weight * loss.On(FirstHeadReads, Head("auxiliary1"))) + (weight * loss.On(SecondHeadReads, Head("auxiliary2")));

        Func<Feature, Feature> Head(string name) => x => x.Scope(name, x => x
            .AdaptiveAveragePool(4).ConvNormActivation(128, kernel: 1, style: Style(version)).Flatten()
            .Linear(1024).Relu().Dropout(dropout).Linear(classes));
    }

    /// <summary>conv1.conv, conv1.bn, inception3a.branch1.conv, inception3a.branch2.0.conv, ..., inception3a.branch4.1.bn (behind the pooling), fc.</summary>
    internal static string TorchName(Layer layer)
    {
        if (layer.Name == "fc") return layer.Name;
        var kind = TorchNames.Stem(layer) == "conv" ? "conv" : "bn";
        var part = TorchNames.Part(layer);
        if (part.StartsWith("conv", StringComparison.Ordinal)) return $"{part}.{kind}";
        string[] branches = ["branch1", "branch2.0", "branch2.1", "branch3.0", "branch3.1", "branch4.1"];
        return $"{part}.{branches[TorchNames.Number(layer) - 1]}.{kind}";
    }

    private static ConvStyle Style(GoogLeNetVersion version) =>
        version == GoogLeNetVersion.Paper ? ConvStyle.Plain : ConvStyle.Normalized with { Norm = x => x.BatchNorm(epsilon: 1e-3f) };
}
