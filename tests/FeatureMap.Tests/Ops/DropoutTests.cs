using System.Globalization;
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
    public void Stochastic_depth_drops_whole_images_each_on_its_own()
    {
        const int Batch = 128;
        var shape = Shape.Image(2, 3, 3);
        var trial = new OpTrial(new StochasticDepth(0.5f), shape, Batch, [1], step: 4);
        var images = trial.Output.Chunk(shape.Count).ToList();
        Assert.All(images, image => Assert.Single(image.Distinct()));
        Assert.All(images, image => Assert.Contains(image[0], (double[])[0, 2]));
        Assert.InRange(images.Count(image => image[0] == 0), 30, 98); // 64 +- 6 deviations
        Assert.Equal(trial.Output, trial.InputGradient());
        // Replayable: a function of seed, step, layer and the image's place in the batch, whatever the size of the batch.
        Assert.Equal(trial.Output[..(20 * shape.Count)], new OpTrial(new StochasticDepth(0.5f), shape, 20, [1], step: 4).Output);
        Assert.NotEqual(trial.Output, new OpTrial(new StochasticDepth(0.5f), shape, Batch, [1], step: 5).Output);
        Assert.NotEqual(trial.Output, new OpTrial(new StochasticDepth(0.5f), shape, Batch, [1], step: 4, layer: 2).Output);
    }

    [Fact]
    public void An_image_whose_branch_is_dropped_takes_the_skip_alone()
    {
        var network = Network.Build(Shape.Image(2, 4, 4), x => x.Conv(2, kernel: 3, padding: 1).BatchNorm().StochasticDepth(0.2f, "drop").Add(x));
        Assert.Equal("drop: StochasticDepth(0.2)", network["drop"].ToString());
        Assert.Equal([3, 0], network.Layers[^1].Inputs);
    }

    /// <summary>Klambauer et al., arXiv 1706.02515: with probability 1/2, a = 0.8864 and b = 0.7792; dropped numbers become a x -1.7581 + b.</summary>
    [Fact]
    public void Alpha_dropout_keeps_mean_and_variance()
    {
        const int Count = 40_000;
        var numbers = new double[Count];
        for (var i = 0; i < Count; i++)
            numbers[i] = i % 2 == 0 ? 1 : -1; // mean 0, variance 1
        var trial = new OpTrial(new AlphaDropout(0.5f), Shape.Vector(Count), 1, numbers);
        Assert.Equal(["-0.779", "-0.107", "1.666"], trial.Output.Distinct().Order().Select(value => value.ToString("F3", CultureInfo.InvariantCulture)));
        var mean = trial.Output.Average();
        Assert.Equal(0, mean, 0.03);
        Assert.Equal(1, trial.Output.Average(value => (value - mean) * (value - mean)), 0.03);
        Assert.Equal([0, 0.8864], trial.InputGradient().Select(value => Math.Round(value, 4)).Distinct().Order());
    }

    [Fact]
    public void In_evaluation_it_is_the_input_itself()
    {
        foreach (var op in (Op[])[new Dropout(0.9f), new ChannelDropout(0.9f), new StochasticDepth(0.9f), new AlphaDropout(0.9f)])
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
