using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Workbench;

/// <summary>What is asked about image files.</summary>
/// <param name="Source">A finished run, a model file or an ONNX file; or an architecture with <see cref="Weights"/>.</param>
/// <param name="Images">PNG, JPEG or BMP files, or folders or archives of them; one or more.</param>
public sealed record PredictRequest(string Source, IReadOnlyList<string> Images)
{
    /// <summary>Whether dark and light are exchanged: for dark ink on light paper, as the digits of MNIST are light on dark.</summary>
    public bool Invert { get; init; }

    /// <summary>
    /// Whether images of another size than the network takes are made to fit. A run whose images were made to fit does so without being asked.
    /// </summary>
    public bool Resize { get; init; }

    /// <summary>How they are; null for as the run's images were, or else the middle of them.</summary>
    public ImageFit? Fit { get; init; }

    /// <summary>How many views of an image the model is asked about.</summary>
    public TestTimeViews Views { get; init; }

    /// <summary>A file with the names of the classes in place of the model's own; see <see cref="ClassNameFile"/>. Null for none.</summary>
    public string? ClassFile { get; init; }

    /// <summary>Whether the probabilities are those at the temperature that the model keeps; see <see cref="Model.Temperature"/>.</summary>
    public bool IsCalibrated { get; init; }

    /// <summary>For an architecture: the file with the weights of torchvision.</summary>
    public string? Weights { get; init; }

    /// <summary>What an ONNX file leaves open; other images than the first are not asked for its shape.</summary>
    public OnnxChoice Onnx { get; init; } = new();
}

/// <summary>What a model sees in image files.</summary>
/// <param name="Answers">For each file that could be read, in the order asked, what is seen in it.</param>
/// <param name="Failures">The files that could not be read, and why.</param>
/// <param name="IsIndependent">
/// Whether each probability is one of its own (<see cref="OutputValues.IndependentProbabilities"/>), so that they need not add up to 1.
/// </param>
public sealed record FilePredictions(
    IReadOnlyList<(string Path, Prediction Prediction)> Answers, IReadOnlyList<(string Path, string Message)> Failures, bool IsIndependent)
{
    /// <summary>Whether several labels of each picture were asked for, each a question of its own.</summary>
    public bool AreLabels => IsIndependent && Answers is [var (_, first), ..] && first.Probabilities.Count > 1;

    /// <summary>
    /// Asks the model. What can be read is answered, whatever else cannot. Folders and archives are read file by file, so that their size does
    /// not matter.
    /// </summary>
    /// <exception cref="DataException">The run is not there or broken, or a folder or archive cannot be listed or has no pictures.</exception>
    /// <exception cref="ShapeException">The network makes no choice between classes.</exception>
    /// <exception cref="UsageException">A choice does not go with what is there.</exception>
    public static FilePredictions Of(PredictRequest request, WorkContext context) => Of(Open(request, context), request, context);

    /// <summary>Opens the model that is asked, with the names of its classes where a file has them.</summary>
    /// <exception cref="DataException">It is not there or broken.</exception>
    /// <exception cref="UsageException">A choice does not go with what is there.</exception>
    public static Model Open(PredictRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        var model = RunInput.Model(
            request.Source, request.Weights, request.Onnx, channels => ImageInput.ShapeOf(request.Images[0], channels),
            context.Registry);
        // What a map of scores says is known by the number of the classes.
        if (request.ClassFile is { } names) return ClassNameFile.Apply(model, names);
        var weights = request.Weights ?? request.Source;
        (model, var notice) = ClassNameFile.Complete(model, weights, areNumbers: request.Weights is not null);
        context.Tell(notice);
        return model;
    }

    /// <summary>The same where the model is open already.</summary>
    /// <inheritdoc cref="Of(PredictRequest, WorkContext)"/>
    public static FilePredictions Of(Model single, PredictRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(single);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (request.ClassFile is { } names) single = ClassNameFile.Apply(single, names);
        var model = TestTimeAugmentation.Apply(request.IsCalibrated ? single.Calibrated() : single, request.Views);
        if (model.GivesQuantities)
            throw new UsageException("The model gives numbers of a picture and makes no choice between classes: NumberPredictions.Of "
                + "tells them.");
        if (model.Network.Output == Shape.Vector(1) && model.Network.OutputValues == OutputValues.Scores)
            throw new ShapeException("The network gives one number per image, which is no choice between classes: a softmax over it is "
                + "always 100 %. A network that ends in a sigmoid gives a probability.");
        using var asked = new FileQuestions<Prediction>(model, request, context, (session, pixels) => session.PredictMany(pixels),
            answer => double.IsNaN(answer.Probability));
        asked.AskAll();
        var isIndependent = model.Network.OutputValues == OutputValues.IndependentProbabilities;
        if (isIndependent) context.Tell("The network ends in a sigmoid: each value is the probability of its own label, and they need "
            + "not add up to 100 %.");
        return new(asked.Answers, asked.Failures, isIndependent);
    }
}
