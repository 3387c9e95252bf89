using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Analysis;

/// <summary>Boxes on several grids: who answers, what comes back, the loss, and that a detector learns.</summary>
public sealed class BoxPyramidTests
{
    private static readonly BoxPyramid Usual = new(Shape.Image(1, 64, 64), 3);

    [Fact]
    public void The_cells_near_the_middle_answer_by_hand()
    {
        // 8 x 8 + 4 x 4 + 2 x 2 cells. The box from 8 to 24 has the middles 12 and 20 of the first level inside; those of the second, 8 and
        // 24,
        // are on its edges, and that of the third, 16, is too coarse for it.
        Assert.Equal((84, new Shape(8, 1, 84)), (Usual.Cells, Usual.Shape));
        var target = new float[Usual.Shape.Count];
        Assert.Equal(0, Usual.Encode([new(new Box(8, 8, 16, 16), 2)], target));
        Assert.Equal([9, 10, 17, 18], Enumerable.Range(0, 84).Where(cell => target[(7 * 84) + cell] == 1));
        Assert.Equal([0.5f, 0.5f, 1.5f, 1.5f], Enumerable.Range(0, 4).Select(edge => target[(edge * 84) + 9]));
        Assert.Equal(1.0 / 3, target[(4 * 84) + 9], 6);
        Assert.Equal(4 * 6, target.Count(number => number != 0));
        Usual.Encode([], target);
        Assert.All(target, number => Assert.Equal(0, number));
    }

    [Fact]
    public void Small_things_win_large_ones_go_to_coarse_levels_and_uncounted_ones_are_left_out()
    {
        var pyramid = new BoxPyramid(Shape.Image(1, 256, 256), 2);
        var target = new float[pyramid.Shape.Count];
        int[] Of(int label) => [.. Enumerable.Range(0, pyramid.Cells).Where(cell => target[((5 + label) * pyramid.Cells) + cell] == 1)];
        // 200 pixels: more than 8 x 8 from every middle that is near its own, so the first level is out; the coarse ones begin at 1024.
        Assert.Equal(0, pyramid.Encode([new(new Box(28, 28, 200, 200), 0), new(new Box(118, 118, 20, 20), 1)], target));
        Assert.All(Of(0), cell => Assert.True(cell >= 1024));
        Assert.All(Of(1), cell => Assert.True(cell < 1024));
        Assert.NotEmpty(Of(0));
        Assert.NotEmpty(Of(1));
        // The smaller of two in one place.
        pyramid.Encode([new(new Box(40, 40, 40, 40), 0), new(new Box(48, 48, 24, 24), 1)], target);
        Assert.DoesNotContain((7 * 32) + 7, Of(0)); // its middle, 60, is in both
        Assert.Contains((7 * 32) + 7, Of(1));
        // Nobody answers in a crowd, but for a thing of its own; a thing between all middles finds nobody.
        Assert.Equal(1, pyramid.Encode([new(new Box(0, 0, 64, 64), 0) { IsCrowd = true }, new(new Box(8, 8, 16, 16), 1), new(new Box(101,
            101, 2, 2), 0)], target));
        Assert.Equal(-1, target[(4 * pyramid.Cells) + 0]);
        Assert.True(target[(4 * pyramid.Cells) + 33] > 0);
        Assert.Empty(Of(0));
    }

    /// <summary>Every cell asked about every box, as the rules are told.</summary>
    [Fact]
    public void Targets_are_those_of_the_rules_cell_by_cell()
    {
        var pyramid = new BoxPyramid(Shape.Image(1, 128, 192), 3);
        var (target, naive) = (new float[pyramid.Shape.Count], new float[pyramid.Shape.Count]);
        for (var scene = 0; scene < 300; scene++)
        {
            var random = new RandomSequence(11, RandomPurpose.Testing, (uint)scene);
            var things = new List<LabelledBox>();
            for (var count = random.NextInt(12); count > 0; count--)
            {
                int width = 2 + random.NextInt(190), height = 2 + random.NextInt(100);
                things.Add(new(new Box(random.NextInt(192) - (width / 3), random.NextInt(128) - (height / 3), width, height),
                    random.NextInt(3))
                { IsCrowd = random.NextInt(6) == 0 });
            }
            var lost = pyramid.Encode(things, target);
            Assert.Equal(Rules(things, naive, pyramid), lost);
            Assert.Equal(naive, target);
        }
    }

    [Fact]
    public void What_is_encoded_is_decoded_again()
    {
        for (var scene = 0; scene < 200; scene++)
        {
            var random = new RandomSequence(4, RandomPurpose.Testing, (uint)scene);
            // One thing in the left half and one in the right.
            LabelledBox[] things =
            [
                .. Enumerable.Range(0, 2).Select(side => (W: 12 + (side * 4), At: side * 32))
                    .Select(one => new LabelledBox(new Box(one.At + 2.5, 5.25, one.W, 30), one.At / 32)),
                new(new Box(4 + random.NextInt(8), 40, 10 + random.NextInt(30), 10 + random.NextInt(12)), 2),
            ];
            var target = new float[Usual.Shape.Count];
            Assert.Equal(0, Usual.Encode(things, target));
            var found = Usual.Decode(Scores(target, Usual));
            foreach (var thing in things)
                Assert.InRange(found.Where(box => box.Class == thing.Class).Max(box => box.Box.Overlap(thing.Box)), 0.999, 1);
            Assert.Equal(1, AveragePrecision.Of([things], [found], 3).Mean);
            Assert.Equal(found.OrderByDescending(box => box.Score), found);
        }
        Assert.Empty(Usual.Decode(Scores(new float[Usual.Shape.Count], Usual)));
        Assert.Single(Usual.Decode(new float[Usual.Shape.Count], leastScore: 0.4, most: 1)); // half sure of everything
    }

    [Fact]
    public void The_loss_is_its_definition_and_its_gradient_is_right()
    {
        var pyramid = new BoxPyramid(Shape.Image(1, 16, 16), 2, [4, 8]);
        var numbers = new float[2 * pyramid.Shape.Count];
        pyramid.Encode([new(new Box(1, 1, 7, 6), 1), new(new Box(8, 8, 7, 8), 0) { IsDifficult = true }], numbers.AsSpan(0,
            pyramid.Shape.Count));
        Assert.Contains(-1f, numbers);
        var targets = TargetSet.Numbers(pyramid.Shape, numbers);
        var network = Network.Build(pyramid.Image, x =>
        {
            var fine = x.Conv(4, kernel: 4, stride: 4).Tanh();
            var coarse = fine.Conv(4, kernel: 2, stride: 2).Tanh();
            return Row(fine.Conv(7, kernel: 1)).Concat(Row(coarse.Conv(7, kernel: 1))).Transpose(Axis.Columns, Axis.Rows, Axis.Channels);
        });
        var check = GradientCheck.Run(network, PyramidLoss.Of(pyramid), targets: targets);
        Assert.True(check.Passed, $"{check}");
        var model = new Model(Weights.Initialize(network, 5), Normalization.None(1), []);
        var set = new ImageSet("s", pyramid.Image, [.. Enumerable.Range(0, 512).Select(i => (byte)(i * 37))], targets);
        var outputs = model.ComputeMany(set, 1);
        var expected = (Naive(outputs[0], numbers.AsSpan(0, pyramid.Shape.Count), pyramid)
            + Naive(outputs[1], numbers.AsSpan(pyramid.Shape.Count), pyramid)) / 2;
        Assert.InRange(model.Evaluate(set, PyramidLoss.Of(pyramid)).Loss / expected, 0.9999, 1.0001);
        var wrong = Network.Build(pyramid.Image, x => x.Conv(3, kernel: 4, stride: 4));
        Assert.Contains("received an output of 3x4x4", Assert.Throws<ShapeException>(() => GradientCheck.Run(wrong,
            PyramidLoss.Of(pyramid), targets: targets)).Message,
            StringComparison.Ordinal);

        static Feature Row(Feature x) => x.Reshape(7, 1, -1).Transpose(Axis.Columns, Axis.Rows, Axis.Channels);
    }

    /// <summary>A small detector finds bright and dark squares in scenes that it has not seen.</summary>
    [Fact]
    public void A_detector_learns()
    {
        var pyramid = new BoxPyramid(Shape.Image(1, 48, 48), 2, [8, 16]);
        var network = Network.Build(pyramid.Image, x =>
        {
            foreach (var channels in (int[])[8, 16, 16])
                x = x.Conv(channels, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2);
            var coarse = x.Conv(16, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2);
            return pyramid.Head([x, coarse], channels: 16);
        });
        Assert.Equal(pyramid.Shape, network.Output);
        var (training, _) = Scenes(pyramid, 192, part: 0);
        var (validation, truth) = Scenes(pyramid, 48, part: 1);
        var run = Trainer.Fit(network, new SplitData("squares", training, validation, ""), new()
        {
            Epochs = 24,
            BatchSize = 16,
            Optimizer = new Adam(),
            Schedule = new OneCycle(0.01),
            Loss = PyramidLoss.Of(pyramid),
        });
        var judged = DetectionJudgement.Of(truth, [.. run.Model.ComputeMany(validation).Select(output => pyramid.Decode(output))],
            ["bright", "dark"]);
        Assert.True(judged.Precision.Mean > 0.7, $"{judged}");
        Assert.Throws<ShapeException>(() => Network.Build(pyramid.Image, x => pyramid.Head([x])));
    }

    [Fact]
    public void Errors_teach()
    {
        Assert.Contains("such as 64 x 32", Assert.Throws<UsageException>(() => new BoxPyramid(Shape.Image(1, 70, 60), 1)).Message,
            StringComparison.Ordinal);
        Assert.Contains("each twice those before: received 8, 24", Assert.Throws<UsageException>(() => new BoxPyramid(Shape.Image(1, 48,
            48), 1, [8, 24])).Message, StringComparison.Ordinal);
        Assert.Contains("at least one class", Assert.Throws<UsageException>(() => new BoxPyramid(Shape.Image(1, 64, 64), 0)).Message,
            StringComparison.Ordinal);
        Assert.Contains("both sides must be above 0", Assert.Throws<DataException>(() => Usual.Encode([new(new Box(1, 1, 0, 3), 0)],
            new float[Usual.Shape.Count])).Message, StringComparison.Ordinal);
        Assert.Contains("class 3", Assert.Throws<DataException>(() => Usual.Encode([new(new Box(1, 1, 2, 3), 3)],
            new float[Usual.Shape.Count])).Message, StringComparison.Ordinal);
        Assert.Contains("received 2", Assert.Throws<ShapeException>(() => Usual.Decode([1, 2])).Message, StringComparison.Ordinal);
    }

    private static (ImageSet Images, IReadOnlyList<IReadOnlyList<LabelledBox>> Truth) Scenes(BoxPyramid pyramid, int count, uint part)
    {
        var (pixels, numbers, truth) = (new byte[count * 48 * 48], new float[count * pyramid.Shape.Count],
            new List<IReadOnlyList<LabelledBox>>());
        for (var scene = 0; scene < count; scene++)
        {
            var random = new RandomSequence(8, RandomPurpose.Testing, part, (uint)scene);
            var own = pixels.AsSpan(scene * 48 * 48, 48 * 48);
            foreach (ref var pixel in own)
                pixel = (byte)(110 + random.NextInt(40));
            var things = new List<LabelledBox>();
            for (var half = 0; half < 2; half++)
            {
                int width = 10 + random.NextInt(12), height = 10 + random.NextInt(20), label = random.NextInt(2);
                int left = (24 * half) + random.NextInt(24 - width), top = random.NextInt(48 - height);
                things.Add(new(new Box(left, top, width, height), label));
                for (var y = top; y < top + height; y++)
                    own.Slice((y * 48) + left, width).Fill(label == 0 ? (byte)230 : (byte)20);
            }
            pyramid.Encode(things, numbers.AsSpan(scene * pyramid.Shape.Count, pyramid.Shape.Count));
            truth.Add(things);
        }
        return (new ImageSet("squares", pyramid.Image, pixels, TargetSet.Numbers(pyramid.Shape, numbers)), truth);
    }

    private static int Rules(List<LabelledBox> things, float[] target, BoxPyramid pyramid)
    {
        Array.Clear(target);
        var (answered, cell) = (new HashSet<int>(), 0);
        foreach (var (level, stride) in pyramid.Strides.Index())
            for (var row = 0; row < pyramid.Image.Height / stride; row++)
                for (var column = 0; column < pyramid.Image.Width / stride; column++, cell++)
                {
                    double x = (column + 0.5) * stride, y = (row + 0.5) * stride;
                    double[] Edges(Box box) => [x - box.X, y - box.Y, box.X + box.Width - x, box.Y + box.Height - y];
                    var best = -1;
                    foreach (var (i, thing) in things.Index())
                    {
                        var (box, edges) = (thing.Box, Edges(thing.Box));
                        var isNear = Math.Abs(x - (box.X + (box.Width / 2))) < 1.5 * stride && Math.Abs(y - (box.Y
                            + (box.Height / 2))) < 1.5 * stride;
                        var far = edges.Max();
                        var isOfLevel = (level == 0 || far > 4 * stride) && (level == 2 || far <= 8 * stride);
                        if (thing.Counts && edges.Min() > 0 && isNear && isOfLevel && (best < 0
                            || box.Area < things[best].Box.Area)) best = i;
                    }
                    if (best < 0)
                    {
                        if (things.Any(thing => !thing.Counts && Edges(thing.Box).Min() > 0)) target[(4 * pyramid.Cells) + cell] = -1;
                        continue;
                    }
                    answered.Add(best);
                    var own = Edges(things[best].Box);
                    for (var edge = 0; edge < 4; edge++)
                        target[(edge * pyramid.Cells) + cell] = (float)(own[edge] / stride);
                    target[(4 * pyramid.Cells) + cell] = (float)Math.Sqrt(Math.Min(own[0], own[2]) / Math.Max(own[0], own[2])
                        * (Math.Min(own[1], own[3]) / Math.Max(own[1], own[3])));
                    target[((5 + things[best].Class) * pyramid.Cells) + cell] = 1;
                }
        return things.Count(thing => thing.Counts) - answered.Count;
    }

    // What a network would have to give for a target.
    private static float[] Scores(float[] target, BoxPyramid pyramid)
    {
        var scores = new float[target.Length];
        for (var place = 0; place < target.Length; place++)
        {
            var channel = place / pyramid.Cells;
            scores[place] = channel < 4 ? (float)Math.Log(Math.Exp(target[place]) - 1 + 1e-9)
                : channel == 4 ? (float)Math.Log((target[place] + 1e-6) / (1 - target[place] + 1e-6)) : target[place] == 1 ? 20 : -20;
        }
        return scores;
    }

    private static double Naive(float[] output, ReadOnlySpan<float> target, BoxPyramid pyramid)
    {
        double focal = 0, box = 0, near = 0;
        var (cells, things) = (pyramid.Cells, 0);
        for (var cell = 0; cell < cells; cell++)
        {
            var there = false;
            for (var label = 0; label < pyramid.ClassCount; label++)
            {
                var (x, y) = ((double)output[((5 + label) * cells) + cell], target[((5 + label) * cells) + cell]);
                var p = 1 / (1 + Math.Exp(-x));
                if (target[(4 * cells) + cell] >= 0) focal += y == 1 ? -0.25 * (1 - p) * (1 - p) * Math.Log(p)
                    : -0.75 * p * p * Math.Log(1 - p);
                there |= y == 1;
            }
            if (!there) continue;
            things++;
            double[] a = new double[4], b = new double[4];
            for (var edge = 0; edge < 4; edge++)
                (a[edge], b[edge]) = (Math.Log(1 + Math.Exp(output[(edge * cells) + cell])), target[(edge * cells) + cell]);
            var common = (Math.Min(a[0], b[0]) + Math.Min(a[2], b[2])) * (Math.Min(a[1], b[1]) + Math.Min(a[3], b[3]));
            var around = (Math.Max(a[0], b[0]) + Math.Max(a[2], b[2])) * (Math.Max(a[1], b[1]) + Math.Max(a[3], b[3]));
            var either = ((a[0] + a[2]) * (a[1] + a[3])) + ((b[0] + b[2]) * (b[1] + b[3])) - common;
            box += 1 - ((common / either) - ((around - either) / around));
            var (q, t) = (1 / (1 + Math.Exp(-(double)output[(4 * cells) + cell])), (double)target[(4 * cells) + cell]);
            near -= (t * Math.Log(q)) + ((1 - t) * Math.Log(1 - q));
        }
        return (focal + box + near) / Math.Max(1, things);
    }
}
