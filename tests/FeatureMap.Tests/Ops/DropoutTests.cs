using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class DropoutTests
{
    [Fact]
    public void The_mean_over_many_masks_tends_to_the_input()
    {
        const float Probability = 0.3f;
        const int Steps = 400, Batch = 16;
        var shape = Shape.Image(2, 3, 2);
        var means = new double[shape.Count];
        for (uint step = 0; step < Steps; step++)
        {
            var output = new OpTrial(new Dropout(Probability), shape, Batch, [1], step: step).Output;
            for (var i = 0; i < output.Length; i++)
                means[i % shape.Count] += output[i] / (Steps * Batch);
        }
        // One number over a mask has variance p / (1 - p); six deviations of the mean.
        var bound = 6 * Math.Sqrt(Probability / (1 - Probability) / (Steps * Batch));
        Assert.All(means, mean => Assert.InRange(mean, 1 - bound, 1 + bound));
    }

    [Fact]
    public void The_mask_depends_on_seed_step_layer_and_image_and_on_nothing_else()
    {
        double[] Mask(ulong seed, uint step, int layer) => new OpTrial(new Dropout(0.5f), Shape.Vector(64), 2, [1], seed: seed, step: step, layer: layer).Output;
        var mask = Mask(1, 2, 3);
        Assert.Equal(mask, Mask(1, 2, 3));
        Assert.NotEqual(mask, Mask(2, 2, 3));
        Assert.NotEqual(mask, Mask(1UL << 32 | 1, 2, 3));
        Assert.NotEqual(mask, Mask(1, 3, 3));
        Assert.NotEqual(mask, Mask(1, 2, 4));
        Assert.NotEqual(mask[..64], mask[64..]);
    }

    [Fact]
    public void The_gradient_meets_the_mask_of_the_forward_pass()
    {
        var trial = new OpTrial(new Dropout(0.5f), Shape.Vector(50), 20, [1]);
        Assert.Contains(0, trial.Output);
        Assert.Equal(trial.Output, trial.InputGradient());
    }

    [Fact]
    public void Channel_dropout_drops_whole_planes()
    {
        var shape = Shape.Image(32, 3, 3);
        var output = new OpTrial(new ChannelDropout(0.5f), shape, 4, [1]).Output;
        var planes = output.Chunk(shape.Area).ToList();
        Assert.All(planes, plane => Assert.Single(plane.Distinct()));
        Assert.InRange(planes.Count(plane => plane[0] == 0), 30, 98); // of 128: 64 +- 6 deviations
        Assert.All(planes, plane => Assert.Contains(plane[0], (double[])[0, 2]));
    }

    [Fact]
    public void In_evaluation_it_is_the_input_itself()
    {
        foreach (var op in (Op[])[new Dropout(0.9f), new ChannelDropout(0.9f)])
        {
            Assert.True(op.IsView(ExecutionMode.Evaluation));
            Assert.False(op.IsView(ExecutionMode.Training));
            var pass = ReferencePass.Create(op, [OpTrial.Tensor(Shape.Vector(3), 1, [1, 2, 3])], [], ExecutionMode.Evaluation);
            op.ReferenceForward(pass);
            Assert.Equal([1, 2, 3], pass.Output.Values);
        }
        Assert.True(new Dropout(0).IsView(ExecutionMode.Training));
    }

    [Theory]
    [InlineData(1f, "1")]
    [InlineData(-0.1f, "-0.1")]
    [InlineData(float.NaN, "NaN")]
    public void A_probability_out_of_range_is_explained(float probability, string shown)
    {
        var error = Assert.Throws<UsageException>(() => Network.Build(Shape.Image(1, 2, 2), x => x.Dropout(probability)));
        Assert.Equal($"The probability of a dropout must be at least 0 and below 1: received {shown}. It is the part that is dropped, not the part that is kept; common values are 0.05 to 0.5.", error.Message);
    }
}
