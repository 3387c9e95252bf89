using FeatureMap.Randomness;

namespace FeatureMap.Ops;

public sealed partial class ConvTranspose2d
{
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("2x2 to 4x4 with a 3x3 kernel", new ConvTranspose2d(1, 3), [new Shape(1, 2, 2)], 1),
        new("doubling: 2x2, stride 2", new ConvTranspose2d(5, 2) { Stride = 2 }, [new Shape(3, 4, 5)], 16),
        new("doubling without checkerboard: 4x4, stride 2, padding 1", new ConvTranspose2d(14, 4) { Stride = 2, Padding = 1 }, [new Shape(3, 5, 4)], 17),
        new("checkerboard: 3x3, stride 2, padding 1, output padding 1",
            new ConvTranspose2d(6, 3) { Stride = 2, Padding = 1, OutputPadding = 1 }, [new Shape(4, 4, 4)], 5),
        new("same padding: input times stride", new ConvTranspose2d(4, 5) { Stride = (2, 3), Padding = Padding.Same }, [new Shape(2, 4, 3)], 7),
        new("same padding, odd pixels at the top and left", new ConvTranspose2d(3, 4) { Stride = (3, 1), Padding = Padding.SameLower }, [new Shape(3, 3, 4)], 5),
        new("stride larger than the kernel: pixels of bias only", new ConvTranspose2d(4, (2, 1)) { Stride = (3, 2), OutputPadding = (1, 0) }, [new Shape(2, 4, 5)], 4),
        new("stride 3x1, no bias", new ConvTranspose2d(9, (4, 2)) { Stride = (3, 1), HasBias = false }, [new Shape(3, 4, 6)], 33),
        new("stride 1: a full convolution", new ConvTranspose2d(8, 3), [new Shape(3, 6, 7)], 2),
        new("asymmetric padding", new ConvTranspose2d(5, 3) { Stride = 2, Padding = new Padding(2, 0, 1, 3) }, [new Shape(2, 4, 5)], 3),
        new("padding wider than the kernel", new ConvTranspose2d(3, 2) { Padding = new Padding(3, 2, 0, 4) }, [new Shape(2, 6, 9)], 3),
        new("dilation 2 with stride 2: holes", new ConvTranspose2d(4, 4) { Stride = 2, Dilation = 2 }, [new Shape(2, 4, 4)], 4),
        new("dilation 3x2 with stride 2x3", new ConvTranspose2d(3, (2, 3)) { Stride = (2, 3), Dilation = (3, 2), Padding = 1 }, [new Shape(3, 4, 3)], 6),
        new("output padding beyond the stride, below the dilation", new ConvTranspose2d(3, 2) { Dilation = (4, 3), OutputPadding = (3, 2) }, [new Shape(2, 4, 3)], 4),
        new("groups", new ConvTranspose2d(12, 3) { Groups = 3, Stride = 2, Padding = 1 }, [new Shape(6, 4, 4)], 6),
        new("depthwise", new ConvTranspose2d(6, 4) { Groups = 6, Stride = 2, Padding = 1 }, [new Shape(6, 5, 5)], 16),
        new("depthwise 3x3, stride 1: rows in pairs", new ConvTranspose2d(3, 3) { Groups = 3, Padding = 1 }, [new Shape(3, 5, 6)], 17),
        new("depthwise with multiplier 2, output padding",
            new ConvTranspose2d(3, (3, 5)) { Groups = 3, Stride = (2, 3), OutputPadding = (1, 2), Padding = new Padding(1, 0, 2, 3) },
            [new Shape(6, 4, 3)], 5),
        new("depthwise with multiplier 2, stride larger than the kernel: pixels of bias only",
            new ConvTranspose2d(2, 2) { Groups = 2, Stride = (3, 4) }, [new Shape(4, 3, 4)], 2),
        new("one channel to two, without rows to share",
            new ConvTranspose2d(2, (1, 7)) { Padding = new Padding(0, 3, 0, 3) }, [new Shape(2, 3, 5)], 4),
        new("pointwise", new ConvTranspose2d(9, 1), [new Shape(5, 6, 5)], 20),
        new("panels: pointwise, many channels", new ConvTranspose2d(18, 1), [new Shape(17, 4, 7)], 18),
        new("panels: pointwise, stride 2x3, output padding: pixels of bias only",
            new ConvTranspose2d(17, 1) { Stride = (2, 3), OutputPadding = (1, 2) }, [new Shape(16, 3, 4)], 5),
        new("panels: pointwise, output padding below the dilation",
            new ConvTranspose2d(16, 1) { Dilation = 3, OutputPadding = (2, 1) }, [new Shape(16, 2, 3)], 2),
        new("from one pixel: matrix product", new ConvTranspose2d(7, (4, 5)), [new Shape(10, 1, 1)], 21),
        new("from one pixel, no bias", new ConvTranspose2d(3, 3) { HasBias = false, Stride = 2 }, [new Shape(17, 1, 1)], 5),
        new("Winograd: even size", new ConvTranspose2d(16, 3) { Padding = 1 }, [new Shape(12, 8, 8)], 17),
        new("Winograd: odd size, asymmetric padding, no bias", new ConvTranspose2d(13, 3) { HasBias = false, Padding = new Padding(0, 2, 1, 3) }, [new Shape(14, 5, 7)], 2),
        new("Winograd: dilation 2, output padding",
            new ConvTranspose2d(12, 3) { Padding = 2, Dilation = 2, OutputPadding = (1, 0) }, [new Shape(13, 9, 8)], 3),
        new("channels turned: stride 2", new ConvTranspose2d(65, 2) { Stride = 2 }, [new Shape(64, 3, 4)], 3),
        new("Winograd gradient", new ConvTranspose2d(33, 3) { Padding = 1 }, [new Shape(32, 4, 5)], 18),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => random.NextInt(8) == 0
        ? WindowCases.Pointwise(
            ref random, (channels, stride, hasBias) => new ConvTranspose2d(channels, 1) { Stride = stride, HasBias = hasBias })
        : random.NextInt(6) == 0
        ? WindowCases.Winograd(ref random, (channels, padding, dilation, hasBias) =>
            new ConvTranspose2d(channels, 3) { Padding = padding, Dilation = dilation, HasBias = hasBias })
        : WindowCases.Convolution(ref random, 6, (ref random, groups) =>
        {
            var (stride, dilation, isSame) = (WindowCases.Pair(ref random, 4), WindowCases.OftenOne(ref random, 3), random.NextInt(5) == 0);
            return new ConvTranspose2d(groups * (1 + random.NextInt(groups > 1 ? 4 : 10)), WindowCases.Pair(ref random, 5))
            {
                Stride = stride,
                Dilation = dilation,
                Padding = isSame ? WindowCases.Same(ref random) : random.NextInt(3) switch
                {
                    0 => Padding.Valid,
                    1 => Padding.Each(random.NextInt(3)),
                    _ => WindowCases.Sides(ref random, 3),
                },
                OutputPadding = isSame ? 0 : (random.NextInt(Math.Max(stride.Vertical, dilation.Vertical)), random.NextInt(Math.Max(stride.Horizontal, dilation.Horizontal))),
                Groups = groups,
                HasBias = random.NextInt(2) == 0,
            };
        });
}
