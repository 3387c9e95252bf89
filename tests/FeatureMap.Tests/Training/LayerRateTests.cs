using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Factors of the learning rate in single layers.</summary>
public sealed class LayerRateTests
{
    private static TrainingOptions Options { get; } = new()
    {
        BatchSize = 40,
        Seed = 5,
        Threads = 2,
        Optimizer = new AdamW(weightDecay: 0.05),
        Schedule = new ConstantRate(0.01),
    };

    [Theory]
    [InlineData("*=1")]
    [InlineData("conv1=1,linear1=1")]
    public void Where_every_factor_is_one_no_bit_changes(string rates) =>
        Assert.Equal(Trained(Options, 4).Sha256(), Trained(Options with { LayerRates = LayerRates.Parse(rates) }, 4).Sha256());

    [Fact]
    public void A_layer_moves_as_if_the_rate_of_the_training_were_its_own()
    {
        // Before the second step all gradients are those of the same weights: a step of one layer depends on its own rate alone.
        var both = Trained(Options with { LayerRates = LayerRates.Parse("conv1=0.01,batchNorm*=0.25") }, 1);
        foreach (var (layers, factor) in new[] { ("conv1", 0.01), ("batchNorm", 0.25), ("conv2", 1), ("linear1", 1) })
        {
            var alone = Trained(Options with { Schedule = new ConstantRate(0.01 * factor) }, 1);
            var own = both.Parameters.Where(one => one.Name.StartsWith(layers, StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(own);
            Assert.All(own, one => Assert.True(one.Values.SequenceEqual(alone[one.Name].Values), one.Name));
        }
    }

    [Fact]
    public void The_first_that_fits_counts_and_the_text_comes_back()
    {
        var rates = LayerRates.Parse("conv1=0.5, conv*=0.25,stage/2*=1e-3");
        string[] layers = ["conv1", "conv2", "conv10", "stage/2/x", "stage/1"];
        Assert.Equal([0.5, 0.25, 0.25, 1e-3, 1], layers.Select(rates.Of));
        Assert.Equal("conv1=0.5,conv*=0.25,stage/2*=0.001", $"{rates}");
        Assert.Equal(rates, LayerRates.Parse($"{rates}"));
        Assert.NotEqual(rates, LayerRates.Same);
        Assert.Equal("none", $"{LayerRates.Parse("")}");
        Assert.Equal(LayerRates.Parse("a=0.1,b=0.1,c=1"), LayerRates.Groups((["a", "b"], 0.1), (["c"], 1)));
    }

    [Theory]
    [InlineData("conv1=0", "The learning rate of 'conv1' cannot be multiplied with 0: a layer that stays as it is belongs into "
        + "TrainingOptions.FrozenLayers, where its statistics stay too.")]
    [InlineData("conv1=-1", "A factor of the learning rate must be above 0 and at most 1,000,000: received -1 for 'conv1'.")]
    [InlineData("conv1=NaN", "A factor of the learning rate must be above 0 and at most 1,000,000: received NaN for 'conv1'.")]
    [InlineData("conv1", "Factors of the learning rate are written as conv1=0.01,stage1/*=0.1: received 'conv1'.")]
    [InlineData("=0.1", "Factors of the learning rate are written as conv1=0.01,stage1/*=0.1: received '=0.1'.")]
    public void Bad_factors_are_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => LayerRates.Parse(text)).Message);

    [Theory]
    [InlineData("conv9=0.1", "The network has no layer 'conv9' whose learning rate could be multiplied.")]
    [InlineData("relu1=0.1",
        "Layer 'relu1' has no weights that are trained, so a factor of its learning rate says nothing. Leave it out of "
        + "TrainingOptions.LayerRates.")]
    [InlineData("conv2=0.1", "Layer 'conv2' is frozen, so a factor of its learning rate says nothing. Leave it out of "
        + "TrainingOptions.LayerRates.")]
    public void A_factor_without_effect_is_refused(string text, string message)
    {
        var options = Options with { FrozenLayers = ["conv2"], LayerRates = LayerRates.Parse(text) };
        Assert.StartsWith(message, Assert.Throws<UsageException>(() => Trained(options, 1)).Message, StringComparison.Ordinal);
    }

    private static Weights Trained(TrainingOptions options, int steps)
    {
        using var session = new TrainingSession(DigitsTask.Network(), DigitsTask.Data(), options);
        for (var step = 0; step < steps; step++)
            session.Step();
        return session.Weights.Clone();
    }
}
