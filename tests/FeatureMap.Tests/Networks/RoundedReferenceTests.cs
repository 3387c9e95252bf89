using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Networks;

public sealed class RoundedReferenceTests
{
    [Fact]
    public void A_step_behind_a_normalisation_stands_on_an_edge_where_its_result_is_whole()
    {
        // One channel divided by its own length is -1, and in float32 perhaps -0.9999999: rounded up -1 or -0.
        Assert.True(Spread(Network.Build(Shape.Image(1, 1, 3), x => x.Then(new L2Normalize()).Then(new Ceil())), [-0.3f, 0.7f, -5f]) >= 1);
        // A whole number that is only copied is exact.
        var copied = Network.Build(Shape.Image(1, 1, 3), x => x.Transpose(Axis.Columns, Axis.Rows, Axis.Channels).Then(new Ceil()));
        Assert.Equal(0, Spread(copied, [-1, 2, 3]));
    }

    private static double Spread(Network network, float[] samples)
    {
        var random = new RandomSequence(1, RandomPurpose.Testing);
        return RoundedReference.Measure(RoundedReference.Network(Weights.Initialize(network, 1), samples, 1, ref random)[^1], 0).Spread;
    }
}
