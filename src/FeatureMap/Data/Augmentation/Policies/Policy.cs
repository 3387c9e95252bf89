using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>The operations that RandAugment, TrivialAugment and AugMix choose from.</summary>
internal enum PolicyOperation
{
    Identity,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Brightness,
    Color,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    AutoContrast,
    Equalize,
}

/// <summary>
/// What the operations do at full strength, and their execution. Strengths are those of torchvision: shear as a slope, translation in pixels, rotation in degrees, the others as a
/// difference from factor 1, posterize as the least and greatest number of bits.
/// </summary>
internal readonly record struct PolicySpace(float Shear, float TranslateX, float TranslateY, float Rotation, float Enhancement, int BitsAtZero, int BitsAtFull)
{
    /// <summary>What RandAugment, TrivialAugment and AugMix have in common is where the operations are centred: shears at the top left pixel, turns in the middle.</summary>
    /// <param name="operation">Which.</param>
    /// <param name="strength">0 for nothing to 1 for full strength.</param>
    /// <param name="sign">1 or -1, for the operations that go both ways.</param>
    /// <param name="work">The image.</param>
    /// <param name="border">What comes in from outside.</param>
    public void Apply(PolicyOperation operation, float strength, float sign, ref AugmentationWork work, Border border)
    {
        var signed = sign * strength;
        switch (operation)
        {
            case PolicyOperation.ShearX:
                work.Warp(new(1, signed * Shear, 0, 0, 1, 0), border);
                break;
            case PolicyOperation.ShearY:
                work.Warp(new(1, 0, 0, signed * Shear, 1, 0), border);
                break;
            case PolicyOperation.TranslateX:
                work.Warp(new(1, 0, -MathF.Truncate(signed * TranslateX), 0, 1, 0), border);
                break;
            case PolicyOperation.TranslateY:
                work.Warp(new(1, 0, 0, 0, 1, -MathF.Truncate(signed * TranslateY)), border);
                break;
            case PolicyOperation.Rotate:
                work.Warp(RandomAffine.Map(work.Shape, 0, 0, signed * Rotation, 1, 0, mirror: false), border);
                break;
            case PolicyOperation.Brightness:
                ColorMath.Brightness(work.Pixels, 1 + (signed * Enhancement));
                break;
            case PolicyOperation.Color:
                ColorMath.Saturation(work.Pixels, work.Shape, 1 + (signed * Enhancement));
                break;
            case PolicyOperation.Contrast:
                ColorMath.Contrast(work.Pixels, work.Shape, 1 + (signed * Enhancement));
                break;
            case PolicyOperation.Sharpness:
                ColorMath.Sharpness(work.Pixels, work.Shape, 1 + (signed * Enhancement), work.Next(work.Shape));
                break;
            case PolicyOperation.Posterize:
                ColorMath.Posterize(work.Pixels, BitsAtZero - (int)MathF.Round(strength * (BitsAtZero - BitsAtFull)));
                break;
            case PolicyOperation.Solarize:
                ColorMath.Solarize(work.Pixels, 255 * (1 - strength));
                break;
            case PolicyOperation.AutoContrast:
                ColorMath.AutoContrast(work.Pixels, work.Shape);
                break;
            case PolicyOperation.Equalize:
                ColorMath.Equalize(work.Pixels, work.Shape);
                break;
            default:
                break;
        }
    }

    /// <summary>One of the operations, with a strength in steps of 1 / (bins - 1), up to below the given number of steps, and a sign.</summary>
    public static (PolicyOperation Operation, float Strength, float Sign) Draw(ref RandomSequence random, ReadOnlySpan<PolicyOperation> operations, int steps, int bins) =>
        (operations[random.NextInt(operations.Length)], random.NextInt(steps) / (float)Math.Max(1, bins - 1), random.NextInt(2) == 0 ? 1 : -1);
}
