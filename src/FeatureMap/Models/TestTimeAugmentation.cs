using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Models;

/// <summary>Which views of an image a classifier is asked about; see <see cref="TestTimeAugmentation"/>.</summary>
public enum TestTimeViews
{
    /// <summary>The image alone.</summary>
    One,

    /// <summary>The image and its mirror image, in equal parts: twice the work. For things that are the same when seen from the other side; never for digits, letters, arrows.</summary>
    Mirror,

    /// <summary>
    /// Those two, and both again shifted by a pixel up and left and by a pixel down and right, which count half as much each: six times the work. The edge pixel is repeated where the
    /// image moved away.
    /// </summary>
    MirrorAndShift,
}

/// <summary>
/// A classifier that looks at several views of an image and answers with the mean of its scores. The errors that it makes on an image and on its mirror image are not all the same, so some
/// cancel: worth up to a percent where the training mirrored and shifted images too, for nothing but time. The views are layers of the network, so whatever takes a model takes this one:
/// evaluation, prediction, export. Each view has the layers and weights of the network again, under names that begin with the view's (<c>mirrored/conv1</c>);
/// an ONNX file holds the weights once.
/// Source: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", 2012, section 4.1 (five patches and their reflections).
/// </summary>
public static class TestTimeAugmentation
{
    private const string Mirrored = "mirrored";

    /// <summary>The same answers from more views; the model itself for <see cref="TestTimeViews.One"/>.</summary>
    /// <param name="model">A trained classifier; it is not changed.</param>
    /// <param name="views">Which views.</param>
    /// <exception cref="ShapeException">The network ends in no vector of scores, has a second input, or its images are too small to be shifted.</exception>
    public static Model Apply(Model model, TestTimeViews views)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!Enum.IsDefined(views)) throw new UsageException($"There are no test-time views {(int)views}; use a member of {nameof(TestTimeViews)}.");
        if (views == TestTimeViews.One) return model;
        var network = model.Network;
        if (!network.Output.IsVector)
            throw new ShapeException($"Views are averaged by their scores of classes, and the network ends in {network.Output} (channels x height x width): a map of a mirrored image is a mirrored map. Ask such a network about the image alone.");
        if (views == TestTimeViews.MirrorAndShift && (network.Input.Height < 2 || network.Input.Width < 2))
            throw new ShapeException($"An image shifted by a pixel must have a pixel left: the network takes {network.Input} (channels x height x width). Use the mirror image alone.");

        if (network.Layers.FirstOrDefault(layer => layer.Name.StartsWith($"{Mirrored}/", StringComparison.Ordinal)) is { } taken)
            throw new UsageException($"The network has a layer '{taken.Name}': it looks at several views already. Take the model that it was made of.");
        network.CheckOneInput("be asked about views of it");
        (string Name, Func<Feature, Feature> Of)[] others = views == TestTimeViews.Mirror ? [(Mirrored, Mirror)] :
        [
            (Mirrored, Mirror),
            ("up", x => Shift(x, 1)), ("up-mirrored", x => Mirror(Shift(x, 1))),
            ("down", x => Shift(x, -1)), ("down-mirrored", x => Mirror(Shift(x, -1))),
        ];
        var weights = Weights.Blank(Network.Build(network.Input, x =>
        {
            var score = x.Then(network);
            var scores = Array.ConvertAll(others, view => x.Scope($"{view.Name}-view", view.Of).Then(network, view.Name));
            score = score.Add(scores[0]);
            if (scores.Length > 1) score = score.Multiply(0.5).Add(scores[1].Add(scores[2]).Add(scores[3].Add(scores[4])).Multiply(0.25));
            return score.Multiply(0.5);
        }));
        weights.TakeFrom(model.Weights, partially: true);
        foreach (var (name, _) in others)
            weights.TakeUnder(name, model.Weights);
        return model.With(weights);
    }

    private static Feature Mirror(Feature x) => x.Slice(columns: AxisSlice.Backwards);

    // So many rows and columns go at the top and left, as many copies of the edge come at the bottom and right.
    private static Feature Shift(Feature x, int pixels) => x.Pad(-pixels, -pixels, pixels, pixels, PadMode.Replicate);
}
