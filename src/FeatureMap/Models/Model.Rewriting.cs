using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Models;

// Models made of models: the network is rewritten and its weights go along.
public sealed partial class Model
{
    /// <summary>The same layers and weights for images of another size; see <see cref="Network.WithInput"/>.</summary>
    /// <param name="input">Shape of an image.</param>
    /// <exception cref="ShapeException">A layer does not fit the new size, or has weights for each pixel.</exception>
    public Model WithInput(Shape input) => input == Network.Input ? this : With(Weights.Derive(Network.WithInput(input)));

    /// <summary>
    /// The model behind what is done to pictures first: it then takes them as they are, RGB from 0 to 255, whatever its weights were
    /// trained on. Where those read BGR, the first layer exchanges the colours, so that predictions, evaluations and exported files need
    /// not know of it.
    /// </summary>
    /// <param name="preparation">How pictures were prepared where the weights were trained; its size is not looked at.</param>
    /// <exception cref="ShapeException">The network does not read as many colours.</exception>
    public Model WithPreparation(Preparation preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        var channels = Network.Input.Channels;
        var normalization = preparation.Normalization.For(channels);
        if (normalization.Channels != channels)
            throw new ShapeException($"The preparation '{preparation}' is for {normalization.Channels} colours, and the network reads {channels}.");
        if (preparation.Order == ColourOrder.Rgb) return Normalized(Weights, normalization);
        if (channels != 3) throw new ShapeException($"Only three colours have an order: '{preparation}' for a network that reads {channels}.");
        var turned = Network.Prepend(Network.Input, x => x.Slice(channels: Ops.AxisSlice.Backwards, name: Network.FreeName("bgr")));
        return Normalized(Weights.Derive(turned), new([.. normalization.Mean.Reverse()], [.. normalization.Deviation.Reverse()]));
    }

    private Model Normalized(Weights weights, Normalization normalization) =>
        new(weights, normalization, ClassNames, Preparation) { Fit = Fit, GivesQuantities = GivesQuantities };

    /// <summary>
    /// The model with its <see cref="Temperature"/> in the network: a layer divides the scores, so whatever takes a model (prediction,
    /// evaluation, export) gets probabilities that are as sure as the model was right where the temperature was measured.
    /// </summary>
    /// <exception cref="UsageException">No temperature was measured.</exception>
    public Model Calibrated()
    {
        if (Temperature is not { } temperature)
            throw new UsageException("The model has no temperature: none was measured and kept. Measure it on images that it was not "
                + "trained on: Judgement.Of(model, validation).BestTemperature().");
        Feature Divided(Feature x) => x.Multiply(1 / temperature);
        var network = Network.OutputValues switch
        {
            OutputValues.Probabilities => Network.ToScores().Append(x => Divided(x).Softmax()),
            OutputValues.IndependentProbabilities => Network.ToScores().Append(x => Divided(x).Sigmoid()),
            _ => Network.Append(Divided),
        };
        return With(Weights.Derive(network));
    }

    /// <summary>The same with a temperature, which is kept in its file.</summary>
    /// <param name="temperature">Above 0; null for none.</param>
    /// <exception cref="UsageException">It is not above 0.</exception>
    public Model WithTemperature(double? temperature) =>
        new(Weights, Normalization, ClassNames, Preparation) { Fit = Fit, Temperature = temperature, GivesQuantities = GivesQuantities };

    /// <summary>The same with other names of its classes, or of its numbers.</summary>
    /// <param name="names">As many as it has answers.</param>
    public Model WithNames(IReadOnlyList<string> names) =>
        new(Weights, Normalization, names, Preparation) { Fit = Fit, Temperature = Temperature, GivesQuantities = GivesQuantities };

    /// <summary>
    /// The model that ends at a layer, with a copy of its weights: what it computes there are features, which have no class names.
    /// </summary>
    /// <inheritdoc cref="Network.CutAt(string)"/>
    public Model CutAt(string layer) => With(Weights.Derive(Network.CutAt(layer)), classNames: []);

    /// <summary>The same with classes <c>0</c>, <c>1</c>, ...</summary>
    /// <inheritdoc cref="WithHead(IReadOnlyList{string}, ulong, Func{Feature, Feature}, string?)"/>
    public Model WithHead(int classCount, ulong seed) =>
        WithHead([.. Enumerable.Range(0, Math.Max(classCount, 0)).Select(number => $"{number}")], seed);

    /// <summary>
    /// The trained body of this model with a head for other classes that has learned nothing yet: where fine-tuning begins. Hand its
    /// <see cref="Weights"/> to a training as <c>InitialWeights</c>, and the names of the body's layers as <c>FrozenLayers</c> if only
    /// the head is to learn at first.
    /// </summary>
    /// <param name="classNames">Names of the new classes, in the order of the scores.</param>
    /// <param name="seed">Another seed, another start of the head.</param>
    /// <param name="head">
    /// Receives the output of the body and returns the scores; one dense layer where null, behind a global mean if the body ends in a
    /// map.
    /// </param>
    /// <param name="body">Name of the last layer of the body; see <see cref="Network.WithHead(Func{Feature, Feature}, string?)"/>.</param>
    /// <exception cref="UsageException">There are fewer than 2 classes; or where the body ends must be said.</exception>
    /// <exception cref="ShapeException">A layer of the head does not fit.</exception>
    /// <example><code>var start = trained.WithHead(["cat", "dog"], seed: 0);</code></example>
    public Model WithHead(IReadOnlyList<string> classNames, ulong seed, Func<Feature, Feature>? head = null, string? body = null)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        if (classNames.Count < 2) throw new UsageException($"A head tells at least 2 classes apart: received {classNames.Count}.");
        return With(HeadWeights(head ?? (x => Scores(x, classNames.Count)), seed, body), classNames);
    }

    /// <summary>
    /// The same with a head for what is said of the images of a set: classes, several labels (<see cref="TargetKind.Labels"/>) or
    /// numbers (<see cref="TargetKind.Quantities"/>), with the end that these need
    /// (<see cref="TargetEnd.AnswersOf"/>).
    /// </summary>
    /// <param name="training">The training images.</param>
    /// <param name="seed">Another seed, another start of the head.</param>
    /// <param name="body">Name of the last layer of the body.</param>
    /// <exception cref="UsageException">There are fewer than 2 classes, or where the body ends must be said.</exception>
    public Model WithHead(ImageSet training, ulong seed, string? body = null)
    {
        ArgumentNullException.ThrowIfNull(training);
        var names = training.AnswerNames;
        if (training.Targets is not { AreOfWholeImage: true }) return WithHead(names, seed, body: body);
        var weights = HeadWeights(x => Scores(x, names.Count).AnswersOf(training), seed, body);
        return new(weights, Normalization, names, Preparation)
        {
            Fit = Fit,
            GivesQuantities = training.Targets.Kind == TargetKind.Quantities,
        };
    }

    private static Feature Scores(Feature x, int count) => (x.Shape.IsVector ? x : x.GlobalAveragePool()).Linear(count);

    private Weights HeadWeights(Func<Feature, Feature> head, ulong seed, string? body)
    {
        var weights = Weights.Initialize(Network.WithHead(head, body), seed);
        // The body's own numbers, and none of the old head whatever its name.
        weights.TakeFrom(Weights.ShareWith(Network.BodyUpTo(body)), partially: true);
        return weights;
    }
}
