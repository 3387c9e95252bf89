using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class ImageSetTests
{
    private static readonly string[] TwoNames = ["a", "b"];

    [Fact]
    public void Pixels_and_labels_are_those_given_and_copied()
    {
        byte[] pixels = [1, 2, 3, 4, 5, 6, 7, 8];
        var set = new ImageSet("s", new(1, 2, 2), pixels, [1, 0], TwoNames);
        pixels[0] = 99;
        Assert.Equal([1, 2, 3, 4], set.Pixels(0).ToArray());
        Assert.Equal([5, 6, 7, 8], set.Pixels(1).ToArray());
        Assert.Equal((1, 0, 2, 2), (set.Label(0), set.Label(1), set.Count, set.ClassCount));
        Assert.Equal("s: 2 images of 1x2x2 in 2 classes", set.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Label(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = set.Pixels(-1).Length);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Says("The image set s has 2 labels and 7 bytes of pixels: expected 2 x 4 = 8 bytes for images of 1x2x2.",
            () => new ImageSet("s", new(1, 2, 2), new byte[7], [0, 0], TwoNames));
        Says("The image set s has label 2 at image 1: with 2 classes the labels are 0 to 1.",
            () => new ImageSet("s", new(1, 2, 2), new byte[8], [0, 2], TwoNames));
        Says("The image set s is empty: at least one image is needed.", () => new ImageSet("s", new(1, 2, 2), [], [], TwoNames));
    }

    [Fact]
    public void A_subset_keeps_the_order_of_its_indices_also_of_a_subset()
    {
        var set = Numbered(10, 2);
        var subset = set.Subset([7, 3, 3, 0]);
        Assert.Equal([7, 3, 3, 0], Numbers(subset));
        Assert.Equal([3, 7], Numbers(subset.Subset([2, 0])));
        Assert.Equal([7, 3], Numbers(subset.Take(2)));
        Assert.Same(set, set.Take(10));
        Says("A subset of n asks for image 10: the set has 10 images, 0 to 9.", () => set.Subset([10]));
        Assert.Throws<UsageException>(() => set.Take(0));
    }

    [Fact]
    public void A_split_is_stratified_disjoint_complete_and_repeatable()
    {
        var set = Numbered(103, 3); // classes of 35, 34 and 34
        var (first, second) = set.Split(0.25, seed: 5);
        Assert.Equal((77, 26), (first.Count, second.Count));
        Assert.Equal([9, 9, 8], second.CountPerClass());
        Assert.Equal(Enumerable.Range(0, 103), Numbers(first).Concat(Numbers(second)).Order());
        Assert.Equal(Numbers(second).Order(), Numbers(second));
        Assert.Equal(Numbers(second), Numbers(set.Split(0.25, seed: 5).Second));
        Assert.NotEqual(Numbers(second), Numbers(set.Split(0.25, seed: 6).Second));
    }

    [Fact]
    public void A_split_is_the_same_on_every_machine() =>
        Assert.Equal([0, 5, 7, 16], Numbers(Numbered(20, 2).Split(0.2, seed: 1).Second));

    [Fact]
    public void A_class_never_loses_its_last_image()
    {
        // Five classes of 1, 1, 1, 6 and 2 images: a fifth are 2 of 11, which were taken from the first of the same remainder.
        int[] labels = [0, 1, 2, 3, 3, 3, 3, 3, 3, 4, 4];
        var set = new ImageSet("n", new(1, 1, 1), [.. labels.Select((_, i) => (byte)i)], labels, ["a", "b", "c", "d", "e"]);
        var (first, second) = set.Split(0.2, 0);
        Assert.Equal([1, 1, 1, 5, 1], first.CountPerClass());
        Assert.Equal([0, 0, 0, 1, 1], second.CountPerClass());
        // No more can be spared than stands beside the last one.
        Assert.Equal([0, 0, 0, 5, 1], set.Split(0.9, 0).Second.CountPerClass());
        Says("n cannot be split: each of its 4 classes has one image at most, and no class can lose its only one. Add images, two of a "
            + "class at least, or give images to judge by of their own.",
            () => Numbered(4, 4).Split(0.5, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    [InlineData(0.01)]
    public void A_split_that_leaves_a_part_empty_is_refused(double fraction) =>
        Assert.Throws<UsageException>(() => Numbered(10, 2).Split(fraction, 1));

    [Fact]
    public void Split_data_must_fit_and_can_be_split_again()
    {
        var data = new SplitData("n", Numbered(20, 2), Numbered(5, 2), "here", "look");
        var again = data.SplitTraining(0.5, 1);
        Assert.Equal((10, 10, "here", "look"), (again.Training.Count, again.Validation.Count, again.Source, again.Notice));
        Assert.Throws<DataException>(() => new SplitData("n", Numbered(20, 2), Numbered(5, 3), "here"));
    }

    [Fact]
    public void Mean_and_deviation_are_exact_per_channel()
    {
        var set = new ImageSet("s", new(2, 1, 2), [0, 255, 7, 7, 255, 0, 7, 7], [0, 0], TwoNames);
        var normalization = Normalization.Of(set);
        Assert.Equal([0.5, 7 / 255.0], normalization.Mean);
        Assert.Equal([0.5, 1], normalization.Deviation);
        Assert.Equal(new Normalization([0.5, 7 / 255.0], [0.5, 1]), normalization);
        Assert.Equal(1, (255 * normalization.Scale(0)) + normalization.Offset(0), 1e-6);
        Assert.Equal(normalization, Normalization.Of(set.Subset([1, 0])));
        Assert.Throws<DataException>(() => new Normalization([0], [0]));
        Assert.Throws<DataException>(() => new Normalization([0, 0], [1]));
    }

    internal static ImageSet Numbered(int count, int classes) => new(
        "n", new(1, 1, 1), [.. Enumerable.Range(0, count).Select(i => (byte)i)], [.. Enumerable.Range(0, count).Select(i => i % classes)],
        [.. Enumerable.Range(0, classes).Select(i => $"{i}")]);

    internal static int[] Numbers(ImageSet set) => [.. Enumerable.Range(0, set.Count).Select(i => (int)set.Pixels(i)[0])];

    private static void Says(string message, Func<object> action) => Assert.Equal(message, Assert.Throws<DataException>(action).Message);
}
