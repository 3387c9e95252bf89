using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.OnnxRuntime;

/// <summary>
/// How far an exported file, run by ONNX Runtime, is from the model it was made of. The relative difference of an image is its largest difference divided by
/// the largest number of its output: single numbers near 0 have no meaningful one.
/// </summary>
/// <param name="RandomImages">Images of noise that were compared.</param>
/// <param name="RealImages">Real images that were compared.</param>
/// <param name="LargestAbsolute">Largest difference of two outputs.</param>
/// <param name="LargestRelative">Largest relative difference of an image.</param>
/// <param name="RuntimeVersion">Version of ONNX Runtime.</param>
public sealed record ExportCheck(int RandomImages, int RealImages, double LargestAbsolute, double LargestRelative, string RuntimeVersion)
{
    /// <summary>The relative difference up to which an export counts as right: float32 sums in another order differ by less.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Whether every image is within <see cref="Tolerance"/>; a result that is no number is not.</summary>
    public bool Passed => LargestRelative <= Tolerance;

    /// <summary>Compares a model with the file that it was exported to.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Its ONNX file.</param>
    /// <param name="input">What the file takes; as in the options of the export.</param>
    /// <param name="images">Real images of the model's input shape, or null.</param>
    /// <param name="randomImages">How many images of noise; they reach numbers that real ones do not.</param>
    /// <param name="mostImages">How many of the real images are used, from the first on.</param>
    /// <exception cref="DataException">ONNX Runtime refuses the file.</exception>
    public static ExportCheck Run(Model model, string path, OnnxInput input, ImageSet? images = null, int randomImages = 32, int mostImages = 256)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegative(randomImages);
        ArgumentOutOfRangeException.ThrowIfNegative(mostImages);
        using var runtime = new OnnxRuntimeModel(path);
        var shape = model.Network.Input;
        // What is done to images before is no part of the graph.
        model = new Model(model.Weights, model.Normalization, model.ClassNames);
        double absolute = 0, relative = 0;
        var noise = new RandomSequence(1, RandomPurpose.Testing, 0);
        var pixels = new byte[shape.Count];
        for (var image = 0; image < randomImages; image++)
        {
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = (byte)noise.NextUInt32();
            Compare(pixels);
        }
        var real = images is null ? 0 : Math.Min(mostImages, images.Count);
        for (var image = 0; image < real; image++)
            Compare(images!.Pixels(image));
        return new ExportCheck(randomImages, real, absolute, relative, Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString());

        void Compare(ReadOnlySpan<byte> one)
        {
            var ours = model.Compute(one);
            var theirs = runtime.Run(Numbers(one, model.Normalization, shape, input), 1, shape.Channels, shape.Height, shape.Width);
            if (theirs.Length != ours.Count)
                throw new DataException($"The exported model gives {theirs.Length:N0} numbers, the network {ours.Count:N0} ({model.Network.Output}).");
            double difference = 0, largest = 0;
            for (var i = 0; i < theirs.Length; i++)
            {
                difference = Larger(difference, Math.Abs((double)ours[i] - theirs[i]));
                largest = Math.Max(largest, Math.Abs((double)ours[i]));
            }
            absolute = Larger(absolute, difference);
            relative = Larger(relative, difference == 0 ? 0 : difference / largest);
        }
    }

    // Unlike Math.Max in a comparison with <=, what is no number stays visible.
    private static double Larger(double first, double second) => double.IsNaN(first) || double.IsNaN(second) ? double.NaN : Math.Max(first, second);

    private static float[] Numbers(ReadOnlySpan<byte> pixels, Normalization normalization, Shape shape, OnnxInput input)
    {
        var numbers = new float[pixels.Length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = input == OnnxInput.Pixels ? pixels[i] : MathF.FusedMultiplyAdd(pixels[i], normalization.Scale(i / shape.Area), normalization.Offset(i / shape.Area));
        return numbers;
    }
}
