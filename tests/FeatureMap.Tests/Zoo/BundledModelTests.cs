using FeatureMap.Data;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

public sealed class BundledModelTests
{
    [Fact]
    public void The_digit_model_is_that_of_mnist_1k()
    {
        var model = BundledModels.Digits;
        Assert.Equal(971, model.Network.TrainableCount);
        Assert.Equal(Recipes.Get("mnist-1k").Build(new Shape(1, 28, 28), 10).ToString(), model.Network.ToString());
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], model.ClassNames);
    }

    // Other digits of the same family than those it learned from, drawn large and dark on white in a corner.
    [Fact]
    public void It_reads_drawings()
    {
        var set = Datasets.Digits().Validation;
        var right = 0;
        for (var index = 0; index < 200; index++)
        {
            var pixels = new byte[200 * 160];
            Array.Fill(pixels, (byte)250);
            for (var y = 0; y < 28 * 4; y++)
                for (var x = 0; x < 28 * 4; x++)
                    pixels[((y + 80) * 160) + x + 3] = (byte)(250 - (set.Pixels(index)[(y / 4 * 28) + (x / 4)] * 250 / 255));
            var drawn = DrawnDigit.Of(new Picture("drawing", new Shape(1, 200, 160), pixels));
            if (BundledModels.Digits.Predict(drawn.Pixels).Class == set.Label(index)) right++;
        }
        Assert.InRange(right, 190, 200);
    }
}
