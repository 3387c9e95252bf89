using FeatureMap.Randomness;

namespace FeatureMap.Ops;

public sealed partial class Conv2d
{
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("4-3: a 3x3 kernel over 4x4 gives 2x2", new Conv2d(1, 3), [new Shape(1, 4, 4)], 1),
        new("5-3: a 3x3 kernel over 5x5 gives 3x3", new Conv2d(1, 3), [new Shape(1, 5, 5)], 16),
        new("tile of 8 outputs, rows of 3 + 3 + 2", new Conv2d(8, 3), [new Shape(3, 6, 10)], 17),
        new("ragged outputs 8 + 4 + 1 + 1", new Conv2d(14, 3), [new Shape(2, 6, 6)], 5),
        new("no bias, same padding", new Conv2d(7, 3) { HasBias = false, Padding = Padding.Same }, [new Shape(4, 5, 7)], 33),
        new("asymmetric padding", new Conv2d(5, 3) { Padding = new Padding(2, 0, 1, 3) }, [new Shape(2, 4, 5)], 3),
        new("stride 2", new Conv2d(6, 3) { Stride = 2, Padding = 1 }, [new Shape(3, 8, 8)], 18),
        new("stride 3x2, even kernel", new Conv2d(4, (4, 2)) { Stride = (3, 2) }, [new Shape(2, 11, 9)], 4),
        new("stride larger than the kernel", new Conv2d(4, 1) { Stride = (3, 2) }, [new Shape(2, 7, 8)], 4),
        new("dilation 2", new Conv2d(8, 3) { Dilation = 2, Padding = 2 }, [new Shape(2, 7, 6)], 7),
        new("dilation 3x2 with stride 2", new Conv2d(4, (2, 3)) { Dilation = (3, 2), Stride = 2 }, [new Shape(2, 10, 11)], 7),
        new("one row: 1x1", new Conv2d(9, 1), [new Shape(5, 6, 5)], 20),
        new("panels: 1x1, ragged outputs and pixels", new Conv2d(21, 1), [new Shape(17, 5, 7)], 18),
        new("panels: 1x1, one pixel more than a run, no bias", new Conv2d(16, 1) { HasBias = false }, [new Shape(19, 1, 13)], 5),
        new("panels: 1x1, stride 2 on odd sizes", new Conv2d(18, 1) { Stride = 2 }, [new Shape(16, 7, 5)], 17),
        new("panels: 1x1, stride 3x2, rows and columns unread", new Conv2d(16, 1) { Stride = (3, 2) }, [new Shape(23, 5, 8)], 3),
        new("panels: so many channels that a run is shorter", new Conv2d(17, 1), [new Shape(700, 2, 4)], 2),
        new("one row: 3x1", new Conv2d(4, (3, 1)), [new Shape(3, 6, 5)], 2),
        new("groups", new Conv2d(12, 3) { Groups = 3, Padding = 1 }, [new Shape(6, 5, 5)], 6),
        new("depthwise: one kernel per channel", new Conv2d(6, 3) { Groups = 6, Padding = 1 }, [new Shape(6, 9, 9)], 16),
        new("depthwise with multiplier 2", new Conv2d(10, 3) { Groups = 5 }, [new Shape(5, 5, 6)], 9),
        new("depthwise with multiplier 2, padded and strided",
            new Conv2d(6, (2, 3)) { Groups = 3, Padding = new Padding(1, 2, 0, 1), Stride = (1, 2) }, [new Shape(3, 6, 7)], 18),
        new("depthwise, stride 2", new Conv2d(5, 3) { Groups = 5, Padding = 1, Stride = 2 }, [new Shape(5, 8, 7)], 17),
        new("depthwise, dilation as wide as the stride: rows in pairs",
            new Conv2d(3, 3) { Groups = 3, Padding = 2, Dilation = 2, Stride = 2 }, [new Shape(3, 9, 7)], 4),
        new("depthwise, dilation 2x3",
            new Conv2d(4, 3) { Groups = 4, Padding = new Padding(2, 3, 2, 3), Dilation = (2, 3) }, [new Shape(4, 7, 8)], 5),
        new("depthwise 5x5, stride 1x2, no bias",
            new Conv2d(3, 5) { Groups = 3, Padding = Padding.Same, Stride = (1, 2), HasBias = false }, [new Shape(3, 7, 9)], 16),
        new("depthwise 4x4, padding wider than the kernel",
            new Conv2d(2, 4) { Groups = 2, Padding = new Padding(5, 0, 1, 6), Stride = (3, 1) }, [new Shape(2, 5, 3)], 3),
        new("depthwise 6x1: more rows than the registers hold",
            new Conv2d(2, (6, 1)) { Groups = 2, Padding = new Padding(2, 0, 3, 0) }, [new Shape(2, 9, 3)], 2),
        new("depthwise with multiplier 2, stride larger than the kernel",
            new Conv2d(6, 2) { Groups = 3, Stride = (3, 4), Padding = 1 }, [new Shape(3, 8, 9)], 7),
        new("depthwise, more rows than a block of the window", new Conv2d(1, 3) { Padding = 1 }, [new Shape(1, 40, 21)], 1),
        new("depthwise, a row of seven taps", new Conv2d(3, (2, 7)) { Groups = 3, Padding = 3 }, [new Shape(3, 4, 6)], 5),
        new("single outputs of several channels", new Conv2d(2, 3) { Padding = 1 }, [new Shape(3, 5, 4)], 6),
        new("kernel larger than the image", new Conv2d(3, 5) { Padding = 3 }, [new Shape(2, 3, 2)], 8),
        new("kernel covers the image: matrix product", new Conv2d(10, (5, 4)), [new Shape(3, 5, 4)], 21),
        new("Winograd: even size", new Conv2d(16, 3), [new Shape(12, 8, 8)], 17),
        new("Winograd: odd size, same padding, no bias", new Conv2d(13, 3) { HasBias = false, Padding = Padding.Same }, [new Shape(14, 7, 5)], 2),
        new("Winograd: asymmetric padding, wider than the kernel", new Conv2d(12, 3) { Padding = new Padding(3, 0, 1, 4) }, [new Shape(12, 5, 6)], 3),
        new("Winograd: dilation 2", new Conv2d(13, 3) { Padding = 2, Dilation = 2 }, [new Shape(12, 8, 11)], 17),
        new("Winograd: dilation 3, asymmetric padding, no bias",
            new Conv2d(12, 3) { Padding = new Padding(1, 4, 3, 2), Dilation = 3, HasBias = false }, [new Shape(14, 16, 13)], 2),
        new("small map: channels in the lanes", new Conv2d(12, 3) { Padding = 1 }, [new Shape(35, 4, 3)], 18),
        new("small map: stride, dilation and a tap that jumps over the input", new Conv2d(9, 3) { Padding = 4, Stride = (2, 3), Dilation = (3, 1) }, [new Shape(32, 1, 2)], 33),
        new("Winograd gradient: even size", new Conv2d(32, 3), [new Shape(32, 6, 8)], 17),
        new("Winograd gradient: odd size, ragged channels, no bias",
            new Conv2d(33, 3) { HasBias = false, Padding = new Padding(0, 2, 1, 1) }, [new Shape(35, 6, 4)], 3),
        new("Winograd gradient: dilation 2, ragged channels",
            new Conv2d(33, 3) { Padding = new Padding(2, 1, 3, 2), Dilation = 2 }, [new Shape(32, 9, 11)], 3),
        new("Winograd gradient: more weights than pixels, mostly padding", new Conv2d(36, 3) { Padding = 2 }, [new Shape(36, 2, 2)], 18),
        new("channels turned: 3x3, stride 2, ragged channels",
            new Conv2d(67, 3) { Stride = 2, Padding = new Padding(1, 0, 2, 1) }, [new Shape(70, 8, 9)], 2),
        new("channels turned: 1x1, stride 2", new Conv2d(64, 1) { Stride = 2 }, [new Shape(66, 9, 10)], 3),
        new("channels turned: 1x1, one row, ragged channels", new Conv2d(33, 1), [new Shape(35, 3, 7)], 18),
        new("channels turned: stride and dilation",
            new Conv2d(64, (3, 2)) { Stride = (1, 3), Dilation = (1, 2), Padding = 1 }, [new Shape(64, 4, 14)], 2),
        new("1x1 image", new Conv2d(9, 3) { Padding = 1 }, [new Shape(4, 1, 1)], 16),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => random.NextInt(20) switch
    {
        0 => WindowCases.Winograd(ref random, ThreeByThree, WinogradGradientChannels),
        < 4 => WindowCases.Winograd(ref random, ThreeByThree),
        4 => RandomTurned(ref random),
        < 7 => RandomSmallMap(ref random),
        < 9 => WindowCases.Pointwise(
            ref random, (channels, stride, hasBias) => new Conv2d(channels, 1) { Stride = stride, HasBias = hasBias }),
        _ => WindowCases.Convolution(ref random, 10, (ref random, groups) => new Conv2d(groups * (1 + random.NextInt(groups > 1 ? 4 : 12)), WindowCases.Pair(ref random, 5))
        {
            Stride = WindowCases.OftenOne(ref random, 4),
            Dilation = WindowCases.OftenOne(ref random, 3),
            Padding = random.NextInt(4) switch
            {
                0 => Padding.Valid,
                1 => WindowCases.Same(ref random),
                2 => Padding.Each(random.NextInt(4)),
                _ => WindowCases.Sides(ref random, 3),
            },
            Groups = groups,
            HasBias = random.NextInt(2) == 0,
        }),
    };

    private static Conv2d ThreeByThree(int channels, Padding padding, int dilation, bool hasBias) =>
        new(channels, 3) { Padding = padding, Dilation = dilation, HasBias = hasBias };

    private static OpCase RandomTurned(ref RandomSequence random)
    {
        var kernel = WindowCases.Pair(ref random, 3);
        var stride = (2, 1 + random.NextInt(3));
        var op = new Conv2d(TurnedChannels + random.NextInt(9), kernel)
        {
            Stride = stride,
            Padding = WindowCases.Sides(ref random, 2),
            Dilation = WindowCases.OftenOne(ref random, 2),
        };
        var input = new Shape(TurnedChannels + random.NextInt(9), 7 + random.NextInt(4), 7 + random.NextInt(6));
        return new OpCase("random, channels turned", op, [input], 1 + random.NextInt(2));
    }

    private static OpCase RandomSmallMap(ref RandomSequence random)
    {
        var kernel = WindowCases.Pair(ref random, 3);
        var op = new Conv2d(8 + random.NextInt(12), kernel)
        {
            Stride = WindowCases.Pair(ref random, 2),
            Padding = new Padding(random.NextInt(kernel.Vertical), random.NextInt(kernel.Horizontal), kernel.Vertical - 1, kernel.Horizontal - 1),
            HasBias = random.NextInt(2) == 0,
        };
        const int size = SmallMapPixels / 4;
        return new OpCase("random small map", op, [new Shape(SmallMapChannels + random.NextInt(20), 1 + random.NextInt(size - 2), 1 + random.NextInt(size - 2))], 1 + random.NextInt(20));
    }
}
