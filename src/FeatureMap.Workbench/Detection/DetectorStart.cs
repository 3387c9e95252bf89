using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>What the training of a detector begins with: the small backbone, an architecture or pretrained weights, and fresh
/// heads.</summary>
internal static class DetectorStart
{
    /// <summary>Builds it.</summary>
    /// <exception cref="DataException">The pretrained weights are not there, or damaged.</exception>
    /// <exception cref="ShapeException">The backbone has no maps for a pyramid.</exception>
    /// <exception cref="UsageException">Two settings contradict each other.</exception>
    public static TrainStart Of(Recipe recipe, RecipeSettings settings, SplitData data)
    {
        var shape = data.ImageShape;
        if (settings.From.Length > 0) return OfPretrained(settings, data);
        if (settings.Network.Length == 0)
            return Fresh(recipe.Build(shape, data.ClassCount), settings);
        CheckBackbone(settings);
        var backbone = settings.ChooseArchitecture()!.Build(shape, 2);
        return Fresh(Detector.Over(backbone, data.ClassCount, Detection.UsualChannels), settings);
    }

    /// <summary>What can be told before the data are read.</summary>
    /// <exception cref="UsageException">The network is no architecture, or pretrained weights bring one already.</exception>
    public static void CheckBackbone(RecipeSettings settings)
    {
        if (settings.From.Length > 0 && settings.Network.Length + settings.Weights.Length > 0)
            throw new UsageException("The setting from brings the backbone of a detector and its weights: leave network and weights out.");
        if (settings.Network.Length > 0 && (settings.ChooseArchitecture() is null || settings.Weights.Length > 0))
            throw new UsageException("The backbone of a detector is the name of an architecture, with fresh weights, by the setting "
                + "network; trained ones come by the setting from.");
    }

    // The settings know no loss of boxes: what they have stands for the usual one.
    private static TrainStart Fresh(Network network, RecipeSettings settings) =>
        new(network, null, settings.Training.Normalization) { Adds = options => options with { Loss = null } };

    private static TrainStart OfPretrained(RecipeSettings settings, SplitData data)
    {
        var size = new ImageSize(data.ImageShape.Height, data.ImageShape.Width);
        var pretrained = (settings with { Data = settings.Data with { Images = settings.Data.Images with { Size = size } } })
            .ChoosePretrained();
        if (pretrained.Model.Network.Input != data.ImageShape)
            throw new ShapeException($"The weights take {pretrained.Model.Network.Input}, and the images are {data.ImageShape} (channels "
                + $"x height x "
                + "width): set image-colours.");
        var detector = Detector.Over(pretrained.Model, data.ClassNames, settings.Training.Seed, Detection.UsualChannels);
        var network = detector.Model.Network;
        return new(network, detector.Model.Weights, detector.Model.Normalization)
        {
            Notice = pretrained.Notices.Count == 0 ? null : string.Join(' ', pretrained.Notices),
            Adds = options => Detection.OnPretrained(options with { Loss = null }, network, settings.HeadOnly),
        };
    }
}
