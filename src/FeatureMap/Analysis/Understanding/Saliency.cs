using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.Analysis;

/// <summary>
/// Saliency: by how much the score of a class (before the softmax) changes with each input pixel, the gradient of the score by the image.
/// Gradients are per unit of pixel / 255, so channels of different normalisation can be compared. It says to what the score is sensitive
/// here, which is not the same as what the score is made of.
/// Source: Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks", arXiv 1312.6034.
/// </summary>
/// <example><code>File.WriteAllBytes("saliency.png", Saliency.Smooth(model, pixels).Over(pixels, model.Network.Input, zoom:
/// 8));</code></example>
public static class Saliency
{
    /// <summary>The absolute value of the gradient, the largest over the channels of a pixel.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="pixels">One byte per channel and pixel, planar: channels x height x width of the network's input.</param>
    /// <param name="classIndex">The class to ask about; the one that the model sees where null.</param>
    /// <exception cref="ShapeException">The network does not end in a vector, or the image has another size.</exception>
    /// <exception cref="UsageException">There is no such class.</exception>
    public static Heatmap Gradient(Model model, ReadOnlySpan<byte> pixels, int? classIndex = null)
    {
        var input = Input(model, pixels);
        return LargestSize(model, MeanGradient(model, ScoreLayers.Class(model, pixels, classIndex), 1, _ => input));
    }

    /// <summary>
    /// Gradient x input, summed over the channels of a pixel, with its sign: what each pixel adds to the score if the score were linear.
    /// The input is the normalised one, so a pixel as bright as the mean of the data adds nothing. Source: Shrikumar et al., "Not just a
    /// black box", arXiv 1605.01713.
    /// </summary>
    /// <inheritdoc cref="Gradient"/>
    public static Heatmap GradientTimesInput(Model model, ReadOnlySpan<byte> pixels, int? classIndex = null)
    {
        var input = Input(model, pixels);
        var gradient = MeanGradient(model, ScoreLayers.Class(model, pixels, classIndex), 1, _ => input);
        var shape = model.Network.Input;
        var values = new float[shape.Area];
        for (var i = 0; i < gradient.Length; i++)
            values[i % shape.Area] += (float)(gradient[i] * input[i]);
        return new Heatmap(shape.Height, shape.Width, values, isSigned: true);
    }

    /// <summary>
    /// SmoothGrad: the gradient averaged over copies of the image with noise, then as in <see cref="Gradient"/>. What changes sign from one
    /// copy to the next averages out. The same seed gives the same map. Source: Smilkov et al., "SmoothGrad: removing noise by adding
    /// noise", arXiv 1706.03825.
    /// </summary>
    /// <param name="model">The trained model.</param>
    /// <param name="pixels">One byte per channel and pixel, planar: channels x height x width of the network's input.</param>
    /// <param name="classIndex">The class to ask about; the one that the model sees where null.</param>
    /// <param name="samples">Copies to average over.</param>
    /// <param name="noise">Deviation of the noise as a share of the image's range from its darkest to its brightest value; 0.1 to 0.2 are
    /// usual.</param>
    /// <param name="seed">Decides the noise.</param>
    /// <exception cref="ShapeException">The network does not end in a vector, or the image has another size.</exception>
    /// <exception cref="UsageException">There is no such class, or a number is out of range.</exception>
    public static Heatmap Smooth(Model model, ReadOnlySpan<byte> pixels, int? classIndex = null, int samples = 32, double noise = 0.15,
        ulong seed = 0)
    {
        if (samples is < 1 or > 10_000) throw new UsageException($"SmoothGrad averages over 1 to 10,000 copies: received {samples}. 32 "
            + "show what there is to see.");
        if (!(noise is >= 0 and <= 10)) throw new UsageException("The noise of SmoothGrad is a share of the image's range, from 0 to 10: "
            + $"received {noise}. 0.15 is usual.");
        var input = Input(model, pixels);
        var shape = model.Network.Input;
        byte least = 255, greatest = 0;
        foreach (var pixel in pixels)
            (least, greatest) = (Math.Min(least, pixel), Math.Max(greatest, pixel));
        var deviation = noise * (greatest - least);
        return LargestSize(model, MeanGradient(model, ScoreLayers.Class(model, pixels, classIndex), samples, copy =>
        {
            var random = new RandomSequence(seed, RandomPurpose.ImageNoise, 0, (uint)copy);
            var noisy = new float[input.Length];
            for (var i = 0; i < noisy.Length; i++)
                noisy[i] = (float)(input[i] + (deviation * random.NextNormal() * model.Normalization.Scale(i / shape.Area)));
            return noisy;
        }));
    }

    private static float[] Input(Model model, ReadOnlySpan<byte> pixels)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.CheckPixels(pixels);
        var input = new float[pixels.Length];
        model.Read(pixels, input);
        return input;
    }

    private static double[] MeanGradient(Model model, int classIndex, int copies, Func<int, float[]> copy)
    {
        using var probe = new GradientProbe(model.Weights, ScoreLayers.Scores(model.Network), null, KeptBatch.For(model.Network, copies));
        var mean = new double[model.Network.Input.Count];
        for (var start = 0; start < copies; start += probe.Capacity)
        {
            var count = Math.Min(probe.Capacity, copies - start);
            for (var i = 0; i < count; i++)
            {
                copy(start + i).CopyTo(probe.Input(i));
                probe.Seed(i).Clear();
                probe.Seed(i)[classIndex] = 1;
            }
            probe.Run(count);
            for (var i = 0; i < count; i++)
            {
                var gradient = probe.InputGradient(i);
                for (var at = 0; at < mean.Length; at++)
                    mean[at] += gradient[at] / (double)copies;
            }
        }
        return mean;
    }

    private static Heatmap LargestSize(Model model, double[] gradient)
    {
        var shape = model.Network.Input;
        var values = new float[shape.Area];
        for (var i = 0; i < gradient.Length; i++)
            values[i % shape.Area] = Math.Max(values[i % shape.Area],
                (float)(Math.Abs(gradient[i]) / model.Normalization.Deviation[i / shape.Area]));
        return new Heatmap(shape.Height, shape.Width, values);
    }
}
