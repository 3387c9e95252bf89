using FeatureMap.Analysis;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

public sealed class CifarRecipeTests
{
    private static readonly Shape Photo = Shape.Image(3, 32, 32);

    [Theory]
    [InlineData("passthrough-13", 50_558_186, 50_537_514, 34_224_512)]
    [InlineData("passthrough-12", 50_541_802, 50_521_130, 34_158_976)]
    public void The_networks_of_the_assignment_have_its_counts(string name, long parameters, long trainable, long effective)
    {
        var network = Recipes.Get(name).Build(Photo, 10);
        Assert.Equal((parameters, trainable, effective), (network.TrainableCount + network.FixedCount, network.TrainableCount, EffectiveWork.Of(network)));
    }

    [Fact]
    public void The_best_one_keeps_the_skip_and_does_no_more_work()
    {
        var given = Recipes.Get("passthrough-13").Build(Photo, 10);
        var best = Recipes.Get("passthrough-best").Build(Photo, 10);
        Assert.True(EffectiveWork.Of(best) <= EffectiveWork.Of(given), $"{EffectiveWork.Of(best):N0} of {EffectiveWork.Of(given):N0}");
        Assert.Contains(best.Layers, layer => layer.Op is FeatureMap.Ops.PixelUnshuffle);
        Assert.True(best.Lint().Passes(LintSeverity.Warning), $"{best.Lint()}");
    }
}
