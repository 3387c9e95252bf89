using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>An image to be looked into.</summary>
/// <param name="Name">What it is called, such as its file.</param>
/// <param name="Pixels">One byte per channel and pixel, planar: channels x height x width of the network's input.</param>
/// <param name="Label">The class that it has, where that is known.</param>
public sealed record InspectedImage(string Name, IReadOnlyList<byte> Pixels, int? Label = null);

/// <summary>A map of an image, such as Grad-CAM for one class.</summary>
/// <param name="Kind">Which map: <c>Grad-CAM</c>, <c>Gradient</c>, <c>SmoothGrad</c>, <c>Gradient x input</c> or <c>Occlusion</c>.</param>
/// <param name="ClassIndex">The class that was asked about.</param>
/// <param name="Map">The map, of the image's size.</param>
public sealed record InspectionMap(string Kind, int ClassIndex, Heatmap Map);

/// <summary>What a model makes of one image.</summary>
/// <param name="Image">The image.</param>
/// <param name="Prediction">Probabilities of the classes; null where the network has none.</param>
/// <param name="Maps">What the answer depends on; empty where the network has no classes.</param>
public sealed record ImageInspection(InspectedImage Image, Prediction? Prediction, IReadOnlyList<InspectionMap> Maps);

/// <summary>What to look at.</summary>
public sealed record InspectionOptions
{
    /// <summary>The layer of Grad-CAM and of the channels' favourite images; the last one with a plane where null.</summary>
    public string? Layer { get; init; }

    /// <summary>The class that the maps ask about; for each image the one that the model sees where null, and for a mistake the true one as
    /// well.</summary>
    public int? ClassIndex { get; init; }

    /// <summary>Labelled images: for the confusion matrix, the channels' favourite images, and for activations and fields. Where no image
    /// is given, some are chosen from here.</summary>
    public ImageSet? Data { get; init; }

    /// <summary>How many of the worst mistakes, and of the right answers, are chosen where no image is given.</summary>
    public (int Mistakes, int Right) Choice { get; init; } = (5, 3);

    /// <summary>Threads to use; 0 means one per logical processor. The result does not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>
/// A trained model looked into: layers with their dead units, and for some images what the answer depends on. <c>InspectionPage</c> of
/// FeatureMap.Reports makes a page of it, with fields, kernels, feature maps, favourite images and confusions. What does not apply to a
/// network is left out, and <see cref="LeftOut"/> says why.
/// </summary>
/// <example><code>
/// var inspection = Inspection.Of(model, [new InspectedImage("seven.png", pixels)]);
/// InspectionPage.Write("inspect.html", "My digits", inspection);
/// </code></example>
public sealed class Inspection
{
    private const int MostMeasured = 256;

    private Inspection(Model model, Layer? layer, ImageSet seen, InspectionOptions options)
    {
        (Model, Layer, Data, Seen) = (model, layer, options.Data, seen);
        Activations = ActivationStatistics.Of(model, seen, MostMeasured);
    }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>The layer of Grad-CAM; null where the network has none with a plane.</summary>
    public Layer? Layer { get; }

    /// <summary>Activations of each layer, with dead channels and units, on up to 256 images.</summary>
    public ActivationStatistics Activations { get; }

    /// <summary>The images with their maps.</summary>
    public IReadOnlyList<ImageInspection> Images { get; private init; } = [];

    /// <summary>What does not apply, and why: a sentence each.</summary>
    public IReadOnlyList<string> LeftOut { get; private init; } = [];

    /// <summary>The labelled images; null where none were given.</summary>
    public ImageSet? Data { get; }

    /// <summary>What the model answers to each image of <see cref="Data"/>; empty where there are none, or no classes.</summary>
    public IReadOnlyList<Prediction> Answers { get; private init; } = [];

    /// <summary>The images that numbers are measured on: the data, else the images themselves.</summary>
    public ImageSet Seen { get; }

    /// <summary>Looks into a model.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="images">Images to explain; where there are none, mistakes and right answers of the data.</param>
    /// <param name="options">What to look at.</param>
    /// <exception cref="ShapeException">An image has another shape than the network's input.</exception>
    /// <exception cref="UsageException">There are neither images nor data, or no such layer or class.</exception>
    public static Inspection Of(Model model, IReadOnlyList<InspectedImage> images, InspectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        options ??= new InspectionOptions();
        var network = model.Network;
        if (images.Count == 0 && options.Data is null)
            throw new UsageException("An inspection looks at images: give some, or data to choose them from.");
        if (options.Data is not null) model.CheckSet(options.Data);
        foreach (var image in images)
            model.CheckPixels([.. image.Pixels]);

        List<string> leftOut = [];
        var hasPlane = ScoreLayers.LastPlane(network) is not null;
        var plane = options.Layer is not null || hasPlane ? ScoreLayers.Plane(network, options.Layer) : null;
        if (plane is null) leftOut.Add("Grad-CAM, receptive fields and favourite images: every layer gives a vector, so there is no place "
            + "to point at.");
        var hasScores = ScoreLayers.Objection(network) is null;
        if (!hasScores) leftOut.Add("Predictions, Grad-CAM, saliency, occlusion and the confusion "
            + $"matrix: {Lower(ScoreLayers.Objection(network)!)}.");
        if (options.Data is null) leftOut.Add("The confusion matrix and the channels' favourite images: they need labelled data.");

        var answers = hasScores && options.Data is { } labelled ? model.PredictMany(labelled, options.Threads) : [];
        if (images.Count == 0) images = Choose(options.Data!, answers, options.Choice);
        var seen = options.Data
            ?? ImageSet.Adopt("the images", network.Input, [.. images.SelectMany(image => image.Pixels)], new int[images.Count], ["image"]);
        return new Inspection(model, plane, seen, options)
        {
            Answers = answers,
            Images = hasScores ? Explain(model, images, plane, options) : [.. images.Select(image => new ImageInspection(image, null, []))],
            LeftOut = leftOut,
        };
    }

    private static string Lower(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];

    /// <summary>The mistakes that the model was most sure of, and right answers of different classes, those that it was most sure of;
    /// without answers the first images.</summary>
    private static List<InspectedImage> Choose(ImageSet set, IReadOnlyList<Prediction> answers, (int Mistakes, int Right) count)
    {
        IEnumerable<int> chosen = answers.Count == 0
            ? Enumerable.Range(0, Math.Min(set.Count, count.Mistakes + count.Right))
            : Sure(i => answers[i].Class != set.Label(i)).Take(count.Mistakes).Concat(Sure(i =>
                answers[i].Class == set.Label(i)).DistinctBy(set.Label).Take(count.Right));
        return [.. chosen.Select(i => new InspectedImage(set.NameOf(i), set.Pixels(i).ToArray(), set.Label(i)))];

        IEnumerable<int> Sure(Func<int, bool> which) =>
            Enumerable.Range(0, set.Count).Where(which).OrderByDescending(i => answers[i].Probability).ThenBy(i => i);
    }

    private static List<ImageInspection> Explain(Model model, IReadOnlyList<InspectedImage> images, Layer? plane, InspectionOptions options)
    {
        byte[][] pixels = [.. images.Select(image => image.Pixels.ToArray())];
        Prediction[] answers = [.. pixels.Select(image => model.Predict(image))];
        // For a mistake two questions: why this, and why not what it is?
        var asked = images.Select((image, i) => (int[])(options.ClassIndex is { } one ? [ScoreLayers.Class(model, pixels[i], one)]
            : image.Label is { } label && label != answers[i].Class
                && label < answers[i].Probabilities.Count ? [answers[i].Class, label] : [answers[i].Class])).ToList();
        var questions = asked.SelectMany((classes, i) => classes.Select(one => (Image: i, Class: one))).ToList();
        var attention = plane is null ? [] : GradCam.OfMany(model, [.. questions.Select(question => pixels[question.Image])],
            [.. questions.Select(question => question.Class)], plane.Name, options.Threads);

        var result = new List<ImageInspection>();
        for (var i = 0; i < images.Count; i++)
        {
            List<InspectionMap> maps = [.. attention.Zip(questions).Where(pair => pair.Second.Image == i).Select(pair =>
                new InspectionMap("Grad-CAM", pair.Second.Class, pair.First))];
            var (image, main) = (pixels[i], asked[i][0]);
            maps.Add(new InspectionMap("Gradient", main, Saliency.Gradient(model, image, main)));
            maps.Add(new InspectionMap("SmoothGrad", main, Saliency.Smooth(model, image, main)));
            maps.Add(new InspectionMap("Gradient x input", main, Saliency.GradientTimesInput(model, image, main)));
            maps.Add(new InspectionMap("Occlusion", main, OcclusionMap.Of(model, image, main)));
            result.Add(new ImageInspection(images[i], answers[i], maps));
        }
        return result;
    }
}
