using FeatureMap.Ops;

namespace FeatureMap.Networks;

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
        if (network.Layers.Skip(1).FirstOrDefault(layer => layer.Op is null) is { } second)
            throw new ShapeException($"The network has a second input, '{second.Name}' of {second.Output}: only networks of one input can be asked about views of it.");

        var answers = new Answers(model);
        var score = answers.Of(x => x, "").Add(answers.Of(Mirror, Mirrored));
        if (views == TestTimeViews.MirrorAndShift)
        {
            var up = answers.Of(x => Shift(x, 1), "up").Add(answers.Of(x => Mirror(Shift(x, 1)), "up-mirrored"));
            var down = answers.Of(x => Shift(x, -1), "down").Add(answers.Of(x => Mirror(Shift(x, -1)), "down-mirrored"));
            score = score.Multiply(0.5).Add(up.Add(down).Multiply(0.25));
        }
        return answers.Finish(score.Multiply(0.5));
    }

    private static Feature Mirror(Feature x) => x.Slice(columns: AxisSlice.Backwards);

    // So many rows and columns go at the top and left, as many copies of the edge come at the bottom and right.
    private static Feature Shift(Feature x, int pixels) => x.Pad(-pixels, -pixels, pixels, pixels, PadMode.Replicate);

    /// <summary>The layers of a model again and again, and where their weights come from.</summary>
    private sealed class Answers(Model model)
    {
        private readonly NetworkBuilder builder = new(model.Network.Input);
        private readonly Dictionary<string, string> sources = [];

        /// <summary>What the model says of a view of the image; layers of the view have names of their own.</summary>
        public Feature Of(Func<Feature, Feature> view, string name)
        {
            var prefix = name.Length == 0 ? "" : name + "/";
            var features = new Feature[model.Network.Layers.Count];
            features[0] = name.Length == 0 ? builder.FeatureOf(0) : builder.Scope($"{name}-view", view, builder.FeatureOf(0));
            foreach (var layer in model.Network.Layers.Skip(1))
            {
                sources.Add(prefix + layer.Name, layer.Name);
                features[layer.Index] = builder.Add(layer.Op!, prefix + layer.Name, [.. layer.Inputs.Select(input => features[input])]);
            }
            return features[^1];
        }

        public Model Finish(Feature score)
        {
            var weights = Weights.Blank(builder.Finish(score));
            foreach (var parameter in weights.Parameters)
                model.Weights[$"{sources[weights.Network.Layers[parameter.Layer].Name]}.{parameter.Definition.Name}"].Values.CopyTo(parameter.Values);
            return new Model(weights, model.Normalization, model.ClassNames, model.Preparation);
        }
    }
}
