using System.Diagnostics;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Data;
using FeatureMap.Randomness;

namespace FeatureMap.Benchmarks.Kernels;

/// <summary>
/// What augmentations cost, on one thread: images per second and microseconds per image, for the sizes of MNIST and CIFAR-10. The pixels are smooth waves with noise: pure noise
/// would make histograms and branches unlike those of pictures.
/// </summary>
internal static class AugmentationSpeed
{
    private const int Images = 256;

    private static readonly string[] Descriptions =
    [
        "none", "crop 4", "crop 4 fill=reflect", "flip 1", "jitter 0.4 0.4 0.4", "jitter 0.4 0.4 0.4 0.1", "cutout 8", "erase 1", "affine shift=2 rotation=10 zoom=0.1", "flip 1, affine shift=2 rotation=10 zoom=0.1",
        "resized-crop", "elastic", "blur", "equalize", "clahe", "autocontrast", "sharpness", "posterize", "randaugment", "trivialaugment", "augmix",
        "keras rotation=15 width-shift=0.1 height-shift=0.1 zoom=0.9:1.1 horizontal-flip=yes", "crop 4, flip, jitter 0.4 0.4 0.4 0.1, cutout 8",
    ];

    public static void Run(int rounds, TextWriter output)
    {
        Shape[] shapes = [new(3, 32, 32), new(1, 28, 28)];
        output.WriteLine($"One thread, {rounds} rounds: median images/s (median microseconds per image).");
        output.WriteLine($"{"augmentation",-84}{string.Concat(shapes.Select(shape => $"{shape,26}"))}");
        foreach (var text in Descriptions)
        {
            var cells = shapes.Select(shape => Measure(Augmentation.Parse(text), shape, rounds)).Select(seconds => $"{$"{1 / seconds:N0} ({seconds * 1e6:F2})",26}");
            output.WriteLine($"{text,-84}{string.Concat(cells)}");
        }
    }

    private static double Measure(Augmentation augmentation, Shape shape, int rounds)
    {
        var pixels = Pictures(shape);
        float[] destination = new float[augmentation.OutputShape(shape).Count], workspace = new float[augmentation.WorkspaceFloats(shape)];
        var epoch = 0u;
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < 0.3;)
            Pass();
        var seconds = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            var passes = 0;
            for (; Stopwatch.GetElapsedTime(start).TotalSeconds < 0.03; passes++)
                Pass();
            seconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds / (passes * Images);
        }
        return Statistics.Median(seconds);

        void Pass()
        {
            epoch++;
            for (var image = 0; image < Images; image++)
                augmentation.Apply(pixels.AsSpan(image * shape.Count, shape.Count), shape, 1, epoch, (uint)image, destination, workspace);
        }
    }

    private static byte[] Pictures(Shape shape)
    {
        var random = new RandomSequence(7, RandomPurpose.Testing);
        var pixels = new byte[Images * shape.Count];
        for (var i = 0; i < pixels.Length; i++)
        {
            var place = i % shape.Area;
            var wave = Math.Sin((place % shape.Width * 0.3) + (i / shape.Area)) + Math.Cos(place / shape.Width * 0.2);
            pixels[i] = (byte)Math.Clamp((int)(128 + (50 * wave) + random.NextSingle(-10, 10)), 0, 255);
        }
        return pixels;
    }
}
