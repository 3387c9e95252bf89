using FeatureMap.Lanes;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>
/// Four images on a line: 0 and 1 of one class, 3 and 7 of another. Squared distances: 1 within the first class, 16 within the second; 9 and 49 from image 0 to the
/// others, 4 and 36 from image 1. With margin 1 only anchor 2 (at 3) has triplets that cost: 16 - 9 + 1 = 8 and 16 - 4 + 1 = 13.
/// </summary>
public sealed class TripletLossTests
{
    private static readonly double[] Line = [0, 1, 3, 7];
    private static readonly int[] Classes = [0, 0, 1, 1];

    [Fact]
    public void All_triplets_are_averaged_over_those_that_cost()
    {
        // (8 + 13) / 2 = 10.5, as the mean of 0, 0, 42, 0.
        AssertLosses([0, 0, 42, 0], new TripletLoss(1));
        // 8 triplets: 21 / 8 = 2.625, as the mean of 0, 0, 10.5, 0.
        AssertLosses([0, 0, 10.5, 0], new TripletLoss(1) { AveragesOverAll = true });
    }

    [Fact]
    public void Hard_takes_the_farthest_positive_and_the_nearest_negative()
    {
        var trial = AssertLosses([0, 0, 13, 0], new TripletLoss(1) { Mining = TripletMining.Hard });
        // d(2, 3) pulls with 2 (3 - 7) = -8 on image 2 and 8 on image 3; -d(2, 1) with -2 (3 - 1) = -4 on image 2 and 4 on image 1.
        Assert.Equal([0, 4, -12, 8], trial.InputGradient());
    }

    [Fact]
    public void Semi_hard_takes_the_nearest_negative_behind_the_positive_or_else_the_farthest()
    {
        // Anchor 2 has its positive at 16 and both negatives (9 and 4) before it: the farthest costs 8. The other pairs find one behind, out of the margin.
        AssertLosses([0, 0, 8, 0], new TripletLoss(1) { Mining = TripletMining.SemiHard });
        // With margin 4: anchor 1 takes the negative at 4 instead of 36, 1 - 4 + 4 = 1; anchor 2 pays 16 - 9 + 4 = 11.
        AssertLosses([0, 1, 11, 0], new TripletLoss(4) { Mining = TripletMining.SemiHard });
    }

    [Fact]
    public void Plain_distances_have_a_gradient_of_length_1()
    {
        // Anchor 2: 4 - 2 + 1 = 3.
        var trial = AssertLosses([0, 0, 3, 0], new TripletLoss(1) { Mining = TripletMining.Hard, IsSquared = false });
        Assert.Equal([0, 1, -2, 1], trial.InputGradient());
    }

    [Fact]
    public void A_soft_margin_never_ends_to_pull()
    {
        // log(1 + exp(d(a, p) - d(a, n))) with plain distances: 1 - 3, 1 - 2, 4 - 2, 4 - 6.
        var trial = Trial(new TripletLoss { Mining = TripletMining.Hard, IsSquared = false, SoftMargin = true }, Line, Classes);
        double[] expected = [0.1269280, 0.3132617, 2.1269280, 0.1269280];
        for (var i = 0; i < 4; i++)
            Assert.Equal(expected[i], trial.Output[i], 1e-6);
        // Far apart it neither overflows nor loses the value.
        Assert.Equal(400, Trial(new TripletLoss { SoftMargin = true, IsSquared = false }, [0, 500, 100], [0, 0, 1]).Output[0] * 2 / 3, 1e-3);
    }

    [Fact]
    public void The_mean_is_over_anchors_that_have_both()
    {
        // Images 2 and 3 are alone in their classes: anchors 0 and 1 remain. Anchor 0: 1 - 9 + 10 = 2, anchor 1: 1 - 4 + 10 = 7; times 4 / 2.
        AssertLosses([4, 14, 0, 0], new TripletLoss(10) { Mining = TripletMining.Hard }, [0, 0, 1, 2]);
    }

    [Fact]
    public void Equal_embeddings_cost_the_margin_and_have_no_direction_to_go()
    {
        var trial = Trial(new TripletLoss(0.5f) { Mining = TripletMining.Hard, IsSquared = false }, [2, 2, 2, 2], Classes);
        Assert.All(trial.Output, loss => Assert.Equal(0.5, loss));
        Assert.All(trial.InputGradient(), gradient => Assert.Equal(0, gradient));
    }

    [Fact]
    public void A_batch_without_triplets_costs_nothing_and_pulls_nowhere()
    {
        foreach (var mining in Enum.GetValues<TripletMining>())
        {
            var trial = Trial(new TripletLoss { Mining = mining }, Line, [1, 1, 1, 1]);
            Assert.All(trial.Output.Concat(trial.InputGradient()), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void Not_a_number_is_not_hidden()
    {
        foreach (var mining in Enum.GetValues<TripletMining>())
            Assert.True(double.IsNaN(Trial(new TripletLoss { Mining = mining }, [0, 1, double.NaN, 7], Classes).Output[0]));
    }

    [Fact]
    public void Images_of_different_shards_meet()
    {
        // 40 images on a line, the two of a class 20 places apart, so never in one shard of 16.
        var positions = Enumerable.Range(0, 40).Select(i => (double)(i % 20) + (i >= 20 ? 0.25 : 0)).ToArray();
        var labels = Enumerable.Range(0, 40).Select(i => i % 20).ToArray();
        // Positive 0.25 away; the nearest negative 0.75 away, and 1 at the ends of the line: 0.25 - 0.75 + 1 = 0.5.
        var trial = Trial(new TripletLoss(1) { Mining = TripletMining.Hard, IsSquared = false }, positions, labels);
        Assert.Equal(trial.Reference, trial.Output);
        Assert.All(Enumerable.Range(1, 18), i => Assert.Equal(0.5, trial.Output[i]));
        Assert.Equal((0.25, 0.25), (trial.Output[0], trial.Output[39]));
    }

    [Theory]
    [InlineData(new[] { 3, 3, 3 }, "this batch has 3 images of one class")]
    [InlineData(new[] { 0, 1, 2 }, "this batch has 3 images of 3 classes")]
    [InlineData(new[] { 0 }, "this batch has a single image")]
    public void It_objects_to_batches_without_triplets(int[] labels, string what) => Assert.Equal(
        $"a triplet loss needs two images of one class and one of another in the batch, and {what}. Draw classes first: Sampler = new ClassBatchSampler(imagesPerClass: 4), with a batch size of 4 x the classes of a batch.",
        new TripletLoss().Objection(labels));

    [Theory]
    [InlineData(new[] { 0, 1, 1 })]
    [InlineData(new[] { 0, 1, 2, 0 })]
    public void It_is_content_with_one_triplet(int[] labels) => Assert.Null(new TripletLoss().Objection(labels));

    [Fact]
    public void Wrong_settings_and_inputs_are_explained()
    {
        Assert.Equal(
            "The margin of a triplet loss must be above 0 and at most 1,000: received 0. It is how much farther away a negative shall be than a positive; 0.2 is common. Without a margin all embeddings may become equal.",
            Assert.Throws<UsageException>(() => new TripletLoss(0)).Message);
        Assert.Equal(
            "The mean over all triplets is a choice of TripletMining.All: received Hard, whose mean is over the triplets that it chooses. Leave AveragesOverAll out.",
            Assert.Throws<UsageException>(() => new TripletLoss { Mining = TripletMining.Hard, AveragesOverAll = true }.OutputShape([Shape.Vector(2), Shape.Vector(1)])).Message);
        Assert.Equal(
            "A triplet loss compares vectors: received 8x4x4 (channels x height x width). End the network with GlobalAveragePool().Linear(dimensions) or Flatten().Linear(dimensions).",
            Assert.Throws<ShapeException>(() => new TripletLoss().OutputShape([Shape.Image(8, 4, 4), Shape.Vector(1)])).Message);
        Assert.Equal(
            "A triplet loss compares the classes of images, so its target is the number of the class, a vector of 1: received 10. Pass LossScope.ClassIndex.",
            Assert.Throws<ShapeException>(() => new TripletLoss().OutputShape([Shape.Vector(8), Shape.Vector(10)])).Message);
    }

    private static OpTrial AssertLosses(double[] expected, TripletLoss loss, int[]? classes = null)
    {
        var trial = Trial(loss, Line, classes ?? Classes);
        Assert.Equal(expected, trial.Output);
        Assert.Equal(expected, trial.Reference);
        return trial;
    }

    private static OpTrial Trial(TripletLoss loss, double[] positions, int[] classes) => new(
        loss, [OpTrial.Tensor(Shape.Vector(1), positions.Length, positions), OpTrial.Tensor(Shape.Vector(1), classes.Length, Array.ConvertAll(classes, label => (double)label))]);
}
