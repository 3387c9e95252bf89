using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Training;

namespace FeatureMap.Benchmarks.Pairing;

/// <summary>What a network is asked to learn: it follows from the shape of its output.</summary>
public enum LearningTask
{
    /// <summary>One class per image, by cross-entropy.</summary>
    Classes,

    /// <summary>One class per pixel, by cross-entropy.</summary>
    PixelClasses,

    /// <summary>A number per channel and pixel, by the mean square.</summary>
    Numbers,
}

/// <summary>Random images with something to learn for each, made before the timing and the same for every contender.</summary>
public sealed class FixedBatch
{
    public FixedBatch(Network network, int count, ulong seed = 1)
    {
        var (image, output) = (network.Input, network.Output);
        Count = count;
        Output = output;
        Task = output.IsVector ? LearningTask.Classes : output.Channels > 1 ? LearningTask.PixelClasses : LearningTask.Numbers;
        var random = new RandomSequence(seed, RandomPurpose.Testing);
        var pixels = new byte[count * image.Count];
        foreach (ref var pixel in pixels.AsSpan())
            pixel = (byte)random.NextInt(256);
        Labels = Task == LearningTask.Numbers ? [] : new int[Task == LearningTask.Classes ? count : count * output.Area];
        foreach (ref var label in Labels.AsSpan())
            label = random.NextInt(output.Channels);
        Numbers = Task == LearningTask.Classes ? [] : new float[count * output.Count];
        for (var i = 0; i < Numbers.Length; i++)
            Numbers[i] = Task == LearningTask.Numbers ? random.NextSingle(-1, 1) : IsLabel(i) ? 1 : 0;
        Images = Task == LearningTask.Classes
            ? new ImageSet("random", image, pixels, Labels, Enumerable.Range(0, output.Channels).Select(number => $"{number}"))
            : new ImageSet("random", image, pixels, TargetSet.Numbers(output, Numbers));
        Normalization = Normalization.Of(Images);
    }

    public int Count { get; }

    /// <summary>Channels x height x width of what the network gives.</summary>
    public Shape Output { get; }

    public LearningTask Task { get; }

    /// <summary>8-bit images with their targets, as our trainer reads them.</summary>
    public ImageSet Images { get; }

    public Normalization Normalization { get; }

    /// <summary>The class of each image, or of each pixel of each image; empty for numbers.</summary>
    public int[] Labels { get; }

    /// <summary>The target as numbers, [image][channel][row][column]; of classes of pixels a 1 in the channel of the class.</summary>
    public float[] Numbers { get; }

    /// <summary>What our trainer makes small. For classes of pixels it takes the form with weights of the classes: all the same.</summary>
    public Loss Loss => Task switch
    {
        LearningTask.Classes => Loss.CrossEntropy(),
        LearningTask.PixelClasses => Loss.CrossEntropy(classWeights: new(Enumerable.Repeat(1f, Output.Channels).ToArray())),
        _ => Loss.Mse(),
    };

    /// <summary>The images as the network sees them: normalised, [image][channel][row][column].</summary>
    public float[] NormalizedImages()
    {
        var shape = Images.ImageShape;
        var numbers = new float[Count * shape.Count];
        for (var image = 0; image < Count; image++)
        {
            var pixels = Images.Pixels(image);
            for (var i = 0; i < shape.Count; i++)
            {
                var channel = i / shape.Area;
                numbers[(image * shape.Count) + i] =
                    MathF.FusedMultiplyAdd(pixels[i], Normalization.Scale(channel), Normalization.Offset(channel));
            }
        }
        return numbers;
    }

    private bool IsLabel(int number)
    {
        var (image, channel, pixel) = (number / Output.Count, number / Output.Area % Output.Channels, number % Output.Area);
        return Labels[(image * Output.Area) + pixel] == channel;
    }
}
