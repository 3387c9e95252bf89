using FeatureMap.Data;
using FeatureMap.Randomness;

namespace FeatureMap.Tests.Data;

/// <summary>Runs augmentations on small pictures.</summary>
internal static class Pictures
{
    /// <summary>Descriptions that use every word, with options that leave nothing out.</summary>
    public static readonly string[] Descriptions =
    [
        "none", "affine shift=3 rotation=25 zoom=0.2 shear=15 mirror=0.5", "affine shift=3 rotation=25 fill=wrap", "affine rotation=90 fill=constant fill-value=200", "crop 4", "crop 2 fill=reflect",
        "crop 3 fill=mirror", "flip", "alternating-flip", "vertical-flip", "quarter-turns", "resized-crop", "resized-crop scale=0.01:0.2 ratio=0.1:10", "elastic", "elastic 20 2 fill=nearest", "erase 1", "erase 1 noise=yes", "cutout 8", "cutout 5 3 value=125",
        "jitter 0.4 0.4 0.4 0.1", "gray 0.5", "blur", "blur sigma=1:3", "equalize", "clahe", "clahe 4 8", "autocontrast", "invert", "solarize 100", "posterize 3", "sharpness 3", "sharpness 0",
        "randaugment", "randaugment 3 30 fill=reflect", "trivialaugment", "augmix", "augmix 10 4 depth=3 alpha=0.1", "keras rotation=40 width-shift=0.2 height-shift=whole:3 shear=20 zoom=0.5:2 channel-shift=30 horizontal-flip=yes vertical-flip=yes brightness=0.5:1.5",
        "apply 0.5 (invert)", "choose (flip 1 | invert, crop 2 | none)", "crop 4, flip, jitter 0.4 0.4 0.4 0.1, cutout 8", "deskew",
    ];

    /// <summary>The result of an augmentation, over memory full of NaN.</summary>
    public static float[] Run(Augmentation augmentation, byte[] source, Shape shape, ulong seed = 5, uint epoch = 1, uint index = 0)
    {
        float[] destination = new float[augmentation.OutputShape(shape).Count], workspace = new float[augmentation.WorkspaceFloats(shape)];
        destination.AsSpan().Fill(float.NaN);
        workspace.AsSpan().Fill(float.NaN);
        augmentation.Apply(source, shape, seed, epoch, index, destination, workspace);
        return destination;
    }

    public static float[] Run(string description, byte[] source, Shape shape, ulong seed = 5, uint epoch = 1, uint index = 0) =>
        Run(Augmentation.Parse(description), source, shape, seed, epoch, index);

    public static float[] Floats(byte[] source) => [.. source.Select(value => (float)value)];

    /// <summary>A smooth picture: waves, different in each channel.</summary>
    public static byte[] Smooth(Shape shape)
    {
        var pixels = new byte[shape.Count];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (channel, place) = (i / shape.Area, i % shape.Area);
            pixels[i] = (byte)(128 + (60 * PortableMath.Sin((place % shape.Width * 0.4) + channel)) + (60 * PortableMath.Cos(place / shape.Width * 0.3)));
        }
        return pixels;
    }

    public static RandomSequence Random(uint index = 0) => new(3, RandomPurpose.Testing, 0, index);
}
