using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class DetectionTests
{
    private static readonly BoxGrid Grid = new(Shape.Image(1, 32, 48), 4, 6, 3);

    [Fact]
    public void Overlap_by_hand()
    {
        var box = new Box(2, 3, 4, 2);
        Assert.Equal(1, box.Overlap(box));
        Assert.Equal(4.0 / 12, box.Overlap(new Box(4, 3, 4, 2)), 15); // half of each in common: 4 of 8 + 8 - 4
        Assert.Equal(0, box.Overlap(new Box(6, 3, 4, 2))); // side by side
        Assert.Equal(0.25, box.Overlap(new Box(3, 3, 1, 2)), 15); // one inside the other: 2 of 8
        Assert.Equal(0, box.Overlap(new Box(3, 3, 0, 2)));
    }

    [Fact]
    public void What_is_encoded_is_decoded_again()
    {
        LabelledBox[] things = [new(new Box(1, 2, 9, 5), 2), new(new Box(30.5, 20, 12, 11), 0), new(new Box(40, 0, 8, 8), 1)];
        var target = new float[Grid.Shape.Count];
        Assert.Equal((0, new Shape(8, 4, 6)), (Grid.Encode(things, target), Grid.Shape));
        Assert.Equal(3, target[..24].Sum());
        // Cells are 8 x 8 pixels: the first thing's middle, (5.5, 4.5), lies in cell 0 at 0.6875, 0.5625.
        Assert.Equal((1f, 0.6875f, 0.5625f, (float)Math.Sqrt(9 / 8.0), 1f),
            (target[0], target[24], target[48], target[72], target[24 * 7]));
        var found = Grid.Decode(Scores(target));
        Assert.Equal(things.Select(thing => thing.Class).Order(), found.Select(box => box.Class).Order());
        foreach (var thing in things)
            Assert.InRange(Assert.Single(found, box => box.Class == thing.Class).Box.Overlap(thing.Box), 0.999, 1);
        Assert.All(found, box => Assert.InRange(box.Score, 0.99, 1));
    }

    [Fact]
    public void An_image_without_things_is_all_zero_and_nothing_is_found_in_it()
    {
        var target = new float[Grid.Shape.Count];
        Array.Fill(target, 7);
        Grid.Encode([], target);
        Assert.All(target, number => Assert.Equal(0, number));
        Assert.Empty(Grid.Decode(Scores(target)));
    }

    [Fact]
    public void Suppression_keeps_the_surest_of_each_class()
    {
        DetectedBox sure = new(new Box(0, 0, 10, 10), 0, 0.9), less = new(new Box(1, 0, 10, 10), 0, 0.8),
            other = new(new Box(1, 0, 10, 10), 1, 0.7), far = new(new Box(8, 0, 10, 10), 0, 0.6);
        Assert.Equal([sure, other, far], DetectedBox.Suppress([far, less, other, sure]));
        Assert.Equal([sure, less, other, far], DetectedBox.Suppress([far, less, other, sure], overlap: 0.9));
    }

    [Fact]
    public void Average_precision_by_hand()
    {
        // Class 0: three things; boxes from the surest: right, wrong, right, wrong (taken already). Precision 1, 1/2, 2/3, 1/2; recall
        // rises at the first and third: (1 + 2/3) / 3.
        Box one = new(0, 0, 10, 10), two = new(20, 0, 10, 10), three = new(0, 20, 10, 10), nowhere = new(40, 40, 5, 5);
        LabelledBox[][] truth = [[new(one, 0), new(two, 0)], [new(three, 0), new(two, 1)], []];
        DetectedBox[][] found = [[new(one, 0, 0.9), new(one with { X = 1 }, 0, 0.3), new(two, 0, 0.5)], [new(two, 1, 0.4)],
            [new(nowhere, 0, 0.8)]];
        var precision = AveragePrecision.Of(truth, found, 3);
        Assert.Equal((1 + (2.0 / 3)) / 3, precision.PerClass[0], 15);
        Assert.Equal(1, precision.PerClass[1]);
        Assert.True(double.IsNaN(precision.PerClass[2])); // nothing to be found of class 2
        Assert.Equal((precision.PerClass[0] + 1) / 2, precision.Mean, 15);
        Assert.Equal((4, 5), (precision.Things, precision.Boxes));
        Assert.Equal("mAP@0.5 77.78 %", precision.ToString());
        Assert.True(double.IsNaN(AveragePrecision.Of([[], []], [[], [new(one, 0, 1)]], 2).Mean));
    }

    [Fact]
    public void The_loss_by_hand()
    {
        // One cell of one image: score 0 for "there" costs log 2; the middle at sigmoid 0 = 0.5 against 0.75, the roots 1 and 2 against 1
        // and 1; two classes alike cost log 2.
        var grid = new BoxGrid(Shape.Image(1, 8, 8), 1, 1, 2);
        double[] output = [0, 0, 0, 1, 2, 3, 3], target = [1, 0.75, 0.5, 1, 1, 0, 1];
        var full = new LossTrial(Loss.Detection(grid), grid.Shape, output, target);
        Assert.Equal((2 * Math.Log(2)) + (5 * ((0.25 * 0.25) + 1)), full.Values[0], 5);
        var empty = new LossTrial(Loss.Detection(grid, emptyWeight: 0.25), grid.Shape, output, new double[7]);
        Assert.Equal(0.25 * Math.Log(2), empty.Values[0], 6);
        // 0.25 x sigmoid(0), and nothing elsewhere
        Assert.Equal([0.125, 0, 0, 0, 0, 0, 0], empty.Gradient.Select(value => Math.Round(value, 6)));
    }

    [Fact]
    public void The_gradient_of_the_loss_is_right()
    {
        var grid = new BoxGrid(Shape.Image(1, 8, 12), 2, 3, 3);
        var numbers = new float[3 * grid.Shape.Count];
        grid.Encode([new(new Box(1, 1, 4, 5), 1), new(new Box(6, 4, 5, 3), 2)], numbers.AsSpan(0, grid.Shape.Count));
        grid.Encode([new(new Box(8, 0, 4, 4), 0)], numbers.AsSpan(grid.Shape.Count, grid.Shape.Count));
        var network = Network.Build(grid.Image,
            x => x.Conv(4, kernel: 3, stride: 2, padding: 1).Tanh().Conv(grid.Shape.Channels, kernel: 2, stride: 2));
        var check = GradientCheck.Run(network, Loss.Detection(grid), targets: TargetSet.Numbers(grid.Shape, numbers));
        Assert.True(check.Passed, check.ToString());
        Assert.All(check.Rows, row => Assert.True(row.Largest > 1e-3, row.Name));
    }

    [Fact]
    public void A_middle_on_a_border_or_before_the_edge_lies_in_its_own_cell()
    {
        var last = Math.BitDecrement(8.0);
        var small = new BoxGrid(Shape.Image(1, 8, 8), 3, 3, 2);
        Assert.Equal((2, 6, 8), (small.CellOf(Middle(last, 0.5)), small.CellOf(Middle(0.5, last)), small.CellOf(Middle(last, last))));
        Assert.Equal(7, new BoxGrid(Shape.Image(1, 18, 18), 1, 14, 2).CellOf(Middle(9, 1))); // 9 x 14 / 18 = 7 exactly
        var target = new float[small.Shape.Count];
        Assert.Equal(0, small.Encode([new(new Box(last - 1, last - 1, 2, 2), 1)], target));
        // as near to the far corner of its cell as 32 bits tell
        Assert.Equal((1f, 1f, 1f, 1f), (target[8], target[9 + 8], target[18 + 8], target[(9 * 6) + 8]));
        Assert.Equal(6, target.Count(number => number != 0));
    }

    [Fact]
    public void Every_grid_puts_every_border_where_whole_numbers_say()
    {
        for (var width = 1; width <= 448; width++)
            for (var columns = 1; columns <= Math.Min(64, width); columns++)
            {
                var grid = new BoxGrid(new Shape(1, 1, width), 1, columns, 1);
                Assert.Equal(columns - 1, grid.CellOf(Middle(Math.BitDecrement((double)width), 0)));
                for (var cell = 1; cell < columns; cell++)
                {
                    var (border, rest) = Math.DivRem(cell * width, columns);
                    // The last whole pixel at or before the border, and the numbers around it.
                    Assert.Equal(rest == 0 ? cell : cell - 1, grid.CellOf(Middle(border, 0)));
                    Assert.Equal(cell - 1, grid.CellOf(Middle(Math.BitDecrement((double)border), 0)));
                    Assert.Equal(cell, grid.CellOf(Middle(Math.BitIncrement((double)cell * width / columns), 0)));
                }
            }
    }

    [Fact]
    public void A_detector_of_one_kind_of_thing_needs_no_classes()
    {
        var grid = new BoxGrid(Grid.Image, 4, 6, 1);
        Assert.Equal(new Shape(6, 4, 6), grid.Shape);
        var target = new float[grid.Shape.Count];
        grid.Encode([new(new Box(30.5, 20, 12, 11), 0)], target);
        var cell = Array.IndexOf(target, 1f);
        var output = new float[target.Length];
        Array.Fill(output, -20, 0, 24);
        (output[cell], output[cell + 24], output[cell + 48], output[cell + 72], output[cell + 96]) = (20, Logit(target[cell + 24]),
            Logit(target[cell + 48]), target[cell + 72], target[cell + 96]);
        var found = Assert.Single(grid.Decode(output));
        Assert.InRange(found.Box.Overlap(new Box(30.5, 20, 12, 11)), 0.999, 1);
        Assert.InRange(found.Score, 0.99, 1);
        Assert.Equal(1, AveragePrecision.Of([[new(new Box(30.5, 20, 12, 11), 0)]], [[found]], 1).Mean);
        var network = Network.Build(grid.Image, x => x.Conv(6, kernel: 8, stride: 8));
        Assert.True(GradientCheck.Run(network, Loss.Detection(grid), target: grid.Shape).Passed);

        static float Logit(float p) => (float)Math.Log(p / (1 - p));
    }

    private static Box Middle(double x, double y) => new(x, y, 0, 0);

    [Fact]
    public void Errors_teach()
    {
        var target = new float[Grid.Shape.Count];
        Assert.Equal("A box is of class 3: with 3 classes they are 0 to 2.",
            Assert.Throws<DataException>(() => Grid.Encode([new(new Box(1, 1, 2, 2), 3)], target)).Message);
        Assert.Equal("The middle of a box, (48, 2), lies outside images of 48 x 32 pixels: no cell can answer for it.",
            Assert.Throws<DataException>(() => Grid.Encode([new(new Box(47, 1, 2, 2), 0)], target)).Message);
        Assert.Equal("A box is 0 x 2 pixels: both sides must be above 0.",
            Assert.Throws<DataException>(() => Grid.Encode([new(new Box(1, 1, 0, 2), 0)], target)).Message);
        Assert.Equal(1, Grid.Encode([new(new Box(1, 1, 4, 4), 0), new(new Box(2, 2, 4, 4), 1)], target));
        Assert.Equal("A grid of 8x4x6 (5 + 3 channels x rows x columns) has 192 numbers: received 3.",
            Assert.Throws<ShapeException>(() => Grid.Decode([1, 2, 3])).Message);
        Assert.Equal("A detector finds things of at least one "
            + "class: received 0.", Assert.Throws<UsageException>(() => new BoxGrid(Grid.Image, 4, 6, 0)).Message);
        Assert.Equal("Image 1 has a thing of class 3: with 3 classes they are 0 to 2. No class would count it.",
            Assert.Throws<DataException>(() => AveragePrecision.Of([[], [new(new Box(1, 1, 2, 2), 3)]], [[], []], 3)).Message);
        Assert.Equal("Image 0 has a found box of class -1: with 1 class it can only be 0. No class would count it.",
            Assert.Throws<DataException>(() => AveragePrecision.Of([[]], [[new(new Box(1, 1, 2, 2), -1, 0.5)]], 1)).Message);
        Assert.Equal("A detector finds things of at least one "
            + "class: received 0.", Assert.Throws<UsageException>(() => AveragePrecision.Of([[]], [[]], 0)).Message);
        Assert.Equal("The least overlap of a right box is above 0 and at most 1: received 50. "
            + "0.5 is usual.", Assert.Throws<UsageException>(() => AveragePrecision.Of([[]], [[]], 1, 50)).Message);
        Assert.Equal("A grid on images of 1x32x48 has 1 to 32 rows and 1 to 48 columns: received 0 and 6.",
            Assert.Throws<UsageException>(() => new BoxGrid(Grid.Image, 0, 6, 2)).Message);
        Assert.Equal("A detector is judged on the same images: 1 have their things listed, 0 were searched.",
            Assert.Throws<DataException>(() => AveragePrecision.Of([[]], [], 1)).Message);
        var network = Network.Build(Grid.Image, x => x.Conv(9, kernel: 8, stride: 8));
        Assert.Equal("The detection loss is for a grid of 8x4x6 (5 + 3 channels x rows x columns): received an output of 9x4x6.",
            Assert.Throws<ShapeException>(() => GradientCheck.Run(network, Loss.Detection(Grid), target: network.Output)).Message);
    }

    // What a network would have to give for a target: scores far from 0 for probabilities.
    private static float[] Scores(float[] target)
    {
        var output = (float[])target.Clone();
        var area = Grid.Shape.Area;
        for (var cell = 0; cell < area; cell++)
        {
            output[cell] = target[cell] == 1 ? 20 : -20;
            for (var channel = 1; channel <= 2; channel++)
                output[(channel * area) + cell] = (float)Math.Log(Math.Clamp(target[(channel * area) + cell], 1e-6,
                    1 - 1e-6) / (1 - Math.Clamp(target[(channel * area) + cell], 1e-6, 1 - 1e-6)));
            for (var channel = 5; channel < Grid.Shape.Channels; channel++)
                output[(channel * area) + cell] = 20 * target[(channel * area) + cell];
        }
        return output;
    }
}
