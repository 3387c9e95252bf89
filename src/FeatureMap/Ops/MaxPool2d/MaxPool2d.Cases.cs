using FeatureMap.Randomness;

namespace FeatureMap.Ops;

public sealed partial class MaxPool2d
{
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("2x2", new MaxPool2d(2), [new Shape(3, 6, 8)], 19),
        new("2x2, odd row and column unread", new MaxPool2d(2), [new Shape(2, 7, 5)], 16),
        new("2x2 ceil mode on odd sizes", new MaxPool2d(2) { CeilMode = true }, [new Shape(2, 7, 5)], 4),
        new("3x3 stride 2, overlapping", new MaxPool2d(3) { Stride = 2 }, [new Shape(2, 9, 8)], 17),
        new("3x3 stride 2 padding 1 as in ResNet", new MaxPool2d(3) { Stride = 2, Padding = 1 }, [new Shape(2, 8, 8)], 3),
        new("3x3 stride 1 same as in Inception", new MaxPool2d(3) { Stride = 1, Padding = Padding.Same }, [new Shape(2, 5, 6)], 5),
        new("gaps: stride larger than the window", new MaxPool2d((1, 2)) { Stride = (2, 3) }, [new Shape(2, 6, 9)], 5),
        new("dilation 2", new MaxPool2d(2) { Stride = 1, Dilation = (2, 3) }, [new Shape(2, 6, 7)], 5),
        new("2x2 same, odd pixel before", new MaxPool2d(2) { Stride = 1, Padding = Padding.SameLower }, [new Shape(2, 5, 6)], 5),
        new("asymmetric padding", new MaxPool2d((3, 2)) { Stride = (2, 1), Padding = new Padding(0, 1, 1, 0) }, [new Shape(1, 5, 4)], 2),
        new("whole plane", new MaxPool2d((4, 5)), [new Shape(3, 4, 5)], 6),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => WindowCases.Fitting(ref random, (ref random) =>
    {
        var input = new Shape(1 + random.NextInt(3), 1 + random.NextInt(10), 1 + random.NextInt(10));
        var op = new MaxPool2d(WindowCases.Pair(ref random, 4))
        {
            Dilation = WindowCases.OftenOne(ref random, 3),
            Padding = WindowCases.PoolPadding(ref random),
            CeilMode = random.NextInt(2) == 0,
            Stride = WindowCases.Pair(ref random, 4),
        };
        return new OpCase("random", op, [input], 1 + random.NextInt(20));
    });
}
