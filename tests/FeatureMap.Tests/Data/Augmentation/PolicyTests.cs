using FeatureMap.Data;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class PolicyTests
{
    private static readonly Shape Image = new(3, 10, 10);
    private static readonly PolicySpace Space = new(0.3f, 4.5f, 4.5f, 30, 0.9f, 8, 4);

    [Fact]
    public void Without_strength_operations_change_nothing()
    {
        var source = Idx.Noise(Image.Count, 1);
        foreach (var operation in Enum.GetValues<PolicyOperation>())
        {
            if (operation is PolicyOperation.Solarize or PolicyOperation.AutoContrast or PolicyOperation.Equalize) continue; // solarize from 255 on inverts white
            Assert.Equal(Pictures.Floats(source), Apply(operation, 0, 1, source));
            Assert.Equal(Pictures.Floats(source), Apply(operation, 0, -1, source));
        }
        // Magnitude 0: what is left are those that have none.
        for (uint index = 0; index < 200; index++)
            Assert.True(Pictures.Run("randaugment 1 0", source, Image, index: index) is var pixels && (pixels.SequenceEqual(Pictures.Floats(source)) || pixels.SequenceEqual(Pictures.Run("equalize", source, Image))
                || pixels.SequenceEqual(Pictures.Run("autocontrast", source, Image)) || pixels.SequenceEqual(Pictures.Run("solarize 255", source, Image))));
    }

    [Fact]
    public void Operations_are_those_of_torchvision()
    {
        var source = Idx.Noise(Image.Count, 2);
        Assert.Equal(Shifted(source, 4, 0), Apply(PolicyOperation.TranslateX, 1, 1, source)); // 4.5 pixels cut to 4, to the right
        Assert.Equal(Shifted(source, -4, 0), Apply(PolicyOperation.TranslateX, 1, -1, source));
        Assert.Equal(Shifted(source, 0, 2), Apply(PolicyOperation.TranslateY, 0.5f, 1, source));
        Assert.Equal(Pictures.Run("posterize 4", source, Image), Apply(PolicyOperation.Posterize, 1, 1, source));
        Assert.Equal(Pictures.Run("posterize 7", source, Image), Apply(PolicyOperation.Posterize, 0.3f, 1, source)); // 8 - round(1.2)
        Assert.Equal(Pictures.Run("solarize 127.5", source, Image), Apply(PolicyOperation.Solarize, 0.5f, 1, source));
        Assert.Equal(Pictures.Run("equalize", source, Image), Apply(PolicyOperation.Equalize, 0, 1, source));
        Assert.Equal(Pictures.Run("sharpness 1.9", source, Image), Apply(PolicyOperation.Sharpness, 1, 1, source));
        var brightness = Pictures.Floats(source);
        ColorMath.Brightness(brightness, 1 - 0.9f);
        Assert.Equal(brightness, Apply(PolicyOperation.Brightness, 1, -1, source));
        // Shear: row y is moved by slope x y, from the first row on.
        var sheared = Apply(PolicyOperation.ShearX, 1, 1, [.. Enumerable.Range(0, Image.Count).Select(i => (byte)(i % 10 * 20))]);
        Assert.Equal([0f, 6, 12, 18], Enumerable.Range(0, 4).Select(y => MathF.Round(sheared[y * 10], 1)));
        // A quarter turn: 90 degrees of the affine map.
        var turned = new float[Image.Count];
        RandomAffine.Map(Image, 0, 0, 90, 1, 0, false).Apply<byte>(source, Image, turned);
        Assert.Equal(turned, Apply(PolicyOperation.Rotate, 1, 1, source, Space with { Rotation = 90 }));
    }

    [Fact]
    public void All_operations_and_strengths_come()
    {
        var seen = new HashSet<(PolicyOperation, float, float)>();
        for (uint index = 0; index < 20_000; index++)
        {
            var random = Pictures.Random(index);
            seen.Add(PolicySpace.Draw(ref random, RandAugment.All, 31, 31));
        }
        Assert.Equal(14 * 31 * 2, seen.Count);
        Assert.Equal(1, seen.Max(drawn => drawn.Item2));
        Assert.Equal(0, seen.Min(drawn => drawn.Item2));
    }

    [Fact]
    public void Augmix_is_a_weighted_mean_and_of_severity_one_nearly_nothing()
    {
        // Weights add up to 1: a flat gray image that no operation of strength 0 changes stays.
        byte[] flat = [.. Enumerable.Repeat((byte)100, Image.Count)];
        for (uint index = 0; index < 100; index++)
        {
            foreach (var alpha in (string[])["0.05", "1", "100"])
            {
                var pixels = Pictures.Run($"augmix 1 5 alpha={alpha}", flat, Image, index: index);
                // Of the operations of strength 0 posterize keeps 4 bits (96 of 100); all others keep flat gray.
                Assert.All(pixels, pixel => Assert.InRange(pixel, 96 - 1e-3, 100 + 1e-3));
            }
        }
        Assert.Equal("AugMix.Severity must be from 1 to 10: received 0.", Assert.Throws<UsageException>(() => new AugMix(0)).Message);
        Assert.Equal("RandAugment.Magnitude must be from 0 to 30: received 31.", Assert.Throws<UsageException>(() => new RandAugment(2, 31)).Message);
    }

    [Fact]
    public void Gamma_and_beta_have_their_moments()
    {
        foreach (var (alpha, beta) in ((double, double)[])[(1, 1), (2, 5), (0.2, 0.2), (0.05, 0.05), (30, 10)])
        {
            double sum = 0, squares = 0;
            const int count = 20_000;
            for (uint index = 0; index < count; index++)
            {
                var random = new RandomSequence(8, RandomPurpose.Testing, 1, index);
                var value = random.NextBeta(alpha, beta);
                Assert.InRange(value, 0, 1);
                (sum, squares) = (sum + value, squares + (value * value));
            }
            double mean = alpha / (alpha + beta), variance = alpha * beta / ((alpha + beta) * (alpha + beta) * (alpha + beta + 1));
            Assert.Equal(mean, sum / count, 4 * Math.Sqrt(variance / count));
            Assert.Equal(1, ((squares / count) - (sum / count * (sum / count))) / variance, 0.05);
        }
        var sequence = new RandomSequence(1, RandomPurpose.Testing);
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.NextBeta(0, 1));
    }

    private static float[] Apply(PolicyOperation operation, float strength, float sign, byte[] source, PolicySpace? space = null) =>
        Pictures.Run(new Single(operation, strength, sign, space ?? Space), source, Image);

    private static float[] Shifted(byte[] source, int right, int down)
    {
        var result = new float[Image.Count];
        for (var i = 0; i < result.Length; i++)
        {
            int y = (i % 100 / 10) - down, x = (i % 10) - right;
            if (y is >= 0 and < 10 && x is >= 0 and < 10) result[i] = source[(i / 100 * 100) + (y * 10) + x];
        }
        return result;
    }

    private sealed record Single(PolicyOperation Operation, float Strength, float Sign, PolicySpace Space) : Augmentation
    {
        protected internal override void Change(ref AugmentationWork work) => Space.Apply(Operation, Strength, Sign, ref work, default);
    }
}
