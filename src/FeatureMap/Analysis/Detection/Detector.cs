using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// A model that finds things in pictures: a backbone, a feature pyramid on it and a head on each level (<see cref="BoxPyramid"/>), whose
/// output says for each cell where a thing is and what. It is an ordinary <see cref="Models.Model"/>: trained, saved, exported and read as
/// any other; this says what its numbers mean.
/// </summary>
/// <example><code>
/// var start = Detector.Over(backbone, data.ClassNames);                 // any model whose maps have 8, 16 and 32 pixels to a cell
/// var run = Trainer.Fit(start.Model.Network, data.Split, new() { InitialWeights = start.Model.Weights, Epochs = 40 });
/// foreach (var box in Detector.Of(run.Model).Detect("cells.jpg")) Console.WriteLine(box);
/// </code></example>
public sealed class Detector
{
    /// <summary>What the names of all layers behind the backbone begin with.</summary>
    public const string Scope = "detector/";

    /// <summary>The strides of the maps that a detector stands on.</summary>
    private static readonly int[] Strides = [8, 16, 32];

    private Detector(Model model, BoxPyramid pyramid) => (Model, Pyramid) = (model, pyramid);

    /// <summary>Network, weights and how pixels become numbers.</summary>
    public Model Model { get; }

    /// <summary>What the numbers of its output mean.</summary>
    public BoxPyramid Pyramid { get; }

    /// <summary>The names of the classes, by label.</summary>
    public IReadOnlyList<string> ClassNames => Model.ClassNames;

    /// <summary>How a picture of another size is made to fit.</summary>
    public ImageFit Fit => Model.Fit ?? ImageFit.Pad();

    /// <summary>Size of the images that it takes.</summary>
    public ImageSize Size => new(Model.Network.Input.Height, Model.Network.Input.Width);

    /// <summary>
    /// The network of a detector: a pyramid and heads on the maps of any network of convolutions. Of each stride it takes the last map, and
    /// what comes behind the last of them, such as a classifier, is left out. The layers of the backbone keep their names, so that
    /// <see cref="Weights.TakeFrom"/> finds its numbers; those of the pyramid begin with <c>detector/</c>.
    /// </summary>
    /// <param name="backbone">A network of images; sides that are multiples of 32.</param>
    /// <param name="classCount">Classes, at least one.</param>
    /// <param name="channels">Channels of the pyramid: 128, or less for a small backbone.</param>
    /// <exception cref="ShapeException">It has no map of one of the strides, or the sides are no such multiples.</exception>
    /// <exception cref="UsageException">There is no class.</exception>
    public static Network Over(Network backbone, int classCount, int channels = 128)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        var pyramid = PyramidOf(backbone.Input, classCount);
        if (backbone.Input.Area == Strides[^1] * Strides[^1])
            throw new ShapeException($"A detector needs more than one cell of {Strides[^1]} x {Strides[^1]} pixels: the images are "
                + $"{backbone.Input} (channels x height x width). Take sides of 64 at least.");
        Layer[] maps = [.. pyramid.Strides.Select(stride => LastMap(backbone, stride))];
        var builder = new NetworkBuilder(backbone, prefix: "", keepsAll: false);
        Feature[] levels = [.. maps.Select(layer => builder.FeatureOf(layer.Index))];
        return builder.Finish(builder.Scope(Scope[..^1], _ => pyramid.Head(levels, channels), levels[0]));
    }

    /// <summary>
    /// A detector that has not learned yet on the backbone of a trained model, whose weights, normalisation and preparation it takes over.
    /// </summary>
    /// <param name="backbone">For images of the size that the detector is to have: <c>Pretrained.Get(name, size: ...)</c>,
    /// <see cref="Model.WithInput"/>.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <param name="seed">Another seed, another start of the heads.</param>
    /// <param name="channels">Channels of the pyramid.</param>
    /// <inheritdoc cref="Over(Network, int, int)"/>
    public static Detector Over(Model backbone, IReadOnlyList<string> classNames, ulong seed = 0, int channels = 128)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(classNames);
        var network = Over(backbone.Network, classNames.Count, channels);
        var weights = Weights.Initialize(network, seed);
        weights.TakeFrom(backbone.Weights, partially: true);
        return Of(new Model(weights, backbone.Normalization, classNames, backbone.Preparation) { Fit = ImageFit.Pad() });
    }

    /// <summary>Names of the layers of the backbone that stand before the map of a stride and have weights or statistics.</summary>
    /// <param name="detector">The network of a detector.</param>
    /// <param name="stride">4 for the stem and the first stage of a ResNet; the layers of coarser maps stay.</param>
    public static IReadOnlyList<string> LayersUpTo(Network detector, int stride)
    {
        ArgumentNullException.ThrowIfNull(detector);
        return [.. detector.Layers.Skip(1).TakeWhile(layer => layer.Output.Height * stride >= detector.Input.Height)
            .Where(layer => layer.Parameters.Count > 0).Select(layer => layer.Name)];
    }

    /// <summary>Whether a model gives the numbers of a pyramid over its classes.</summary>
    public static bool Is(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (input, output) = (model.Network.Input, model.Network.Output);
        return model.ClassNames.Count > 0 && input.Height % Strides[^1] == 0 && input.Width % Strides[^1] == 0
            && output == PyramidOf(input, model.ClassNames.Count).Shape;
    }

    /// <summary>A trained model as a detector.</summary>
    /// <exception cref="ShapeException">Its output is not that of a pyramid over its classes.</exception>
    public static Detector Of(Model model)
    {
        if (Is(model)) return new(model, PyramidOf(model.Network.Input, model.ClassNames.Count));
        var (count, input) = (model.ClassNames.Count, model.Network.Input);
        throw new ShapeException($"The model is no detector: with {count} {(count == 1 ? "class" : "classes")} and images of {input} one "
            + $"gives (5 + {count}) x 1 x cells, a cell for every 8, 16 and 32 pixels, and this gives {model.Network.Output}. Build it by "
            + "Detector.Over.");
    }

    /// <summary>What is in a picture file, in pixels of it; the picture is made to fit as in training.</summary>
    /// <param name="path">A PNG, JPEG or BMP file.</param>
    /// <param name="leastScore">Boxes with a lower score are left out.</param>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public IReadOnlyList<DetectedBox> Detect(string path, double leastScore = 0.3)
    {
        var header = ImageFile.ReadHeader(path);
        var pixels = ImageFile.Load(path, Model.Network.Input, Fit, out _);
        return Read([.. Model.Compute(pixels)], BoxPlacement.Of(Fit, header.Height, header.Width, Size), leastScore);
    }

    /// <summary>What is in a picture, in pixels of it. Any thread may call.</summary>
    /// <param name="picture">The picture, of any size.</param>
    /// <param name="leastScore">Boxes with a lower score are left out.</param>
    public IReadOnlyList<DetectedBox> Detect(Picture picture, double leastScore = 0.3)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var (channels, shape) = (Model.Network.Input.Channels, picture.Shape);
        var pixels = Fit.Apply(Coloured(picture, channels), new(channels, shape.Height, shape.Width), Size);
        return Read([.. Model.Compute(pixels)], BoxPlacement.Of(Fit, shape.Height, shape.Width, Size), leastScore);
    }

    /// <summary>What is in each image of a set, in pixels of these images.</summary>
    /// <param name="set">Images of the network's input shape.</param>
    /// <param name="leastScore">Boxes with a lower score are left out; to judge a detector, low ones are needed.</param>
    /// <param name="threads">Threads; 0 means one per logical processor. The result does not depend on it.</param>
    /// <exception cref="ShapeException">The images have another shape.</exception>
    public IReadOnlyList<IReadOnlyList<DetectedBox>> DetectMany(ImageSet set, double leastScore = 0.05, int threads = 0) =>
        [.. Model.ComputeMany(set, threads).Select(output => Pyramid.Decode(output, leastScore))];

    /// <summary>Judges the detector on images with boxes, in pixels of these images.</summary>
    /// <param name="set">Images of the network's input shape with boxes.</param>
    /// <param name="threads">Threads; 0 means one per logical processor.</param>
    /// <exception cref="DataException">The set has no boxes.</exception>
    /// <exception cref="ShapeException">The images have another shape.</exception>
    public DetectionJudgement Judge(ImageSet set, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(set);
        return DetectionJudgement.Of([.. Enumerable.Range(0, set.Count).Select(image => TruthOf(set, image))],
            DetectMany(set, threads: threads), ClassNames);
    }

    /// <summary>What a network's numbers say of a picture that was made to fit: boxes in pixels of the picture.</summary>
    /// <param name="output">The network's output for one image.</param>
    /// <param name="placement">Where the picture is in the image.</param>
    /// <param name="leastScore">Boxes with a lower score are left out.</param>
    public IReadOnlyList<DetectedBox> Read(ReadOnlySpan<float> output, BoxPlacement placement, double leastScore)
    {
        var found = new List<DetectedBox>();
        foreach (var box in Pyramid.Decode(output, leastScore))
            if (placement.Back(box.Box) is { } inside)
                found.Add(box with { Box = inside });
        return found;
    }

    /// <summary>The boxes of an image of a set, in pixels of the image; those that do not count are difficult ones.</summary>
    /// <exception cref="DataException">The set has no boxes.</exception>
    public static IReadOnlyList<LabelledBox> TruthOf(ImageSet set, int image)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (set.Targets is not { Kind: TargetKind.Boxes } targets)
            throw new DataException($"{set.Name} has no boxes to judge a detector by: make its targets by BoxPyramid.Targets.");
        var things = new List<LabelledBox>();
        foreach (var box in targets.BoxesOf(set.TargetOf(image)))
            things.Add(new(new Box(box.Left, box.Top, (double)box.Right - box.Left, (double)box.Bottom - box.Top), box.Class)
            { IsDifficult = !box.Counts });
        return things;
    }

    private static BoxPyramid PyramidOf(Shape image, int classCount) => new(image, classCount, Strides);

    private static Layer LastMap(Network network, int stride)
    {
        var (height, width) = (network.Input.Height / stride, network.Input.Width / stride);
        return network.Layers.Skip(1).LastOrDefault(layer => layer.Output.Height == height && layer.Output.Width == width)
            ?? throw new ShapeException($"A detector on images of {network.Input} needs maps of {height} x {width}, one cell for "
                + $"{stride} x "
                + $"{stride} pixels, and the network has none: its maps are "
                + $"{string.Join(", ", network.Layers.Select(layer => $"{layer.Output.Height} x {layer.Output.Width}").Distinct())}"
                + " (height x width). Take one that halves the image five times.");
    }

    // Gray is repeated, colour becomes gray by the weights of ImageFile.
    private static ReadOnlySpan<byte> Coloured(Picture picture, int channels)
    {
        if (picture.Shape.Channels == channels) return picture.Pixels;
        var pixels = picture.Pixels;
        var area = picture.Shape.Area;
        var result = new byte[channels * area];
        for (var i = 0; i < area; i++)
            if (channels == 1) result[i] = (byte)(((77 * pixels[i]) + (150 * pixels[area + i]) + (29 * pixels[(2 * area) + i])) >> 8);
            else result[i] = result[area + i] = result[(2 * area) + i] = pixels[i];
        return result;
    }
}
