using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class EmbeddingsTests
{
    // On a line: class 0 at 0, 1 and 10, class 1 at 4 and 5.
    private static readonly Embeddings Line = new([0, 1, 10, 4, 5], 1, [0, 0, 0, 1, 1]);

    [Fact]
    public void Recall_looks_at_the_nearest_neighbours()
    {
        // Nearest neighbours: 1, 0, 5 (another class), 5, 4: four of five. The image at 10 sees 5, 4, 1: its class is third.
        Assert.Equal(0.8, Line.RecallAt(1));
        Assert.Equal(0.8, Line.RecallAt(2));
        Assert.Equal(1, Line.RecallAt(3));
        // At equal distances the earlier image is nearer.
        Assert.Equal(0.5, new Embeddings([0, 1, -1], 1, [0, 1, 0]).RecallAt(1));
        // Images that are alone are not asked.
        Assert.Equal(1, new Embeddings([0, 1, 3], 1, [0, 0, 1]).RecallAt(1));
    }

    [Fact]
    public void Nearest_mean_is_a_classifier()
    {
        // Means 11 / 3 and 4.5: 4 is nearer to the first, 5 to the second; of class 0 the image at 10 is lost.
        Assert.Equal(3 / 5.0, Line.NearestMeanAccuracy());
        var examples = new Embeddings([0, 5], 1, [0, 1]);
        Assert.Equal(4 / 5.0, Line.NearestMeanAccuracy(examples));
    }

    [Fact]
    public void Cosine_distances_do_not_look_at_lengths()
    {
        var directions = new Embeddings([3, 0, 1, 1, 0, 5], 2, [0, 0, 1]);
        Assert.Equal(1 - Math.Sqrt(0.5), directions.Distance(0, 1, EmbeddingDistance.Cosine), 1e-12);
        Assert.Equal(1, directions.Distance(0, 2, EmbeddingDistance.Cosine), 1e-12);
        Assert.Equal(Math.Sqrt(5), directions.Distance(0, 1), 1e-12);
        Assert.Equal(1, new Embeddings([1, 0, 100, 1, 0, 1, 1, 100], 2, [0, 0, 1, 1]).RecallAt(1, EmbeddingDistance.Cosine));
    }

    [Fact]
    public void Verification_has_known_values()
    {
        // Sorted: same 1, same 2, different 3, same 4, different 5, different 6. Best: between 2 and 3, or between 4 and 5, five of six
        // right: the lower.
        double[] distances = [1, 3, 2, 5, 4, 6];
        bool[] same = [true, false, true, false, true, false];
        var whole = Verification.Of(distances, same, folds: 1);
        Assert.Equal((2.5, 5 / 6.0, 0), (whole.Threshold, whole.Accuracy, whole.StandardError));
        // Of 3 x 3 comparisons, one (4 against 3) is lost.
        Assert.Equal(8 / 9.0, whole.AreaUnderCurve, 1e-12);
        Assert.Equal(4 / 6.0, whole.AccuracyAt(1.5));
        Assert.Equal((2 / 3.0, 0), whole.RatesAt(2.5));
        Assert.Equal((1, 1 / 3.0), whole.RatesAt(4.5));

        // Parts of two: without (1, 3): 2 s, 4 s, 5 d, 6 d give 4.5, which accepts 3 wrongly; without (2, 5): 1 s, 3 d, 4 s, 6 d give 2 (or
        // 5), and 2 is not below 2; without (4, 6): 1 s, 2 s, 3 d, 5 d give 2.5, which does not accept 4.
        var parts = Verification.Of(distances, same, folds: 3);
        Assert.Equal([0.5, 0.5, 0.5], parts.FoldAccuracies);
        Assert.Equal((2.5, 0.5, 0), (parts.Threshold, parts.Accuracy, parts.StandardError));
    }

    [Fact]
    public void Ties_count_half_and_have_no_threshold_between_them()
    {
        var tied = Verification.Of([1, 1, 1, 1], [true, false, false, true], folds: 1);
        Assert.Equal((0.5, 0.5), (tied.AreaUnderCurve, tied.Accuracy));
        var perfect = Verification.Of([1, 1, 2, 2], [true, true, false, false], folds: 2);
        Assert.Equal((1, 1.5), (perfect.AreaUnderCurve, perfect.Threshold));
    }

    [Fact]
    public void Pairs_are_drawn_by_class_and_repeat_with_the_seed()
    {
        var labels = Enumerable.Range(0, 200).Select(i => i < 150 ? 0 : 1 + (i % 5)).ToArray();
        var embeddings = new Embeddings(new float[200], 1, labels);
        var pairs = embeddings.DrawPairs(400, 3);
        Assert.Equal(400, pairs.Distinct().Count());
        Assert.All(pairs.Index(), pair => Assert.Equal(pair.Index % 2 == 0, labels[pair.Item.First] == labels[pair.Item.Second]));
        Assert.All(pairs, pair => Assert.True(pair.First < pair.Second));
        // Classes have the same chance, not images: 1 in 6 of the pairs of one class is of class 0, which has three quarters of the images.
        Assert.InRange(pairs.Count(pair => labels[pair.First] == 0 && labels[pair.Second] == 0), 15, 60);
        Assert.Equal(pairs, embeddings.DrawPairs(400, 3));
        Assert.NotEqual(pairs, embeddings.DrawPairs(400, 4));
        Assert.Equal(new ImagePair(0, 1), new Embeddings([0, 1, 2], 1, [0, 0, 1]).DrawPairs(2, 0)[0]);
    }

    [Fact]
    public void Embeddings_of_a_model_are_the_outputs_of_a_layer()
    {
        var network = TinyTask.Network();
        var set = TinyTask.Data(training: 300).Training;
        var model = new Model(Weights.Initialize(network, 4), Normalization.Of(set), TinyTask.ClassNames);
        var scores = model.Embed(set, threads: 2);
        Assert.Equal((300, 3), (scores.Count, scores.Dimensions));
        Assert.Equal(set.Label(7), scores.Label(7));
        foreach (var image in (int[])[0, 17, 299])
            Assert.Equal(model.Compute(set.Pixels(image)), scores[image].ToArray());
        // conv2 stands before a ReLU; the maps of one image are what FeatureMaps gives.
        var maps = model.Embed(set, "conv2", threads: 1);
        Assert.Equal(network["conv2"].Output.Count, maps.Dimensions);
        Assert.Equal(model.FeatureMaps(set.Pixels(299)).Single(map => map.Layer.Name == "conv2").Values, maps[299].ToArray());
        Assert.Equal("The network has no layer 'con2'. Did you mean 'conv2'?",
            Assert.Throws<UsageException>(() => model.Embed(set, "con2")).Message);
        Assert.Equal("Layer 'input' is an input, and a network that ends there computes nothing. Name a layer behind it, up "
            + "to 'linear1'.", Assert.Throws<UsageException>(() => model.Embed(set, "input")).Message);
    }

    [Fact]
    public void Mistakes_are_explained()
    {
        Assert.Equal(
            "Embeddings of 2 labelled images with 3 dimensions have 2 x 3 = 6 numbers: received 5. At least one image and one dimension "
                + "are needed.",
            Assert.Throws<DataException>(() => new Embeddings(new float[5], 3, [0, 1])).Message);
        Assert.Equal(
            "The embedding of image 1 has a number that is not finite (NaN): the network or its weights are broken.",
            Assert.Throws<DataException>(() => new Embeddings([1, float.NaN], 1, [0, 1])).Message);
        Assert.Equal(
            "There are not 2 different pairs of one class among 3 images of 2 classes. Ask for fewer pairs, or embed more images.",
            Assert.Throws<UsageException>(() => new Embeddings([0, 1, 2], 1, [0, 0, 1]).DrawPairs(4, 0)).Message);
        Assert.Equal(
            "There are not 1 different pairs of two classes among 2 images of 1 classes. Ask for fewer pairs, or embed more images.",
            Assert.Throws<UsageException>(() => new Embeddings([0, 1], 1, [0, 0]).DrawPairs(2, 0)).Message);
        Assert.Equal(
            "Recall asks for images of the same class, and each of the 2 images is alone in its class.",
            Assert.Throws<UsageException>(() => new Embeddings([0, 1], 1, [0, 1]).RecallAt(1)).Message);
        Assert.Equal(
            "Verification needs pairs of one class and pairs of two: all 2 pairs are of one class.",
            Assert.Throws<UsageException>(() => Verification.Of([1, 2], [true, true], 1)).Message);
        Assert.Equal(
            "The pairs can be cut into 1 to 2 parts, as many as there are pairs: received 10. 10 is usual.",
            Assert.Throws<UsageException>(() => Verification.Of([1, 2], [true, false])).Message);
    }
}
