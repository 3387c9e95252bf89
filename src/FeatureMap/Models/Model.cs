using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Models;

/// <summary>A network with weights and with what it takes to use it on pixels: normalisation and class names.</summary>
public sealed partial class Model
{
    /// <summary>Puts the parts together.</summary>
    /// <param name="weights">Network and numbers.</param>
    /// <param name="normalization">How pixels become numbers.</param>
    /// <param name="classNames">Names of the classes, in the order of the scores.</param>
    /// <param name="preparation">What is done to an image first; see <see cref="Preparation"/>.</param>
    /// <exception cref="ShapeException">The normalisation has another number of channels than the network's input, or the preparation makes another shape of it.</exception>
    /// <exception cref="UsageException">The preparation has a random part, or has not been fitted.</exception>
    public Model(Weights weights, Normalization normalization, IReadOnlyList<string> classNames, Augmentation? preparation = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentNullException.ThrowIfNull(classNames);
        if (normalization.Channels != weights.Network.Input.Channels)
            throw new ShapeException($"The network takes {weights.Network.Input.Channels} channels, the normalisation has {normalization.Channels}.");
        Weights = weights;
        Normalization = normalization;
        ClassNames = classNames;
        Preparation = preparation ?? Augmentation.None;
        if (Refusal(Preparation, Network.Input) is { } refusal) throw refusal;
    }

    /// <summary>What computes.</summary>
    public Network Network => Weights.Network;

    /// <summary>Its numbers.</summary>
    public Weights Weights { get; }

    /// <summary>How pixels become numbers.</summary>
    public Normalization Normalization { get; }

    /// <summary>Names of the classes, in the order of the scores.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>
    /// What is done to the pixels of an image before they are normalised: the part of the training's augmentation that is no chance (<see cref="Augmentation.ForEvaluation"/>), such as a
    /// deskewing. Images of the network's size keep their size.
    /// </summary>
    public Augmentation Preparation { get; }

    /// <summary>
    /// How a picture of another size becomes one of the network's, as it was in training: cut, padded or squashed. Null where the images
    /// were no files, or nothing says it.
    /// </summary>
    public ImageFit? Fit { get; init; }

    /// <summary>
    /// What the scores are to be divided by so that the model is as sure as it is right, where that was measured
    /// (<c>TemperatureScaling</c>); null where not. It is kept in the model's file; only <see cref="Calibrated"/> uses it.
    /// </summary>
    /// <exception cref="UsageException">It is not above 0.</exception>
    public double? Temperature
    {
        get;
        init => field = value is null or (> 0 and < double.PositiveInfinity) ? value
            : throw new UsageException($"A temperature is a number above 0: received {value}. 1 changes nothing.");
    }

    /// <summary>
    /// Whether what the network gives are numbers of an image, such as an age, and no scores of classes: <see cref="ClassNames"/> then says
    /// what they are, and <see cref="Compute"/> gives them. It is kept in the model's file.
    /// </summary>
    public bool GivesQuantities { get; init; }

    /// <summary>
    /// What of a preparation a model keeps: all of it, unless it changes the size of images that have the network's or does not take them, or a file could not hold it (statistics of Keras'
    /// options, a class of the user's own). Then nothing: images must come prepared.
    /// </summary>
    internal static Augmentation KeptPreparation(Augmentation preparation, Shape input) =>
        preparation.IsReadBack && Refusal(preparation, input) is null ? preparation : Augmentation.None;

    /// <summary>Other weights and perhaps other classes; the rest as it is.</summary>
    /// <param name="weights">The network and its numbers.</param>
    /// <param name="classNames">The classes; as they are where null.</param>
    /// <param name="isSame">Whether it answers as this model does, so that its temperature stays true.</param>
    internal Model With(Weights weights, IReadOnlyList<string>? classNames = null, bool isSame = false) =>
        new(weights, Normalization, classNames ?? ClassNames, Preparation)
        {
            Fit = Fit,
            Temperature = isSame ? Temperature : null,
            GivesQuantities = GivesQuantities && classNames is null,
        };

    /// <summary>Pixels of an image as the network reads them, by the arithmetic of training's loader.</summary>
    internal void Read(ReadOnlySpan<byte> pixels, Span<float> numbers) => Read(pixels, Network.Input, numbers);

    /// <summary>
    /// The same for an image of another size, where a network of the same
    /// layers takes that.
    /// </summary>
    internal void Read(ReadOnlySpan<byte> pixels, Shape shape, Span<float> numbers)
    {
        Preparation.Apply(pixels, shape, 0, 0, 0, numbers);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            float scale = Normalization.Scale(channel), offset = Normalization.Offset(channel);
            foreach (ref var number in numbers.Slice(channel * shape.Area, shape.Area))
                number = MathF.FusedMultiplyAdd(number, scale, offset);
        }
    }

    private static FeatureMapException? Refusal(Augmentation preparation, Shape input)
    {
        if (preparation is NoAugmentation) return null;
        try
        {
            if (preparation.ForEvaluation(input) != preparation)
                return new UsageException($"A model prepares every image alike, and '{preparation}' has a random part. Give its part that is not: augmentation.ForEvaluation(shape).");
            if (preparation.OutputShape(input) is var output && output != input)
                return new ShapeException($"The network takes images of {input}, and '{preparation}' makes {output} of them. Give a preparation that keeps the size.");
            var largest = preparation.LargestImage(input);
            return largest <= 64L * input.Count ? null
                : new ShapeException($"'{preparation}' enlarges images of {input} to {largest:N0} numbers on its way; at most 64 times as many as an image has are taken.");
        }
        catch (FeatureMapException error)
        {
            return error;
        }
    }
}
