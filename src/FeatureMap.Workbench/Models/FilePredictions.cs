using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Workbench;

/// <summary>What is asked about image files.</summary>
/// <param name="Source">A finished run, a model file or an ONNX file; or an architecture with <see cref="Weights"/>.</param>
/// <param name="Images">PNG, JPEG or BMP files, one or more.</param>
public sealed record PredictRequest(string Source, IReadOnlyList<string> Images)
{
    /// <summary>Whether dark and light are exchanged: for dark ink on light paper, as the digits of MNIST are light on dark.</summary>
    public bool Invert { get; init; }

    /// <summary>Whether images of another size than the network takes are scaled.</summary>
    public bool Resize { get; init; }

    /// <summary>How many views of an image the model is asked about.</summary>
    public TestTimeViews Views { get; init; }

    /// <summary>For an architecture: the file with the weights of torchvision.</summary>
    public string? Weights { get; init; }

    /// <summary>What an ONNX file leaves open; other images than the first are not asked for its shape.</summary>
    public OnnxChoice Onnx { get; init; } = new();
}

/// <summary>What a model sees in image files.</summary>
/// <param name="Answers">For each file, in the order asked, what is seen in it.</param>
/// <param name="IsIndependent">
/// Whether each probability is one of its own (<see cref="OutputValues.IndependentProbabilities"/>), so that they need not add up to 1.
/// </param>
public sealed record FilePredictions(IReadOnlyList<(string Path, Prediction Prediction)> Answers, bool IsIndependent)
{
    /// <summary>
    /// Asks the model. All images are read before it is asked, so that a wrong name is not found at the end of a long list.
    /// </summary>
    /// <exception cref="DataException">The run or a file is not there or broken, or an image has another size.</exception>
    /// <exception cref="ShapeException">The network makes no choice between classes.</exception>
    /// <exception cref="UsageException">A choice does not go with what is there.</exception>
    public static FilePredictions Of(PredictRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        var single = RunInput.Model(
            request.Source, request.Weights, request.Onnx, channels => ImageInput.ShapeOf(request.Images[0], channels),
            context.Registry);
        var model = TestTimeAugmentation.Apply(single, request.Views);
        if (model.Network.Output == Shape.Vector(1) && model.Network.OutputValues == OutputValues.Scores)
            throw new ShapeException("The network gives one number per image, which is no choice between classes: a softmax over it is "
                + "always 100 %. A network that ends in a sigmoid gives a probability.");
        var read = request.Images.Select(path => (Path: path, Pixels: Read(model, path, request, context))).ToList();
        using var session = new ModelSession(model);
        var answers = read.Select(image => (image.Path, Prediction: session.Predict(image.Pixels))).ToList();
        if (answers.FirstOrDefault(answer => double.IsNaN(answer.Prediction.Probability)).Path is { } missing)
            context.Tell($"{missing}: what the network gives is not a number, so nothing can be told. Its weights or its "
                + "normalisation are broken.");
        var isIndependent = model.Network.OutputValues == OutputValues.IndependentProbabilities;
        if (isIndependent) context.Tell("The network ends in a sigmoid: each value is the probability of its own label, and they need "
            + "not add up to 100 %.");
        return new(answers, isIndependent);
    }

    private static byte[] Read(Model model, string path, PredictRequest request, WorkContext context)
    {
        var pixels = ImageInput.Read(model, path, request.Resize, request.Invert, context);
        if (IsLightOnTheEdge(pixels, model.Network.Input) && model.Normalization.Mean.All(mean => mean < 0.4))
        {
            var advice = request.Invert ? "Is PredictRequest.Invert right?" : "Dark ink on light paper needs PredictRequest.Invert.";
            context.Tell($"{path} is light at its edge, and the network learned from images that are dark there. {advice}");
        }
        return pixels;
    }

    private static bool IsLightOnTheEdge(byte[] pixels, Shape shape)
    {
        if (shape.Channels != 1 || shape.Height < 3 || shape.Width < 3) return false;
        long sum = 0, count = 0;
        for (var y = 0; y < shape.Height; y++)
            for (var x = 0; x < shape.Width; x++)
                if (y == 0 || x == 0 || y == shape.Height - 1 || x == shape.Width - 1)
                    (sum, count) = (sum + pixels[(y * shape.Width) + x], count + 1);
        return sum > 128 * count;
    }
}
