using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

public sealed class ProgressiveTrainingTests
{
    private static readonly SplitData Digits = Datasets.Digits();

    [Fact]
    public void Epochs_are_divided_and_each_part_has_its_schedule()
    {
        var settings = (Recipes.Get("mnist-20k").Settings with { Progressive = 18 }).With("epochs", "10").With("learning-rate", "0.2");
        var parts = ProgressiveTraining.Of(Recipes.Get("mnist-20k"), settings, Digits)!;
        Assert.Equal((8, 2, Shape.Image(1, 18, 18)), (parts.SmallEpochs, parts.LargeEpochs, parts.Network.Input));
        var options = Recipes.Get("mnist-20k").Options(settings);
        var small = parts.Small(options);
        Assert.Equal((8, new OneCycle(0.2)), (small.Epochs, small.Schedule));
        Assert.Equal(new ResizeTo(18, 18), Assert.IsType<AugmentationSequence>(small.Augmentation).Steps[^1]);
        var model = new Model(Weights.Initialize(parts.Network, 3), Normalization.None(1), Digits.Training.ClassNames);
        var large = parts.Large(options, model);
        Assert.Equal((2, new OneCycle(0.1)), (large.Epochs, large.Schedule));
        Assert.Equal(options.Augmentation, large.Augmentation);
        Assert.Same(model.Weights, large.InitialWeights);
        Assert.Same(model.Normalization, large.Normalization);
    }

    [Theory]
    [InlineData(10, 0.75, 8)]
    [InlineData(2, 0.99, 1)]
    [InlineData(4, 0.01, 1)]
    public void Each_part_has_an_epoch(int epochs, double share, int small) =>
        Assert.Equal(small, Parts("mnist-20k",
            new RecipeSettings { Training = new() { Epochs = epochs }, Progressive = 18, ProgressiveShare = share })!.SmallEpochs);

    [Fact]
    public void Without_a_size_there_are_no_parts() => Assert.Null(Parts("mnist-20k", new RecipeSettings()));

    [Theory]
    [InlineData("mnist-20k", 28, 10, "", "progressive is the side of the small images, and those of digits are 28x28: received 28. Half of it is common: progressive=14.")]
    [InlineData("mnist-20k", 14, 1, "", "progressive divides the epochs between small and large images, so it needs 2 or more: received epochs=1.")]
    [InlineData("mnist-20k", 14, 10, "net.json", "progressive builds the recipe's own network at two sizes, and network names another one: leave one of them out.")]
    [InlineData("mnist-session1", 14, 10, "", "progressive carries weights from small to large images, so they must not depend on the size: in the network of mnist-session1 conv3.weight is 10 x 10 x 26 x 26 for images of 28x28 and "
        + "10 x 10 x 12 x 12 for 14x14. It needs a network that ends in GlobalAveragePool or SpatialPyramidPool, such as mnist-20k.")]
    public void What_cannot_be_divided_is_explained(string recipe, int side, int epochs, string network, string message) =>
        Assert.Equal(message,
            Assert.Throws<UsageException>(() =>
            Parts(recipe, new RecipeSettings { Training = new() { Epochs = epochs }, Progressive = side, Network = network })).Message);

    private static ProgressiveTraining? Parts(string recipe, RecipeSettings settings) => ProgressiveTraining.Of(Recipes.Get(recipe), settings, Digits);
}
