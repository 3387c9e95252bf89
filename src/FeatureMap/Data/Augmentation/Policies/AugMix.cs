using FeatureMap.Descriptions;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// Mixes the image with several versions of itself, each made by a short chain of mild operations: networks become robust against noise and blur without seeing
/// them. Weights of the chains are Dirichlet(alpha), the part of the image itself is Beta(alpha, alpha). The paper adds a loss that compares three versions of each image;
/// the mixing alone is what torchvision's AugMix offers, and this. Source: Hendrycks et al., "AugMix: a simple data processing method to improve robustness and
/// uncertainty", ICLR 2020.
/// </summary>
public sealed record AugMix : Augmentation
{
    private const int Bins = 10, LongestChain = 3, MostChains = 16;

    /// <summary>Creates it for a severity and a number of chains.</summary>
    /// <exception cref="UsageException">A number is out of its range.</exception>
    public AugMix(int severity = 3, int chains = 3) => (Severity, Chains) = (severity, chains);

    /// <summary>Strength of the operations is one of the lowest so many of ten steps, 1 to 10; the first step is nothing.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public int Severity { get; init => field = AugmentationOption.InRange<AugMix>(value, 1, Bins); }

    /// <summary>Number of chains, 1 to 16.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public int Chains { get; init => field = AugmentationOption.InRange<AugMix>(value, 1, MostChains); }

    /// <summary>Operations in a chain, 1 to 10; 0 for a random number from 1 to 3.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public int Depth { get; init => field = AugmentationOption.InRange<AugMix>(value, 0, 10); }

    /// <summary>Parameter of the two distributions, 0.05 to 100: the larger, the more even the mixture.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Alpha { get; init => field = AugmentationOption.InRange<AugMix>(value, 0.05f, 100); } = 1;

    /// <summary>Whether brightness, colour, contrast and sharpness are among the operations; leave them out to measure robustness against exactly those.</summary>
    public bool AllOperations { get; init; } = true;

    /// <summary>What comes in from outside.</summary>
    public FillMode FillMode { get; init; }

    /// <summary>The pixel outside in the mode <see cref="FillMode.Constant"/>, 0 to 255.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 255.</exception>
    public float FillValue { get; init => field = AugmentationOption.InRange<AugMix>(value, 0, 255); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, AugMix>("augmix", "mixes the image with mildly changed versions of itself", new())
        .Whole("severity", r => r.Severity, (r, v) => r with { Severity = v })
        .Whole("chains", r => r.Chains, (r, v) => r with { Chains = v })
        .Whole("depth", r => r.Depth, (r, v) => r with { Depth = v }, isNamed: true)
        .Number("alpha", r => r.Alpha, (r, v) => r with { Alpha = v }, isNamed: true)
        .Flag("all", r => r.AllOperations, (r, v) => r with { AllOperations = v })
        .Choice("fill", r => r.FillMode, (r, v) => r with { FillMode = v })
        .Number("fill-value", r => r.FillValue, (r, v) => r with { FillValue = v }, isNamed: true);

    private static ReadOnlySpan<PolicyOperation> Operations =>
    [
        PolicyOperation.ShearX, PolicyOperation.ShearY, PolicyOperation.TranslateX, PolicyOperation.TranslateY, PolicyOperation.Rotate, PolicyOperation.Posterize, PolicyOperation.Solarize,
        PolicyOperation.AutoContrast, PolicyOperation.Equalize, PolicyOperation.Brightness, PolicyOperation.Color, PolicyOperation.Contrast, PolicyOperation.Sharpness,
    ];

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        AffineMap.Check<AugMix>(shape);
        return shape;
    }

    /// <inheritdoc/>
    public override int ScratchFloats(Shape shape) => checked(2 * shape.Count);

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        var shape = work.Shape;
        Span<float> image = work.Scratch[..shape.Count], mixture = work.Scratch.Slice(shape.Count, shape.Count);
        work.Pixels.CopyTo(image);
        Span<float> weights = stackalloc float[MostChains];
        weights = weights[..Chains];
        var own = (float)random.NextBeta(Alpha, Alpha);
        Dirichlet(weights, ref random);
        mixture.Clear();
        PixelMath.AddScaled(mixture, image, own);
        var operations = AllOperations ? Operations : Operations[..9];
        var space = new PolicySpace(0.3f, shape.Width / 3f, shape.Height / 3f, 30, 0.9f, 4, 0);
        foreach (var weight in weights)
        {
            image.CopyTo(work.Pixels);
            for (var left = Depth > 0 ? Depth : 1 + random.NextInt(LongestChain); left > 0; left--)
            {
                var (operation, strength, sign) = PolicySpace.Draw(ref random, operations, Severity, Bins);
                space.Apply(operation, strength, sign, ref work, new(FillMode, FillValue));
            }
            PixelMath.AddScaled(mixture, work.Pixels, (1 - own) * weight);
        }
        mixture.CopyTo(work.Pixels);
    }

    // Gamma-distributed numbers divided by their sum; the greatest is taken out of all first, so that small parameters do not end in 0 / 0.
    private void Dirichlet(Span<float> weights, ref RandomSequence random)
    {
        Span<double> logarithms = stackalloc double[MostChains];
        var greatest = double.NegativeInfinity;
        for (var i = 0; i < weights.Length; i++)
            greatest = Math.Max(greatest, logarithms[i] = random.NextLogGamma(Alpha));
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
            sum += logarithms[i] = PortableMath.Exp(logarithms[i] - greatest);
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)(logarithms[i] / sum);
    }
}
