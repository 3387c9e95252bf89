using System.Globalization;
using FeatureMap.Analysis;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Analysis;

/// <summary>Detectors judged by the rules of COCO and of VOC: hand-worked cases, and a naive twin.</summary>
public sealed class DetectionMeasureTests
{
    /// <summary>FEATUREMAP_DRAWN_SETS=10000 for all of them, which takes a minute.</summary>
    private static readonly int DrawnSets =
        int.Parse(Environment.GetEnvironmentVariable("FEATUREMAP_DRAWN_SETS") ?? "300", CultureInfo.InvariantCulture);

    private static readonly Box A = new(0, 0, 10, 10), B = new(40, 0, 10, 10), C = new(0, 60, 120, 100);

    [Fact]
    public void A_worked_example_by_three_rules()
    {
        // 0.9 on A, 0.8 on A again, 0.7 on B with an overlap of 0.6: right, wrong, right.
        LabelledBox[] truth = [new(A, 0), new(B, 0)];
        DetectedBox[] found = [new(new(0, 0, 10, 8), 0, 0.9), new(A, 0, 0.8), new(new(40, 0, 10, 6), 0, 0.7)];
        Assert.Equal(0.5 + (0.5 * 2 / 3), AveragePrecision.Of([truth], [found], 1).Mean, 12);
        Assert.Equal((6 + (5 * 2.0 / 3)) / 11, AveragePrecision.Of([truth], [found], 1, points: PrecisionPoints.Eleven).Mean, 12);
        var coco = CocoFigures.Of([truth], [found], 1);
        Assert.Equal((51 + (50 * 2.0 / 3)) / 101, coco.Precision50, 12);
        // From an overlap of 0.65 on, B is not found: recall 1/2 with precision 1. From 0.85 on, A is found by the second box alone.
        Assert.Equal((51 * 0.5) / 101, coco.Precision75 / 2, 12);
        Assert.Equal((3 * (51 + (50 * 2.0 / 3)) + (4 * 51) + (3 * 51 * 0.5)) / 1010, coco.Precision, 12);
        Assert.Equal(((3 * 1) + (7 * 0.5)) / 10, coco.Recall100, 12);
        // One box per image: the first, which finds A up to an overlap of 0.8.
        Assert.Equal(7 * 0.5 / 10, coco.Recall1, 12);
        Assert.Equal((coco.Precision, coco.Recall100), (coco.SmallPrecision, coco.SmallRecall));
        Assert.All(new[] { coco.MediumPrecision, coco.LargePrecision, coco.MediumRecall, coco.LargeRecall }, value => Assert.Equal(-1,
            value));
    }

    [Fact]
    public void What_is_found_in_a_crowd_or_on_a_difficult_thing_is_neither_right_nor_wrong()
    {
        DetectedBox[] found = [new(new(20, 80, 10, 10), 0, 0.9), new(new(60, 90, 10, 10), 0, 0.8), new(A, 0, 0.7), new(B, 0, 0.6), new(B,
            0, 0.5)];
        LabelledBox[] truth = [new(C, 0) { IsCrowd = true }, new(A, 0), new(B, 0) { IsDifficult = true }];
        // VOC: both boxes on B mean the difficult thing. COCO: it has room for one, the second is wrong, after all that is to be found.
        Assert.Equal((1.0, 1), (AveragePrecision.Of([truth], [found], 1).Mean, AveragePrecision.Of([truth], [found], 1).Things));
        Assert.Equal((1.0, 1.0), (Math.Round(CocoFigures.Of([truth], [found], 1).Precision, 12), CocoFigures.Of([truth], [found],
            1).Recall100));
        // Were they things like others, two boxes of ten by ten would be nothing of the large one.
        LabelledBox[] plain = [new(C, 0), new(A, 0), new(B, 0)];
        Assert.InRange(CocoFigures.Of([plain], [found], 1).Precision50, 0.1, 0.4);
        var judged = DetectionJudgement.Of([truth], [found], ["thing"]);
        Assert.Equal([new DetectionPoint(0.7, 1, 0, 1)], judged.Curve());
        Assert.Equal((0.7, 1.0), (judged.BestScore, judged.Curve()[0].F1));
        Assert.Equal(new int[,] { { 1, 0 }, { 0, 0 } }, judged.Confusion(0.1));
    }

    [Fact]
    public void The_two_rules_differ_where_a_free_thing_is_overlapped_enough_and_a_taken_one_more()
    {
        // The second box overlaps the taken thing by 9/11 and the free one by 7/13.
        LabelledBox[] truth = [new(new(0, 0, 10, 10), 0), new(new(4, 0, 10, 10), 0)];
        DetectedBox[] found = [new(new(0, 0, 10, 10), 0, 0.9), new(new(1, 0, 10, 10), 0, 0.8)];
        Assert.Equal(0.5, AveragePrecision.Of([truth], [found], 1).Mean);
        Assert.Equal(1, CocoFigures.Of([truth], [found], 1).Precision50, 12);
    }

    [Fact]
    public void A_class_without_things_is_in_no_mean_and_a_class_without_boxes_is_nothing_found()
    {
        LabelledBox[] truth = [new(A, 0), new(B, 1)];
        DetectedBox[] found = [new(A, 0, 0.9), new(C, 2, 0.8)];
        var coco = CocoFigures.Of([truth], [found], 3);
        Assert.Equal([1.0, 0, -1], coco.PerClass.Select(value => Math.Round(value, 12)));
        Assert.Equal((0.5, 0.5), (Math.Round(coco.Precision, 12), coco.Recall100));
        Assert.Equal([1, 0, double.NaN], AveragePrecision.Of([truth], [found], 3, points: PrecisionPoints.Eleven).PerClass);
        Assert.All(CocoFigures.Of([[], []], [[], [new(A, 0, 0.5)]], 1).All, value => Assert.Equal(-1, value));
    }

    [Fact]
    public void A_curve_takes_equal_scores_for_one_step_and_the_confusion_knows_nothing()
    {
        LabelledBox[] truth = [new(A, 0), new(B, 1), new(C, 1)];
        DetectedBox[] found = [new(A, 0, 0.9), new(new(200, 0, 10, 10), 0, 0.9), new(B, 0, 0.5), new(C, 1, 0.2)];
        var judged = DetectionJudgement.Of([truth], [found], ["cat", "dog"]);
        Assert.Equal([(0.9, 1, 1), (0.5, 1, 2), (0.2, 2, 2)], judged.Curve().Select(point => (point.Score, point.Right, point.Wrong)));
        Assert.Equal([(0.9, 1, 1), (0.5, 1, 2)], judged.Curve(0).Select(point => (point.Score, point.Right, point.Wrong)));
        Assert.Equal(2.0 * 2 / (4 + 3), judged.Curve()[^1].F1);
        Assert.Equal(0.2, judged.BestScore);
        Assert.Equal(new int[,] { { 1, 0, 0 }, { 1, 0, 1 }, { 1, 0, 0 } }, judged.Confusion(0.3));
        Assert.Equal(new int[,] { { 1, 0, 0 }, { 1, 1, 0 }, { 1, 0, 0 } }, judged.Confusion(0.1));
    }

    [Fact]
    public void A_naive_twin_gives_the_same_figures_on_drawn_sets()
    {
        var sets = DrawnSets;
        var meant = 0;
        Parallel.For(0, sets, set =>
        {
            var random = new RandomSequence(17, RandomPurpose.Testing, (uint)set);
            var (images, classes) = (1 + random.NextInt(3), 1 + random.NextInt(2));
            var truth = new LabelledBox[images][];
            var found = new DetectedBox[images][];
            for (var image = 0; image < images; image++)
            {
                truth[image] = new LabelledBox[random.NextInt(5)];
                for (var i = 0; i < truth[image].Length; i++)
                {
                    var kind = random.NextInt(8);
                    truth[image][i] = new(Place(ref random), random.NextInt(classes))
                    {
                        IsCrowd = kind == 0,
                        IsDifficult = kind == 1,
                        MaskArea = kind == 2 ? 1024 + random.NextInt(3) - 1 : null,
                    };
                }
                found[image] = new DetectedBox[random.NextInt(7)];
                for (var i = 0; i < found[image].Length; i++)
                {
                    // Half of them near a thing, so that overlaps are of every size; few scores, so that many are equal.
                    var box = truth[image].Length > 0 && random.NextInt(2) == 0 ? truth[image][random.NextInt(truth[image].Length)].Box
                        : Place(ref random);
                    found[image][i] = new(box with { X = box.X + (4 * random.NextInt(3)) }, random.NextInt(classes),
                        random.NextInt(5) / 4.0);
                }
            }
            var figures = CocoFigures.Of(truth, found, classes);
            Assert.Equal(NaiveCoco.Of(truth, found, classes), figures.All);
            if (figures.Precision is > 0 and < 1) Interlocked.Increment(ref meant);
        });
        Assert.True(meant > sets / 3, $"Only {meant} of the drawn sets have anything between nothing and all to be found.");
    }

    [Fact]
    public void The_eleven_points_are_those_of_the_definition_on_drawn_sets()
    {
        for (var set = 0; set < 2000; set++)
        {
            var random = new RandomSequence(18, RandomPurpose.Testing, (uint)set);
            var truth = new LabelledBox[1 + random.NextInt(12)];
            for (var i = 0; i < truth.Length; i++)
                truth[i] = new(new(20 * i, 0, 10, 10), 0);
            var found = new DetectedBox[random.NextInt(20)];
            for (var i = 0; i < found.Length; i++)
                found[i] = new(new(20 * random.NextInt(truth.Length + 3), 0, 10, 10), 0, 1 - (i / 100.0));
            var (taken, right, places) = (new HashSet<double>(), 0, new List<(int Right, double Precision)>());
            foreach (var (i, box) in found.Index())
            {
                if (box.Box.X < 20 * truth.Length && taken.Add(box.Box.X)) right++;
                places.Add((right, (double)right / (i + 1)));
            }
            // From the highest recall down, as the sum is made.
            var sum = 0.0;
            for (var tenth = 10; tenth >= 0; tenth--)
                sum += places.Where(place => 10 * place.Right >= tenth * truth.Length).Select(place =>
                    place.Precision).DefaultIfEmpty(0).Max();
            Assert.Equal(sum / 11, AveragePrecision.Of([truth], [found], 1, points: PrecisionPoints.Eleven).Mean);
        }
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Contains("not a number", Assert.Throws<DataException>(() => CocoFigures.Of([[]], [[new(A, 0, double.NaN)]], 1)).Message,
            StringComparison.Ordinal);
        Assert.Contains("class 1", Assert.Throws<DataException>(() => CocoFigures.Of([[new(A, 1)]], [[]], 1)).Message,
            StringComparison.Ordinal);
        Assert.Contains("same images", Assert.Throws<DataException>(() => DetectionJudgement.Of([[]], [], ["a"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("at least one class", Assert.Throws<UsageException>(() => DetectionJudgement.Of([], [], [])).Message,
            StringComparison.Ordinal);
    }

    private static Box Place(ref RandomSequence random)
    {
        int[] sides = [16, 32, 64, 96, 128];
        return new(8 * random.NextInt(6), 8 * random.NextInt(4), sides[random.NextInt(5)], sides[random.NextInt(5)]);
    }
}
