using FeatureMap.Analysis;
using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>The recipe for boxes of one's own, and the small backbone that it has from scratch.</summary>
public static class Detection
{
    /// <summary>Channels of the pyramid on <see cref="SmallBackbone"/>.</summary>
    public const int SmallChannels = 64;

    /// <summary>Channels of the pyramid on any other backbone.</summary>
    public const int UsualChannels = 128;

    // The map up to which a pretrained backbone stays as it is: its first layers find edges and colours, which are the same everywhere.
    private const int StayingStride = 4;

    /// <summary>What a detector from scratch is trained with.</summary>
    public static TrainingOptions Usual { get; } = new()
    {
        Epochs = 60,
        BatchSize = 16,
        Optimizer = new AdamW(weightDecay: 0.01),
        Schedule = new OneCycle(3e-3, 0.2),
        ClipGradientNorm = 10,
        Augmentation = Augmentation.Parse("affine shift=16 zoom=0.25 mirror=0.5 fill-value=114, jitter 0.2 0.2 0.2"),
    };

    /// <summary>The same on pretrained weights, which need fewer epochs; the body learns at a tenth of the rate.</summary>
    public static TrainingOptions UsualForPretrained { get; } = Usual with { Epochs = 30 };

    /// <summary>The recipe: it has no data of its own, so it is not listed among the others.</summary>
    internal static Recipe Recipe { get; } = Recipe.ForDetection((image, classes) =>
        Detector.Over(SmallBackbone(image), classes, SmallChannels), Usual);

    /// <summary>
    /// A small network of residual blocks with maps of 8, 16 and 32 pixels to a cell, for detectors that begin with nothing: about a
    /// tenth of the work of ResNet-18.
    /// </summary>
    /// <param name="image">Shape of an image; sides that are multiples of 32.</param>
    public static Network SmallBackbone(Shape image) => Network.Build(image, x =>
    {
        x = x.ConvNormActivation(16, kernel: 3, stride: 2, name: "stem1").ConvNormActivation(32, kernel: 3, stride: 2, name: "stem2");
        foreach (var (channels, stage) in ((int, int)[])[(64, 1), (96, 2), (128, 3)])
            x = x.ConvNormActivation(channels, kernel: 3, stride: 2, name: $"stage{stage}/down")
                .BasicBlock(channels, name: $"stage{stage}/block");
        return x;
    });

    /// <summary>
    /// What a training on a pretrained backbone leaves as it is, and at which rates the rest learns: layers up to four pixels to a cell
    /// and all running statistics stay, the rest of the body learns at a tenth of the rate of the head.
    /// </summary>
    /// <param name="options">Everything else; its own frozen layers and rates are kept where it has some.</param>
    /// <param name="detector">The network of the detector, see <see cref="Detector.Over(Network, int, int)"/>.</param>
    /// <param name="headOnly">Whether the whole body stays.</param>
    public static TrainingOptions OnPretrained(TrainingOptions options, Network detector, bool headOnly = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(detector);
        Layer[] body = [.. detector.Layers.Where(layer => layer.Parameters.Count > 0 && !layer.Name.StartsWith(Detector.Scope,
            StringComparison.Ordinal))];
        var early = Detector.LayersUpTo(detector, StayingStride);
        string[] frozen = [.. body.Where(layer => headOnly || layer.FixedCount > 0 || early.Contains(layer.Name)).Select(layer
            => layer.Name)];
        if (options.FrozenLayers.Count > 0) frozen = [.. options.FrozenLayers];
        string[] learning = [.. body.Where(layer => layer.TrainableCount > 0 && !frozen.Contains(layer.Name)).Select(layer => layer.Name)];
        return options with
        {
            FrozenLayers = frozen,
            LayerRates = options.LayerRates.All.Count > 0 ? options.LayerRates : LayerRates.Groups((learning, 0.1)),
        };
    }
}
