using System.Security.Cryptography;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class EmbeddedDigitsTests
{
    [Fact]
    public void Counts_shapes_and_content_are_the_known_ones()
    {
        var digits = Datasets.Digits();
        Assert.Equal(("digits", 4000, 1000, new Shape(1, 28, 28)), (digits.Name, digits.Training.Count, digits.Validation.Count, digits.ImageShape));
        Assert.All(digits.Training.CountPerClass(), count => Assert.Equal(400, count));
        Assert.All(digits.Validation.CountPerClass(), count => Assert.Equal(100, count));
        // Computed by an independent decoder outside this library.
        Assert.Equal("80ed22f137e9ee8924ca34d836f1db31a8be0dc6e19f1b0d744c7cab9a7802e1", Sum(digits.Training));
        Assert.Equal("8f977c6cc9ff551ce8f11c79556f486ab4d1ea53e4a6a55352c2405aae4b29e9", Sum(digits.Validation));
        Assert.Null(digits.Notice);
    }

    [Fact]
    public void Classes_take_turns_and_the_border_is_black()
    {
        var training = Datasets.Digits().Training;
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1], Enumerable.Range(0, 12).Select(training.Label));
        for (var index = 0; index < 100; index++)
        {
            var pixels = training.Pixels(index);
            Assert.False(pixels[..(4 * 28)].ContainsAnyExcept((byte)0));
            Assert.False(pixels[(24 * 28)..].ContainsAnyExcept((byte)0));
            Assert.True(pixels.ContainsAnyExceptInRange((byte)0, (byte)127));
        }
    }

    [Fact]
    public void Mean_and_deviation_are_the_known_ones()
    {
        var normalization = Normalization.Of(Datasets.Digits().Training);
        Assert.Equal(0.06740989645858345, normalization.Mean[0], 1e-15);
        Assert.Equal(0.217650002406834, normalization.Deviation[0], 1e-15);
    }

    private static string Sum(ImageSet set)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var index = 0; index < set.Count; index++)
        {
            hash.AppendData(set.Pixels(index));
            hash.AppendData([(byte)set.Label(index)]);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
