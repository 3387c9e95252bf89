using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

public sealed class RecipeTests
{
    [Theory]
    [InlineData("mnist-session1", 68_260)]
    [InlineData("fashion-session1", 68_260)]
    public void The_first_network_of_the_course_has_its_number_of_parameters(string name, int parameters) =>
        Assert.Equal(parameters, Recipes.Get(name).Build(Shape.Image(1, 28, 28), 10).TrainableCount);

    [Theory]
    [InlineData("mnist-20k", 20_000)]
    [InlineData("fashion-20k", 20_000)]
    public void A_recipe_keeps_the_promise_of_its_name(string name, int below) =>
        Assert.InRange(Recipes.Get(name).Build(Shape.Image(1, 28, 28), 10).TrainableCount, 1, below - 1);

    [Fact]
    public void The_first_network_is_trained_as_keras_does_it()
    {
        var options = Recipes.Get("mnist-session1").Options();
        var adam = Assert.IsType<Adam>(options.Optimizer);
        Assert.Equal((0.9, 0.999, 1e-7, 0.0), (adam.Beta1, adam.Beta2, adam.Epsilon, adam.WeightDecay));
        Assert.Equal(new ConstantRate(0.001), options.Schedule);
        Assert.Equal((32, 10), (options.BatchSize, options.Epochs));
        Assert.NotNull(Recipes.Get("mnist-session1").Options().Normalization);
    }

    [Fact]
    public void Every_recipe_has_a_data_set_a_network_and_options()
    {
        foreach (var recipe in Recipes.All)
        {
            var info = FeatureMap.Data.Datasets.Info(recipe.Dataset);
            Assert.Equal(info.ClassNames.Count, recipe.Build(info.ImageShape, info.ClassNames.Count).Output.Channels);
            Assert.Equal(recipe.Settings.Training.Epochs, recipe.Options().Epochs);
        }
        Assert.Equal(Recipes.All.Count, Recipes.All.Select(recipe => recipe.Name).Distinct().Count());
        Assert.NotNull(Recipes.Get(Recipes.DefaultName));
    }

    [Fact]
    public void An_unknown_name_gets_the_nearest()
    {
        Assert.Equal("There is no recipe 'mnist20k'. Did you mean 'mnist-20k'?", Assert.Throws<UsageException>(() => Recipes.Get("mnist20k")).Message);
        Assert.Equal("mnist-20k", Recipes.Get("MNIST-20K").Name);
    }

    [Fact]
    public void A_recipe_of_a_user_is_network_data_and_options()
    {
        var own = new Recipe(
            "mine", "a small one", "digits", "more than chance",
                (image, classes) => Network.Build(image, x => x.Conv(4, kernel: 5).Relu().GlobalAveragePool().Linear(classes)),
            new TrainingOptions { Epochs = 2, Optimizer = new Lion() });
        var data = Datasets.Get(own.Dataset);
        Assert.Equal(10, own.Build(data.ImageShape, data.ClassCount).Output.Channels);
        Assert.Equal(("lion", 2), (own.Options(data: data).Optimizer.ToString(), own.Options().Epochs));
        Assert.Equal("lion weight-decay=0.1", own.Options(own.Settings.With("weight-decay", "0.1")).Optimizer.ToString());
    }
}
