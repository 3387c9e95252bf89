using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Models;

public sealed partial class Model
{
    private const int Batch = 256;
    private readonly Lock gate = new();
    private ModelSession? session;
    private WeightsCopy? packed;

    /// <summary>
    /// Class probabilities of one image. Any thread may call. Every call looks at all weights anew, as they may have changed: to ask often,
    /// make a <see cref="ModelSession"/>.
    /// </summary>
    /// <param name="pixels">One byte per channel and pixel, planar: channels x height x width of <see cref="Network.Input"/>, 0 to 255.</param>
    /// <exception cref="ShapeException">Another number of bytes than the network's input has, or the network does not end in a vector of scores.</exception>
    public Prediction Predict(ReadOnlySpan<byte> pixels)
    {
        CheckScores();
        return Answer(Scores(pixels));
    }

    /// <summary>The output of the network for one image, as it is: scores, a picture, whatever the network ends in. Any thread may call.</summary>
    /// <param name="pixels">One byte per channel and pixel, planar: channels x height x width of <see cref="Network.Input"/>, 0 to 255.</param>
    /// <returns>Planar: channels x height x width of <see cref="Network.Output"/>.</returns>
    /// <exception cref="ShapeException">Another number of bytes than the network's input has.</exception>
    public IReadOnlyList<float> Compute(ReadOnlySpan<byte> pixels) => Scores(pixels);

    /// <summary>Class probabilities of every image of a set, in its order: the same bits as one by one.</summary>
    /// <param name="set">Images of the network's input shape; labels are not looked at.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The result does not depend on it.</param>
    /// <exception cref="ShapeException">The images have another shape than the network's input, or the network does not end in a vector of scores.</exception>
    public IReadOnlyList<Prediction> PredictMany(ImageSet set, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(set);
        CheckScores();
        CheckSet(set);
        var answers = new Prediction[set.Count];
        Run(set.Count, threads, (image, pixels) => set.Pixels(image).CopyTo(pixels), (image, scores) => answers[image] = Answer(scores));
        return answers;
    }

    /// <summary>
    /// What the layers make of one image, in the order of the network. Layers that only rename the numbers before them (Flatten; Dropout, which is off) and
    /// normalisations that apply the activation behind them are left out, as their numbers are another layer's.
    /// </summary>
    /// <param name="pixels">One byte per channel and pixel, planar: channels x height x width of <see cref="Network.Input"/>, 0 to 255.</param>
    /// <exception cref="ShapeException">Another number of bytes than the network's input has.</exception>
    public IReadOnlyList<FeatureValues> FeatureMaps(ReadOnlySpan<byte> pixels)
    {
        CheckPixels(pixels);
        using var predictor = new Predictor(this, Weights, 1, 1, keepsOutputs: true);
        pixels.CopyTo(predictor.Pixels(0));
        predictor.Prepare();
        predictor.Run(1);
        var maps = new List<FeatureValues>();
        foreach (var layer in Network.Layers.Skip(1))
            if (!layer.Op!.IsView(Ops.ExecutionMode.Evaluation) && predictor.KeepsOutputOf(layer.Index))
                maps.Add(new FeatureValues(layer, predictor.OutputOf(layer.Index)));
        return maps;
    }

    // The weights may have changed since the last call, and nobody says so: they are compared, which costs less than packing them anew.
    private float[] Scores(ReadOnlySpan<byte> pixels)
    {
        CheckPixels(pixels);
        var scores = new float[Network.Output.Count];
        lock (gate)
        {
            session ??= ModelSession.ForSingles(this);
            var copy = packed ?? new WeightsCopy(Weights);
            packed = null; // should packing fail, the next call packs
            if (copy.TakeChanges()) session.Prepare();
            packed = copy;
            session.Run(pixels, scores);
        }
        return scores;
    }

    internal Prediction Answer(ReadOnlySpan<float> output) => new(Prediction.Of(output, Network.OutputValues), ClassNames);

    /// <exception cref="ShapeException">The images have another shape than the network's input.</exception>
    internal void CheckSet(ImageSet set)
    {
        if (set.ImageShape != Network.Input)
            throw NetworkInput.Refuse(Network, $"the set '{set.Name}' has {set.ImageShape}. Resize the images, or use the network that "
                + "was made for them.");
    }

    /// <exception cref="ShapeException">Another number of bytes than the network's input has.</exception>
    internal void CheckPixels(ReadOnlySpan<byte> pixels)
    {
        if (pixels.Length != Network.Input.Count)
            throw NetworkInput.Refuse(Network, $"which is {Network.Input.Count:N0} bytes: received {pixels.Length:N0}. Pass one "
                + "byte per channel and pixel, channel by channel.");
    }

    internal void CheckScores()
    {
        if (GivesQuantities)
            throw new UsageException($"This model gives numbers ({string.Join(", ", ClassNames)}) and makes no choice between classes: "
                + "take them by Compute.");
        if (!Network.Output.IsVector)
            throw new ShapeException($"The network's output is {Network.Output} (channels x height x width); class probabilities need a vector of scores. End the network with GlobalAveragePool().Linear({Math.Max(1, ClassNames.Count)}) or Flatten().Linear({Math.Max(1, ClassNames.Count)}).");
    }
}
