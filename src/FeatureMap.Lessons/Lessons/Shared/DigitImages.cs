using FeatureMap.Data;

namespace FeatureMap.Lessons;

/// <summary>The digits inside the library, as lessons show them: grey from 0 to 1, or with their own mean and deviation taken
/// out.</summary>
internal static class DigitImages
{
    private static readonly Lazy<SplitData> Loaded = new(Datasets.Digits);
    private static readonly Lazy<Normalization> Measured = new(() => Normalization.Of(Set));

    /// <summary>The images for training; image i shows the digit i mod 10.</summary>
    public static ImageSet Set => Loaded.Value.Training;

    /// <summary>Both parts.</summary>
    public static SplitData Data => Loaded.Value;

    /// <summary>1 x 28 x 28.</summary>
    public static Shape Shape => Set.ImageShape;

    /// <summary>Grey of one image, 0 to 1.</summary>
    public static float[] Grey(int image) => Array.ConvertAll(Set.Pixels(image).ToArray(), value => value / 255f);

    /// <summary>The first images with mean 0 and deviation 1 over all digits, one behind the other.</summary>
    public static float[] Normalized(int count)
    {
        var (scale, offset) = (Measured.Value.Scale(0), Measured.Value.Offset(0));
        var numbers = new float[count * Shape.Count];
        for (var image = 0; image < count; image++)
        {
            var pixels = Set.Pixels(image);
            for (var i = 0; i < pixels.Length; i++)
                numbers[(image * Shape.Count) + i] = (pixels[i] * scale) + offset;
        }
        return numbers;
    }
}
