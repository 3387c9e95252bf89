using System.Runtime.Intrinsics;

namespace FeatureMap.Data;

/// <content>The part that is not random: standardisation, and the statistics that it needs.</content>
public sealed partial record KerasAugmentation
{
    private const float LeastDeviation = 1e-6f;

    /// <summary>Whether <see cref="Fit(ImageSet)"/> has measured the training images.</summary>
    public bool IsFitted => Statistics is not null;

    /// <summary>What was measured; null before.</summary>
    internal FeatureStatistics? Statistics { get; private init; }

    private bool NeedsStatistics => FeaturewiseCenter || FeaturewiseStdNormalization || ZcaWhitening;

    private bool CentersSamples => SamplewiseCenter || SamplewiseStdNormalization;

    private bool IsStandardizing => NeedsStatistics || CentersSamples || Rescale != 1 || PreprocessingFunction is not null;

    /// <summary><c>fit</c>: measures the training images for the feature-wise options and ZCA. Without such options it does nothing.</summary>
    /// <exception cref="UsageException">ZCA is asked for and the images are too large for it.</exception>
    public override Augmentation Fit(ImageSet training) => Fit(training, rounds: 0);

    /// <summary><c>fit(augment=True, rounds=...)</c>: measures augmented images, each in so many variants.</summary>
    /// <param name="training">The training images.</param>
    /// <param name="rounds">Variants of each image; 0 for the images themselves.</param>
    /// <param name="seed">Decides the variants.</param>
    /// <exception cref="UsageException">The number of rounds is outside 0 to 1,000, or ZCA is asked for and the images are too large for it.</exception>
    public KerasAugmentation Fit(ImageSet training, int rounds, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(training);
        rounds = AugmentationOption.InRange<KerasAugmentation>(rounds, 0, 1000, nameof(rounds));
        if (!NeedsStatistics) return this;
        if (ZcaWhitening) FeatureStatistics.CheckSize(training.ImageShape);
        return this with { Statistics = FeatureStatistics.Measure(training, rounds, ZcaWhitening ? ZcaEpsilon : null, Prepare) };

        void Prepare(int index, int round, Span<float> pixels)
        {
            var source = training.Pixels(index);
            var shape = training.ImageShape;
            var needed = new float[2 * shape.Count];
            var work = new AugmentationWork(seed, (uint)round, (uint)index, new PixelBuffers(source, shape, [], needed, shape.Count), default, false, []);
            if (rounds > 0) RandomChange(ref work);
            StandardizeSample(work.Pixels, shape);
            work.Pixels.CopyTo(pixels);
        }
    }

    private void CheckStatistics(Shape shape)
    {
        if (!NeedsStatistics) return;
        var option = ZcaWhitening ? nameof(ZcaWhitening) : FeaturewiseCenter ? nameof(FeaturewiseCenter) : nameof(FeaturewiseStdNormalization);
        if (Statistics is null)
            throw new UsageException($"{nameof(KerasAugmentation)}.{option} needs statistics of the training images. Call Fit(trainingImages) and use what it returns.");
        if (shape.Channels != Statistics.Shape.Channels || (ZcaWhitening && shape != Statistics.Shape))
            throw new ShapeException($"{nameof(KerasAugmentation)}.{option} was fitted to images of {Statistics.Shape}: received {shape}. Fit it to images of this shape.");
        if (ZcaWhitening && Statistics.Whitening is null)
            throw new UsageException($"{nameof(KerasAugmentation)}.{nameof(ZcaWhitening)} was switched on after Fit. Call Fit(trainingImages) again.");
    }

    private void Standardize(ref AugmentationWork work)
    {
        var shape = work.Shape;
        if (!IsStandardizing) return;
        CheckStatistics(shape);
        StandardizeSample(work.Pixels, shape);
        if (!NeedsStatistics) return;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var mean = Statistics!.Mean[channel];
            var scale = FeaturewiseStdNormalization && !ZcaWhitening ? 1 / (Statistics.Deviation[channel] + LeastDeviation) : 1;
            PixelMath.Map(work.Pixels.Slice(channel * shape.Area, shape.Area), new SubtractAndScale(mean, scale));
        }
        if (!ZcaWhitening) return;
        Span<float> pixels = work.Pixels, white = work.Next(shape);
        for (var i = 0; i < white.Length; i++) // the matrix is symmetric: its rows are its columns
            white[i] = PixelMath.Dot(Statistics!.Whitening!.AsSpan(i * white.Length, white.Length), pixels);
        work.Accept(shape);
    }

    // The steps that look at one image only.
    private void StandardizeSample(Span<float> pixels, Shape shape)
    {
        PreprocessingFunction?.Invoke(pixels, shape);
        if (Rescale != 1) PixelMath.Map(pixels, new SubtractAndScale(0, Rescale));
        if (!CentersSamples) return;
        PixelMath.Map(pixels, new SubtractAndScale((float)PixelMath.Mean(pixels), 1));
        if (!SamplewiseStdNormalization) return;
        var deviation = (float)Math.Sqrt(PixelMath.Dot(pixels, pixels) / pixels.Length);
        PixelMath.Map(pixels, new SubtractAndScale(0, 1 / (deviation + LeastDeviation)));
    }

    private readonly struct AddWithin(float summand, float least, float greatest) : IPixelMap
    {
        public Vector256<float> Map(Vector256<float> pixels) =>
            Vector256.Min(Vector256.Max(pixels + Vector256.Create(summand), Vector256.Create(least)), Vector256.Create(greatest));
    }

    private readonly struct SubtractAndScale(float mean, float scale) : IPixelMap
    {
        public Vector256<float> Map(Vector256<float> pixels) => (pixels - Vector256.Create(mean)) * scale;
    }
}
