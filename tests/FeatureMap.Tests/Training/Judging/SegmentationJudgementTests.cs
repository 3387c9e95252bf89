using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Label maps over a whole set: hand-worked cases, and a naive twin.</summary>
public sealed class SegmentationJudgementTests
{
    private static readonly string[] Names = ["ground", "cell", "rim", "none"];

    [Fact]
    public void The_pixels_of_all_images_are_counted_together()
    {
        // First image: 3 of 4 ground right. Second: a cell of 1 pixel in 4, missed. The mean over images is another number.
        var counts = new SegmentationCounts(Names);
        counts.Add(1, 4, [0, 0, 0, 1], [0, 0, 0, 0]);
        counts.Add(1, 4, [0, 0, 0, 0], [0, 0, 0, 1]);
        var judged = counts.Judge();
        Assert.Equal((2, 8L, 6L, 0.75), (judged.Images, judged.CountedPixels, judged.RightPixels, judged.PixelAccuracy));
        Assert.Equal([6.0 / 8, 0, double.NaN, double.NaN], judged.PerClass.Select(one => one.IntersectionOverUnion));
        Assert.Equal([12.0 / 14, 0, double.NaN, double.NaN], judged.PerClass.Select(one => one.Dice));
        Assert.Equal((0.375, 6.0 / 14), (judged.MeanIntersectionOverUnion, judged.MeanDice));
        Assert.Equal(1, judged.Confusion[0, 1]);
        Assert.Contains("mIoU 0.375 over the whole set, 75.0 % of 8 pixels right", $"{judged}", StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_ignored_is_nowhere()
    {
        var (with, without) = (new SegmentationCounts(Names, ignoreValue: 255), new SegmentationCounts(Names));
        // The last column is ignored: neither its wrong answers count, nor does it make an edge.
        with.Add(2, 3, [0, 0, 2, 0, 0, 1], [0, 0, 255, 0, 0, 255]);
        without.Add(2, 2, [0, 0, 0, 0], [0, 0, 0, 0]);
        foreach (var judged in new[] { with.Judge(), without.Judge() })
        {
            Assert.Equal([(4, 4, 4), (0, 0, 0), (0, 0, 0), (0, 0, 0)], judged.PerClass.Select(one => ((int)one.Pixels, (int)one.Answers,
                (int)one.Right)));
            Assert.Equal((1.0, double.NaN), (judged.MeanIntersectionOverUnion, judged.MeanBoundaryF));
        }
    }

    [Fact]
    public void Edges_may_be_a_little_off_and_no_more()
    {
        // 200 x 200: 0.75 % of the diagonal are 2.12 pixels. A half that ends two columns off has all its edges met, three columns off
        // none.
        foreach (var (shift, expected) in new[] { (0, 1.0), (2, 1.0), (3, 0.0) })
        {
            var counts = new SegmentationCounts(["left", "right"]);
            counts.Add(200, 200, Halves(100 + shift), Halves(100));
            Assert.Equal([expected, expected], counts.Judge().PerClass.Select(one => one.BoundaryF));
        }
        // An edge that nobody drew is no edge met.
        var missed = new SegmentationCounts(["left", "right"]);
        missed.Add(200, 200, new byte[40000], Halves(100));
        Assert.Equal([0.0, 0], missed.Judge().PerClass.Select(one => one.BoundaryF));

        static byte[] Halves(int at) => [.. Enumerable.Range(0, 40000).Select(pixel => (byte)(pixel % 200 < at ? 0 : 1))];
    }

    [Fact]
    public void A_naive_twin_gives_the_same_numbers_on_drawn_maps()
    {
        for (var set = 0; set < 300; set++)
        {
            var random = new RandomSequence(3, RandomPurpose.Testing, (uint)set);
            // A tolerance above one pixel needs a diagonal above 133.
            var (height, width, classes) = (3 + random.NextInt(4), set % 2 == 0 ? 6 : 150, 2 + random.NextInt(2));
            var counts = new SegmentationCounts([.. Enumerable.Range(0, classes).Select(label => $"{label}")], 9);
            var maps = new List<(byte[] Answer, byte[] Truth)>();
            for (var image = 0; image < 2; image++)
            {
                var (answer, truth) = (new byte[height * width], new byte[height * width]);
                for (var pixel = 0; pixel < answer.Length; pixel++)
                {
                    truth[pixel] = random.NextInt(10) == 0 ? (byte)9 : pixel > 0 && truth[pixel - 1] != 9 && random.NextInt(4) > 0
                        ? truth[pixel - 1] : (byte)random.NextInt(classes);
                    answer[pixel] = truth[pixel] != 9 && random.NextInt(5) > 0 ? truth[pixel] : (byte)random.NextInt(classes);
                }
                counts.Add(height, width, answer, truth);
                maps.Add((answer, truth));
            }
            var judged = counts.Judge();
            for (var label = 0; label < classes; label++)
            {
                long common = 0, either = 0;
                foreach (var (answer, truth) in maps)
                    for (var pixel = 0; pixel < answer.Length; pixel++)
                        if (truth[pixel] != 9)
                        {
                            common += answer[pixel] == label && truth[pixel] == label ? 1 : 0;
                            either += answer[pixel] == label || truth[pixel] == label ? 1 : 0;
                        }
                Assert.Equal(either == 0 ? double.NaN : (double)common / either, judged.PerClass[label].IntersectionOverUnion);
                Assert.Equal(NaiveBoundaryF(maps, label, height, width), judged.PerClass[label].BoundaryF);
            }
        }
    }

    [Fact]
    public void A_model_is_judged_on_the_maps_of_a_set()
    {
        // White pixels are the second class; a network of one channel and one of two say so.
        byte[] pixels = [255, 0, 0, 255, 255, 255, 0, 0], maps = [1, 0, 0, 1, 1, 0, 0, 7];
        var set = new ImageSet("maps", Shape.Image(1, 2, 2), pixels, TargetSet.LabelMaps(2, 2, maps, ["black", "white"], ignoreValue: 7));
        var one = Network.Build(Shape.Image(1, 2, 2), x => x.Subtract(0.5));
        foreach (var network in new[] { one, one.Append(x => x.Sigmoid()), Network.Build(Shape.Image(1, 2, 2), x =>
            (-x).Concat(x.Subtract(0.5))) })
        {
            var judged = SegmentationJudgement.Of(new Model(Weights.Initialize(network, 0), Normalization.None(1), ["image"]), set, 1);
            Assert.Equal((6, 7), (judged.RightPixels, judged.CountedPixels));
            Assert.Equal([3.0 / 4, 3.0 / 4], judged.PerClass.Select(one => one.IntersectionOverUnion));
        }
        var classes = new ImageSet("c", Shape.Image(1, 2, 2), pixels, [0, 1], ["a", "b"]);
        var model = new Model(Weights.Initialize(one, 0), Normalization.None(1), []);
        Assert.Contains("c has classes", Assert.Throws<UsageException>(() => SegmentationJudgement.Of(model, classes)).Message,
            StringComparison.Ordinal);
        var flat = new Model(Weights.Initialize(one.Append(x => x.Flatten().Linear(2)), 0), Normalization.None(1), []);
        Assert.Contains("ends in 1x2x2", Assert.Throws<ShapeException>(() => SegmentationJudgement.Of(flat, set)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_map_is_refused()
    {
        var counts = new SegmentationCounts(["a", "b"]);
        Assert.Contains("no images", Assert.Throws<DataException>(counts.Judge).Message, StringComparison.Ordinal);
        Assert.Contains("2 x 2", Assert.Throws<DataException>(() => counts.Add(2, 2, [0], [0, 0, 0, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("target has label 2 in row 0, column 1", Assert.Throws<DataException>(() => counts.Add(1, 2, [0, 0], [0,
            2])).Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => new SegmentationCounts([]));
    }

    private static double NaiveBoundaryF(List<(byte[] Answer, byte[] Truth)> maps, int label, int height, int width)
    {
        long given = 0, met = 0, wanted = 0, found = 0;
        var reach = 0.0075 * 0.0075 * ((height * height) + (width * width));
        foreach (var (answer, truth) in maps)
        {
            var (mine, theirs) = (Edge(answer, truth), Edge(truth, truth));
            (given, wanted) = (given + mine.Count, wanted + theirs.Count);
            met += mine.Count(a => theirs.Exists(b => Near(a, b)));
            found += theirs.Count(a => mine.Exists(b => Near(a, b)));
        }
        if (given + wanted == 0) return double.NaN;
        if (given == 0 || wanted == 0 || met == 0) return 0;
        return 2 * ((double)met / given) * ((double)found / wanted) / (((double)met / given) + ((double)found / wanted));

        bool Near((int Y, int X) a, (int Y, int X) b) => ((a.Y - b.Y) * (a.Y - b.Y)) + ((a.X - b.X) * (a.X - b.X)) <= reach;

        List<(int Y, int X)> Edge(byte[] map, byte[] truth)
        {
            int? At(int y, int x) => y < 0 || x < 0 || y >= height || x >= width || truth[(y * width) + x] == 9 ? null : map[(y * width)
                + x];
            return [.. from y in Enumerable.Range(0, height)
                       from x in Enumerable.Range(0, width)
                       where At(y, x) == label
                       where ((int?[])[At(y - 1, x), At(y + 1, x), At(y, x - 1), At(y, x + 1)]).Any(other => other is { } own
                           && own != label)
                       select (y, x)];
        }
    }
}
