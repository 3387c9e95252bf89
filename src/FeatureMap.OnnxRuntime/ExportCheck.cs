using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.OnnxRuntime;

/// <summary>
/// How far an exported file, run by ONNX Runtime, is from the model it was made of. Numbers agree as in ONNX's own tests, |a - b| &lt;=
/// absolute + relative x size, where the size is the largest number
/// of the same image's output: single numbers near 0 have no meaningful relative difference. Equal infinities agree, and NaN with NaN.
/// </summary>
/// <param name="RandomImages">Images of noise that were compared.</param>
/// <param name="RealImages">Real images that were compared.</param>
/// <param name="LargestAbsolute">Largest difference of two outputs; infinite where one engine gives a finite number and the other does
/// not.</param>
/// <param name="LargestRelative">Largest relative difference of an image.</param>
/// <param name="RuntimeVersion">Version of ONNX Runtime.</param>
public sealed record ExportCheck(int RandomImages, int RealImages, double LargestAbsolute, double LargestRelative, string RuntimeVersion)
{
    /// <summary>The relative part of what is allowed: float32 sums in another order differ by less.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>
    /// The absolute part: approximations of functions have steps of about 1e-7 (the sigmoid of ONNX Runtime 3e-8), however small the
    /// result is.
    /// </summary>
    public const double AbsoluteTolerance = 1e-6;

    /// <summary>
    /// Whether every number of every image is within <see cref="AbsoluteTolerance"/> plus <see cref="Tolerance"/> times the largest number
    /// of the image.
    /// </summary>
    public bool Passed { get; init; }

    /// <summary>Outputs that are infinite or NaN in both engines: they agree, and are hardly meant.</summary>
    public long NotFinite { get; init; }

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
        var (absolute, relative, passed, notFinite) = (0.0, 0.0, true, 0L);
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
        var version = Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString();
        return new ExportCheck(randomImages, real, absolute, relative, version) { Passed = passed, NotFinite = notFinite };

        void Compare(ReadOnlySpan<byte> one)
        {
            var ours = model.Compute(one);
            var theirs = runtime.Run(Numbers(one, model.Normalization, shape, input), 1, shape.Channels, shape.Height, shape.Width);
            if (theirs.Length != ours.Count)
                throw new DataException($"The exported model gives {theirs.Length:N0} numbers, the network {ours.Count:N0} ({model.Network.Output}).");
            double difference = 0, largest = 0;
            for (var i = 0; i < theirs.Length; i++)
            {
                difference = Math.Max(difference, Agreement.Distance(ours[i], theirs[i]));
                if (float.IsFinite(ours[i])) largest = Math.Max(largest, Math.Abs((double)ours[i]));
                else if (Agreement.Distance(ours[i], theirs[i]) == 0) notFinite++;
            }
            absolute = Math.Max(absolute, difference);
            relative = Math.Max(relative, difference == 0 ? 0 : difference / largest);
            passed &= double.IsFinite(difference) && difference <= AbsoluteTolerance + (Tolerance * largest);
        }
    }

    private static float[] Numbers(ReadOnlySpan<byte> pixels, Normalization normalization, Shape shape, OnnxInput input)
    {
        var numbers = new float[pixels.Length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = input == OnnxInput.Pixels ? pixels[i] : MathF.FusedMultiplyAdd(pixels[i], normalization.Scale(i / shape.Area), normalization.Offset(i / shape.Area));
        return numbers;
    }
}
