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
    // Images that are decoded and asked about together.
    private const int Together = 64;

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
        return request.ClassFile is { } names ? ClassNameFile.Apply(model, names) : model;
    }

    /// <summary>The same where the model is open already.</summary>
    /// <inheritdoc cref="Of(PredictRequest, WorkContext)"/>
    public static FilePredictions Of(Model single, PredictRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(single);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (request.ClassFile is { } names) single = ClassNameFile.Apply(single, names);
        else if (single.ClassNames.Count == 0 && single.Network.Output.Count > 1)
            context.Tell($"The model has no names for its {single.Network.Output.Count:N0} classes, so their numbers are shown, from 0. "
                + $"PredictRequest.ClassFile is a text file with a name on each line.");
        var model = TestTimeAugmentation.Apply(request.IsCalibrated ? single.Calibrated() : single, request.Views);
        if (model.Network.Output == Shape.Vector(1) && model.Network.OutputValues == OutputValues.Scores)
            throw new ShapeException("The network gives one number per image, which is no choice between classes: a softmax over it is "
                + "always 100 %. A network that ends in a sigmoid gives a probability.");
        using var asked = new Questions(model, request, context);
        foreach (var files in request.Images.SelectMany(PictureFiles.Read).Chunk(Together))
            asked.Ask(files);
        asked.TellNotices();
        var isIndependent = model.Network.OutputValues == OutputValues.IndependentProbabilities;
        if (isIndependent) context.Tell("The network ends in a sigmoid: each value is the probability of its own label, and they need "
            + "not add up to 100 %.");
        return new(asked.Answers, asked.Failures, isIndependent);
    }

    /// <summary>Reads files and asks about them, some at a time.</summary>
    private sealed class Questions(Model model, PredictRequest request, WorkContext context) : IDisposable
    {
        private readonly ModelSession session = new(model, device: context.Device);
        private readonly List<string> notices = [];
        private readonly ImageFit? fit = request.Fit ?? ImageInput.FitFor(request.Source, request.Resize, model);

        public void Dispose() => session.Dispose();

        public List<(string Path, Prediction Prediction)> Answers { get; } = [];

        public List<(string Path, string Message)> Failures { get; } = [];

        public void Ask(IReadOnlyList<PictureFile> files)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var read = new (byte[]? Pixels, string? Notice, string? Error)[files.Count];
            Parallel.For(0, files.Count, i => read[i] = Read(files[i]));
            var good = Enumerable.Range(0, files.Count).Where(i => read[i].Pixels is not null).ToArray();
            IReadOnlyList<Prediction> told = good.Length == 0 ? [] : session.PredictMany(good.SelectMany(i => read[i].Pixels!).ToArray());
            foreach (var (place, i) in good.Index())
            {
                Answers.Add((files[i].Name, told[place]));
                if (double.IsNaN(told[place].Probability))
                    notices.Add($"{files[i].Name}: what the network gives is not a number, so nothing can be told. Its weights or its "
                        + "normalisation are broken.");
            }
            foreach (var (i, (_, notice, error)) in read.Index())
            {
                if (notice is not null) notices.Add(notice);
                if (error is not null) Failures.Add((files[i].Name, error));
            }
        }

        // Of many that say the same the first are enough.
        public void TellNotices()
        {
            session.Dispose();
            foreach (var notice in notices.Take(3))
                context.Tell(notice);
            if (notices.Count > 3) context.Tell($"{notices.Count - 3:N0} more notices like these are left out.");
        }

        private (byte[]? Pixels, string? Notice, string? Error) Read(PictureFile file)
        {
            try
            {
                var input = model.Network.Input;
                var pixels = ImageInput.Read(model, file, fit, request.Invert, out var notice);
                if (IsLightOnTheEdge(pixels, input) && model.Normalization.Mean.All(mean => mean < 0.4))
                {
                    var advice = request.Invert ? "Is PredictRequest.Invert right?" : "Dark ink on light paper needs PredictRequest.Invert.";
                    notice ??= $"{file.Name} is light at its edge, and the network learned from images that are dark there. {advice}";
                }
                return (pixels, notice, null);
            }
            catch (DataException error)
            {
                return (null, null, error.Message);
            }
        }
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
